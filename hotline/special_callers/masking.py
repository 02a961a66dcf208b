"""What of the special list is personal, and goes when its period is over (P4.12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, emptied
from hotline.special_callers.rules import EntryState
from hotline.special_callers.store import SpecialEntry


def _is_needed(_session: Session) -> ColumnElement[bool]:
    return SpecialEntry.state.in_((EntryState.PROPOSED, EntryState.APPROVED))


def _empty(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, SpecialEntry.id, ids, {"numbers": [], "reason": ""})


ENTRIES: Final = MaskRule(
    RetentionKind.SPECIAL_LIST,
    SpecialEntry.id,
    SpecialEntry.removed_at,
    SpecialEntry.masked_at,
    _is_needed,
    _empty,
    since=SpecialEntry.proposed_at,
)
