"""Judgement of a recording by its file, once its call has ended or while it is up: pure.

Measured on Asterisk 22: MixMonitor's two files are always of one length; time in which neither side sends
sound is in neither (``transmit_silence`` keeps it while we wait or listen for keys; two silent telephones
in a talk still shorten both). Each change of what the caller hears costs some hundredths of a second.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hotline.spans import seconds
from recordings.gaps import SoundGap, written
from recordings.store import RecordingState
from recordings.vault import SoundFile

TOLERANCE: Final = timedelta(seconds=1)
SHARE: Final = 0.005
"""What a long call may lose in small gaps, beside ``TOLERANCE``."""

CRASH_LOSS: Final = timedelta(seconds=2.1)
"""Sound that Asterisk had not written yet when it died: 32 KiB of its buffer."""

STALLED: Final = timedelta(seconds=20)
SETTLED: Final = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class ExpectedSound:
    """The expected beginning and end of the sound.

    ``fault``: what kept the disk from taking it meanwhile, or what is wrong with it by itself (``is_known``);
    empty when it was watched all the time and nothing was, None when nobody looked.
    """

    started_at: datetime
    ended_at: datetime | None
    crashed: bool = False
    fault: str | None = None
    is_known: bool = False
    gaps: tuple[SoundGap, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A final state, and why it is not WHOLE."""

    state: RecordingState
    expected_seconds: float
    reason: str = ""


def trouble_now(expected: ExpectedSound, found: SoundFile | None, grew_at: datetime, at: datetime) -> str:
    """Find the trouble of a recording while the call is up; empty when nothing is, or nothing can be said
    yet.

    ``grew_at``: when the file was last seen to grow. Its own time of change says nothing: on a
    full disk Asterisk goes on trying, and the time moves while the size does not (measured).
    A file that does not grow on a disk that takes more is that of two silent telephones.
    """
    if found is None:
        waited = at - expected.started_at
        return (
            _because(f"no file {_seconds(waited)} s after recording began", expected)
            if waited > STALLED
            else ""
        )
    away = [one for one in expected.gaps if not one.is_written]
    if any(one.lasts(at) for one in away):
        return ""
    still = at - max(grew_at, expected.started_at, *(one.until for one in away if one.until))
    if still <= STALLED or expected.fault == "":
        return ""
    return _because(f"the file has not grown for {_seconds(still)} s at {found.size} bytes", expected)


def is_settled(expected: ExpectedSound, found: SoundFile | None, patience: timedelta, at: datetime) -> bool:
    """Tell whether Asterisk has surely closed the file: it does so within moments of the call's end.

    After ``patience`` a file that still changes is judged as it is.
    """
    if expected.ended_at is None:
        return False
    last = max(expected.ended_at, found.changed_at) if found else expected.ended_at
    return at - last >= SETTLED or at - expected.ended_at >= patience


def expected_seconds(expected: ExpectedSound, found: SoundFile | None) -> float:
    """From the beginning of recording to the call's end, without the gaps in which nothing is written.

    When a machine died nobody knows when: then the file's own last change stands for the end.
    """
    end = expected.ended_at or expected.started_at
    if expected.crashed and found:
        end = min(end, found.changed_at)
    return seconds(written(expected.started_at, end, expected.gaps))


def judged(expected: ExpectedSound, found: SoundFile, held: float, *, repaired: bool) -> Judgement:
    """The final state of a file that holds so many seconds (``held``)."""
    due = expected_seconds(expected, found)
    allowed = CRASH_LOSS if expected.crashed else TOLERANCE + timedelta(seconds=due * SHARE)
    lost = due - held
    if lost > allowed.total_seconds():
        # Asterisk has closed the file, and the disk took all it wrote: no more sound was sent.
        if expected.fault == "" and not expected.crashed and not repaired:
            return Judgement(
                RecordingState.WHOLE, due, f"in {lost:.1f} of {due:.1f} s neither side sent sound"
            )
        reason = f"{held:.1f} of {due:.1f} s: {lost:.1f} s are missing"
        return Judgement(RecordingState.SHORT, due, _because(reason, expected))
    if expected.is_known:
        return Judgement(RecordingState.SHORT, due, expected.fault or "")
    if expected.crashed and expected.fault:
        return Judgement(
            RecordingState.SHORT, due, _because("Asterisk died while the file did not grow", expected)
        )
    if repaired:
        return Judgement(
            RecordingState.REPAIRED, due, "the head was mended: Asterisk had not closed the file"
        )
    return Judgement(RecordingState.WHOLE, due)


def missing(expected: ExpectedSound, why: str) -> Judgement:
    """No sound at all; a call that ended at once may have had none."""
    due = expected_seconds(expected, None)
    if expected.fault == "" and not expected.crashed and timedelta(seconds=due) <= TOLERANCE:
        return Judgement(RecordingState.WHOLE, due, "the call ended before any sound was sent")
    return Judgement(RecordingState.MISSING, due, _because(why, expected))


def _because(what: str, expected: ExpectedSound) -> str:
    return f"{what}; {expected.fault}" if expected.fault else what


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.0f}"
