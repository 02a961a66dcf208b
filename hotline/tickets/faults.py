"""Faults of the telephones: told by a person or found by a health check; the kind decides the owner (P11)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import add_once, locked, numbered
from hotline.directory.owners import call_centre, holding
from hotline.directory.service import known
from hotline.errors import HotlineError, existing
from hotline.ledger.audit import SYSTEM, audit
from hotline.outbox import service as notices
from hotline.permissions import Action, Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, permitted
from hotline.texts import fit
from hotline.tickets import rules
from hotline.tickets.rules import LONGEST, QUEUES, FaultKind, TicketState
from hotline.tickets.store import FaultRow, listed

"""Who opens what a health check finds."""


class NoFault(HotlineError, code="no-fault"):
    """No fault has this number."""

    number: int


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """A fault found by a health check."""

    kind: FaultKind
    fault: str
    agency: str = ""


def report(session: Session, kind: FaultKind, agency: str, fault: str, *, at: datetime, by: str) -> FaultRow:
    """Report a fault that a person sees. Raises UnfitText, NotPermitted, Unknown."""
    said = fit("fault", fault, LONGEST)
    permitted(session, by, Action.FAULT_REPORT, at, agency)
    if agency:
        known(session, "agency", agency, at)
    values = _values(HealthFinding(kind, said, agency), None, by, at)
    row = numbered(session, FaultRow(**values))
    _opened(session, row, by, at)
    return row


def find(session: Session, ill: Mapping[str, HealthFinding], checked: frozenset[str], at: datetime) -> int:
    """Record the findings of health checks: ``ill`` by what was looked at, ``checked`` all that was looked
    at; how many are new.

    One ticket a fault until a person closes it, however often it comes and goes meanwhile.
    """
    new = add_once(session, FaultRow, [_values(one, key, SYSTEM, at) for key, one in sorted(ill.items())])
    for row in session.scalars(
        select(FaultRow).where(FaultRow.open_key.in_(checked)).order_by(FaultRow.id).with_for_update()
    ):
        if row.opened_at == at and row.recovered_at is None:
            _opened(session, row, SYSTEM, at)
        works = row.open_key not in ill
        if works == (row.recovered_at is None):
            row.recovered_at = at if works else None
            audit(session, at, SYSTEM, Action.FAULT_MEND, f"fault:{row.id}", after={"works": works})
    return new


def answer(session: Session, number: int, text: str, *, at: datetime, by: str) -> FaultRow:
    """Record what is being done about it. Raises UnfitText, NoFault, NotPermitted, TicketNotNow."""
    row, said = fault(session, number), fit("text", text, LONGEST)
    _may_mend(session, row, by, at)
    before, row.state = {"state": row.state}, rules.answered(row.id, TicketState(row.state))
    row.answer, row.answered_at, row.answered_by = said, at, by
    after = {"state": row.state, "answer": said}
    audit(session, at, by, Action.FAULT_MEND, f"fault:{row.id}", before=before, after=after)
    return row


def close(session: Session, number: int, text: str, *, at: datetime, by: str) -> FaultRow:
    """Close a fault as mended, with how. Raises UnfitText, NoFault, NotPermitted, TicketNotNow."""
    row, said = fault(session, number), fit("text", text, LONGEST)
    _may_mend(session, row, by, at)
    before, row.state = {"state": row.state}, rules.closed(row.id, TicketState(row.state))
    row.answer, row.closed_at, row.closed_by, row.open_key = said, at, by, None
    after = {"state": row.state, "answer": said}
    audit(session, at, by, Action.FAULT_MEND, f"fault:{row.id}", before=before, after=after)
    return row


def fault(session: Session, number: int) -> FaultRow:
    """A fault, locked until the end of the transaction. Raises NoFault."""
    return existing(locked(session, FaultRow, number), NoFault(number))


def faults(session: Session, *, queue: str = "", with_closed: bool = False) -> list[FaultRow]:
    """Faults, the oldest first; of a queue, or of both."""
    which = [FaultRow.queue == queue] if queue else []
    return listed(session, FaultRow, *which, with_closed=with_closed)


def mends(member: Staff, row: FaultRow) -> bool:
    """Tell whether a fault is this person's: those of the queue, and the call centre's administrator."""
    return Role.ADMINISTRATOR in member.roles or row.queue in member.roles


def _may_mend(session: Session, row: FaultRow, by: str, at: datetime) -> None:
    member = permitted(session, by, Action.FAULT_MEND, at)
    if not mends(member, row):
        raise NotPermitted(member.login, Action.FAULT_MEND)


def _values(ill: HealthFinding, key: str | None, by: str, at: datetime) -> dict[str, Any]:
    opened = {"open_key": key, "state": TicketState.OPEN, "opened_at": at, "opened_by": by}
    return {**asdict(ill), "queue": QUEUES[ill.kind], **opened}


def _opened(session: Session, row: FaultRow, by: str, at: datetime) -> None:
    """Put a new ticket on record, and tell those in whose queue it is, else the call centre (P11)."""
    after = {"kind": row.kind, "queue": row.queue, "agency": row.agency, "fault": row.fault}
    audit(session, at, by, Action.FAULT_REPORT, f"fault:{row.id}", after=after)
    recipients = holding(session, Role(row.queue), at) or call_centre(session, at)
    facts = {"number": str(row.id), "matter": row.fault}
    notices.write(session, "N-61", f"fault:{row.id}:reported", recipients, facts, at)
