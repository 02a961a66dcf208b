"""What a file says about a recording once its call has ended, or while it is up: pure.

Measured on Asterisk 22: MixMonitor's two files are always of one length; time in which neither side sends
sound is in neither (``transmit_silence`` keeps it while we wait or listen for keys; two silent telephones
in a talk still shorten both). Each change of what the caller hears costs some hundredths of a second.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from recordings.store import State
from recordings.vault import Found

TOLERANCE: Final = timedelta(seconds=1)
SHARE: Final = 0.005
"""What a long call may lose in small gaps, beside ``TOLERANCE``."""

CRASH_LOSS: Final = timedelta(seconds=2.1)
"""Sound that Asterisk had not written yet when it died: 32 KiB of its buffer."""

STALLED: Final = timedelta(seconds=20)
SETTLED: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class Expected:
    """When the sound should have begun and ended; ``alarmed``: trouble was seen while the call was up."""

    started_at: datetime
    ended_at: datetime | None
    crashed: bool = False
    alarmed: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """A final state, and why it is not WHOLE."""

    state: State
    expected_seconds: float
    reason: str = ""


def trouble_now(expected: Expected, found: Found | None, grew_at: datetime, free: int, at: datetime) -> str:
    """What is wrong while the call is up; empty when nothing is, or nothing can be said yet.

    ``grew_at``: when the file was last seen to grow. Its own time of change says nothing: on a
    full disk Asterisk goes on trying, and the time moves while the size does not (measured).
    """
    if found is None:
        waited = at - expected.started_at
        return f"no file {_seconds(waited)} s after recording began" if waited > STALLED else ""
    still = at - max(grew_at, expected.started_at)
    if still <= STALLED:
        return ""
    return f"the file has not grown for {_seconds(still)} s at {found.size} bytes, {free >> 20} MiB are free"


def is_settled(expected: Expected, found: Found | None, patience: timedelta, at: datetime) -> bool:
    """Whether Asterisk has surely closed the file: it does so within moments of the call's end.

    After ``patience`` a file that still changes is judged as it is.
    """
    if expected.ended_at is None:
        return False
    last = max(expected.ended_at, found.changed_at) if found else expected.ended_at
    return at - last >= SETTLED or at - expected.ended_at >= patience


def expected_seconds(expected: Expected, found: Found | None) -> float:
    """From the beginning of recording to the call's end.

    When a machine died nobody knows when: then the file's own last change stands for the end.
    """
    end = expected.ended_at or expected.started_at
    if expected.crashed and found:
        end = min(end, found.changed_at)
    return max(0.0, (end - expected.started_at).total_seconds())


def judged(expected: Expected, found: Found, seconds: float, *, repaired: bool) -> Judgement:
    """The final state of a file that holds so many ``seconds``."""
    due = expected_seconds(expected, found)
    allowed = CRASH_LOSS if expected.crashed else TOLERANCE + timedelta(seconds=due * SHARE)
    lost = due - seconds
    if lost > allowed.total_seconds():
        reason = f"{seconds:.1f} of {due:.1f} s: {lost:.1f} s are missing"
        return Judgement(State.SHORT, due, reason)
    if expected.crashed and expected.alarmed:
        return Judgement(State.SHORT, due, "Asterisk died while the file did not grow")
    if repaired:
        return Judgement(State.REPAIRED, due, "the head was mended: Asterisk had not closed the file")
    return Judgement(State.WHOLE, due)


def missing(expected: Expected, why: str) -> Judgement:
    """No sound at all."""
    return Judgement(State.MISSING, expected_seconds(expected, None), why)


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.0f}"
