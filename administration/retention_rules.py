"""The rules by which rows are masked, of all rooms, in the order in which the daily run follows them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session

from calls import masking as calls
from hotline.callbacks.masking import PROMISES
from hotline.callbacks.store import Callback
from hotline.cases import masking as cases
from hotline.cases.store import Case
from hotline.legal_holds import HeldRecord, is_held
from hotline.outbox.masking import NOTICES
from hotline.outbox.store import OutboxMessage
from hotline.retention.masking import MaskRule
from hotline.reviews import masking as reviews
from hotline.special_callers.masking import ENTRIES
from hotline.survey.masking import SURVEYS
from hotline.tickets.masking import PROBLEMS
from hotline.video import masking as video
from hotline.video.misuse import INCIDENTS
from recordings import masking as retrieval


def _is_of_held_record(session: Session) -> ColumnElement[bool]:
    """Condition that a message is about a case under legal hold, or a promise about one."""
    return or_(false(), *(OutboxMessage.event.startswith(one, autoescape=True) for one in _held(session)))


def _held(session: Session) -> Iterator[str]:
    held = select(Case.id).where(Case.number.is_not(None), is_held(HeldRecord.CASE, Case.number))
    for number in session.scalars(held):
        yield f"case:{number}:"
    promised = select(Callback.id).where(
        Callback.case_number != "", is_held(HeldRecord.CASE, Callback.case_number)
    )
    for number in session.scalars(promised):
        yield f"callback:{number}:"


MESSAGES: Final = replace(NOTICES, needed=_is_of_held_record)
RULES: Final[tuple[MaskRule, ...]] = (
    *calls.RULES,
    *retrieval.RULES,
    PROMISES,
    *cases.RULES,
    MESSAGES,
    ENTRIES,
    PROBLEMS,
    *reviews.RULES,
    video.ACCOUNTS,
    video.SESSIONS,
    INCIDENTS,
    SURVEYS,
)
