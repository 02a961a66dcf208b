"""Kinds of what is kept of people, each with a period of its own. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

from hotline.terms import named


@named("retention-kind")
class RetentionKind(StrEnum):
    """A kind; its period is the setting of the same name."""

    TALK = "talk"
    MESSAGE = "message"
    SPECIAL = "special"
    """Sound of a call that was flagged or whose caller is listed (P7.1, P7.3)."""
    EMERGENCY = "emergency"
    CALLS = "calls"
    """The record of a call and all that was noted of it."""
    PROMISES = "promises"
    CASE_CONTACT = "case-contact"
    CASE_PLACE = "case-place"
    CASE_TEXT = "case-text"
    CASE_PHOTOS = "case-photos"
    SPECIAL_LIST = "special-list"
    NOTICES = "notices"
    CHATS = "chats"
    VIDEO = "video"
    """Accounts of the sign-language service, and words of its sessions."""
    SURVEYS = "surveys"
    EXPORTS = "exports"
    """Files made for somebody: tables, packages of a retrieval."""
    OUTBOX = "outbox"
    UPLOADS = "uploads"
    LOGS = "logs"


SOUND: Final = frozenset(
    (RetentionKind.TALK, RetentionKind.MESSAGE, RetentionKind.SPECIAL, RetentionKind.EMERGENCY)
)
"""Kinds that are sound: key and file are destroyed, the row stays."""
CASE_FILES: Final = frozenset(
    (
        RetentionKind.CASE_CONTACT,
        RetentionKind.CASE_PLACE,
        RetentionKind.CASE_TEXT,
        RetentionKind.CASE_PHOTOS,
    )
)
"""Parts of a case file, for which the law has a minimum: nobody has them erased before."""
FILES: Final = frozenset(
    (RetentionKind.EXPORTS, RetentionKind.OUTBOX, RetentionKind.UPLOADS, RetentionKind.LOGS)
)
"""Kinds that are files, whose age is that of the file."""
Periods = Mapping[RetentionKind, timedelta]


class Exempt(StrEnum):
    """Why something has no period."""

    NOTHING = "nothing"
    """It holds nothing of a citizen."""
    STAFF = "staff"
    """It is about the staff: ended, never erased (P0-a)."""
    OWN_JOB = "own-job"
    """A job of its own forgets it within days."""
    EVIDENCE = "evidence"
    """It proves what was done; citizens stand in it by pseudonyms."""


@named("deletion-ground")
class DeletionGround(StrEnum):
    """Why something was deleted."""

    PERIOD = "period"
    """Its period is over."""
    ERASURE = "erasure"
    """The person asked for it."""
