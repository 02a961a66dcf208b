"""The soak's own sums: when a process is flat, which parts there are. What it finds, it tells by itself."""

import random

import pytest

from tools.bench.report import BenchFigure
from tools.soak.__main__ import PARTS
from tools.soak.callers import INFORMED, ROTA, UNSERVED
from tools.soak.flat import second_half, slope
from tools.soak.plan import FULL
from tools.soak.special import LONGER, SpecialCallTimes


def samples(growth: float, noise: float = 0.0, many: int = 120) -> list[tuple[float, float]]:
    """Twenty minutes in which 1000 become 1000 + growth, with so much noise."""
    chance = random.Random(16)
    return [
        (1200.0 * one / (many - 1), 1000 + growth * one / (many - 1) + chance.uniform(-noise, noise))
        for one in range(many)
    ]


def test_a_process_that_stays_as_it_is() -> None:
    """Flat, also in much noise and when it shrinks."""
    assert slope(samples(0), 1).is_flat and slope(samples(0, 30), 1).is_flat
    assert slope(samples(-200, 3), 1).is_flat


def test_a_process_that_leaks_is_told_from_noise() -> None:
    """A hundred more over the whole time stand out of noise of ten; of a noise of 200 they do not."""
    leaking = slope(samples(100, 10), 1)
    assert not leaking.is_flat and leaking.growth == pytest.approx(100, abs=8)
    assert slope(samples(100, 200), 1).is_flat


def test_growth_below_the_least_is_noise() -> None:
    """One file more is none."""
    assert slope(samples(0.9), 1).is_flat and not slope(samples(2.5), 1).is_flat


def test_only_the_second_half_counts() -> None:
    """A process that grew while it warmed up is flat."""
    warm = [(second, min(value, 1050.0)) for second, value in samples(100)]
    assert not slope(warm, 1).is_flat and slope(second_half(warm), 1).is_flat
    assert second_half(warm)[0][0] >= 600


@pytest.mark.parametrize("few", [[], [(0.0, 1.0), (1.0, 1.0)], [(5.0, 1.0)] * 3])
def test_too_few_samples_say_nothing(few: list[tuple[float, float]]) -> None:
    """And it says so."""
    with pytest.raises(ValueError):
        slope(few, 1)


SPECIAL = SpecialCallTimes(360.0, 840.3, 842.4, 900.0, 900.1, 902.2, "cap", 900.0 + LONGER)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ended", 901.1),
        ("ended", 898.9),
        ("warned", 841.2),
        ("heard_warning", 0.0),
        ("said", 901.2),
        ("heard_end", 0.0),
        ("reason", "caller_hung_up"),
        ("ordinary", 900.0),
    ],
)
def test_P7_1_a_special_call_that_is_not_as_it_must_be(field: str, value: object) -> None:
    """±1 s, by the cap, and nobody else is ended."""
    words = {name: getattr(SPECIAL, name) for name in SpecialCallTimes.__dataclass_fields__}
    assert all(figure.reached is not False for figure in SPECIAL.figures(900, 60))
    wrong = SpecialCallTimes(**words | {field: value}).figures(900, 60)
    assert [figure for figure in wrong if figure.reached is False]


def test_the_parts_that_are_promised() -> None:
    """A call in full length and twenty minutes of calls, each kind of caller among them."""
    assert {"special", "calls"} <= set(PARTS)
    assert FULL.cap.total_seconds() == 900 and FULL.calls.total_seconds() == 1200 and FULL.crash_runs == 50
    assert len(ROTA) >= 8
    assert {INFORMED, *UNSERVED} <= set(ROTA)


def test_a_goal_with_two_sides_is_told_with_both() -> None:
    """At least and at most."""
    assert BenchFigure("x", 1.0, "", 2, 0).goal == "0 to 2"
