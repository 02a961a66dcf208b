"""What may be recorded and under which name (spec P4.12): only after the notice in the caller's language."""

import re
from collections.abc import Set
from enum import StrEnum
from typing import Final

_CALL_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Verdict(StrEnum):
    """Whether recording may begin, and why not."""

    ALLOWED = "allowed"
    NO_NOTICE = "no notice was heard to its end"
    OTHER_LANGUAGE = "the notice was heard in other languages only"


class Direction(StrEnum):
    """Whose sound a file holds: what the caller says, or all that the caller hears."""

    CALLER = "caller"
    AGENT = "agent"


def verdict(notices_heard: Set[str], language: str) -> Verdict:
    """The notice in ``language`` (V-01, V-01b) must have been heard to its end."""
    if language in notices_heard:
        return Verdict.ALLOWED
    return Verdict.OTHER_LANGUAGE if notices_heard else Verdict.NO_NOTICE


def may_record(notices_heard: Set[str], language: str) -> bool:
    """Whether recording may begin."""
    return verdict(notices_heard, language) is Verdict.ALLOWED


def file_name(call_id: str, direction: Direction) -> str:
    """``ntpc1-1795567609.34-caller.wav``. Raises ValueError for a call id that could name another place."""
    if not _CALL_ID.fullmatch(call_id):
        raise ValueError(f"{call_id!r} cannot be part of a file's name")
    return f"{call_id}-{direction}.wav"
