"""Roles that two administrators give: proposed by one, confirmed or refused by another (spec §1)."""

from flask import Response

from hotline.ledger import history
from hotline.ledger.versions import ChangedMeanwhile
from hotline.permissions import Action
from hotline.staff import role_grants
from hotline.staff.role_grants import NotAnother, ProposalState
from hotline.staff.service import LastAdministrator, MoreThanOwn, OtherPerson, member_of
from hotline.staff.store import StaffRow
from web.console.answers import lead_to, render, render_form
from web.console.forms import Form
from web.console.gate import Pages, house, me, now, read_session, stamp, write_session
from web.console.language import _, in_words
from web.console.pages.staff import place_name
from web.console.staff_forms import RefuseForm

pages = Pages("proposals")


@pages.read("/staff/proposals", Action.STAFF_CONFIRM)
def listed() -> Response:
    """Those that wait for a second administrator."""
    with read_session() as session:
        waiting = role_grants.open_proposals(session)
    return render("staff/proposals.html", waiting=waiting)


@pages.read("/staff/proposals/<int:number>", Action.STAFF_CONFIRM)
def one(number: int) -> Response:
    """Page of a proposal: what would be written, beside what holds now. Raises NoProposal."""
    return _page(number, RefuseForm())


@pages.change("/staff/proposals/<int:number>/confirm", Action.STAFF_CONFIRM)
def confirm(number: int) -> Response:
    """Write what another administrator proposed. Raises NoProposal, DecidedAlready."""
    form = RefuseForm(formdata=None)
    try:
        with write_session() as session:
            done = role_grants.confirm(session, number, **stamp())
    except (NotAnother, ChangedMeanwhile, LastAdministrator, MoreThanOwn, OtherPerson) as error:
        form.blame("", in_words(error))
        return _page(number, form)
    return lead_to(
        "proposals.one", _("已確認：%(name)s 的資料已更改。", name=done.member.name), number=number
    )


@pages.change("/staff/proposals/<int:number>/refuse", Action.STAFF_CONFIRM)
def refuse(number: int) -> Response:
    """Leave it unwritten. Raises NoProposal, DecidedAlready."""
    form = RefuseForm()
    if not form.is_fit():
        return _page(number, form)
    with write_session() as session:
        role_grants.refuse(session, number, form.text("reason"), **stamp())
    return lead_to("proposals.listed", _("已退回，什麼都沒有更改。"))


def _page(number: int, form: Form) -> Response:
    with read_session() as session:
        proposal = role_grants.proposal_of(session, number)
        row = history.in_force(session, StaffRow, proposal.member.login, now())
    then, before = house().city.city().at(now()), member_of(row) if row else None
    return render_form(
        "staff/proposal.html",
        form,
        one=proposal,
        before=before,
        State=ProposalState,
        may_confirm=proposal.may_be_confirmed_by(me().login),
        place=lambda member: place_name(then, member),
    )
