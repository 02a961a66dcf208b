"""Agent's acts in a talk, beside the desk's: speak with the officer first, and see each phone rung."""

from collections.abc import Iterator
from typing import Final

from flask import Response, jsonify, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls import after_call_work
from calls.dispositions import looked_up
from calls.store import Leg
from control.ami import ManagerGone
from control.attended_transfer import TalkPlace, Way, consult, go_on, look
from control.presence import bring_members
from control.text_line import Party
from hotline.directory.rules import Directory
from hotline.knowledge.service import entry
from hotline.ledger import looks
from hotline.permissions import Action
from hotline.staff import browsers
from hotline.staff.store import agents
from transfer.outcome import DialOutcome
from web.console.forms import text_of
from web.console.gate import Pages, factory, house, me, now, read_session, stamp, write_session
from web.console.language import _, name
from web.console.pages.agent_desk import done, lead, own, refused
from web.console.talk_words import leg_outcomes, named

pages = Pages("talk")
MOST_ANSWERS: Final = 5
"""More are not read while a caller waits."""


@pages.change("/desk/call/<call_id>/consult", Action.CALL_TRANSFER)
def ask(call_id: str) -> Response:
    """Speak with an officer first, for a reason of P5.1.1; the caller waits with music."""
    return lead(consult, call_id, _("正在找承辦人；來電者聽著音樂等候。"))


@pages.change("/desk/call/<call_id>/go-on", Action.CALL_TRANSFER)
def on(call_id: str) -> Response:
    """Join, leave or go back to the caller."""
    way = text_of("way")
    if way not in set(Way):
        return refused(_("沒有這個動作。"))
    said = {
        Way.JOIN: _("三方通話接起來了。"),
        Way.LEAVE: _("來電者和承辦人接起來了。"),
        Way.BACK: _("回到來電者。"),
    }

    def gone_on() -> None:
        go_on(factory(), house().pbx, call_id, Way(way), **stamp())
        if Way(way) is Way.LEAVE:
            house().page_calls.put_through(call_id)

    return done(gone_on, said[Way(way)])


@pages.read("/desk/call/<call_id>/text", Action.CALL_ANSWER)
def texts(call_id: str) -> Response:
    """Texts between agent and citizen after a number, while a citizen's page is in the talk.
    Raises NotTheirs, NoSuchCall, ManagerGone.

    That they were read is on record, once a call; what was written is not.
    """
    if not house().page_calls.is_page(call_id):
        return jsonify(open=False, texts=[])
    own(call_id)
    after = request.args.get("after", "0")
    told = house().page_calls.texts(call_id, int(after) if after.isdecimal() and len(after) < 7 else 0)
    if any(one.by is Party.CITIZEN for one in told):
        _note_reading(call_id)
    return jsonify(open=True, texts=[{"number": one.number, "by": one.by, "text": one.text} for one in told])


def _note_reading(call_id: str) -> None:
    by, subject = me().login, f"call:{call_id}"
    with read_session() as session:
        if looks.already(session, by, subject):
            return
    with write_session() as session:
        looks.look_once(session, now(), by, subject, looks.IN_HAND, "message")


@pages.change("/desk/call/<call_id>/text", Action.CALL_ANSWER)
def write(call_id: str) -> Response:
    """Write to the citizen, whose page shows it."""

    def written() -> None:
        own(call_id)
        house().page_calls.answers(call_id, request.form.get("text", ""))

    return done(written, "")


@pages.change("/desk/call/<call_id>/recording", Action.CALL_PAUSE)
def record(call_id: str) -> Response:
    """Pause or resume the recording around an identity number (P4.12)."""
    pauses = house().recording_pauses
    if text_of("pause") == "yes":
        return done(lambda: pauses.pause(call_id, **stamp()), _("已暫停錄音。"))
    return done(lambda: pauses.resume(call_id, **stamp()), _("已恢復錄音。"))


@pages.change("/desk/call/<call_id>/stop-recording", Action.CALL_PAUSE)
def stop_recording(call_id: str) -> Response:
    """Stop the recording for good, for a caller who refuses it (P4.12)."""
    stops, reason = house().recording_stops, request.form.get("reason", "")
    return done(lambda: stops.stop(call_id, reason, **stamp()), _("已停止錄音，這通電話不再錄音。"))


@pages.read("/desk/knowledge", Action.CALL_ANSWER)
def knowledge() -> Response:
    """Entries of the book for what a caller asks, with their answers, the best first."""
    with read_session() as session:
        found = house().finder.find(session, request.args.get("q", "")[:100], now(), MOST_ANSWERS)
        rows = [(entry(session, hit.key, now()), hit.match) for hit in found]
    return jsonify(
        [
            {
                "number": row.key,
                "question": row.question,
                "answer": row.answer,
                "match": name(match),
                "sure": match.is_sure,
            }
            for row, match in rows
        ]
    )


@pages.change("/desk/call/<call_id>/answered", Action.CALL_TAG)
def answered(call_id: str) -> Response:
    """Put on record whether the book answered the caller's question (P3.1)."""
    is_answered, number = text_of("answered") == "yes", text_of("entry")

    def tagged() -> None:
        own(call_id)
        with write_session() as session:
            if number:
                entry(session, number, now())
            looked_up(session, call_id, number, answered=is_answered, **stamp())

    return done(tagged, _("已記錄：問答集解答了。") if is_answered else _("已記錄：問答集沒有解答。"))


@pages.read("/desk/after", Action.CALL_ANSWER)
def after() -> Response:
    """State of after-call work: for how many seconds it goes on at most, and for which call, if that is
    not closed; kept by the server.
    """
    with read_session() as session:
        agent = browsers.agent_of(session, me())
        left = (agent.after_until - now()).total_seconds() if agent.after_until else 0.0
        row = after_call_work.of_agent(session, agent)
        call = row.id if row and not row.service else ""
    return jsonify(left=max(0.0, left), paused=agent.resting, call=call)


@pages.change("/desk/ready", Action.CALL_ANSWER)
def ready() -> Response:
    """End after-call work: the service types are chosen, and the next call may come."""

    def over() -> None:
        with write_session() as session:
            after_call_work.ready(session, me(), now())
            everybody = agents(session)
        bring_members(house().pbx, everybody)

    return done(over, _("準備好了，可以接電話。"))


@pages.read("/desk/call/<call_id>/now", Action.CALL_ANSWER)
def standing(call_id: str) -> Response:
    """State of the talk, and phones rung with results; the place is empty while Asterisk says nothing."""
    try:
        place = look(factory(), house().pbx, call_id, me().phone).value
    except ManagerGone:
        place = ""
    with read_session() as session:
        rungs = list(_rungs(session, call_id, house().city.city().at(now())))
    return jsonify(place=place, says=name(TalkPlace(place)) if place else "", rungs=rungs)


def _rungs(session: Session, call_id: str, directory: Directory) -> Iterator[dict[str, str]]:
    """The officers' phones rung for a call, in order."""
    chosen = select(Leg).where(Leg.call_id == call_id, Leg.extension != "", Leg.kind != "agent")
    words = leg_outcomes()
    for leg in session.scalars(chosen.order_by(Leg.started_at, Leg.channel)):
        so_far = DialOutcome.ANSWERED if leg.answered_at else DialOutcome.RINGING
        came = DialOutcome(leg.outcome or so_far)
        who = named(directory, leg.extension)
        yield {
            "extension": leg.extension,
            "who": who,
            "asked": leg.asked,
            "sought": named(directory, leg.asked),
            "outcome": came,
            "says": f"{who}：{words[came]}",
        }
