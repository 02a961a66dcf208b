"""Standing purposes of supervisors (P9): approved for a year by another person; calls drawn by lot."""

import secrets

from flask import Response
from sqlalchemy.orm import Session
from wtforms.validators import InputRequired

from calls.hearing import BACK, draw
from hotline.errors import HotlineError
from hotline.permissions import Action
from recordings import standing_purposes
from recordings.retrieval import RetrievalState
from web.console.answers import lead_to, render_form
from web.console.forms import Form, ReasonForm, text_area
from web.console.gate import Pages, me, now, read_session, stamp, write_session
from web.console.language import _, _l, in_words
from web.console.menu import CALLS
from web.console.pages.retrievals import COLOURS
from web.console.paging import page_of

pages = Pages("standing_purposes")
pages.in_menu(
    CALLS,
    _l("常設聆聽目的"),
    "listed",
    Action.RETRIEVAL_ASK,
    place=8,
    work=(Action.RECORDING_HEAR, Action.RETRIEVAL_APPROVE),
)


class PurposeForm(Form):
    """What a supervisor hears calls for."""

    purpose = text_area(_l("聆聽的目的"), InputRequired(_l("請寫下目的")))


@pages.read("/standing-purposes", Action.RETRIEVAL_ASK)
def listed(fault: str = "") -> Response:
    """List the standing purposes that one may know of, the newest first."""
    return _page(PurposeForm(formdata=None), fault)


def _page(form: Form, fault: str = "") -> Response:
    with read_session() as session:
        rows = standing_purposes.purposes(session, me())
        states = {row.id: standing_purposes.state_at(row, now()) for row in rows}
        in_force = standing_purposes.standing(session, me().login, now()) is not None
    return render_form(
        "retrievals/standing.html",
        form,
        page=page_of(rows),
        states=states,
        decidable={row.id for row in rows if standing_purposes.may_decide(row, me().login)},
        colours={**COLOURS, RetrievalState.APPROVED: "green"},
        fault=fault,
        in_force=in_force,
        back=BACK.days,
    )


@pages.change("/standing-purposes/new", Action.RECORDING_HEAR)
def ask() -> Response:
    """Ask for a standing purpose."""
    form = PurposeForm()
    if form.is_fit():
        form.writes(lambda session: standing_purposes.ask(session, form.text("purpose"), **stamp()))
    if not form.errors:
        return lead_to("standing_purposes.listed", _("已送核定；核定的是另一個人。"))
    return _page(form)


@pages.change("/standing-purposes/draw", Action.RECORDING_HEAR)
def draw_call() -> Response:
    """A call of one's own agents, by lot; it may be heard for a day."""
    try:
        with write_session() as session:
            found = draw(session, secrets.randbelow, **stamp())
    except HotlineError as error:
        return listed(in_words(error))
    return lead_to("calls.one", _("抽到這一通；一天內可以聽。"), call_id=found.call_id)


@pages.change("/standing-purposes/<int:number>/approve", Action.RETRIEVAL_APPROVE)
def approve(number: int) -> Response:
    """Approve what another person asked for."""
    form = Form()
    if form.writes(lambda session: standing_purposes.approve(session, number, **stamp())):
        return lead_to("standing_purposes.listed", _("已核定，一年內有效。"))
    return _page(form)


@pages.both("/standing-purposes/<int:number>/refuse", Action.RETRIEVAL_APPROVE)
def refuse(number: int) -> Response:
    """Refuse what another person asked for. Raises NoSuchPurpose."""
    return _ended(number, _("不予核定"), _("已退回。"), is_refusal=True)


@pages.both("/standing-purposes/<int:number>/revoke", Action.RETRIEVAL_APPROVE)
def revoke(number: int) -> Response:
    """End a standing purpose at once. Raises NoSuchPurpose."""
    return _ended(number, _("撤銷常設聆聽目的"), _("已撤銷，從現在起不能再聽。"), is_refusal=False)


def _ended(number: int, title: str, said: str, *, is_refusal: bool) -> Response:
    form = ReasonForm()
    with read_session() as session:
        row = standing_purposes.purpose_of(session, number)
    deed = standing_purposes.refuse if is_refusal else standing_purposes.revoke

    def written(session: Session) -> object:
        return deed(session, number, form.text("reason"), **stamp())

    if form.is_fit() and form.writes(written) is not None:
        return lead_to("standing_purposes.listed", said)
    return render_form("retrievals/standing_end.html", form, row=row, heading=title)
