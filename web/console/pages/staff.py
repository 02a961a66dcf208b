"""People and their roles: who they are, how they come in, and until when (spec §1)."""

from functools import partial
from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from administration import invitations
from hotline.accounts import seconds
from hotline.accounts import service as accounts
from hotline.accounts.break_glass import NoBreakGlass, refuse_change
from hotline.accounts.endings import end_staff, proofs
from hotline.accounts.rules import INVITED
from hotline.accounts.seconds import NoSecond, OwnSecond
from hotline.directory.rules import Directory
from hotline.errors import faults
from hotline.ledger import history
from hotline.ledger.periods import Period
from hotline.ledger.versions import ChangedMeanwhile, expect, expect_none, version
from hotline.permissions import Action, Role
from hotline.staff.role_grants import give, open_proposals
from hotline.staff.rules import Staff
from hotline.staff.service import LastAdministrator, everybody, staff, wrong
from hotline.staff.store import StaffRow
from web.console import paging, rights
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form, number_of
from web.console.gate import Pages, house, now, read_session, stamp, write_session
from web.console.language import _, _l, moment
from web.console.menu import CITY
from web.console.staff_forms import MemberEndForm, MemberForm, NewMemberForm, RemoveSecondForm, SignOutForm

pages = Pages("staff")
pages.in_menu(CITY, _l("人員與角色"), "people", Action.STAFF_CHANGE, place=1)


@pages.read("/staff", Action.STAFF_CHANGE)
def people() -> Response:
    """Everybody, found by name, login, place or role."""
    asked, role = request.args.get("q", "").strip(), request.args.get("role", "")
    with read_session() as session:
        then = house().city.city().at(now())
        found = [one for one in everybody(session, now()) if _matches(one, asked, role, then)]
        page = paging.page_of(found)
        proposed = len(open_proposals(session))
        known = proofs(session, [one.login for one in page.items], now())
    return render(
        "staff/people.html",
        page=page,
        known=known,
        asked=asked,
        role_asked=role,
        roles=list(Role),
        proposed=proposed,
        place=lambda one: place_name(then, one),
    )


@pages.read("/staff/roles", Action.STAFF_CHANGE)
def roles() -> Response:
    """List of what each role may do."""
    return render("staff/roles.html", roles=list(Role), rights=rights)


@pages.both("/staff/new", Action.STAFF_CHANGE)
def new() -> Response:
    """Give a login to somebody, from a date of effect on."""
    form = NewMemberForm()
    form.offers(house().city.city().at(now()))
    if form.is_fit():
        login = form.text("login")
        added = _("%(name)s 已加入；請接著發出設定密碼的連結。", name=form.text("name"))
        if done := _written(form, login, added):
            return done
    return _form_page("staff/new.html", form)


@pages.read("/staff/<login>", Action.STAFF_CHANGE)
def person(login: str) -> Response:
    """One login: now, planned, and all that was. Raises UnknownStaff."""
    return _person_page(login, SignOutForm())


@pages.both("/staff/<login>/change", Action.STAFF_CHANGE)
def change(login: str) -> Response:
    """Change what is known of somebody from a date of effect on. Raises UnknownStaff."""
    with read_session() as session:
        member = staff(session, login, now())
        read = version(session, "staff", login)
    kept = "/".join(filter(None, (member.agency, member.section)))
    form = MemberForm(
        data={
            "name": member.name,
            "roles": sorted(member.roles),
            "place": kept,
            "phone": member.phone,
            "email": member.email,
            "version": str(read),
        }
    )
    form.offers(house().city.city().at(now()), kept)
    if form.is_fit() and (
        done := _written(form, login, _("%(name)s 的資料已更改。", name=form.text("name")))
    ):
        return done
    return _form_page("staff/change.html", form, member=member)


@pages.both("/staff/<login>/end", Action.STAFF_CHANGE)
def end(login: str) -> Response:
    """End a login from a date on; what was done under it stays. Raises UnknownStaff."""
    with read_session() as session:
        member = staff(session, login, now())
        read = version(session, "staff", login)
    form = MemberEndForm(data={"version": str(read)})
    if form.is_fit():

        def ended(session: Session) -> None:
            expect(session, "staff", login, number_of(form.text("version")), form.start)
            end_staff(session, login, form.start, **stamp(), reason=form.text("reason"))

        form.writes(ended, LastAdministrator, NoBreakGlass, ChangedMeanwhile)
        if not form.errors:
            ends = {"login": login, "when": moment(form.start)}
            return lead_to("staff.people", _("帳號 %(login)s 自 %(when)s 起結束。", **ends))
    return render_form("staff/end.html", form, member=member)


@pages.change("/staff/<login>/invite", Action.STAFF_INVITE)
def invite(login: str) -> Response:
    """Make a link and send it; where no e-mail goes out it is shown here, once:
    it stands in no address and no row.

    Raises UnknownStaff, NoAddress.
    """
    at = now()
    with write_session() as session:
        member = staff(session, login, at)
        mailed = invitations.is_mailed(house().settings, member)
        token = accounts.invite(session, login, **stamp(), mailed=mailed)
    link = invitations.address_of(house().settings, token)
    sent = invitations.send(house().settings, member, link, at + INVITED, at)
    return render(
        "staff/invited.html",
        member=member,
        link="" if mailed else link,
        until=at + INVITED,
        sent=sent,
        Sent=invitations.MailResult,
    )


@pages.change("/staff/<login>/sign-out", Action.STAFF_SIGN_OUT)
def sign_out(login: str) -> Response:
    """End all of somebody's sessions. Raises UnknownStaff."""
    form = SignOutForm()
    if not form.is_fit():
        return _person_page(login, form)
    with write_session() as session:
        staff(session, login, now())
        ended = accounts.end_sessions(session, login, **stamp(), reason=form.text("reason"))
    return lead_to(
        "staff.person", _("已登出 %(login)s 的 %(number)d 個瀏覽器。", login=login, number=ended), login=login
    )


@pages.both("/staff/<login>/second-factor/remove", Action.STAFF_SECOND)
def remove_second(login: str) -> Response:
    """Remove another's authenticator; they sign in by password and set up a new one. Raises UnknownStaff."""
    form = RemoveSecondForm()
    with read_session() as session:
        member = staff(session, login, now())
    if form.is_fit():
        reason = form.text("reason")
        form.writes(
            lambda session: seconds.remove(session, login, **stamp(), reason=reason), OwnSecond, NoSecond
        )
        if not form.errors:
            return lead_to(
                "staff.person",
                _("已移除 %(login)s 的驗證器與備用碼，並登出所有瀏覽器。", login=login),
                login=login,
            )
    return render_form("staff/remove_second.html", form, member=member)


def place_name(then: Directory, member: Staff) -> str:
    """Agency and section by their names; the city without any."""
    agency, section = then.agencies.get(member.agency), then.sections.get(member.section)
    names = (agency.name if agency else member.agency, section.name if section else member.section)
    return " ".join(filter(None, names)) or _("全市")


def _person_page(login: str, form: Form) -> Response:
    at = now()
    with read_session() as session:
        member = staff(session, login, at)
        known = proofs(session, [login], at)[login]
        sessions = accounts.open_sessions(session, login, at)
        proposed = open_proposals(session, login)
        planned = [row for row in history.counting(session, StaffRow, login) if row.valid_from > at]
        past = history.history(session, StaffRow, login)
    then = house().city.city().at(at)
    return render_form(
        "staff/person.html",
        form,
        member=member,
        known=known,
        sessions=sessions,
        planned=planned,
        proposed=proposed,
        history=reversed(past),
        place=place_name(then, member),
    )


def _form_page(template: str, form: MemberForm, **more: Any) -> Response:
    sentences = {str(role): rights.role_sentence(role) for role in Role}
    return render_form(template, form, sentences=sentences, **more)


def _written(form: MemberForm, login: str, said: str) -> Response | None:
    """Write or propose (where two decide) a member and lead on; None on failure, which the form explains."""
    number: int | None = None
    member, period = form.member(login), Period(form.start)
    renamed = bool(form.renamed.data)
    with write_session() as session:
        form.blame_for_all(faults(partial(_expect, session, form, login)))
        form.blame_for_all(wrong(session, member, period, **stamp(), renamed=renamed))
        form.blame_for_all(faults(partial(refuse_change, session, member, now())))
        if not form.errors:
            reason = form.text("reason")
            number = give(session, member, period, **stamp(), reason=reason, renamed=renamed)
    if form.errors:
        return None
    if number is None:
        return lead_to("staff.person", said, login=login)
    return lead_to("proposals.one", _("已提出；另一位管理員確認後才生效。"), number=number)


def _expect(session: Session, form: MemberForm, login: str) -> None:
    """Refuse a login that somebody has, and facts that somebody changed meanwhile."""
    if isinstance(form, NewMemberForm):
        expect_none(session, "staff", login, form.start)
    else:
        expect(session, "staff", login, number_of(form.text("version")), form.start)


def _matches(member: Staff, asked: str, role: str, then: Directory) -> bool:
    if role and role not in member.roles:
        return False
    told = (member.login, member.name, place_name(then, member), member.agency, member.section, member.phone)
    return asked.casefold() in " ".join(told).casefold()
