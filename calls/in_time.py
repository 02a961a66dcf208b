"""Rings and answers in time: one extension rung once, answered within three rings or not (P4.2-b). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from transfer.outcome import DialOutcome


@dataclass(frozen=True, slots=True)
class OfficeRing:
    """One extension rung once. ``ring`` is None when it did not ring (busy, unreachable)."""

    extension: str
    section: str
    agency: str
    at: datetime
    outcome: DialOutcome
    ring: timedelta | None = None
    proxy: bool = False
    """It was rung for another desk."""
    forwarded: bool = False
    """The desk follows another, which was rung before it in vain."""
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class InTime:
    """An answer is in time within ``most`` rings of ``period`` each; 9.0 s is three rings of 3 s (P4.2-b)."""

    period: timedelta = timedelta(seconds=3)
    most: int = 3

    def rings(self, ring: timedelta) -> int:
        """Rings heard: begun ones count whole."""
        return -(-ring // self.period)

    def holds(self, leg: OfficeRing) -> bool:
        """True if the leg was answered in time; an answer without a measured ring was at once."""
        return leg.outcome is DialOutcome.ANSWERED and self.rings(leg.ring or timedelta(0)) <= self.most
