"""Rules of what is recorded under which name: only after the notice in the caller's language (P4.12)."""

import re
from collections.abc import Iterable, Set
from enum import StrEnum
from typing import Final

from hotline.terms import named

RATE: Final = 8000
"""Samples a second of what telephones say."""
_CALL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class RecordingFrom(StrEnum):
    """The moment from which a call is recorded, once the notice was heard."""

    PERSON = "person"
    """A person listens: an agent, an officer; no menus, no music, no ringing."""
    ANSWER = "answer"
    """At once, menus and music too."""


class RecordingVerdict(StrEnum):
    """The verdict on whether recording may begin, and why not."""

    ALLOWED = "allowed"
    NO_NOTICE = "no notice was heard to its end"
    OTHER_LANGUAGE = "the notice was heard in other languages only"


@named("recording-direction")
class Direction(StrEnum):
    """The direction of the sound that a file holds: what the caller says, all that the caller hears, or a
    spoken message.
    """

    CALLER = "caller"
    AGENT = "agent"
    MESSAGE = "message"


BOTH_WAYS: Final = (Direction.CALLER, Direction.AGENT)
"""What is kept of every recorded call."""
_FILE: Final = re.compile(rf"(?P<call>.+)-(?P<direction>{'|'.join(Direction)})\.(wav|sealed)")


class MessageEnd(StrEnum):
    """The ends of a spoken message."""

    SILENCE = "silence"
    KEY = "key"
    LONGEST = "longest"
    HANG_UP = "hangup"
    """By the caller: all that was said is there."""
    CUT = "cut"
    """By a fault of ours: more may have been said."""
    EMPTY = "empty"


def verdict(notices_heard: Set[str], language: str) -> RecordingVerdict:
    """The notice in ``language`` (V-01) must have been heard to its end."""
    if language in notices_heard:
        return RecordingVerdict.ALLOWED
    return RecordingVerdict.OTHER_LANGUAGE if notices_heard else RecordingVerdict.NO_NOTICE


def file_name(call_id: str, direction: Direction) -> str:
    """``ntpc1-1795567609.34-caller.wav``. Raises ValueError for a call id that could name another place."""
    if not _CALL_ID.fullmatch(call_id):
        raise ValueError(f"{call_id!r} cannot be part of a file's name")
    return f"{call_id}-{direction}.wav"


def message_name(call_id: str) -> str:
    """The name of a call's spoken message, without the ending. Raises ValueError like ``file_name``."""
    return file_name(call_id, Direction.MESSAGE).removesuffix(".wav")


def call_of_message(name: str) -> str:
    """The call a message belongs to. Raises ValueError for a name that is none."""
    call_id = name.removesuffix(f"-{Direction.MESSAGE}")
    if message_name(call_id) != name:
        raise ValueError(f"{name!r} is no message")
    return call_id


def keys_of(names: Iterable[str]) -> list[tuple[str, str]]:
    """Call and direction that files are named after, also below a folder; other names are left out."""
    found = (_FILE.fullmatch(name.rpartition("/")[2]) for name in names)
    return [(one["call"], one["direction"]) for one in found if one]
