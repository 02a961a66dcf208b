"""People and their roles: who they are, how they come in, and until when (spec §1)."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from administration import invitations
from hotline.accounts import seconds
from hotline.accounts import service as accounts
from hotline.accounts.endings import end_staff
from hotline.accounts.proofs import proofs
from hotline.accounts.rules import INVITED
from hotline.accounts.seconds import NoSecond, OwnSecond
from hotline.db import looking, transaction
from hotline.directory.rules import Directory
from hotline.errors import HotlineError
from hotline.ledger import history
from hotline.ledger.periods import Period
from hotline.ledger.versions import AlreadyThere, ChangedMeanwhile, expect, expect_none, version
from hotline.permissions import Action, Role
from hotline.staff.role_grants import give, open_proposals
from hotline.staff.rules import Staff
from hotline.staff.service import LastAdministrator, MoreThanOwn, OtherPerson, everybody, staff
from hotline.staff.store import StaffRow
from web.console import browser, paging, rights
from web.console.forms import Form
from web.console.gate import Pages, allow, factory, house, now
from web.console.language import _, _l, moment
from web.console.menu import CITY
from web.console.staff_forms import EndForm, NewForm, PersonForm, RemoveSecondForm, SignOutForm
from web.console.words import in_words

pages = Pages("staff")
pages.in_menu(CITY, _l("人員與角色"), "people", Action.STAFF_CHANGE)


@pages.read("/staff", Action.STAFF_CHANGE)
def people() -> ResponseReturnValue:
    """Everybody, found by name, login, place or role."""
    asked, role = request.args.get("q", "").strip(), request.args.get("role", "")
    with looking(factory()) as session:
        then = house().city.city().at(now())
        found = [one for one in everybody(session, now()) if _matches(one, asked, role, then)]
        page = paging.page_of(found)
        proposed = len(open_proposals(session))
        known = proofs(session, [one.login for one in page.items], now())
    return render_template(
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
def roles() -> ResponseReturnValue:
    """What each role may do."""
    return render_template("staff/roles.html", roles=list(Role), rights=rights)


@pages.both("/staff/new", Action.STAFF_CHANGE)
def new() -> ResponseReturnValue:
    """Give a login to somebody, from a date of effect on."""
    form = NewForm()
    form.offers(house().city.city().at(now()))
    if form.is_fit():
        login = form.text("login")
        added = _("%(name)s 已加入；請接著發出設定密碼的連結。", name=form.text("name"))
        if done := _written(form, login, added):
            return done
    return make_response(_form_page("staff/new.html", form), form.status)


@pages.read("/staff/<login>", Action.STAFF_CHANGE)
def person(login: str) -> ResponseReturnValue:
    """One login: now, planned, and all that was. Raises UnknownStaff."""
    return _person_page(login, SignOutForm())


@pages.both("/staff/<login>/change", Action.STAFF_CHANGE)
def change(login: str) -> ResponseReturnValue:
    """Change what is known of somebody from a date of effect on. Raises UnknownStaff."""
    with looking(factory()) as session:
        member = staff(session, login, now())
        read = version(session, "staff", login)
    kept = "/".join(filter(None, (member.agency, member.section)))
    form = PersonForm(
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
    return make_response(_form_page("staff/change.html", form, member=member), form.status)


@pages.both("/staff/<login>/end", Action.STAFF_CHANGE)
def end(login: str) -> ResponseReturnValue:
    """From a date on the login is nobody's; what was done under it stays. Raises UnknownStaff."""
    with looking(factory()) as session:
        member = staff(session, login, now())
        read = version(session, "staff", login)
    form = EndForm(data={"version": str(read)})
    if form.is_fit():
        try:
            with transaction(factory()) as session:
                expect(session, "staff", login, _number(form.text("version")), form.start)
                by = allow(Action.STAFF_CHANGE)
                end_staff(session, login, form.start, at=now(), by=by, reason=form.text("reason"))
        except (LastAdministrator, ChangedMeanwhile) as error:
            form.blame("", in_words(error))
        else:
            ends = {"login": login, "when": moment(form.start)}
            browser.say(_("帳號 %(login)s 自 %(when)s 起結束。", **ends))
            return redirect(url_for("staff.people"))
    return make_response(render_template("staff/end.html", form=form, member=member), form.status)


@pages.change("/staff/<login>/invite", Action.STAFF_INVITE)
def invite(login: str) -> ResponseReturnValue:
    """Make a link and send it; where no e-mail goes out it is shown here, once:
    it stands in no address and no row.

    Raises UnknownStaff, NoAddress.
    """
    at = now()
    with transaction(factory()) as session:
        member = staff(session, login, at)
        mailed = invitations.is_mailed(house().settings, member)
        token = accounts.invite(session, login, at=at, by=allow(Action.STAFF_INVITE), mailed=mailed)
    link = invitations.address_of(house().settings, token)
    sent = invitations.send(house().settings, member, link, at + INVITED, at)
    return render_template(
        "staff/invited.html",
        member=member,
        link="" if mailed else link,
        until=at + INVITED,
        sent=sent,
        Sent=invitations.MailResult,
    )


@pages.change("/staff/<login>/sign-out", Action.STAFF_SIGN_OUT)
def sign_out(login: str) -> ResponseReturnValue:
    """End all of somebody's sessions. Raises UnknownStaff."""
    form = SignOutForm()
    if not form.is_fit():
        return make_response(_person_page(login, form), form.status)
    with transaction(factory()) as session:
        staff(session, login, now())
        by = allow(Action.STAFF_SIGN_OUT)
        ended = accounts.end_sessions(session, login, at=now(), by=by, reason=form.text("reason"))
    browser.say(_("已登出 %(login)s 的 %(number)d 個瀏覽器。", login=login, number=ended))
    return redirect(url_for("staff.person", login=login))


@pages.both("/staff/<login>/second-factor/remove", Action.STAFF_SECOND)
def remove_second(login: str) -> ResponseReturnValue:
    """Take somebody else's authenticator away; they sign in by the password and set up another.
    Raises UnknownStaff.
    """
    form = RemoveSecondForm()
    with looking(factory()) as session:
        member = staff(session, login, now())
    if form.is_fit():
        try:
            with transaction(factory()) as session:
                by = allow(Action.STAFF_SECOND)
                seconds.remove(session, login, at=now(), by=by, reason=form.text("reason"))
        except (OwnSecond, NoSecond) as error:
            form.blame("", in_words(error))
        else:
            browser.say(_("已移除 %(login)s 的驗證器與備用碼，並登出所有瀏覽器。", login=login))
            return redirect(url_for("staff.person", login=login))
    return make_response(render_template("staff/remove_second.html", form=form, member=member), form.status)


def place_name(then: Directory, member: Staff) -> str:
    """Agency and section by their names; the city without any."""
    agency, section = then.agencies.get(member.agency), then.sections.get(member.section)
    names = (agency.name if agency else member.agency, section.name if section else member.section)
    return " ".join(filter(None, names)) or _("全市")


def _person_page(login: str, form: Form) -> str:
    at = now()
    with looking(factory()) as session:
        member = staff(session, login, at)
        known = proofs(session, [login], at)[login]
        sessions = accounts.open_sessions(session, login, at)
        proposed = open_proposals(session, login)
        planned = [row for row in history.counting(session, StaffRow, login) if row.valid_from > at]
        past = history.history(session, StaffRow, login)
    then = house().city.city().at(at)
    return render_template(
        "staff/person.html",
        member=member,
        known=known,
        sessions=sessions,
        planned=planned,
        proposed=proposed,
        history=reversed(past),
        place=place_name(then, member),
        form=form,
    )


def _form_page(template: str, form: PersonForm, **more: Any) -> str:
    sentences = {str(role): rights.role_sentence(role) for role in Role}
    return render_template(template, form=form, sentences=sentences, **more)


def _written(form: PersonForm, login: str, said: str) -> Response | None:
    """Where to go when it is written, or proposed where two must say so; None when it could not be:
    the form says why.
    """
    number: int | None = None
    try:
        with transaction(factory()) as session:
            if isinstance(form, NewForm):
                expect_none(session, "staff", login, form.start)
            else:
                expect(session, "staff", login, _number(form.text("version")), form.start)
            number = give(
                session,
                form.member(login),
                Period(form.start),
                at=now(),
                by=allow(Action.STAFF_CHANGE),
                reason=form.text("reason"),
                renamed=bool(form.renamed.data),
            )
    except OtherPerson as error:
        form.blame("login" if isinstance(form, NewForm) else "name", in_words(error))
    except AlreadyThere:
        form.blame("login", _("帳號「%(login)s」已經有人使用，或已排定使用。", login=login))
    except (LastAdministrator, MoreThanOwn) as error:
        form.blame("roles", in_words(error))
    except HotlineError as error:
        form.blame("", in_words(error))
    if form.errors:
        return None
    if number is None:
        browser.say(said)
        return make_response(redirect(url_for("staff.person", login=login)))
    browser.say(_("已提出；另一位管理員確認後才生效。"))
    return make_response(redirect(url_for("proposals.one", number=number)))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0


def _matches(member: Staff, asked: str, role: str, then: Directory) -> bool:
    if role and role not in member.roles:
        return False
    told = (member.login, member.name, place_name(then, member), member.agency, member.section, member.phone)
    return asked.casefold() in " ".join(told).casefold()
