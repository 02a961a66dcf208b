"""Citizens who call while something is broken, and the silence they had to hear."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np

from demo.phone import PhoneEventKind, Softphone
from demo.sound import SAMPLES_A_SECOND, Samples, read_wav
from hotline.clock import monotonic
from ivr.prompts import Catalogue, Language, Shelf
from tests.live.system import System

QUIET = 100
"""Root mean square under which 20 ms count as silence: 50 dB under full scale."""
FRAME = SAMPLES_A_SECOND // 50
PAUSE = 0.5
"""The longest pause of a healthy call: between two sentences, or from a key to the answer to it."""
MARGIN = 0.5
"""For a busy machine: what Asterisk, two decisions and the softphone may take longer there."""
GREETING, NOTICE = (Shelf(Catalogue.load()).seconds(name, Language.MANDARIN) for name in ("V-00", "V-01"))
"""Seconds for which Asterisk speaks by itself before the first decision; and those of the notice."""
DOWN, HUNG, BOTH_HUNG = 1.0, 4.0, 7.0
"""Silence by a fault, at most: a process is down, hangs, or both hang."""


@dataclass
class Citizen:
    """One call by a softphone; times are seconds since it was answered."""

    phone: Softphone
    number: str
    answered_at: float = 0.0
    vanished: bool = False

    @property
    def now(self) -> float:
        return monotonic() - self.answered_at

    def dial(self, system: System, number: str = "1999") -> "Citizen":
        self.phone.dial(f"sip:{number}@{system.sip}")
        self.answered_at = self.phone.wait_for(PhoneEventKind.ESTABLISHED, 10).at
        return self

    def press(self, key: str) -> float:
        """Press one key; the instant at which that began."""
        at = self.now
        self.phone.press(key)
        return at

    def vanish(self) -> None:
        """Without a word: there is nobody left to say it to."""
        self.vanished = True
        self.phone.kill()

    def hang_up(self) -> None:
        if self.phone.talking and not self.vanished:
            self.phone.hang_up()
            self.phone.wait_for(PhoneEventKind.CLOSED, 5)

    def await_end(self, within: float) -> None:
        """The hotline, or an agent, ends the call."""
        self.phone.wait_for(PhoneEventKind.CLOSED, within)

    def silence(self, since: float, until: float) -> float:
        """The longest silence between two instants of the call; waits until that has been heard."""
        time.sleep(max(0.0, until + 0.6 - self.now))
        return longest_silence(self.sound(since, until))

    def first_silence(self, window: float) -> float:
        """The longest silence from the answer until ``window``
        seconds after the first decision is asked for.
        """
        return self.silence(0.0, GREETING + window)

    def sound(self, since: float = 0.0, until: float | None = None) -> Samples:
        """What this caller heard in the first call of the phone."""
        heard = read_wav(self.phone.recordings[0])
        return heard[int(since * SAMPLES_A_SECOND) : None if until is None else int(until * SAMPLES_A_SECOND)]


def longest_silence(sound: Samples) -> float:
    """Seconds of the longest stretch in which nothing is said or played."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    quiet = np.sqrt(np.square(frames).mean(axis=1)) < QUIET
    longest = here = 0
    for silent in quiet:
        here = here + 1 if silent else 0
        longest = max(longest, here)
    return longest / 50


@contextmanager
def citizens(system: System, numbers: list[str], **others: object) -> Iterator[list[Citizen]]:
    """So many phones, each with a number of its own, not yet calling; all hang up in the end."""
    with ExitStack() as stack:
        called = [Citizen(stack.enter_context(system.caller(number, **others)), number) for number in numbers]
        yield called
        for one in called:
            one.hang_up()


def dial_all(system: System, called: list[Citizen]) -> None:
    """All at once."""
    with ThreadPoolExecutor(len(called)) as pool:
        list(pool.map(lambda one: one.dial(system), called))


def to_the_main_menu(system: System, called: list[Citizen]) -> None:
    """Where who presses nothing stays longest; they have dialled."""
    for count, key in ((1, "1"), (2, "")):
        for one in called:
            system.in_menu(one.number, count)
            if key:
                one.press(key)


def about_to_be_asked(system: System, called: list[Citizen], before: float = 2.0) -> None:
    """All at once; they hear the greeting, and in ``before`` seconds the first decision is asked for."""
    dial_all(system, called)
    time.sleep(max(0.0, GREETING - before - max(one.now for one in called)))


def numbers(first: str, how_many: int) -> list[str]:
    """``0971000`` and three digits."""
    return [f"{first}{n:03d}" for n in range(how_many)]


def first_asked(system: System, number: str) -> int:
    """Which AGI process, 1 or 2, this caller's call asks next."""
    for line in system.home.rx("core show channels concise").splitlines():
        fields = line.split("!")
        if len(fields) > 7 and fields[7] == number:
            told = system.home.rx(f"core show channel {fields[0]}").splitlines()
            (port,) = [int(one.removeprefix("FIRST=")) for one in told if one.startswith("FIRST=")]
            return system.settings.agi_ports.index(port) + 1
    raise AssertionError(f"{number} has no channel")
