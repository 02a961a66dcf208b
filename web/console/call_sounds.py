"""What pages show of a call's sound: its tracks, and the marks of what happened within them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from calls import monitor, recording_pause, recording_stop
from calls.find import CallStory
from calls.store import TRANSFER_ASKED
from recordings.gaps import place, written
from recordings.playing import DIRECTIONS, SoundSpan, Track
from recordings.store import Recording
from web.console.call_story_words import Called, event_words, gone_words
from web.console.language import _, term

MARKED: Final = frozenset(
    (
        *("TransferBegun", "TransferEnded", "SpecialStep", "CallbackPromised", TRANSFER_ASKED),
        *(recording_pause.PAUSED, recording_pause.RESUMED, recording_stop.STOPPED, monitor.SUPERVISED),
    )
)
"""Events to which one jumps in a sound."""
TOLD_FIRST: Final = timedelta(seconds=10)
"""Who answers hears so long at most who calls, before the sound begins."""


@dataclass(frozen=True, slots=True)
class SoundMark:
    """A place in a sound: its second, and what happened there."""

    second: float
    what: str
    more: str = ""

    @property
    def clock(self) -> str:
        """The place, as players show it."""
        return clock(self.second)


@dataclass(frozen=True, slots=True)
class CallSound:
    """A track of a call: where it is played from, how long it is, its marks and what is silent in it."""

    track: Track
    address: str
    seconds: float
    marks: tuple[SoundMark, ...]
    silenced: tuple[SoundSpan, ...] = ()

    @property
    def clock(self) -> str:
        """How long it plays."""
        return clock(self.seconds)


def clock(seconds: float) -> str:
    """A second of a sound as players show it."""
    minutes, left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"


def sounds(
    told: CallStory,
    called: Called,
    address: Callable[[Track], str],
    silenced: Callable[[Track], list[SoundSpan]] = lambda _track: [],
) -> list[CallSound]:
    """The tracks of which sound is kept."""
    found = list[CallSound]()
    for track in DIRECTIONS:
        if rows := [row for row in _rows(told, track) if row.destroyed_at is None]:
            seconds = max(row.seconds or 0.0 for row in rows)
            marks = tuple(_marks(told, called, rows, seconds)) if track is Track.TALK else ()
            found.append(CallSound(track, address(track), seconds, marks, tuple(silenced(track))))
    return found


def gone(told: CallStory) -> list[str]:
    """The tracks of which sound was kept and is no more: when it was destroyed, and on what ground."""
    found = list[str]()
    for track in DIRECTIONS:
        rows = _rows(told, track)
        if rows and all(row.destroyed_at for row in rows):
            length = clock(max(row.seconds or 0.0 for row in rows))
            told_of = {"track": term(track, "sound-track"), "length": length, "gone": gone_words(rows[-1])}
            found.append(_("%(track)s（%(length)s）：%(gone)s", **told_of))
    return found


def _rows(told: CallStory, track: Track) -> list[Recording]:
    return [row for row in told.recordings if row.direction in DIRECTIONS[track] and row.seconds]


def _marks(told: CallStory, called: Called, rows: list[Recording], seconds: float) -> Iterator[SoundMark]:
    begins = min(row.started_at for row in rows)
    ends = max(row.ended_at or begins + timedelta(seconds=seconds) for row in rows)
    stretches = written(begins, ends, told.gaps)
    met = [
        (leg.answered_at, _("%(who)s 接聽", who=called(leg.phone)), "")
        for leg in told.legs
        if leg.answered_at and leg.kind == "agent"
    ]
    met += [(event.at, *event_words(event, called)) for event in told.events if event.kind in MARKED]
    for at, what, more in sorted(met):
        second = place(stretches, at)
        if at >= begins - TOLD_FIRST and second < seconds:
            yield SoundMark(second, what, more)


def ground_words(ground: str) -> str:
    """On what ground something was played."""
    kind, _colon, number = ground.partition(":")
    match kind:
        case "retrieval":
            return _("調閱第 %(number)d 號", number=int(number))
        case "standing-purpose":
            return _("常設聆聽目的第 %(number)d 號", number=int(number))
        case "callback":
            return _("待回電 %(number)d", number=int(number))
    return ground
