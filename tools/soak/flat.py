"""Flatness of a process: the slope of what it holds, against the noise around it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, pstdev


@dataclass(frozen=True)
class Slope:
    """A straight line through samples: how much more at its end than at its beginning, and what it may be.

    ``noise``: two standard deviations of the samples around the line, at least ``least``.
    """

    middle: float
    growth: float
    noise: float

    @property
    def is_flat(self) -> bool:
        """Tell whether a slope is not above noise; to shrink is no fault."""
        return self.growth <= self.noise


def slope(samples: Sequence[tuple[float, float]], least: float) -> Slope:
    """Slope of (second, value) samples. Raises ValueError for fewer than three, or when no time passed."""
    if len(samples) < 3:
        raise ValueError("three samples at least")
    at, values = [one for one, _ in samples], [one for _, one in samples]
    mean_at, mean = fmean(at), fmean(values)
    spread = sum((one - mean_at) ** 2 for one in at)
    if not spread:
        raise ValueError("no time passed between the samples")
    rise = sum((second - mean_at) * (value - mean) for second, value in samples) / spread
    around = [value - mean - rise * (second - mean_at) for second, value in samples]
    return Slope(median(values), rise * (max(at) - min(at)), max(least, 2 * pstdev(around)))


def second_half(samples: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Samples from the middle of the time on: what a process needs to warm up is not counted."""
    if not samples:
        return []
    middle = (samples[0][0] + samples[-1][0]) / 2
    return [one for one in samples if one[0] >= middle]
