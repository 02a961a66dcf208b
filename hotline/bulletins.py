"""Emergency bulletins: raised by an agency, before every agent within seconds, lifted,
and who has read them (P4.8).

What agents read, not what callers hear: the announcement before the menu (V-03) is switched by the call
centre (``administration.bulletins``) and played by ``ivr``. A bulletin that was lifted stays readable. Never
enters: other news of agencies, which wait to be looked up (``hotline.news``).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import CODE, WHO, Base, Instant, add_once
from hotline.ledger.audit import audit
from hotline.news.linked import IsOver, added, found, placed
from hotline.news.rules import LONGEST
from hotline.permissions import Action, Role
from hotline.staff.rules import Staff
from hotline.staff.service import permitted, staff, with_role
from hotline.texts import fit


class AlertRow(Base):
    """An emergency bulletin: before the eyes of every agent until it is lifted (P4.8)."""

    __tablename__ = "news_alert"
    __table_args__ = (Index(None, "lifted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agency: Mapped[str] = mapped_column(CODE)
    title: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime] = mapped_column(Instant)
    raised_by: Mapped[str] = mapped_column(WHO)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = still on")
    lifted_by: Mapped[str] = mapped_column(WHO, default="")


class AlertReadingRow(Base):
    """The reading of an emergency bulletin by one person."""

    __tablename__ = "news_alert_seen"

    alert: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(WHO, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)


KIND = "alert"
READERS = (Role.AGENT, Role.SUPERVISOR)
"""Who must have read it."""


def raise_alert(session: Session, agency: str, title: str, text: str, *, at: datetime, by: str) -> AlertRow:
    """Raise an emergency bulletin to all agents. Raises UnfitText, NotPermitted, Unknown."""
    title, text = fit("title", title, LONGEST["title"]), fit("text", text, LONGEST["text"])
    permitted(session, by, Action.NEWS_ALERT, at, agency)
    placed(session, agency, (), at)
    says = {"agency": agency, "title": title, "text": text}
    row = AlertRow(raised_at=at, raised_by=by, **says)
    return added(session, row, KIND, Action.NEWS_ALERT, says, at, by)


def lift(session: Session, number: int, *, at: datetime, by: str, reason: str = "") -> AlertRow:
    """End an emergency bulletin; the bulletin stays readable. Raises NoNews, IsOver, NotPermitted."""
    row = found(session, AlertRow, KIND, number)
    permitted(session, by, Action.NEWS_ALERT, at, row.agency)
    if row.lifted_at:
        raise IsOver(KIND, number)
    row.lifted_at, row.lifted_by = at, by
    audit(session, at, by, Action.NEWS_ALERT, f"{KIND}:{row.id}", after={"lifted_at": at}, reason=reason)
    return row


def alerts(session: Session, *, is_on: bool | None = None, last: int | None = None) -> list[AlertRow]:
    """Bulletins, the latest first: those that are on, those that were lifted, or all."""
    chosen = select(AlertRow).order_by(AlertRow.raised_at.desc(), AlertRow.id.desc()).limit(last)
    if is_on is not None:
        chosen = chosen.where(AlertRow.lifted_at.is_(None) if is_on else AlertRow.lifted_at.is_not(None))
    return list(session.scalars(chosen))


def see(session: Session, number: int, *, at: datetime, by: str) -> bool:
    """Record that somebody has read a bulletin; False when that is known. Raises NoNews, UnknownStaff."""
    member = staff(session, by, at)
    found(session, AlertRow, KIND, number)
    return add_once(session, AlertReadingRow, [{"alert": number, "login": member.login, "at": at}]) == 1


def seen(session: Session, number: int) -> list[AlertReadingRow]:
    """List the readers of a bulletin and when they read it, the first first."""
    chosen = select(AlertReadingRow).where(AlertReadingRow.alert == number)
    return list(session.scalars(chosen.order_by(AlertReadingRow.at, AlertReadingRow.login)))


def unseen(session: Session, number: int, at: datetime) -> list[Staff]:
    """Agents and supervisors of now who have not read it, by login."""
    read = {one.login for one in seen(session, number)}
    readers = {one.login: one for role in READERS for one in with_role(session, role, at)}
    return [readers[login] for login in sorted(readers.keys() - read)]


def seen_by(session: Session, login: str, numbers: Sequence[int]) -> set[int]:
    """Select those of these bulletins that somebody has read."""
    chosen = select(AlertReadingRow.alert).where(
        AlertReadingRow.login == login, AlertReadingRow.alert.in_(numbers)
    )
    return set(session.scalars(chosen)) if numbers else set()
