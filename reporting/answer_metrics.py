"""Figures of a month: answers within three rings, ring times, proxy answering, busy lines (P4.2, P4.11)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from calls.in_time import InTime, OfficeRing
from hotline.clock import TAIPEI
from hotline.worktime import Worktime
from transfer.outcome import DialOutcome

SLOWEST: Final = 0.95


class Group(StrEnum):
    """Kind of what a row of a report stands for."""

    EXTENSION = "extension"
    SECTION = "section"
    AGENCY = "agency"


Key = tuple[str, ...]
"""(agency), (agency, section) or (agency, section, extension)."""


@dataclass(frozen=True, slots=True)
class Duties:
    """P4.2-a: the figures of one extension, section or agency. Shares of nothing are None.

    Ring times are those of every leg that rang, answered or not; ``proxies`` were answered for another desk.
    """

    legs: int
    in_time: int
    late: int
    unanswered: int
    busy: int
    proxies: int
    mean_ring: timedelta | None
    slow_ring: timedelta | None

    @property
    def proxy_share(self) -> float | None:
        """Share of the answered legs that were answered for another desk."""
        return _share(self.proxies, self.in_time + self.late)

    @property
    def busy_rate(self) -> float | None:
        """P4.11: busy legs of all legs."""
        return _share(self.busy, self.legs)

    @property
    def is_too_busy(self) -> bool:
        """Above 20 %; exactly 20 % is not."""
        return self.busy * 5 > self.legs


def measure(legs: Sequence[OfficeRing], in_time: InTime) -> Duties:
    """The figures of these legs; whatever is neither answered nor busy is unanswered."""
    answered = [leg for leg in legs if leg.outcome is DialOutcome.ANSWERED]
    busy = sum(leg.outcome is DialOutcome.BUSY for leg in legs)
    prompt = sum(map(in_time.holds, answered))
    rang = [leg.ring for leg in legs if leg.ring is not None]
    return Duties(
        legs=len(legs),
        in_time=prompt,
        late=len(answered) - prompt,
        unanswered=len(legs) - len(answered) - busy,
        busy=busy,
        proxies=sum(leg.proxy for leg in answered),
        mean_ring=sum(rang, timedelta(0)) / len(rang) if rang else None,
        slow_ring=percentile(rang, SLOWEST) if rang else None,
    )


def percentile(values: Sequence[timedelta], share: float) -> timedelta:
    """The smallest of the values that at least this share of them does not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(1, ceil(round(share * len(ranked), 9))) - 1]


def by_group(legs: Iterable[OfficeRing], group: Group, in_time: InTime) -> dict[Key, Duties]:
    """A row for each extension, section or agency that was rung, in the order of their codes."""
    found: defaultdict[Key, list[OfficeRing]] = defaultdict(list)
    for leg in legs:
        found[key_of(leg, group)].append(leg)
    return {key: measure(found[key], in_time) for key in sorted(found)}


def key_of(leg: OfficeRing, group: Group) -> Key:
    """The row a leg belongs to."""
    match group:
        case Group.EXTENSION:
            return (leg.agency, leg.section, leg.extension)
        case Group.SECTION:
            return (leg.agency, leg.section)
        case Group.AGENCY:
            return (leg.agency,)


@dataclass(frozen=True, slots=True)
class SilentDay:
    """P5.1.2: a section of which nobody answered on a day, in office hours, though no forward was set."""

    agency: str
    section: str
    day: date
    legs: int


def silent_days(legs: Iterable[OfficeRing], worktime: Worktime) -> list[SilentDay]:
    """Sections that were rung at a desk of their own in office hours of a day, and never answered.

    A desk that is rung at once has no forward in force: its leg is the proof that none was set. Neighbours of
    another section do not count against theirs, and a busy line is somebody who is there.
    """
    days: defaultdict[tuple[str, str, date], list[OfficeRing]] = defaultdict(list)
    for leg in legs:
        if worktime.is_open(leg.at):
            days[leg.agency, leg.section, leg.at.astimezone(TAIPEI).date()].append(leg)
    return [
        SilentDay(agency, section, day, len(rung))
        for (agency, section, day), rung in sorted(days.items())
        if not any(leg.outcome in (DialOutcome.ANSWERED, DialOutcome.BUSY) for leg in rung)
        and not all(leg.proxy or leg.forwarded for leg in rung)
    ]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
