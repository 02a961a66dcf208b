"""Sums of calls of citizens and of calls that 1999 placed. Pure.

All is counted in whole numbers, times in milliseconds, and every wait is kept: the sums of some hours are
the sum of all their calls, whatever the order.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final

from calls.dispositions import NONE
from reporting.answer_metrics import SLOWEST
from reporting.queue_metrics import QueueCall, counted
from transfer.reasons import RungKind

HOUR: Final = timedelta(hours=1)
OTHERS: Final = "others"
TAKERS: Final = (RungKind.DESK, RungKind.NEIGHBOUR, OTHERS)
"""Who takes a call that is put through: others are those followed to, on duty, or of an agency outside."""
TAKEN, SERVICE, TOPIC, REASON = "taken", "service", "topic", "reason"
"""Counts that a sum has by name."""


@dataclass(frozen=True, slots=True)
class PlacedCount:
    """Call that 1999 placed, as it counts (P5.1.1, P5.3, P8.2)."""

    at: datetime
    talk_seconds: float = 0.0
    keeps_promise: bool = False
    id: str = ""


@dataclass(slots=True)
class CallSum:
    """Counts by what is counted, and the waits of answered calls in milliseconds, ascending in each hour."""

    counts: Counter[str] = field(default_factory=Counter)
    waits: list[Sequence[int]] = field(default_factory=list)

    def named(self, kind: str) -> dict[str, int]:
        """Counts of a kind by their names."""
        head = f"{kind}/"
        return {
            name.removeprefix(head): count for name, count in self.counts.items() if name.startswith(head)
        }

    @property
    def longest(self) -> float | None:
        """The longest wait, in seconds."""
        return max((one[-1] for one in self.waits), default=0) / 1000 if self.waits else None

    @property
    def slow(self) -> float | None:
        """The seconds that 95 of 100 waits do not exceed (nearest rank)."""
        if not self.waits:
            return None
        rank = max(1, ceil(round(SLOWEST * sum(map(len, self.waits)), 9)))
        low, high = 0, max(one[-1] for one in self.waits)
        while low < high:  # of a year's two million waits none is sorted anew
            middle = (low + high) // 2
            if sum(bisect_right(one, middle) for one in self.waits) >= rank:
                high = middle
            else:
                low = middle + 1
        return low / 1000

    def plain(self) -> dict[str, Any]:
        """As it is kept."""
        return {"counts": dict(+self.counts), "waits": sorted(one for run in self.waits for one in run)}

    @classmethod
    def kept(cls, plain: Mapping[str, Any]) -> "CallSum":
        """The sum of an hour that was kept."""
        return cls(Counter(plain["counts"]), [plain["waits"]] if plain["waits"] else [])


def total(several: Iterable[CallSum]) -> CallSum:
    """The sum of sums."""
    whole = CallSum()
    for one in several:
        whole.counts.update(one.counts)
        whole.waits += one.waits
    return whole


def summed(calls: Sequence[QueueCall], placed: Sequence[PlacedCount] = ()) -> CallSum:
    """The sum of calls of citizens and of calls that 1999 placed."""
    waits = sorted(_milliseconds(one.queue_seconds) for one in calls if one.is_answered)
    queue = asdict(counted(calls))
    del queue["waited"]  # in seconds, which do not add up
    counts = Counter[str](
        {
            **queue,
            "waited_ms": sum(waits),
            "talked": sum(bool(one.talk_seconds) for one in calls),
            "talk_ms": sum(_milliseconds(one.talk_seconds) for one in calls),
            "put_through": sum(one.put_through for one in calls),
            "connected": sum(one.connected for one in calls),
            "special": sum(one.special for one in calls),
            "ended_by_rule": sum(one.ended_by_rule for one in calls),
            "served": sum(one.service not in ("", NONE) for one in calls),
            "untagged": sum(one.agent_at is not None and not one.service for one in calls),
            "book_answered": sum(True in one.read for one in calls),
            "book_failed": sum(one.read == {False} for one in calls),
            "placed": len(placed),
            "to_keep": sum(one.keeps_promise for one in placed),
            "reached": sum(one.talk_seconds > 0 for one in placed),
            "placed_ms": sum(_milliseconds(one.talk_seconds) for one in placed),
        }
    )
    for one in calls:
        counts.update(_names(one))
    return CallSum(counts, [waits] if waits else [])


def _names(one: QueueCall) -> Iterable[str]:
    """What a call counts in by name, each once."""
    if one.connected:
        taker = one.taken_by if one.taken_by in (RungKind.DESK, RungKind.NEIGHBOUR) else OTHERS
        yield f"{TAKEN}/{taker}"
    if one.topic:
        yield f"{TOPIC}/{one.topic}"
    yield from (f"{SERVICE}/{kind}" for kind in set(one.service.split()))
    yield from (f"{REASON}/{reason}" for reason in one.reasons)


def by_hour(calls: Iterable[QueueCall], placed: Iterable[PlacedCount] = ()) -> dict[datetime, CallSum]:
    """The sum of each hour with any call, by its first instant."""
    came, out = defaultdict[datetime, list[QueueCall]](list), defaultdict[datetime, list[PlacedCount]](list)
    for call in calls:
        came[hour(call.at)].append(call)
    for one in placed:
        out[hour(one.at)].append(one)
    return {at: summed(came.get(at, ()), out.get(at, ())) for at in sorted({*came, *out})}


def hour(at: datetime) -> datetime:
    """The first instant of the hour: Taipei's hours are those of UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _milliseconds(seconds: float | None) -> int:
    return round(1000 * seconds) if seconds else 0
