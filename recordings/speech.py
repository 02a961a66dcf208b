"""The end of a spoken message: pure, fed with frames of 20 ms (8 kHz, 16 bit), whatever the clock says.

webrtcvad alone takes a television for the caller, and a meter of loudness takes any noise for speech. So a
frame counts as the caller's when the strictest mode hears a voice, it is nearly as loud as this caller was so
far, and no tone of the network stands in it. Numbers as measured; louder surroundings than 15 dB under the
voice defeat every rule, hence ``#``, the longest time and the hang-up always end a message too.
"""

from collections import deque
from enum import StrEnum
from math import log10
from pathlib import Path
from typing import Final

import numpy as np
import webrtcvad

from recordings import vault
from recordings.policy import RATE
from recordings.tones import Samples, Tones

FRAME_BYTES: Final = 320
FRAME_SECONDS: Final = 0.02

TRAIL_SECONDS: Final = 2.5
"""Silence after speech that ends a message: shorter cuts one in twenty in a pause for thought."""
FIRST_SECONDS: Final = 6.0
"""Silence at the start that ends it."""
LEAST_SECONDS: Final = 0.2
"""Less voice than this is none."""
FLOOR_DBOV: Final = -50.0
BELOW_TALKER_DB: Final = 12.0
STRICTEST: Final = 3
REMEMBERED_FRAMES: Final = 400
MAJORITY, OF = 3, 5
"""A frame is speech if three of the last five are: single clicks are not, single gaps end no word."""

SILENCE: Final = bytes(FRAME_BYTES)


class SpeechEnd(StrEnum):
    """Reason why nothing more is expected."""

    SPOKEN = "spoken"
    NOTHING = "nothing"
    LONGEST = "longest"


class EndOfMessage:
    """Listens to one message. ``feed`` every frame; the first answer that is not None ends it."""

    def __init__(
        self, longest: float = 120.0, trail: float = TRAIL_SECONDS, first: float = FIRST_SECONDS
    ) -> None:
        self._longest, self._trail, self._first = longest, trail, first
        self._voice, self._tones = webrtcvad.Vad(STRICTEST), Tones()
        self._levels: deque[float] = deque(maxlen=REMEMBERED_FRAMES)
        self._talker = -100.0
        self._recent: deque[bool] = deque([False] * OF, maxlen=OF)
        self._spoken = bytearray()

    @property
    def seconds(self) -> float:
        """Seconds of sound that were fed."""
        return len(self._spoken) * FRAME_SECONDS

    @property
    def is_spoken(self) -> bool:
        """Tell whether anything was said so far."""
        return self._spoken.count(1) * FRAME_SECONDS >= LEAST_SECONDS

    def feed(self, frame: bytes) -> SpeechEnd | None:
        """Take the next 20 ms. Raises webrtcvad's error for a frame of another length."""
        samples = np.frombuffer(frame, "<i2")
        self._recent.append(self._is_talker(frame, level(samples)))
        self._spoken.append(sum(self._recent) >= MAJORITY)
        if struck := self._tones.feed(samples):
            struck = min(struck, len(self._spoken))
            self._spoken[-struck:] = bytes(struck)
            self._recent.extend([False] * OF)
        return self._ending()

    def _is_talker(self, frame: bytes, dbov: float) -> bool:
        if dbov <= FLOOR_DBOV or not self._voice.is_speech(frame, RATE):
            return False
        self._levels.append(dbov)
        if len(self._levels) < 20 or len(self._spoken) % 10 == 0:
            self._talker = sorted(self._levels)[int(0.9 * (len(self._levels) - 1))]
        return dbov > self._talker - BELOW_TALKER_DB

    def _ending(self) -> SpeechEnd | None:
        if self.seconds >= self._longest:
            return SpeechEnd.LONGEST
        if not self.is_spoken:
            return SpeechEnd.NOTHING if self.seconds >= self._first else None
        quiet = len(self._spoken) - 1 - self._spoken.rfind(1)
        return SpeechEnd.SPOKEN if quiet * FRAME_SECONDS >= self._trail else None


def level(samples: Samples) -> float:
    """Loudness in dBov: 0 is the loudest square wave there can be."""
    mean = float(np.mean(samples.astype(np.float64) ** 2))
    return 10 * log10(mean / 32768**2 + 1e-10)


def has_speech(path: Path) -> bool:
    """Tell whether somebody speaks in a file; ends at the first words. Raises vault.NotSound or OSError."""
    ear = EndOfMessage()
    for frame in vault.pieces(path, FRAME_BYTES):
        ear.feed(frame)
        if ear.is_spoken:
            return True
    return False
