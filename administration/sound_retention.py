"""Retention of sound: what of it is due, by the kind of its call, and its end: key first, then file (P9)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, case, exists, func, literal, or_, select, true
from sqlalchemy.orm import Session

from calls.masking import is_needed
from hotline.db import Sessions, one_at_a_time, transaction
from hotline.legal_holds import TURNS
from hotline.retention import store
from hotline.retention.deletion_log import Deletion, DeletionLog
from hotline.retention.kinds import DeletionGround, RetentionKind
from hotline.retention.masking import BATCH, DueCount
from hotline.special_callers.store import SpecialCall
from recordings.archive import Archive
from recordings.policy import Direction
from recordings.store import Recording, is_of

RECORD: Final = Recording.__tablename__
_OF_CALL: Final = SpecialCall.call_id == Recording.call_id
_IS_SPECIAL: Final = or_(
    SpecialCall.flagged_by != "", SpecialCall.entry.is_not(None), SpecialCall.ended_by != ""
)
KIND: Final = case(
    (Recording.direction == Direction.MESSAGE, RetentionKind.MESSAGE),
    (exists().where(_OF_CALL, SpecialCall.emergency), RetentionKind.EMERGENCY),
    (exists().where(_OF_CALL, _IS_SPECIAL), RetentionKind.SPECIAL),
    else_=RetentionKind.TALK,
)
"""The kind of a sound: a message, else what its call was known as in the end."""


@dataclass(frozen=True, slots=True)
class SoundRetention:
    """The sound of a node, whose periods are those of its calls."""

    factory: Sessions
    archive: Archive
    log: DeletionLog

    def count(self, session: Session, kind: RetentionKind, until: datetime) -> DueCount:
        """Count what of a kind is due by an instant, and what is needed still."""
        whole = select(func.count()).select_from(Recording).where(*self._whole(kind, until))
        needed = session.scalar(whole.where(is_needed(session, Recording.call_id))) or 0
        return DueCount((session.scalar(whole) or 0) - needed, needed)

    def destroy(
        self, kind: RetentionKind, until: datetime, at: datetime, did: Callable[[Session, int], object]
    ) -> Iterator[int]:
        """Destroy what is due, a batch a step; ``did`` is told of each in its transaction.

        A file that cannot be removed has no key any more; it goes later. Raises NoDeletionLog.
        """
        last: datetime | None = None
        while True:
            with transaction(self.factory) as session:
                one_at_a_time(session, TURNS)
                onwards = Recording.ended_at >= last if last else true()
                which = *self._whole(kind, until), ~is_needed(session, Recording.call_id), onwards
                chosen = select(Recording).where(*which).order_by(Recording.ended_at).limit(BATCH)
                rows = list(session.scalars(chosen.with_for_update(skip_locked=True)))
                if not rows:
                    return
                last = rows[-1].ended_at
                self.condemn(session, kind, rows, at, DeletionGround.PERIOD)
                did(session, len(rows))
            self.archive.remove_all(rows)
            yield len(rows)

    def of_calls(self, session: Session, calls: Sequence[str]) -> list[tuple[Recording, RetentionKind]]:
        """The sound of these calls that is kept, with its kind."""
        chosen = select(Recording, KIND).where(Recording.call_id.in_(calls), Recording.destroyed_at.is_(None))
        return [(row, RetentionKind(kind)) for row, kind in session.execute(chosen)]

    def condemn(
        self,
        session: Session,
        kind: RetentionKind,
        rows: Sequence[Recording],
        at: datetime,
        ground: DeletionGround,
    ) -> None:
        """Destroy the keys of sounds and tell the log; their files are removed after the transaction."""
        told = [Deletion(RECORD, kind, _name(row), row.started_at, at, ground) for row in rows]
        self.archive.condemn(session, rows, ground, at)
        store.move(session, self.log.node, self.log.append(told), at)

    def again(self, deletions: Sequence[Deletion], at: datetime) -> int:
        """Destroy again what the log tells of, where a database that was put back has it whole; how many."""
        done = 0
        for one in deletions:
            with transaction(self.factory) as session:
                row = session.get(Recording, tuple(one.subject.rsplit("/", 1)), with_for_update=True)
                if row is None or row.destroyed_at or _is_needed(session, row.call_id):
                    continue
                self.archive.condemn(session, [row], one.ground, at)
            self.archive.remove_all([row])
            done += 1
        return done

    def _whole(self, kind: RetentionKind, until: datetime) -> tuple[ColumnElement[bool], ...]:
        here = Recording.destroyed_at.is_(None), is_of(self.log.node)
        return *here, Recording.ended_at < until, KIND == kind


def _is_needed(session: Session, call_id: str) -> bool:
    return bool(session.scalar(select(is_needed(session, literal(call_id)))))


def _name(row: Recording) -> str:
    return f"{row.call_id}/{row.direction}"
