"""Calls that 1999 places for an agent (P5.3): an agency is phoned at once, and who took the report is noted.

The agent's own phone rings first. What became of the call is told by Asterisk's event log, so this page shows
it also when it was loaded long after.
"""

from datetime import timedelta
from typing import Final

from flask import Response, jsonify, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.rings import OWN
from calls.store import Leg
from hotline.callbacks.rules import Outcome
from hotline.errors import HotlineError, existing
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import CITIZEN, OutboundState, Purpose
from hotline.outbound_calls.store import PlacedCall
from hotline.permissions import Action
from web.console import browser
from web.console.answers import lead_to, redirect_to, render, render_form
from web.console.forms import text_of
from web.console.gate import Pages, house, me, now, read_session, stamp, write_session
from web.console.language import _, _l, in_words
from web.console.menu import TODAY
from web.console.notify_form import NotifyForm
from web.console.pages.agent_desk import refused_form
from web.console.paging import page_of
from web.console.talk_words import leg_outcomes, outcomes

pages = Pages("outbound_calls")
pages.in_menu(TODAY, _l("機關通報"), "listed", Action.CALL_NOTIFY, place=5)
LATELY = timedelta(days=30)
COLOURS: Final = {
    OutboundState.CALLING: "blue",
    OutboundState.ANSWERED: "yellow",
    OutboundState.NOTIFIED: "green",
    OutboundState.UNREACHED: "red",
    OutboundState.BROKEN_OFF: "grey",
}
"""The colour beside the word of a state."""


@pages.read("/placed", Action.CALL_NOTIFY)
def listed() -> Response:
    """List of what one has placed within a month, and the form for another call."""
    return _list_page(NotifyForm(formdata=None))


def _list_page(form: NotifyForm) -> Response:
    with read_session() as session:
        rows = service.placed_since(session, now() - LATELY, by=me().login)
    page = page_of(rows)
    return render_form("outbound_calls/listed.html", form, page=page, colours=COLOURS, notify=form)


@pages.change("/placed/notify", Action.CALL_NOTIFY)
def notify() -> Response:
    """One's own phone rings; answered, the agency's phones ring one after another."""
    form, number = NotifyForm(), 0
    if form.is_fit():
        whom, matter = form.text("extension"), form.text("matter").strip()
        try:
            number = house().placing.notify(whom, matter, **stamp(), call_id=form.text("call"))
        except HotlineError as error:
            form.blame_for_all(error.together)
    if form.errors:
        return refused_form(form) if by_script() else _list_page(form)
    said = _("您的電話已接起，正在撥給機關。")
    return lead_desk_to(url_for("outbound_calls.one", number=number), said)


def lead_desk_to(address: str, said: str) -> Response:
    """Lead on to a page, or tell the desk's script its address."""
    if by_script():
        return jsonify(said=said, address=address)
    browser.say(said)
    return redirect_to(address)


def by_script() -> bool:
    """Tell whether the desk asks, whose page is a telephone and must not be left."""
    return request.accept_mimetypes.best == "application/json"


@pages.read("/placed/<int:number>", Action.CALL_NOTIFY)
def one(number: int, fault: str = "") -> Response:
    """Page of a placed call: whose phones were rung, who answered, who took the report."""
    with read_session() as session:
        row = _seen(session, number)
        rung = {one.place: one.outcome for one in service.rings(session, row)}
        return render(
            "outbound_calls/one.html",
            422 if fault else 200,
            row=row,
            rung=rung,
            colours=COLOURS,
            rings={**outcomes(), Outcome.NOT_PLACED: _("沒有撥出")},
            fault=fault,
            targets=row.targets or [CITIZEN.as_row()],
            legs=_legs(session, row),
            leg_outcomes=leg_outcomes(),
            is_notify=row.purpose == Purpose.NOTIFY,
            OutboundState=OutboundState,
        )


def _legs(session: Session, row: PlacedCall) -> list[Leg]:
    """The phones as the record of calls has them: the agent's own, then those of the list in its order."""
    chosen = select(Leg).where(Leg.call_id == row.own_call)
    return sorted(session.scalars(chosen), key=lambda leg: (leg.kind != OWN, leg.started_at, leg.channel))


def _seen(session: Session, number: int) -> PlacedCall:
    return existing(session.get(PlacedCall, number), service.NoSuchPlaced(number))


@pages.read("/placed/<int:number>/state", Action.CALL_NOTIFY)
def state(number: int) -> Response:
    """State of a placed call: whether phones are still ringing, asked by the page that shows it."""
    with read_session() as session:
        row = _seen(session, number)
        is_ringing = row.state == OutboundState.CALLING and now() - row.placed_at < service.LONGEST
        return jsonify(running=is_ringing, done=len(service.rings(session, row)), of=len(row.targets) or 1)


@pages.change("/placed/<int:number>/taken", Action.CALL_NOTIFY)
def taken(number: int) -> Response:
    """Note who took the report, by name; the time is that of the answer (P5.3-a)."""
    try:
        with write_session() as session:
            service.taken(session, number, text_of("person"), **stamp())
    except HotlineError as error:
        return one(number, in_words(error))
    return lead_to("outbound_calls.one", _("已記下受理通報人員和時間。"), number=number)
