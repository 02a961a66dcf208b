"""V-04: the minutes that waiting callers are told are measured, and come true in a simulated queue."""

import heapq
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from math import ceil
from pathlib import Path
from statistics import mean

import pytest

from hotline.clock import taipei
from ivr.numerals import Language
from ivr.queue_pace import (
    FORGOTTEN,
    LATELY,
    Advance,
    Advances,
    Pace,
    advances,
    hour_of,
    hourly,
    lately,
)
from ivr.queue_pace_file import PaceFile

NOON = taipei("2026-11-24T12:00")
ZH, EN = Language.MANDARIN, Language.ENGLISH
MINUTES = {
    (1, 1, 4.0): 4,
    (3, 2, 4.0): 6,
    (1, 8, 4.0): 1,
    (1, 100, 4.0): 1,
    (5, 4, 4.0): 5,
    (5, 3, 4.0): 7,
    (2, 0, 4.0): 8,
    (1, 1, 0.2): 1,
    (50, 1, 4.0): 200,
}


@pytest.mark.parametrize(("case", "minutes"), MINUTES.items())
def test_before_any_measure_a_talk_is_shared_by_the_agents(
    case: tuple[int, int, float], minutes: int
) -> None:
    """Whole minutes, rounded up, one at least; with no agent as with one."""
    position, agents, talk = case
    assert Pace(timedelta(minutes=talk)).minutes(position, ZH, agents, NOON) == minutes


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_caller_moves_up_from_place_to_place_and_is_answered() -> None:
    """Place 3, half a minute later 1, and answered ten seconds after; a hang-up measures nothing."""
    told = [(at(0), 3), (at(30), 1)]
    assert list(advances(told, at(40))) == [Advance(at(0), 30, 2), Advance(at(30), 10, 1)]
    assert list(advances(told, None)) == [Advance(at(0), 30, 2)]
    assert list(advances([], at(40))) == [] and list(advances([(at(0), 1)], None)) == []


def test_who_is_passed_by_somebody_coming_back_has_waited_and_won_no_place() -> None:
    """From place 1 to place 2: the seconds count, and no place."""
    assert list(advances([(at(0), 1), (at(30), 2)], at(60))) == [
        Advance(at(0), 30, 0),
        Advance(at(30), 30, 2),
    ]


def test_the_latest_counts_most_and_the_old_for_nothing() -> None:
    """A quarter of an hour old: 1/e of what is new; of the time to come nothing is known."""
    old, new = Advance(NOON - LATELY, 100, 1), Advance(NOON, 10, 1)
    summed = lately([old, new, Advance(NOON - FORGOTTEN * 1.01, 900, 1), Advance(at(1), 900, 1)], NOON)
    assert summed.seconds == pytest.approx(10 + 100 / 2.718281828, rel=1e-6)
    assert summed.places == pytest.approx(1 + 1 / 2.718281828, rel=1e-6)


def test_each_language_and_hour_has_a_pace_of_its_own() -> None:
    """Mornings are slow, and English is not Mandarin; an hour nobody measured is expected as ever."""
    found = [Advance(NOON - timedelta(days=day), 600, 10) for day in range(1, 11)]
    pace = Pace(hourly={ZH: hourly(found)})
    assert hour_of(NOON) == 12
    assert pace.minutes(4, ZH, 2, NOON) == 5  # a minute a place, a little more by the talks of two agents
    assert pace.minutes(4, ZH, 2, NOON + timedelta(hours=1)) == pace.minutes(4, EN, 2, NOON) == 8


def test_what_nobody_measured_anew_is_not_late_any_more() -> None:
    """The jobs stood still for two hours: the hour's pace is all that is known."""
    pace = Pace(lately={ZH: Advances(60_000, 100)}, measured_at=NOON)
    assert pace.minutes(1, ZH, 1, NOON) == 10
    assert pace.minutes(1, ZH, 1, NOON + FORGOTTEN * 1.01) == 4


# --- a simulated queue -----------------------------------------------------------------------------------


@dataclass(eq=False)
class SimulatedCaller:
    """One caller: when the wait began, what was told, and when it ended how."""

    since: float
    patience: float
    told: list[tuple[float, int]] = field(default_factory=list)
    minutes: list[int] = field(default_factory=list)
    answered: float | None = None
    over: float | None = None


@dataclass
class Queue:
    """First come, first served, by agents whose number changes; who waits is told each half minute.

    Talks and pauses between calls are of random length; callers who lose patience hang up.
    """

    agents: Callable[[float], int]
    gap: float
    talk: float
    seed: int = 1
    patience: float = 1e9
    callers: list[SimulatedCaller] = field(default_factory=list)
    paces: dict[float, Pace] = field(default_factory=dict)

    def run(self, seconds: float) -> None:
        """Play it; each caller is told by the pace that was measured until then."""
        dice, order, busy = random.Random(self.seed), count(), 0
        line: list[SimulatedCaller] = []
        ahead: list[tuple[float, int, str, SimulatedCaller | None]] = [(0.0, next(order), "calls", None)]
        while ahead and ahead[0][0] < seconds:
            now, _, what, caller = heapq.heappop(ahead)
            match what, caller:
                case "calls", _:
                    one = SimulatedCaller(now, dice.expovariate(1 / self.patience))
                    self.callers.append(one)
                    line.append(one)
                    heapq.heappush(ahead, (now + dice.expovariate(1 / self.gap), next(order), "calls", None))
                    if busy >= self.agents(now):
                        heapq.heappush(ahead, (now, next(order), "told", one))
                    heapq.heappush(ahead, (now + one.patience, next(order), "leaves", one))
                case "told", SimulatedCaller() as one if one in line:
                    place = line.index(one) + 1
                    one.told.append((now, place))
                    one.minutes.append(self.pace(now).minutes(place, ZH, self.agents(now), at(now)))
                    heapq.heappush(ahead, (now + 30, next(order), "told", one))
                case "leaves", SimulatedCaller() as one if one in line:
                    line.remove(one)
                    one.over = now
                case "free", _:
                    busy -= 1
            while line and busy < self.agents(now):
                one, busy = line.pop(0), busy + 1
                one.answered = one.over = now
                heapq.heappush(ahead, (now + dice.expovariate(1 / self.talk), next(order), "free", None))

    def pace(self, now: float) -> Pace:
        """As a job measures it that looks every three minutes."""
        minute = now // 180 * 180
        if minute not in self.paces:
            summed = lately(self.measured(minute), at(minute))
            self.paces[minute] = Pace(lately={ZH: summed}, measured_at=at(minute))
        return self.paces[minute]

    def measured(self, begun: float) -> Iterator[Advance]:
        recent = (one for one in self.callers if one.over is None or one.over > begun - 3600)
        for one in recent:
            told = [(at(when), place) for when, place in one.told if when <= begun]
            answered = at(one.answered) if one.answered is not None and one.answered <= begun else None
            yield from advances(told, answered)


def told_and_waited(days: Sequence[Queue], since: float, until: float) -> tuple[float, float]:
    """Mean minutes told at first and mean minutes waited, of those answered whose wait began in that time."""
    served = [
        one
        for day in days
        for one in day.callers
        if one.answered is not None and one.told and since <= one.told[0][0] < until
    ]
    assert len(served) > 100, len(served)
    waited = mean((one.answered or 0.0) - one.told[0][0] for one in served) / 60
    return mean(one.minutes[0] for one in served), waited


@pytest.mark.parametrize(("agents", "talk"), [(3, 240.0), (6, 420.0), (5, 90.0)])
def test_in_a_full_queue_what_is_told_is_what_is_waited(agents: int, talk: float) -> None:
    """Days with as many calls as can be answered, whatever a talk lasts: within a fifth, rounded up.

    By a constant of four minutes the first would be right and the others wrong by half and more.
    """
    days = [Queue(lambda now: agents, talk / agents, talk, seed) for seed in range(4)]
    for day in days:
        day.run(2.5 * 3600)
    told, waited = told_and_waited(days, 1800, 2 * 3600)
    assert 0.8 * waited <= told - 0.5 <= 1.2 * waited, (told, waited)


def test_who_gives_up_does_not_make_the_others_hear_too_little() -> None:
    """Every fifth loses patience: those who stay wait a little less than they were told, never more."""
    days = [Queue(lambda now: 6, 60.0, 420.0, seed, patience=1500.0) for seed in range(4)]
    for day in days:
        day.run(2.5 * 3600)
    told, waited = told_and_waited(days, 1800, 2 * 3600)
    assert waited <= told <= 1.5 * waited + 0.5, (told, waited)


@pytest.mark.parametrize("seed", range(3))
def test_when_half_of_the_agents_leave_it_is_noticed_within_half_an_hour(seed: int) -> None:
    """Eight, then four: what is told follows the seconds that really lie between two answers."""
    queue = Queue(lambda now: 8 if now < 7200 else 4, 28.0, 240.0, seed)
    queue.run(2.6 * 3600)
    for until in (7200.0, 2.6 * 3600):
        answered = [one for one in queue.callers if one.answered and until - 1800 < one.answered <= until]
        told, true = queue.pace(until).seconds_a_place(ZH, 8, at(until)), 1800 / len(answered)
        assert 0.7 * true <= told <= 1.5 * true, (told, true)


def test_a_quiet_queue_says_a_minute() -> None:
    """More agents than calls: who waits at all is answered soon, and told so."""
    queue = Queue(lambda now: 10, 40.0, 240.0)
    queue.run(6 * 3600)
    assert max((minutes for one in queue.callers for minutes in one.minutes), default=1) <= ceil(240 / 60)


# --- kept beside the calls -------------------------------------------------------------------------------


class Watch:
    """Seconds as the test says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_one_process_measured_another_tells(tmp_path: Path) -> None:
    """The same figures; the very object while nothing changed; damage counts as nothing measured."""
    watch = Watch()
    one, other = (PaceFile(tmp_path / "run" / "queue-pace.json", watch) for _ in range(2))
    talk = timedelta(minutes=5)
    assert other.read(talk) == Pace(talk)
    pace = Pace(talk, {ZH: Advances(90, 3)}, {EN: {9: Advances(600, 12)}}, NOON)
    one.write(pace)
    watch.now = 1.0
    assert other.read(talk) == pace and other.read(talk) is other.read(talk)
    assert one.read(timedelta(minutes=2)).talk == timedelta(minutes=2)
    for damage in (
        '{"lately": {"zh-TW": [1]}}',
        "[]",
        "nonsense",
        '{"at": null, "lately": {}, "hourly": {}}',
    ):
        (tmp_path / "run" / "queue-pace.json").write_text(damage)
        watch.now += 1.0
        assert other.read(talk) == Pace(talk)
