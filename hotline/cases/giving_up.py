"""Giving a draft up: what was typed of a citizen goes, and that there was a draft stays."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from hotline.cases import drafts
from hotline.cases.events import told
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.legal_holds import HeldRecord, refuse_held
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit

GIVEN_UP: Final = "given-up"
"""Kind of the event that a draft is not filed: the matter is another case's, or no matter at all."""
_EMPTIED: Final = ("matter", "place", "place_key", "district", "name", "phone", "email", "letter_to")


def give_up(session: Session, case_id: int, reason: str, by: str, at: datetime) -> Case:
    """Give a draft up, for a reason. Raises NotPermitted, NoSuchDraft, CaseNotNow,
    UnfitText, and IsHeld while a legal hold keeps the records of its call.
    """
    permitted(session, by, Action.CASE_FILE, at)
    row = drafts.draft(session, case_id)
    refuse_held(session, HeldRecord.CALL, row.call_id)
    before, row.state, row.version = row.state, CaseState.NOT_FILED, row.version + 1
    for name in _EMPTIED:
        setattr(row, name, "")
    row.latitude = row.longitude = None
    told(session, row, by, GIVEN_UP, before, at, fit("reason", reason, 200))
    session.flush()
    return row
