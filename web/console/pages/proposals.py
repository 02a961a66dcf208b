"""Roles that two administrators give: what one of them proposed,
confirmed or refused by another (spec §1).
"""

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from hotline.db import looking, transaction
from hotline.ledger import history
from hotline.ledger.versions import ChangedMeanwhile
from hotline.permissions import Action
from hotline.staff import role_grants
from hotline.staff.role_grants import NotAnother, ProposalState
from hotline.staff.service import LastAdministrator, MoreThanOwn, OtherPerson, member_of
from hotline.staff.store import StaffRow
from web.console import browser
from web.console.forms import Form
from web.console.gate import Pages, allow, factory, house, me, now
from web.console.language import _
from web.console.pages.staff import place_name
from web.console.staff_forms import RefuseForm
from web.console.words import in_words

pages = Pages("proposals")


@pages.read("/staff/proposals", Action.STAFF_CONFIRM)
def listed() -> ResponseReturnValue:
    """Those that wait for a second administrator."""
    with looking(factory()) as session:
        waiting = role_grants.open_proposals(session)
    return render_template("staff/proposals.html", waiting=waiting)


@pages.read("/staff/proposals/<int:number>", Action.STAFF_CONFIRM)
def one(number: int) -> ResponseReturnValue:
    """What would be written, beside what holds now. Raises NoProposal."""
    return _page(number, RefuseForm())


@pages.change("/staff/proposals/<int:number>/confirm", Action.STAFF_CONFIRM)
def confirm(number: int) -> ResponseReturnValue:
    """Write what another administrator proposed. Raises NoProposal, DecidedAlready."""
    form = RefuseForm(formdata=None)
    try:
        with transaction(factory()) as session:
            done = role_grants.confirm(session, number, at=now(), by=allow(Action.STAFF_CONFIRM))
    except (NotAnother, ChangedMeanwhile, LastAdministrator, MoreThanOwn, OtherPerson) as error:
        form.blame("", in_words(error))
        return make_response(_page(number, form), 422)
    browser.say(_("已確認：%(name)s 的資料已更改。", name=done.member.name))
    return redirect(url_for("proposals.one", number=number))


@pages.change("/staff/proposals/<int:number>/refuse", Action.STAFF_CONFIRM)
def refuse(number: int) -> ResponseReturnValue:
    """Leave it unwritten. Raises NoProposal, DecidedAlready."""
    form = RefuseForm()
    if not form.is_fit():
        return make_response(_page(number, form), form.status)
    with transaction(factory()) as session:
        by = allow(Action.STAFF_CONFIRM)
        role_grants.refuse(session, number, form.text("reason"), at=now(), by=by)
    browser.say(_("已退回，什麼都沒有更改。"))
    return redirect(url_for("proposals.listed"))


def _page(number: int, form: Form) -> str:
    with looking(factory()) as session:
        proposal = role_grants.proposal_of(session, number)
        row = history.in_force(session, StaffRow, proposal.member.login, now())
    then, before = house().city.city().at(now()), member_of(row) if row else None
    return render_template(
        "staff/proposal.html",
        one=proposal,
        before=before,
        form=form,
        State=ProposalState,
        is_own=me().login in (proposal.by, proposal.member.login),
        place=lambda member: place_name(then, member),
    )
