"""Outages of the system, from the health checks: what was down, from when until when (P5.4.3).

While it is down agents phone by the contact sheet; what they enter afterwards is compared with this log.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, Instant, add_once, execute
from hotline.terms import named


@named("outage-part")
class OutagePart(StrEnum):
    """What a health check looks at."""

    SYSTEM = "system"
    """Jobs and database of a node: no job ran."""
    PAGES = "pages"
    """The pages did not answer."""


class Outage(Base):
    """A time in which a part of a node was down, as health checks found it."""

    __tablename__ = "outage"
    __table_args__ = (UniqueConstraint("node", "part", "began_at"), Index(None, "began_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    node: Mapped[str] = mapped_column(String(16))
    part: Mapped[str] = mapped_column(String(8), comment="system or pages")
    began_at: Mapped[datetime] = mapped_column(Instant, comment="when it was last seen up")
    ended_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = it lasts")


def begin(
    session: Session, node: str, part: OutagePart, began_at: datetime, ended_at: datetime | None = None
) -> int:
    """Record an outage, over or not, once; how many are new."""
    row = {"node": node, "part": part, "began_at": began_at, "ended_at": ended_at}
    return add_once(session, Outage, [row])


def end(session: Session, node: str, part: OutagePart, at: datetime) -> int:
    """Record that a part is up again; how many outages are over by it."""
    lasting = update(Outage).where(Outage.node == node, Outage.part == part, Outage.ended_at.is_(None))
    return execute(session, lasting.values(ended_at=at))


def outages(session: Session, since: datetime | None = None, last: int = 100) -> Sequence[Outage]:
    """The log, the latest first; what ended before an instant left out."""
    chosen = select(Outage).order_by(Outage.began_at.desc(), Outage.id.desc()).limit(last)
    if since:
        chosen = chosen.where(Outage.ended_at.is_(None) | (Outage.ended_at >= since))
    return session.scalars(chosen).all()
