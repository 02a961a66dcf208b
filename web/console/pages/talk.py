"""What an agent does in a talk, beside the desk's own deeds: speak with the officer first, and see each phone rung."""

from collections.abc import Iterator
from datetime import datetime

from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import looking
from hotline.directory.rules import Directory
from hotline.staff.rules import Action
from ivr.legs import LegOutcome
from ivr.store import Leg
from ops.ami import ManagerGone
from ops.consults import Place, Way, consult, go_on, look
from web.console.forms import text_of
from web.console.gate import Pages, factory, house, me, now
from web.console.language import _
from web.console.pages.workplace import WHY, done, refused
from web.console.talk_words import leg_outcomes, places

pages = Pages("talk")


@pages.change("/desk/call/<call_id>/consult", Action.CALL_TRANSFER)
def ask(call_id: str) -> ResponseReturnValue:
    """Speak with an officer first, for a reason of P5.1.1; the caller waits with music."""
    why = text_of("why")
    if why not in WHY:
        return refused(_("請選擇轉接的理由（P5.1.1）。"))
    return done(
        lambda: consult(
            house(), house().city.city(), call_id, text_of("extension"), why,
            urgent=text_of("urgent") == "yes", by=me().login, at=now(),
        ),
        _("正在找承辦人；來電者聽著音樂等候。"),
    )  # fmt: skip


@pages.change("/desk/call/<call_id>/go-on", Action.CALL_TRANSFER)
def on(call_id: str) -> ResponseReturnValue:
    """Join, leave or go back to the caller."""
    way = text_of("way")
    if way not in set(Way):
        return refused(_("沒有這個動作。"))
    said = {
        Way.JOIN: _("三方通話接起來了。"),
        Way.LEAVE: _("來電者和承辦人接起來了。"),
        Way.BACK: _("回到來電者。"),
    }
    return done(lambda: go_on(house(), call_id, Way(way), by=me().login, at=now()), said[Way(way)])


@pages.read("/desk/call/<call_id>/now", Action.CALL_ANSWER)
def standing(call_id: str) -> ResponseReturnValue:
    """Where the talk stands, and each phone rung with its result; the place is empty while Asterisk says nothing."""
    try:
        place = look(house(), call_id, me().phone).value
    except ManagerGone:
        place = ""
    with looking(factory()) as session:
        rungs = list(_rungs(session, call_id, house().city.city().at(now())))
    return jsonify(place=place, says=places()[Place(place)] if place else "", rungs=rungs)


def _rungs(session: Session, call_id: str, directory: Directory) -> Iterator[dict[str, str]]:
    """The officers' phones rung for a call, in order."""
    chosen = select(Leg).where(Leg.call_id == call_id, Leg.extension != "", Leg.kind != "agent")
    words = leg_outcomes()
    for leg in session.scalars(chosen.order_by(Leg.started_at, Leg.channel)):
        came = LegOutcome(leg.outcome or _still(leg.answered_at))
        who = named(directory, leg.extension)
        yield {
            "extension": leg.extension, "who": who, "asked": leg.asked, "sought": named(directory, leg.asked),
            "outcome": came, "says": f"{who}：{words[came]}",
        }  # fmt: skip


def _still(answered_at: datetime | None) -> str:
    """What came so far of a phone whose leg is not over."""
    return LegOutcome.ANSWERED if answered_at else LegOutcome.RINGING


def named(directory: Directory, extension: str) -> str:
    """An extension with who sits there and where."""
    desk = directory.desks.get(extension)
    if desk is None:
        return extension
    section = directory.sections.get(desk.section)
    return f"{extension} {desk.name}".rstrip() + (f"（{section.name}）" if section else "")
