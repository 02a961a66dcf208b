"""Two people change one thing: the second is told what the first wrote, and nothing is lost.

The version of a key is the number of the latest entry of the ledger that touched it. Whoever shows a row to
be changed gives its version away with it, and asks for it back with the change.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.ledger import history
from hotline.ledger.entries import EntryRecord, KeyHistory, change_of
from hotline.ledger.history import TABLES
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.ledger.store import EntryLine

Says = Mapping[str, Any] | None
"""What a key says at an instant; None = nothing."""


class ChangedMeanwhile(HotlineError, code="changed-meanwhile", varies_by="shown"):
    """A row that somebody else changed after it was shown; nothing was written.

    ``before`` was shown, ``now`` holds by ``change``, whose number is the version to send with the next try.
    """

    kind: str
    key: str
    expected: int
    change: EntryRecord
    before: Says
    now: Says

    @property
    def shown(self) -> Literal["", "staff"]:
        """A form of staff does not show both beside each other."""
        return "staff" if self.kind == "staff" else ""

    @property
    def by(self) -> str:
        """The author of the change."""
        return self.change.by

    @property
    def at(self) -> datetime:
        """Instant when it was changed."""
        return self.change.at


class AlreadyThere(HotlineError, code="already-there"):
    """A new thing under a key that is in use."""

    kind: str
    key: str


def version(session: Session, kind: str, key: str) -> int:
    """The number of the latest entry that touched a key; 0 when none ever did."""
    lines = select(func.max(EntryLine.entry)).where(EntryLine.kind == kind, EntryLine.key == key)
    return session.scalar(lines) or 0


def expect(session: Session, kind: str, key: str, expected: int, since: datetime) -> None:
    """Require that nobody changed a key since ``expected`` was its version. Asked in the transaction of the
    change.

    Raises ChangedMeanwhile, with what held at ``since`` as it was seen and as it is.
    """
    revise(session)  # from here on other writers wait
    latest = version(session, kind, key)
    if latest == expected:
        return
    told = told_of(session, kind, key)
    before, now = (_at(told, number, since) for number in (expected, latest))
    raise ChangedMeanwhile(kind, key, expected, change_of(session, latest), before, now)


def expect_none(session: Session, kind: str, key: str, since: datetime) -> None:
    """Require that a key is free from ``since`` on. Raises AlreadyThere."""
    revise(session)
    if any(row.period.meets(Period(since)) for row in history.counting(session, TABLES[kind], key)):
        raise AlreadyThere(kind, key)


def told_of(session: Session, kind: str, key: str) -> KeyHistory:
    """Read the complete history of a key."""
    lines = select(EntryLine).where(EntryLine.kind == kind, EntryLine.key == key).order_by(EntryLine.entry)
    return KeyHistory(list(session.scalars(lines)), history.history(session, TABLES[kind], key))


def _at(told: KeyHistory, number: int, at: datetime) -> Says:
    return next((says for period, says in told.known(number) if period.holds(at)), None)
