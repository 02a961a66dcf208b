"""A prompt suspected in the sound, followed tenth by tenth of a second until it ends or is cut off.

A jitter buffer may tear the sound: silence comes in between, or a piece is lost. So where a tenth does not
fit, the neighbourhood is searched before it counts against the suspicion.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demo.openings import SILENT, PromptExcerpt
from demo.sound import Samples

HOP = 800  # samples compared at a time
NUDGE = 3  # samples a hop may lie beside its place without remark
BACK, AHEAD = 800, 2000  # samples searched where a hop does not fit; silence ahead is not counted ...
PATIENCE = 40000  # ... up to 5 s: an overloaded sender pauses so long
HUSH = 8  # what a sample of silence may be, after A-law too
FITS, FITS_ELSEWHERE = 0.8, 0.88  # correlation, full band
FAINT = 500  # a hop so many times quieter than the loudest sample says nothing (54 dB) ...
FAINTEST = 30  # ... nor does one of this root mean square: A-law knows steps of 16
SURE = 4000  # samples that fit beyond doubt
LOST = 3  # hops in a row without a fit: it was cut off there


@dataclass
class Trail:
    """One suspicion: the look, and the sample of the sound where the prompt's own first sample lies."""

    look: PromptExcerpt
    start: int
    began: int = field(init=False)  # the same before the sound was torn
    fitting: int = 0  # samples that fitted
    wrong: int = 0  # samples that did not, before others that did
    reached: int = 0  # the prompt was followed so far with profit
    gain: int = 0  # what fitted so far, less what was wrong twice
    alive: bool = True
    waiting: bool = False  # the last hop did not fit; more sound is needed to search for it
    _place: int = 0
    _missed: int = 0
    _loud: tuple[int, int] = field(default=(0, 0))

    def __post_init__(self) -> None:
        self._place = self.reached = self.look.place
        self.began = self.start
        self._loud = self.look.voice.loud
        self._least = max(FAINTEST, np.abs(self.look.voice.sound.astype(np.int32)).max() / FAINT)

    @property
    def whole(self) -> bool:
        """Tell whether it was followed to its end; the last hop may be half filled by something else."""
        told = self._place >= self._loud[1] - HOP // 2 and self._missed <= 1
        return not self.alive and told and self.fitting > 4 * self.wrong

    @property
    def worth(self) -> int:
        """Length of the sound it explains: the better of two suspicions has more."""
        return self.gain + (HOP + 1 if self.whole else 0)

    @property
    def span(self) -> tuple[int, int]:
        """The samples of the sound it accounts for."""
        return self.began + self._loud[0], self.start + max(self.reached, self._loud[0])

    @property
    def believable(self) -> bool:
        """A quarter of a second fits, or three quarters of a shorter prompt,
        counting what is wrong twice against it.
        """
        enough = min(2000, 0.75 * (self._loud[1] - self._loud[0]))
        return self.gain >= enough

    @property
    def sure_until(self) -> int:
        """The sample of the sound before which nothing else can begin, because this is being said."""
        sure = self.alive and self.gain >= SURE and not self.waiting and not self._missed
        return self.start + self.reached if sure else 0

    def follow(self, sound: Samples, offset: int, over: bool) -> None:
        """Go on as far as the sound reaches; ``offset`` is the number of its first sample."""
        while self.alive:
            hop = self.look.voice.sound[self._place : min(self._place + HOP, self._loud[1])]
            if len(hop) < HOP // 2:
                self.alive = False
            elif not self._says_something(hop):
                self._place += HOP
            elif not self._compare(hop.astype(np.float64), sound, self.start + self._place - offset, over):
                return

    def _says_something(self, hop: Samples) -> bool:
        return bool(np.sqrt(np.square(hop.astype(np.float64)).mean()) > self._least)

    def _compare(self, hop: NDArray[np.float64], sound: Samples, at: int, over: bool) -> bool:
        """Judge one hop; False while sound is missing that could decide."""
        if at + len(hop) + NUDGE > len(sound) and not over:
            return False
        shift, likeness = _best_fit(hop, sound, at, NUDGE, NUDGE)
        if likeness < FITS:
            ahead = _reach(sound, at)
            self.waiting = ahead is None and not over
            if self.waiting:
                return False
            shift, likeness = _best_fit(hop, sound, at, BACK, PATIENCE if ahead is None else ahead)
            if likeness < FITS_ELSEWHERE:
                self._miss()
                return True
        torn = _is_torn(sound[max(0, at - self._missed * HOP) : max(0, at + shift)], shift)
        self._fit(shift, len(hop), 0 if torn else self._missed * HOP)
        return True

    def _fit(self, shift: int, fitting: int, wrong: int) -> None:
        self.waiting = False
        self.start += shift
        self.began = self.began if self.fitting else self.start
        self.fitting += fitting
        self.wrong += wrong
        self._missed = 0
        self._place += HOP
        if self.fitting - 2 * self.wrong > self.gain:
            self.gain = self.fitting - 2 * self.wrong
            self.reached = min(self._place, self._loud[1])

    def _miss(self) -> None:
        self._missed += 1
        self._place += HOP
        self.alive = self._missed < LOST


def _reach(sound: Samples, at: int) -> int | None:
    """Distance in which AHEAD samples of sound lie, silence not counted; None while they have not come."""
    loud = np.cumsum(np.abs(sound[max(0, at) : at + PATIENCE]) > HUSH)
    if len(loud) and loud[-1] >= AHEAD:
        return int(np.searchsorted(loud, AHEAD))
    return PATIENCE if len(loud) >= PATIENCE else None


def _is_torn(skipped: Samples, shift: int) -> bool:
    """Tell whether a shift is silence that came in between: then what did not fit there was not wrong."""
    return shift > NUDGE and int((np.abs(skipped) <= HUSH).sum()) >= 0.8 * shift


def _best_fit(hop: NDArray[np.float64], sound: Samples, at: int, back: int, ahead: int) -> tuple[int, float]:
    """(shift, correlation) where the hop fits best around sample ``at``; (0, 0) outside the sound."""
    first = max(0, at - back)
    piece = sound[first : at + ahead + len(hop)].astype(np.float64)
    if len(piece) < len(hop):
        return 0, 0.0
    energy = np.concatenate([[0.0], np.cumsum(np.square(piece))])
    around = energy[len(hop) :] - energy[: -len(hop)]
    product = np.correlate(piece, hop, "valid")
    likeness = product / np.sqrt(np.maximum(around, len(hop) * SILENT**2) * np.square(hop).sum())
    best = int(likeness.argmax())
    return first + best - at, float(likeness[best])
