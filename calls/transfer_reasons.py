"""Reasons for which a caller was put through: chosen on the page, or said at closing (P5.1.1)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import TRANSFER_ASKED, CallEvent, Leg, add_event
from ivr.steps import TransferBegun
from transfer.reasons import RungKind, TransferReason

UNSTATED: Final[Literal["unstated"]] = "unstated"
"""Of an agent's transfer by keys of a telephone, until its reason is said."""
STATED: Final = "TransferReasonStated"
"""Kind of the event by which a reason is said when the call is closed; the latest counts."""
KINDS: Final = (TransferBegun.__name__, TRANSFER_ASKED, STATED)
"""Kinds of all events that tell of reasons."""


def reasons(told: Iterable[tuple[str, Mapping[str, Any]]], rung: Iterable[str]) -> list[str]:
    """Reasons in their order, each once, by the events of a call and the extensions that were rung in it.

    A caller who dialled the extension has none; a consultation by keys is known by the phone that was rung.
    """
    told, said = list(told), ""
    known = {_extension(detail) for kind, detail in told if kind != STATED}
    found = list(_each(told))
    if set(filter(None, rung)) - known:
        found.append(UNSTATED)
    for kind, detail in told:
        said = detail["reason"] if kind == STATED else said
    return list(dict.fromkeys(said if one == UNSTATED and said else one for one in found))


def _each(told: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    asked: set[str] = set()
    for kind, detail in told:
        if reason := detail.get("reason", ""):
            asked.add(_extension(detail))
            if kind != STATED:
                yield reason
        elif detail.get("by") and _extension(detail) not in asked:
            yield UNSTATED


def _extension(detail: Mapping[str, Any]) -> str:
    """A transfer by command has ``extension``, a consultation ``asks``, what begins in the call ``asked``."""
    return next((str(detail[name]) for name in ("asked", "extension", "asks") if name in detail), "")


def transfer_reasons(session: Session, call_id: str) -> list[str]:
    """Reasons for which the caller was put through, each once, in their order."""
    events = select(CallEvent).where(CallEvent.call_id == call_id, CallEvent.kind.in_(KINDS))
    told = [(row.kind, row.detail) for row in session.scalars(events.order_by(CallEvent.at, CallEvent.id))]
    legs = select(Leg.asked).where(Leg.call_id == call_id, Leg.asked != "", Leg.kind.in_(RungKind))
    return reasons(told, session.scalars(legs))


def state(session: Session, call_id: str, reason: TransferReason, *, by: str, at: datetime) -> None:
    """Say the reason of every transfer of a call that has none."""
    key = f"stated:{at.timestamp():.3f}:{call_id}"
    add_event(session, key[:96], call_id, at, STATED, {"reason": reason, "by": by})
