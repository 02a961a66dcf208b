"""Legal holds: records and recordings that nothing deletes or masks while a procedure needs them (P8.3).

Whatever deletes asks here: ``is_held`` in the query of a job, ``refuse_held`` before the deed of a person.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Index, String, UniqueConstraint, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import WHO, Base, Instant, add_once, execute, one_at_a_time
from hotline.errors import HotlineError
from hotline.terms import named


@named("held-record")
class HeldRecord(StrEnum):
    """What is held, with all that belongs to it."""

    CASE = "case"
    """A case, by its number: its events, photographs, promises."""
    CALL = "call"
    """A call, by its id: its record, its recordings, its spoken messages."""


TURNS: Final = "deletions"
"""The lock under which one transaction holds or deletes at a time: what is held a moment later is whole."""


class LegalHold(Base):
    """A record that a procedure needs, from when until when; several procedures may hold the same."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        UniqueConstraint("origin", "kind", "subject"),
        Index(None, "kind", "subject", "ended_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(
        String(32), comment="the procedure, as audit rows name it: referral:7"
    )
    kind: Mapped[str] = mapped_column(String(8), comment="case or call")
    subject: Mapped[str] = mapped_column(String(64), comment="number of the case, id of the call")
    begun_at: Mapped[datetime] = mapped_column(Instant)
    begun_by: Mapped[str] = mapped_column(WHO)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = it holds")
    ended_by: Mapped[str] = mapped_column(WHO, default="")


class IsHeld(HotlineError, code="is-held", varies_by="kind"):
    """A record that a legal hold keeps from being deleted."""

    kind: HeldRecord
    subject: str


def hold(
    session: Session, origin: str, kind: HeldRecord, subjects: Iterable[str], *, by: str, at: datetime
) -> int:
    """Hold these records for a procedure, each once; how many are new."""
    one_at_a_time(session, TURNS)
    facts = {"origin": origin, "kind": kind, "begun_at": at, "begun_by": by, "ended_by": ""}
    return add_once(session, LegalHold, [facts | {"subject": one} for one in dict.fromkeys(subjects)])


def release(session: Session, origin: str, *, by: str, at: datetime) -> int:
    """End what a procedure holds; how many holds ended. What another procedure holds stays held."""
    held = update(LegalHold).where(LegalHold.origin == origin, LegalHold.ended_at.is_(None))
    return execute(session, held.values(ended_at=at, ended_by=by))


def holds_of(session: Session, origin: str) -> Sequence[LegalHold]:
    """What a procedure holds or has held, cases before calls."""
    chosen = select(LegalHold).where(LegalHold.origin == origin)
    return session.scalars(chosen.order_by(LegalHold.kind.desc(), LegalHold.id)).all()


def is_held(kind: HeldRecord, subject: Any) -> ColumnElement[bool]:
    """Condition that a record is held; ``subject``: the column that names it."""
    return exists().where(LegalHold.kind == kind, LegalHold.subject == subject, LegalHold.ended_at.is_(None))


def refuse_held(session: Session, kind: HeldRecord, subject: str) -> None:
    """Refuse to delete what is held. Raises IsHeld."""
    if session.scalar(select(is_held(kind, subject))):
        raise IsHeld(kind, subject)


def standing(session: Session) -> Sequence[LegalHold]:
    """What is held now, the latest first."""
    chosen = select(LegalHold).where(LegalHold.ended_at.is_(None))
    return session.scalars(chosen.order_by(LegalHold.id.desc())).all()
