"""What the event log says of calls to outside numbers that a limit stopped: counted, and an alarm at once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import structlog
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.tickets import faults
from hotline.tickets.faults import Ill
from hotline.tickets.rules import FaultKind
from ivr.cel import Seen

log = structlog.get_logger()
OUTBOUND: Final = "OUTBOUND"
"""``daily`` or ``at-once``."""
_MEANS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "daily": "今天的外線電話達到上限，回電和轉接外線撥不出去；確認用量正常後，請調高 HOTLINE_OUTBOUND_DAILY",
        "at-once": "同時進行的外線電話達到上限，有電話撥不出去；確認用量正常後，請調高 HOTLINE_OUTBOUND_AT_ONCE",
    }
)


def refused(session: Session, event: Seen) -> None:
    """Count one, and open a ticket for the limit unless one is open."""
    limit = event.said
    if limit not in _MEANS:
        return
    metrics.outbound_refused.labels(limit).inc()
    log.error("outbound.limit", limit=limit, call=event.call_id)
    key = f"outbound:{limit}"
    faults.find(session, {key: Ill(FaultKind.INTERNET, _MEANS[limit])}, frozenset((key,)), event.at)
