"""Changes of rows with a history, together with their audit rows: one entry of the ledger each."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from sqlalchemy import insert
from sqlalchemy.orm import Session

from hotline.ledger.audit import audit_values
from hotline.ledger.history import DatedRow, Row, RowDraft, Words, counting
from hotline.ledger.periods import Period
from hotline.ledger.sealing import remember
from hotline.ledger.store import AuditRow, EntryLine, EntryRow


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """Author, time and reason of a change, and the action under which it stands in the audit log."""

    at: datetime
    by: str
    action: str
    reason: str = ""


class Authorship(TypedDict):
    """Time, author and reason of a change, as use cases hand them on."""

    at: datetime
    by: str
    reason: NotRequired[str]


class LedgerEntry:
    """A unit of changes by one person; ``finish`` puts it down, with the rows of the audit log.

    Lists of rows that are given in (those of ``history.counting``) are kept true as they change.
    """

    def __init__(self, session: Session, pen: ChangeContext, *, undoes: int | None = None) -> None:
        self._session, self._pen, self._undoes = session, pen, undoes
        self._draft = RowDraft(session, pen.at, pen.by, pen.reason)
        self._effective_at: datetime | None = None
        self._audit_rows = list[dict[str, Any]]()

    def write(
        self, table: type[Row], key: str, says: Words, period: Period, rows: list[Row] | None = None
    ) -> bool:
        """Write what a key says in a period; False when it says so already. Raises EmptyPeriod."""
        rows = counting(self._session, table, key) if rows is None else rows
        before = next((row.says() for row in rows if row.period.holds(period.since)), None)
        row = self._draft.record(table, key, says, period, rows)
        if row is None:
            return False
        after = {**says, "valid_from": row.valid_from, "valid_to": row.valid_to}
        self._told(table, key, before, after, row.valid_from)
        return True

    def end(self, table: type[Row], key: str, since: datetime, rows: list[Row] | None = None) -> bool:
        """End a key: from ``since`` on it says nothing; False when that is so already."""
        rows = counting(self._session, table, key) if rows is None else rows
        before = next((row.says() for row in rows if row.period.meets(Period(since))), None)
        if not self._draft.end(table, key, since, rows):
            return False
        self._told(table, key, before, {"ends": since}, since)
        return True

    def restate(self, table: type[Row], key: str, facts: list[tuple[Period, Words]], rows: list[Row]) -> bool:
        """Set exactly these facts of a key; False when that is so already."""
        before = {"facts": _shown((row.period, row.says()) for row in rows)}
        edges = [period.since for period, _ in facts] + [row.valid_from for row in rows]
        if not self._draft.restate(table, key, facts, rows):
            return False
        self._told(table, key, before, {"facts": _shown(facts)}, min(edges))
        return True

    def finish(self) -> int | None:
        """Put it down; its number in the ledger. None when it changes nothing."""
        session, draft = self._session, self._draft
        if self._effective_at is None:
            return None
        entry = EntryRow(**asdict(self._pen), effective_at=self._effective_at, undoes=self._undoes)
        session.add(entry)
        draft.put_down()
        remember(session, session.scalars(insert(AuditRow).returning(AuditRow.id), self._audit_rows))
        lines = [(row, True) for row in draft.written] + [(row, False) for row in draft.replaced]
        if lines:
            session.execute(insert(EntryLine), [_line(entry.id, *line) for line in lines])
        return entry.id

    def _told(self, table: type[Row], key: str, before: Words | None, after: Words, since: datetime) -> None:
        self._effective_at = min(self._effective_at or since, since)
        pen = self._pen
        subject = f"{table.of_kind}:{key}"
        self._audit_rows.append(audit_values(pen.at, pen.by, pen.action, subject, before, after, pen.reason))


def change(
    session: Session, table: type[Row], key: str, says: Words, period: Period, pen: ChangeContext
) -> bool:
    """Write an entry of one fact; False when it is so already. Raises EmptyPeriod."""
    entry = LedgerEntry(session, pen)
    entry.write(table, key, says, period)
    return entry.finish() is not None


def close(session: Session, table: type[Row], key: str, since: datetime, pen: ChangeContext) -> bool:
    """Write an entry of one end: from ``since`` on a key says nothing; False when that is so already."""
    entry = LedgerEntry(session, pen)
    entry.end(table, key, since)
    return entry.finish() is not None


def _line(entry: int, row: DatedRow, written: bool) -> dict[str, Any]:
    return {"entry": entry, "kind": row.of_kind, "row": row.id, "key": row.key, "written": written}


def _shown(facts: Any) -> list[dict[str, Any]]:
    return [{**says, "valid_from": period.since, "valid_to": period.until} for period, says in facts]
