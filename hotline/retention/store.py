"""Runs of the retention job, and how far the deletion log has become rows."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, Instant, add_once
from hotline.retention.kinds import RetentionKind
from hotline.retention.rules import ANNOUNCED, Untils


class RetentionRun(Base):
    """A day's run at one node: what it announced for the next one, and what it deleted so far."""

    __tablename__ = "retention_run"

    day: Mapped[date] = mapped_column(Date, primary_key=True, comment="of Taipei")
    node: Mapped[str] = mapped_column(String(16), primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    done: Mapped[dict[str, int]] = mapped_column(JSON, comment="records that were deleted, by kind")
    announced: Mapped[dict[str, Any]] = mapped_column(
        JSON, comment="by kind: until when what was over goes next, how many records, how many are held"
    )
    ended_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = it goes on")
    log_size: Mapped[int] = mapped_column(
        BigInteger, default=0, comment="bytes of the deletion log at its end"
    )

    def count(self, kind: RetentionKind, how_many: int) -> None:
        """Add to what was deleted; in the transaction of the deletion, so that each counts once."""
        self.done = {**self.done, kind: self.done.get(kind, 0) + how_many}


class DeletionPosition(Base):
    """The byte up to which a node's deletion log is true of this database; more in the log means that an
    older copy of the database was put back.
    """

    __tablename__ = "deletion_position"

    node: Mapped[str] = mapped_column(String(16), primary_key=True)
    offset: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(Instant)


def run_of(session: Session, day: date, node: str, at: datetime) -> RetentionRun:
    """The run of a day at a node, begun now if it was not."""
    values = {"day": day, "node": node, "begun_at": at, "done": {}, "announced": {}, "log_size": 0}
    add_once(session, RetentionRun, [values])
    return session.get_one(RetentionRun, (day, node), populate_existing=True)


def announced(session: Session, at: datetime) -> Untils:
    """What the latest announcement that is old enough said would go."""
    chosen = (
        select(RetentionRun)
        .where(RetentionRun.ended_at <= at - ANNOUNCED)
        .order_by(RetentionRun.ended_at.desc())
        .limit(1)
    )
    run = session.scalars(chosen).first()
    return _untils(run.announced) if run else {}


def _untils(told: Mapping[str, Any]) -> Untils:
    return {RetentionKind(kind): datetime.fromisoformat(one["until"]) for kind, one in told.items()}


def log_size(session: Session, node: str, until: date) -> int:
    """Bytes of a node's log at the end of its latest run up to a day; 0 where there was none."""
    chosen = select(RetentionRun.log_size).where(RetentionRun.node == node, RetentionRun.day <= until)
    return session.scalar(chosen.order_by(RetentionRun.day.desc()).limit(1)) or 0


def latest_runs(session: Session, most: int) -> list[RetentionRun]:
    """The latest runs, the newest first."""
    chosen = select(RetentionRun).order_by(RetentionRun.day.desc(), RetentionRun.node).limit(most)
    return list(session.scalars(chosen))


def position(session: Session, node: str) -> int:
    """The byte of a node's log up to which this database is true to it."""
    row = session.get(DeletionPosition, node)
    return row.offset if row else 0


def positions(session: Session) -> dict[str, int]:
    """How far the deletion log of every node has become rows: it changes with every deletion."""
    return {row.node: row.offset for row in session.scalars(select(DeletionPosition))}


def move(session: Session, node: str, offset: int, at: datetime) -> None:
    """Keep how far a node's log has become rows."""
    session.merge(DeletionPosition(node=node, offset=offset, at=at))
