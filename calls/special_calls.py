"""The record of special calls: what people did to a call,
and what the event log saw of it (P7.1, P7.3, P0-a).

Steps given by command come through ``step``; an agent's keys come with the event log, through ``witnessed``.
Where a call stands is always worked out anew from all its steps.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.cdr import CallDetailRecord
from calls.cel import ChannelEvent, phone_of
from calls.store import CallRow, add_event
from hotline import metrics
from hotline.db import add_once
from hotline.ledger.audit import audit
from hotline.numbers import EMERGENCY
from hotline.permissions import Action
from hotline.special_callers.store import SpecialCall, SpecialEvent
from hotline.staff.service import by_phone
from ivr import limits
from ivr.limits import EndRule, Rules, State

log = structlog.get_logger()
KEYS: Final = {
    "GUIDANCE": "guided",
    "TOPIC": "topic",
    "NO_TOPIC": "no_topic",
    "REVIEW": "asked",
    "EMERGENCY": "emergency",
}
"""The dialplan's events on the caller's channel, and what they are."""
EMERGENCIES: Final = ("emergency", *EMERGENCY)
"""Steps that lift every limit: the supervisors are rung, or 110 or 119 joins."""
ENDS: Final = frozenset(EndRule)
JUDGEMENTS: Final = frozenset(("authorised", "refused", "no_topic"))


_EVENTS: Final[Mapping[str, Callable[[datetime, str], limits.Event]]] = {
    "asked": limits.JudgementAsked,
    "authorised": limits.Authorised,
    "refused": limits.JudgementRefused,
    "guided": limits.Guided,
    "failed": limits.Failed,
    "topic": limits.TopicAppeared,
    **dict.fromkeys(EMERGENCIES, limits.Emergency),
}


@dataclass(frozen=True, slots=True)
class SpecialStep:
    """One step: what was done, by whom (login, or the phone whose key it was), when and why."""

    kind: str
    at: datetime
    who: str
    entry: int | None = None
    reason: str = ""

    def event(self) -> limits.Event:
        """Event of the rules."""
        if self.kind == "no_topic":
            return limits.NoTopic(self.at, self.who, self.entry)
        return _EVENTS[self.kind](self.at, self.who)


def name(state: State) -> str:
    """``SPECIAL`` of a ``Special``."""
    return type(state).__name__.upper()


def step(
    session: Session, rules: Rules, call_id: str, done: SpecialStep, before: State, after: State
) -> None:
    """Write what a person did by command, and where the call stands by it."""
    key = f"by:{call_id}:{done.kind}:{done.at.timestamp():.6f}"
    _write(session, call_id, [(key, done, name(before), name(after))])
    row = session.get(CallRow, call_id)
    answered_at = after.history.answered_at or (row.agent_at if row else None)
    _renew(session, rules, call_id, answered_at, row.ended_at if row else None, "")


def witnessed(
    session: Session, rules: Rules, projected: Sequence[tuple[CallDetailRecord, Sequence[ChannelEvent]]]
) -> None:
    """The keys of agents in these calls, and the ends of those that were special."""
    ids = [found.id for found, _ in projected]
    known = set(session.scalars(select(SpecialCall.call_id).where(SpecialCall.call_id.in_(ids))))
    for found, events in projected:
        done = {f"cel:{event.key}": _key(session, event) for event in events if _is_key(event, found)}
        said = found.end.said if found.end else ""
        if done or found.id in known or said in ENDS:
            _witness(session, rules, found, done)


@dataclass(frozen=True, slots=True)
class CallStanding:
    """State of a call by its record, and the latest judgement of it with its name and reason."""

    state: State
    judged: SpecialStep | None = None


def standing(session: Session, rules: Rules, row: CallRow, at: datetime) -> CallStanding:
    """Standing of a call at an instant; what Asterisk's keys did comes with the event log, a moment later."""
    steps = [done for _, done in _stored(session, row.id)]
    last = limits.CallOver(row.ended_at) if row.ended_at else limits.Passed(at)
    state = limits.replay(rules, (*_answer(row.agent_at), *(one.event() for one in steps), last))
    judged = [one for one in steps if one.kind in JUDGEMENTS]
    return CallStanding(state, judged[-1] if judged else None)


def was_hard(session: Session, call_id: str) -> bool:
    """True if a call was special at any time, or an emergency: its agent may rest afterwards."""
    chosen = select(SpecialEvent.id).where(
        SpecialEvent.call_id == call_id,
        (SpecialEvent.to_state == "SPECIAL") | SpecialEvent.kind.in_(EMERGENCIES),
    )
    return session.scalar(chosen.limit(1)) is not None


def _witness(
    session: Session, rules: Rules, found: CallDetailRecord, done: Mapping[str, SpecialStep]
) -> None:
    stored = {row.key for row in _rows(session, found.id)}
    everything = {**dict(_stored(session, found.id)), **done}
    new = []
    answered_at = first_answer(found)
    state: State = limits.replay(rules, _answer(answered_at))
    for key, one in sorted(everything.items(), key=lambda item: item[1].at):
        before = state
        state = limits.replay(rules, (one.event(),), state)
        if key in done and key not in stored:
            new.append((key, one, name(before), name(state)))
    _write(session, found.id, new)
    said = found.end.said if found.end else ""
    _renew(session, rules, found.id, answered_at, found.end.at if found.end else None, said)
    for _, one, was, then in new:
        if one.kind == "asked":
            metrics.reviews_asked.inc()
            log.warning("special.review_asked", call=found.id, by=one.who)
        if one.kind in EMERGENCIES:
            told = {"state": then, "did": one.kind}
            subject, before_it = f"call:{found.id}", {"state": was}
            audit(session, one.at, one.who, Action.CALL_EMERGENCY, subject, before=before_it, after=told)


def first_answer(found: CallDetailRecord) -> datetime | None:
    """Instant of the first agent's answer: the clock runs while that agent still hears who is calling."""
    answers = (leg.answered_at for leg in found.legs if leg.is_agent and leg.answered_at)
    return min(answers, default=found.agent_at)


def _is_key(event: ChannelEvent, found: CallDetailRecord) -> bool:
    return event.channel == found.id and event.kind in KEYS


def _key(session: Session, event: ChannelEvent) -> SpecialStep:
    """Step by the agent's channel, before it a number or entry; by the phone's owner, if any."""
    first, _, last = event.said.rpartition("|")
    phone = phone_of(last)
    owner = by_phone(session, phone, event.at)
    entry = int(first) if event.kind == "NO_TOPIC" and first.isdecimal() else None
    kind = first if event.kind == "EMERGENCY" and first in EMERGENCY else KEYS[event.kind]
    return SpecialStep(kind, event.at, owner.login if owner else phone, entry)


def _answer(at: datetime | None) -> tuple[limits.Event, ...]:
    return (limits.Answered(at),) if at else ()


def _rows(session: Session, call_id: str) -> Sequence[SpecialEvent]:
    query = select(SpecialEvent).where(SpecialEvent.call_id == call_id)
    return session.scalars(query.order_by(SpecialEvent.at, SpecialEvent.id)).all()


def _stored(session: Session, call_id: str) -> Iterator[tuple[str, SpecialStep]]:
    for row in _rows(session, call_id):
        yield row.key, SpecialStep(row.kind, row.at, row.who, row.entry, row.reason)


def _write(session: Session, call_id: str, steps: Sequence[tuple[str, SpecialStep, str, str]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "key": key,
            "call_id": call_id,
            "at": one.at,
            "who": one.who[:64],
            "kind": one.kind,
            "entry": one.entry,
            "from_state": before,
            "to_state": after,
            "reason": one.reason,
        }
        for key, one, before, after in steps
    ]
    add_once(session, SpecialEvent, rows)
    names = {"did": "kind", "by": "who", "from": "from_state", "to": "to_state", "entry": "entry"}
    for row in rows:
        detail = {name: row[column] for name, column in names.items()} | {"reason": row["reason"]}
        add_event(session, f"special:{row['key']}"[:96], call_id, row["at"], "SpecialStep", detail)


def _renew(
    session: Session,
    rules: Rules,
    call_id: str,
    answered_at: datetime | None,
    ended_at: datetime | None,
    said: str,
) -> None:
    session.flush()
    steps = tuple(done.event() for _, done in _stored(session, call_id))
    events = (*_answer(answered_at), *steps)
    state = limits.replay(rules, (*events, limits.CallOver(ended_at)) if ended_at else events)
    history = state.history
    special = state if isinstance(state, limits.Special) else None
    session.merge(
        SpecialCall(
            call_id=call_id,
            state=name(state),
            flagged_by=special.by if special else "",
            entry=special.entry if special else None,
            cap_at=limits.cap_at(rules, history) if special else None,
            guidances=len(history.guidances),
            emergency=history.emergency,
            ended_by=said if said in ENDS else "",
        )
    )
