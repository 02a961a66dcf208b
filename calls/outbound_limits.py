"""Limits of calls to outside numbers: what a carrier rings by itself is counted here, what our dialplan
counts is told by the event log; either way a limit that is met is counted, and an alarm at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calls.carrier_progress import OUTSIDE
from calls.store import CallRow, Leg
from hotline import metrics
from hotline.clock import midnight
from hotline.numbers import EMERGENCY
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from transfer.ladder import Rung
from transfer.reasons import RungKind

log = structlog.get_logger()
OUTBOUND: Final = "OUTBOUND"
"""Of the event log: which limit was met."""
REFUSED: Final = "OutboundRefused"
"""The same in a call's story."""
EXEMPT: Final = (RungKind.DUTY, RungKind.EMERGENCY)
"""Who is on duty is rung whatever was dialled before; the dialplan knows them by the same words."""
LONGEST: Final = timedelta(hours=4, minutes=30)
"""No leg lasts longer; one without a reported end is over."""


class Limit(StrEnum):
    """Limit that was met."""

    DAILY = "daily"
    AT_ONCE = "at-once"


_MEANS: Final[Mapping[Limit, str]] = MappingProxyType(
    {
        Limit.DAILY: "今天的外線電話達到上限，回電和轉接外線撥不出去；確認用量正常後，請調高 HOTLINE_OUTBOUND_DAILY",
        Limit.AT_ONCE: "同時進行的外線電話達到上限，有電話撥不出去；確認用量正常後，請調高 HOTLINE_OUTBOUND_AT_ONCE",
    }
)


@dataclass(frozen=True, slots=True)
class Caps:
    """Settings ``outbound_daily`` and ``outbound_at_once``."""

    daily: int = 500
    at_once: int = 30


def met(session: Session, rung: Rung, line: str, caps: Caps, at: datetime) -> Limit | None:
    """The limit that keeps a line's carrier from ringing an outside number now; None when it may."""
    if not rung.number or rung.kind in EXEMPT or rung.number in EMERGENCY:
        return None
    begins = midnight(at)
    legs = select(func.count()).select_from(Leg).join(CallRow, CallRow.id == Leg.call_id)
    counted = (Leg.phone == OUTSIDE, Leg.kind.not_in(EXEMPT))
    of_line = legs.where(CallRow.line == line, CallRow.started_at > begins - LONGEST, *counted)
    now = of_line.where(Leg.ended_at.is_(None), Leg.started_at > at - LONGEST)
    if (session.scalar(now) or 0) >= caps.at_once:
        return Limit.AT_ONCE
    today = session.scalar(of_line.where(Leg.started_at >= begins)) or 0
    return Limit.DAILY if today >= caps.daily else None


def refused(session: Session, said: str, call_id: str, at: datetime) -> None:
    """Count one, and open a ticket for the limit unless one is open."""
    if said not in set(Limit):
        return
    limit = Limit(said)
    metrics.outbound_refused.labels(limit).inc()
    log.error("outbound.limit", limit=limit, call=call_id)
    key = f"outbound:{limit}"
    faults.find(session, {key: HealthFinding(FaultKind.INTERNET, _MEANS[limit])}, frozenset((key,)), at)
