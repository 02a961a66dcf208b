"""How simulated promises are kept: by calls that 1999 places, by one's own telephone, late, or never."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from hotline.callbacks.outbound_lock import CallToCitizen, OutboundLock
from hotline.callbacks.rules import PENDING_STATES, Outcome
from hotline.callbacks.store import Callback
from hotline.db import looking, transaction
from hotline.survey import calling, mailing
from hotline.survey.mailing import CaseAnswer
from hotline.survey.rules import SurveyChannel
from hotline.survey.store import SurveyRow
from tests.simulated.city import AGENTS, HOUR, MINUTE, SimulatedCity
from tests.simulated.event_log import CallLog

FATES: Final = ("call", "call", "call", "by hand", "by hand", "close", "cancel", "wait", "wait")


def work(city: SimulatedCity, at: datetime) -> None:
    """Agents go through what is pending."""
    with looking(city.factory) as session:
        pending = list(session.scalars(select(Callback.id).where(Callback.state.in_(PENDING_STATES))))
    for number in pending:
        _one(city, number, at)


def _one(city: SimulatedCity, number: int, at: datetime) -> None:
    by, deeds = city.draw.choice(AGENTS), city.promises()
    with looking(city.factory) as session:
        row = session.get_one(Callback, number)
        wants_matter = row.wants_matter
    if wants_matter:
        city.tries("matter", lambda session: deeds.give_matter(session, number, "詢問進度", by, at))
    match city.draw.choice(FATES):
        case "call":
            seized = city.tries(
                "seize",
                lambda session: OutboundLock(city.house.callbacks).seize(session, number, by, at),
            )
            if seized:
                _called(city, seized, by, at)
        case "by hand":
            outcome = city.draw.choice((Outcome.REACHED, Outcome.NO_ANSWER, Outcome.BUSY))
            city.tries("attempt", lambda session: deeds.attempt(session, number, outcome, by, at))
            if outcome is Outcome.REACHED:
                _answered(city, number, by, at + 3 * MINUTE)
        case "close":
            _answered(city, number, by, at)
        case "cancel" if city.chance(0.4):
            city.tries("withdraw", lambda session: deeds.cancel(session, number, "已來電", by, at))


def _answered(city: SimulatedCity, number: int, by: str, at: datetime) -> None:
    if city.chance(0.7):
        said = CaseAnswer(_scores(city), is_untrue=city.chance(0.1))
        with looking(city.factory) as session:
            asked = session.scalar(select(SurveyRow.id).where(SurveyRow.callback_id == number))
        if asked:
            city.tries("write down", lambda session: calling.write_down(session, number, said, by, at))
    deeds = city.promises()
    city.tries("answer", lambda session: deeds.close(session, number, "已說明", by, at))


def _scores(city: SimulatedCity) -> list[int | None]:
    draw = city.draw
    return [draw.choice((5, 5, 4, 4, 3, 2, 1)), *(draw.choice((5, 4, 3, 1, None)) for _ in range(2))]


def _called(city: SimulatedCity, call: CallToCitizen, by: str, at: datetime) -> None:
    """The agent's telephone rings, then the citizen's, as the event log tells it."""
    log = CallLog(call.own_call, "1999", f"PJSIP/{by}-00000001", "from-agents")
    log.begins(at, "")
    at += timedelta(seconds=3)
    is_lifted = city.chance(0.9)
    if is_lifted:
        log.line(at, "ANSWER")
        at = _rung(city, log, call, by, at)
    log.hangs_up(at, log.name, ("placed", "s"))
    with transaction(city.factory) as session:
        city.records().write(session, log.taken())


def _rung(city: SimulatedCity, log: CallLog, call: CallToCitizen, by: str, at: datetime) -> datetime:
    told = f"{call.token}|{call.callback_id}|{by}|{at.timestamp():.0f}"
    log.line(at, "RUNG", said="citizen////")
    phone = log.phone(at + timedelta(milliseconds=100), "trunk")
    at += timedelta(seconds=city.draw.randrange(3, 20))
    if city.chance(0.7):
        phone.answers(at)
        log.line(at, "CALLED", said=f"{told}|talking|ANSWER|16|500")
        phone.joins(at + timedelta(seconds=1))
        at += timedelta(seconds=city.draw.randrange(20, 300))
        phone.parts(at)
        phone.ends(at, 16, phone.name)
        log.line(at, "RANG", said="500|ANSWER|16")
        log.line(at, "CALLED", said=f"{told}|over|ANSWER|16|500")
        return at + timedelta(milliseconds=200)
    phone.ends(at, 17)
    log.line(at, "RANG", said="|BUSY|17")
    log.line(at, "CALLED", said=f"{told}|over|BUSY|17|")
    return at + timedelta(milliseconds=200)


def answer_mails(city: SimulatedCity, at: datetime) -> None:
    """Some of those who were asked by e-mail answer; one question, or all."""
    with looking(city.factory) as session:
        of_mail = SurveyRow.channel == SurveyChannel.MAIL, SurveyRow.answered_at.is_(None)
        asked = list(
            session.scalars(select(SurveyRow.id).where(*of_mail, SurveyRow.asked_at > at - 30 * HOUR))
        )
    for number in asked:
        if city.chance(0.35):
            said = CaseAnswer(_scores(city), "", is_untrue=city.chance(0.1))
            city.tries(
                "answer mail",
                lambda session, number=number, said=said: mailing.answer(
                    session, session.get_one(SurveyRow, number), said, at
                ),
            )
