"""Counters with a camera (P6.1): what is said of one, results of its tests, the lot of those to be tested
(P6.7). Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.terms import named
from hotline.texts import fit

LONGEST: Final = {"location": 128, "equipment": 255, "program": 64, "helper": 64}
"""Characters of each word about a counter."""
LONGEST_NOTE: Final = 500
OVERDUE: Final = timedelta(days=183)
"""A counter that RDEC has not tested for so long is overdue; the plan says no period (inferred)."""
MOST_SECONDS: Final = 3600
CHANCE: Final = 2
"""The lot is drawn among so many times those wanted: an agency cannot reckon when its turn comes."""


@named("counter-state")
class CounterState(StrEnum):
    """Whether a counter can be used."""

    IN_USE = "in-use"
    OUT_OF_ORDER = "out-of-order"
    NONE = "none"
    """The agency has no first-line counter, and so names none."""


@named("counter-quality")
class MediaQuality(StrEnum):
    """Picture or sound of a test."""

    GOOD = "good"
    POOR = "poor"
    NONE = "none"


@named("counter-test")
class CounterTestKind(StrEnum):
    """Kind of counter test: the helper's self-test, or an unannounced one (P6.7)."""

    SELF = "self"
    """Its helper, by the page for that."""
    UNANNOUNCED = "rdec"
    """RDEC's tester, without notice (P6.7)."""


class CounterPhotoUndated(HotlineError, code="counter-photo-undated"):
    """A photograph of a sign of which nobody said when it was taken."""

    field: str = "photo_on"


class CounterDateAhead(HotlineError, code="counter-date-ahead"):
    """A day or an hour that has not come yet."""

    field: str


class CounterSeconds(HotlineError, code="counter-seconds"):
    """A time to connect that is none."""

    most: int
    field: str = "seconds"


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter as its agency names it; one of the state NONE says only that."""

    agency: str
    location: str = ""
    equipment: str = ""
    program: str = ""
    helper: str = ""
    state: CounterState = CounterState.IN_USE
    photo: int = 0
    """Number of the photograph of its sign; 0 = none."""
    photo_on: date | None = None
    """When that was taken."""

    def fitted(self) -> "Counter":
        """The same as it is kept. Raises UnfitText."""
        if self.state is CounterState.NONE:
            return Counter(self.agency, state=self.state)
        words = {
            name: fit(name, getattr(self, name), most, needed=name in ("location", "helper"))
            for name, most in LONGEST.items()
        }
        return Counter(self.agency, **words, state=self.state, photo=self.photo, photo_on=self.photo_on)


def refuse_photo_date(taken_on: date | None, at: datetime) -> date:
    """The day on which a sign's photograph was taken. Raises CounterPhotoUndated, CounterDateAhead."""
    if taken_on is None:
        raise CounterPhotoUndated
    if taken_on > at.astimezone(TAIPEI).date():
        raise CounterDateAhead("photo_on")
    return taken_on


@dataclass(frozen=True, slots=True)
class CounterResult:
    """Result of a counter test: ``seconds`` until it was connected, null if it was not."""

    is_connected: bool
    seconds: int | None
    picture: MediaQuality
    sound: MediaQuality
    note: str = ""

    def fitted(self) -> "CounterResult":
        """The same as it is kept: without a connection there is neither time, picture nor sound.

        Raises UnfitText, CounterSeconds.
        """
        note = fit("note", self.note, LONGEST_NOTE, needed=False)
        if not self.is_connected:
            return CounterResult(False, None, MediaQuality.NONE, MediaQuality.NONE, note)
        if self.seconds is None or not 0 <= self.seconds <= MOST_SECONDS:
            raise CounterSeconds(MOST_SECONDS)
        return CounterResult(True, self.seconds, self.picture, self.sound, note)


SMOOTH: Final = 20.0
"""Frames a second from which signing is read well."""
MOVES: Final = 5.0
"""Frames a second from which there is a picture at all."""
HEARD: Final = 0.02
"""Loudest sample of a microphone, of 1, from which somebody was heard."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of a self-test: two connections of one device, through the way that a session takes."""

    seconds: float
    """Until connected; negative when they never were."""
    fps: float
    width: int
    kbps: float
    lost: int
    """Packets."""
    level: float
    """The microphone's loudest sample; negative without one."""
    is_by_turn: bool

    def result(self) -> CounterResult:
        """The same as a test of a counter."""
        if self.seconds < 0:
            return CounterResult(False, None, MediaQuality.NONE, MediaQuality.NONE)
        seconds = min(round(self.seconds), MOST_SECONDS)
        return CounterResult(True, seconds, self.picture, self.sound)

    @property
    def picture(self) -> MediaQuality:
        """How well signing would be read."""
        if self.fps < MOVES:
            return MediaQuality.NONE
        return MediaQuality.GOOD if self.fps >= SMOOTH else MediaQuality.POOR

    @property
    def sound(self) -> MediaQuality:
        """Whether somebody was heard, or there is no microphone."""
        if self.level < 0:
            return MediaQuality.NONE
        return MediaQuality.GOOD if self.level >= HEARD else MediaQuality.POOR


def is_overdue(tested_at: datetime | None, since: datetime, at: datetime) -> bool:
    """Tell whether RDEC has not tested a counter for too long; one never tested counts since it is there."""
    return at >= (tested_at or since) + OVERDUE


def lot(tested: Mapping[str, datetime | None], many: int, seed: str) -> list[str]:
    """Draw counters to be tested among those untested longest, the never tested first; the same seed draws
    the same.
    """
    order = sorted(tested, key=lambda one: (_seconds(tested[one]), int(one)))
    pool = order[: many * CHANCE]
    return Random(seed).sample(pool, min(many, len(pool)))  # noqa: S311 - no secret: whoever draws may redraw


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
