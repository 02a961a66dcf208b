"""Calls of a time, each as it counts in the history, from the rows alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from calls.outbound_cdr import is_kept_promise
from calls.store import OUTGOING, CallEvent, CallRow, Leg
from calls.topics import CONSULTED
from calls.transfer_reasons import KINDS, reasons
from hotline.special_callers.store import SpecialCall, SpecialEvent
from ivr.limits import EndRule
from reporting.hour_sums.rules import PlacedCount
from reporting.queue_metrics import QueueCall, of_citizens
from transfer.outcome import DialOutcome
from transfer.reasons import RungKind

BY_RULE: Final = frozenset((EndRule.CAP, EndRule.GUIDANCES))
"""Ends of special calls (P7.1, P7.3); the blanket limit is for everybody."""
FLAGGED: Final = "SPECIAL"


def called(session: Session, since: datetime, until: datetime) -> list[QueueCall]:
    """The calls of citizens that began in a time."""
    within = (CallRow.started_at >= since, CallRow.started_at < until, CallRow.line != OUTGOING)
    rung = select(Leg.call_id, Leg.asked).join(CallRow, CallRow.id == Leg.call_id)
    rung = rung.where(*within, Leg.kind.in_(RungKind))
    put_through: dict[str, set[str]] = {}
    for call, asked in session.execute(rung):
        put_through.setdefault(call, set()).add(asked)
    answered = rung.where(Leg.outcome == DialOutcome.ANSWERED).with_only_columns(Leg.call_id, Leg.kind)
    taken = dict(session.execute(answered.order_by(Leg.started_at.desc(), Leg.channel)).all())
    special, ended = _special(session, within)
    transfers, read = _told(session, within)
    return [
        replace(
            one,
            id=name,
            put_through=name in put_through,
            connected=name in taken,
            taken_by=taken.get(name, ""),
            special=name in special,
            ended_by_rule=name in ended,
            reasons=frozenset(reasons(transfers.get(name, ()), put_through.get(name, ()))),
            read=frozenset(read.get(name, ())),
        )
        for name, one in of_citizens(session, since, until)
    ]


def placed_out(session: Session, since: datetime, until: datetime) -> list[PlacedCount]:
    """Calls that 1999 placed in a time, with own phones that nobody lifted or that could not ring."""
    within = (CallRow.started_at >= since, CallRow.started_at < until, CallRow.line == OUTGOING)
    wanted = select(CallRow.id, CallRow.started_at, CallRow.talk_seconds).where(*within)
    return [
        PlacedCount(row.started_at, row.talk_seconds or 0.0, is_kept_promise(row.id), row.id)
        for row in session.execute(wanted)
    ]


def _special(session: Session, within: Sequence[ColumnElement[bool]]) -> tuple[set[str], set[str]]:
    """Calls that were special at any time, and those a rule of §15 ended."""
    flagged = select(SpecialEvent.call_id).join(CallRow, CallRow.id == SpecialEvent.call_id)
    ended = select(SpecialCall.call_id).join(CallRow, CallRow.id == SpecialCall.call_id)
    return (
        set(session.scalars(flagged.where(*within, SpecialEvent.to_state == FLAGGED))),
        set(session.scalars(ended.where(*within, SpecialCall.ended_by.in_(BY_RULE)))),
    )


def _told(
    session: Session, within: Sequence[ColumnElement[bool]]
) -> tuple[dict[str, list[tuple[str, Mapping[str, Any]]]], dict[str, set[bool]]]:
    """What was said of each call's transfers, in order, and whether the book answered."""
    wanted = select(CallEvent.call_id, CallEvent.kind, CallEvent.detail)
    wanted = wanted.join(CallRow, CallRow.id == CallEvent.call_id)
    wanted = wanted.where(*within, CallEvent.kind.in_((*KINDS, CONSULTED)))
    transfers: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    read: dict[str, set[bool]] = {}
    for call, kind, detail in session.execute(wanted.order_by(CallEvent.at, CallEvent.id)):
        if kind == CONSULTED:
            read.setdefault(call, set()).add(bool(detail["answered"]))
        else:
            transfers.setdefault(call, []).append((kind, detail))
    return transfers, read
