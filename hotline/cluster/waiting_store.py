"""The callers who wait at each node, as its jobs last saw them: one row a node, without a past."""

from collections.abc import Iterable, Sequence

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.cluster.waiting_line import WaitingCaller
from hotline.db import Base, locked


class WaitingLine(Base):
    """Who waits at one node."""

    __tablename__ = "waiting_line"

    node: Mapped[str] = mapped_column(String(16), primary_key=True)
    beats: Mapped[int] = mapped_column(
        comment="raised each time it is told: one that stands still is not believed"
    )
    callers: Mapped[list[tuple[str, int, bool]]] = mapped_column(
        JSON, comment="of each caller the queue, the ticket, and whether a telephone may be rung for them"
    )

    @property
    def waiting(self) -> Sequence[WaitingCaller]:
        """The callers."""
        return [WaitingCaller(ticket, self.node, queue, rung) for queue, ticket, rung in self.callers]


def tell(session: Session, node: str, waiting: Iterable[WaitingCaller]) -> None:
    """Write down who waits at a node, instead of what was told before."""
    row = locked(session, WaitingLine, node)
    if row is None:
        row = WaitingLine(node=node, beats=0)
        session.add(row)
    row.beats += 1
    row.callers = [(one.queue, one.ticket, one.can_be_rung) for one in sorted(waiting)]


def lines(session: Session, *, beside: str) -> Sequence[WaitingLine]:
    """What the other nodes have told."""
    return session.scalars(select(WaitingLine).where(WaitingLine.node != beside)).all()
