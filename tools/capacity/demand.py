"""Demand of a day: how many call, when, for how long, and how patient they are.

Of New Taipei no number is published; what is assumed stands here and in docs/capacity.md, beside where it
comes from. Another city writes its own ``Day``.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from tools.capacity.line import SimulatedCaller

HOUR: Final = 3600.0
NIGHT: Final = (0.010, 0.008, 0.006, 0.006, 0.006, 0.010, 0.018)
USUAL: Final = (
    *NIGHT,
    *(0.030, 0.070, 0.088, 0.090, 0.085, 0.062, 0.072, 0.084, 0.084, 0.078, 0.060),
    *(0.035, 0.028, 0.024, 0.020, 0.015, 0.011),
)
"""Shares of a workday's calls, hour by hour from midnight: two hills, and a valley at noon."""
STORM: Final = (
    *(0.010, 0.008, 0.008, 0.010, 0.015, 0.025, 0.045),
    *(0.080, 0.120, 0.110, 0.090, 0.075, 0.060, 0.055, 0.052, 0.048, 0.042, 0.035),
    *(0.030, 0.025, 0.020, 0.016, 0.012, 0.009),
)
"""The same of the day after a storm: most call when they find out in the morning."""


@dataclass(frozen=True, slots=True)
class Day:
    """Calls of one day. Seconds are means; menus take everybody about the same, talks and patience vary."""

    name: str
    calls: int
    shares: tuple[float, ...]
    informed: float
    """Share of calls that the menus serve: news, opening hours, a case's state."""
    menu: float = 30.0
    talk: float = 180.0
    patience: float = 180.0

    @property
    def busiest(self) -> float:
        """Calls of the busiest hour."""
        return self.calls * max(self.shares) / sum(self.shares)

    def callers(self, seed: int) -> list[SimulatedCaller]:
        """Draw the callers of such a day; the same seed draws the same."""
        chance = Random(seed)
        hours = chance.choices(range(len(self.shares)), self.shares, k=self.calls)
        return [self._caller(chance, hour) for hour in hours]

    def _caller(self, chance: Random, hour: int) -> SimulatedCaller:
        return SimulatedCaller(
            at=(hour + chance.random()) * HOUR,
            menu=self.menu * chance.uniform(0.5, 1.5),
            talk=None if chance.random() < self.informed else chance.expovariate(1 / self.talk),
            patience=chance.expovariate(1 / self.patience),
        )


WORKDAY: Final = Day("a workday", 8_000, USUAL, informed=0.25)
TYPHOON: Final = Day("a typhoon day", 20_000, STORM, informed=0.40)
