"""Caller of a call, for a check of who they are: from its record alone (P8.2)."""

from sqlalchemy.orm import Session

from calls.dispositions import call_row
from calls.find import NoSuchCall
from hotline.outbound_calls.caller_verification import Petitioner


def petitioner(session: Session, call_id: str) -> Petitioner:
    """The citizen of a call. Raises NoSuchCall."""
    row = call_row(session, call_id)
    if row.started_at is None:  # known from its turns only: the event log is a second behind
        raise NoSuchCall(call_id)
    return Petitioner(row.id, row.caller, row.language, row.started_at)
