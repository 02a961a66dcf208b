"""Rings as our dialplan noted them: for whom a phone was rung, and how that ended (RUNG, RANG)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from calls.cel import ChannelEvent
from transfer.outcome import DialOutcome, cause_of

RUNG: Final = "RUNG"
"""``kind/asked/extension/section/agency``, before the phone is dialled."""
RANG: Final = "RANG"
"""``milliseconds to the first 180 or 183|DIALSTATUS|cause``, when the ring or the talk after it is over."""
AGENT: Final = "agent"
OWN: Final = "own"
"""The first phone of a call that 1999 places: no office owes its answer, and no work follows it."""


@dataclass(frozen=True, slots=True)
class DialplanRing:
    """One ring. ``first_180`` is None while unknown and when the phone never rang; ``status`` is empty till
    it ended; ``phone`` is an agent's, else empty.
    """

    number: int
    began_at: datetime
    kind: str
    asked: str
    extension: str
    section: str
    agency: str
    phone: str = ""
    ended_at: datetime | None = None
    first_180: timedelta | None = None
    status: str = ""
    cause: int | None = None

    @property
    def outcome(self) -> DialOutcome | None:
        """None until it ended."""
        rang = self.first_180 is not None
        return DialOutcome.from_dialstatus(self.status, self.cause, rang=rang) if self.status else None

    @property
    def proxy(self) -> bool:
        """True if it was rung for another desk."""
        return self.extension != self.asked

    def holds(self, at: datetime) -> bool:
        """True if a phone dialled at ``at`` was dialled for this ring."""
        return self.began_at <= at and (self.ended_at is None or at <= self.ended_at)


def rings_of(events: Iterable[ChannelEvent]) -> tuple[DialplanRing, ...]:
    """Rings of a call in order, noted on the caller's channel or on an agent's own call to an officer.

    One whose end was lost ends where the next of its channel begins.
    """
    marks = sorted(
        (one for one in events if one.kind in (RUNG, RANG)), key=lambda one: (one.at, one.kind != RUNG)
    )
    began = [mark for mark in marks if mark.kind == RUNG]
    return tuple(_ringing(number, mark, _next(mark, marks)) for number, mark in enumerate(began, 1))


def noted(number: int, at: datetime, label: str) -> DialplanRing:
    """A ring by its label, ``kind/asked/extension/section/agency``."""
    kind, asked, extension, section, agency = (*label.split("/"), "", "", "", "", "")[:5]
    is_agent = kind == AGENT
    office, phone = "" if is_agent else extension[:16], extension[:64] if is_agent else ""
    return DialplanRing(number, at, kind[:16], asked[:16], office, section[:32], agency[:32], phone)


def _next(mark: ChannelEvent, marks: Sequence[ChannelEvent]) -> ChannelEvent | None:
    """Note of its own channel after it."""
    later = marks[marks.index(mark) + 1 :]
    return next((one for one in later if one.channel == mark.channel), None)


def _ringing(number: int, begun: ChannelEvent, after: ChannelEvent | None) -> DialplanRing:
    ringing = noted(number, begun.at, begun.said)
    if after is None:
        return ringing
    if after.kind == RUNG:
        return replace(ringing, ended_at=after.at)
    first, status, cause = (*after.said.split("|"), "", "", "")[:3]
    return replace(
        ringing,
        ended_at=after.at,
        first_180=timedelta(milliseconds=int(first)) if first.isdecimal() else None,
        status=status,
        cause=cause_of(cause),
    )
