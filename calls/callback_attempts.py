"""Attempts of callbacks, read from the event log (§9.2: stored from what happened). Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from calls.cel import ChannelEvent
from hotline.callbacks.outbound_lock import CallOutcome
from hotline.callbacks.rules import Outcome
from transfer.outcome import DialOutcome, cause_of

CALLED: Final = "CALLED"
_ATTEMPTS: Final[Mapping[DialOutcome, Outcome]] = MappingProxyType(
    {
        DialOutcome.ANSWERED: Outcome.REACHED,
        DialOutcome.NO_ANSWER: Outcome.NO_ANSWER,
        DialOutcome.BUSY: Outcome.BUSY,
        DialOutcome.REFUSED: Outcome.REFUSED,
        DialOutcome.UNREACHABLE: Outcome.UNREACHABLE,
        DialOutcome.UNALLOCATED: Outcome.WRONG_NUMBER,
    }
)
"""Outcomes that tell of the called phone; others tell of our own way there, or that the caller gave up."""


def outcome(status: str, cause: str, rang: str) -> Outcome:
    """The attempt that DIALSTATUS, HANGUPCAUSE and the milliseconds until it rang tell of."""
    ring = DialOutcome.from_dialstatus(status, cause_of(cause), rang=bool(rang))
    return _ATTEMPTS.get(ring, Outcome.NOT_PLACED)


def called(event: ChannelEvent) -> CallOutcome | None:
    """Parse ``token|callback|login|epoch|talking or over|DIALSTATUS|cause|rang``; None if malformed."""
    fields = event.said.split("|")
    if len(fields) != 8 or not fields[0] or not (fields[1].isdecimal() and len(fields[1]) < 10):
        return None
    token, number, by, epoch, phase, status, cause, rang = fields
    is_epoch = epoch.isdecimal() and len(epoch) == 10
    began = datetime.fromtimestamp(int(epoch), UTC) if is_epoch else event.at
    return CallOutcome(int(number), token[:32], by[:64], outcome(status, cause, rang), began, phase == "over")
