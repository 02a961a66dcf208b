"""The feed: every event of a filed case becomes a line, once, and each goes out by push, by file, or both.

Lines are numbered by one transaction at a time, after their events are committed: no number lies behind one
that was read already. An event has its line, and that its place in the outbox, together or not at all.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from hotline.cases.rules import UNFILED, CaseState
from hotline.cases.store import Case, CaseEvent
from hotline.db import Sessions, execute, looking, one_at_a_time, transaction
from hotline.exchange.files import LineFiles
from hotline.exchange.lines import key_of, line_of, written
from hotline.exchange.store import CaseLineRow
from hotline.outbox import service as outbox

AT_ONCE: Final = 500
"""Lines of one transaction."""
SETTLED: Final = timedelta(hours=1)
"""No transaction stays open so long: below an event whose line is so old, every other has one too."""
KEPT: Final = timedelta(days=31)
"""Lines, and what was pushed of them, are kept for so long after they were written."""
_NOT_TOLD: Final = (*UNFILED, CaseState.NOT_FILED)
"""States after an event that concerns nobody else: the case is not filed."""


class CaseFeed:
    """Numbers lines and brings them to the outbox and into files; ``recipient`` names the receiver of pushes,
    empty: there is none.
    """

    def __init__(self, factory: Sessions, recipient: str = "", files: LineFiles | None = None) -> None:
        self._factory, self._recipient, self._files = factory, recipient, files

    def run(self, at: datetime) -> int:
        """Write the lines of all events that have none; how many. Does nothing where nobody takes them."""
        if not self._recipient and self._files is None:
            return 0
        count = past = 0
        while self._has_new(at, past):
            with transaction(self._factory) as session:
                told = number_lines(session, self._recipient, at, past)
            count, past = count + len(told), max(told, default=past)
        if self._files is not None:
            with looking(self._factory) as session:
                self._files.bring(session, at - KEPT)
        return count

    def _has_new(self, at: datetime, past: int) -> bool:
        with looking(self._factory) as session:
            return session.scalars(_without_line(session, at, past).limit(1)).first() is not None

    def forget(self, at: datetime) -> int:
        """Remove lines that are kept long enough, and their sent messages; how many lines."""
        with transaction(self._factory) as session:
            outbox.forget_pushed(session, at - KEPT)
            last = select(func.max(CaseLineRow.number)).scalar_subquery()
            old = delete(CaseLineRow).where(
                CaseLineRow.written_at < at - KEPT,
                CaseLineRow.number < last,
                CaseLineRow.event_id < _settled(session, at),
            )
            return execute(session, old)


def number_lines(session: Session, recipient: str, at: datetime, past: int = 0) -> list[int]:
    """Write the lines of the first events without one after event ``past``, for a receiver to the outbox too;
    the events.
    """
    one_at_a_time(session, CaseLineRow.__tablename__)
    events = session.scalars(_without_line(session, at, past).limit(AT_ONCE)).all()
    cases = _cases(session, {one.case_id for one in events})
    leads = _cases(session, {one.lead_id for one in cases.values() if one.lead_id})
    last = session.scalar(select(func.max(CaseLineRow.number))) or 0
    for number, event in enumerate(events, last + 1):
        case = cases[event.case_id]
        lead = leads[case.lead_id].number if case.lead_id else ""
        text = written(line_of(number, event, case, lead or ""))
        session.add(CaseLineRow(number=number, event_id=event.id, at=event.at, written_at=at, text=text))
        if recipient:
            outbox.push(session, f"case-line:{key_of(event)}", recipient, text, at)
    session.flush()
    return [one.id for one in events]


def _without_line(session: Session, at: datetime, past: int) -> Select[CaseEvent]:
    """The events of filed cases that have no line, in their order; only those after event ``past``."""
    return (
        select(CaseEvent)
        .outerjoin(CaseLineRow, CaseLineRow.event_id == CaseEvent.id)
        .where(
            CaseEvent.id > max(past, _settled(session, at)),
            CaseLineRow.number.is_(None),
            CaseEvent.after.not_in(_NOT_TOLD),
        )
        .order_by(CaseEvent.id)
    )


def _settled(session: Session, at: datetime) -> int:
    """An event up to which there is none without a line; 0 = not known."""
    chosen = select(CaseLineRow.event_id).where(CaseLineRow.written_at < at - SETTLED)
    return session.scalars(chosen.order_by(CaseLineRow.event_id.desc()).limit(1)).first() or 0


def _cases(session: Session, ids: Collection[int]) -> dict[int, Case]:
    return {one.id: one for one in session.scalars(select(Case).where(Case.id.in_(ids)))} if ids else {}
