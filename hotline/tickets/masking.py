"""What of problem tickets may be personal, and goes with the text of cases: words about one (P4.12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from hotline.legal_holds import HeldRecord, is_held
from hotline.retention.kinds import RetentionKind
from hotline.retention.masking import MaskRule, blank, emptied
from hotline.tickets.rules import TicketState
from hotline.tickets.store import ProblemRow


def _is_needed(_session: Session) -> ColumnElement[bool]:
    of_held_case = and_(ProblemRow.about == "case", is_held(HeldRecord.CASE, ProblemRow.subject))
    return or_(ProblemRow.state != TicketState.CLOSED, of_held_case)


def _empty(session: Session, ids: Sequence[int], _at: datetime) -> None:
    emptied(session, ProblemRow.id, ids, blank("problem", "answer"))


PROBLEMS: Final = MaskRule(
    RetentionKind.CASE_TEXT,
    ProblemRow.id,
    ProblemRow.closed_at,
    ProblemRow.masked_at,
    _is_needed,
    _empty,
    since=ProblemRow.opened_at,
)
