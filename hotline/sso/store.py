"""Single sign-on as rows: which claims give roles, what waits for a second word, who came unbound."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hotline.db import WHO, Base, Instant
from hotline.keys.columns import Sealed


class SsoRuleRow(Base):
    """A value of a claim that gives a role; one that was ended stays as a row."""

    __tablename__ = "sso_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    claim: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(WHO)
    confirmed_by: Mapped[str] = mapped_column(WHO, default="", comment="empty = one was enough")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(WHO, default="")


class SsoChangeRow(Base):
    """A rule, or the binding of a login, that waits for another administrator's word, or had it."""

    __tablename__ = "sso_change"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(16), comment="rule or binding")
    says: Mapped[dict[str, Any]] = mapped_column(JSON, comment="claim, value, role; or login, subject")
    reason: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(WHO)
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16), comment="open, confirmed or refused")
    decided_by: Mapped[str] = mapped_column(WHO, default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class SsoStrangerRow(Base):
    """Somebody whom the identity provider knows and who has no login here yet; forgotten after a month."""

    __tablename__ = "sso_stranger"
    __table_args__ = (UniqueConstraint("issuer", "subject"), Index(None, "latest_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(Sealed("sso stranger"), comment="as the provider tells it")
    email: Mapped[str] = mapped_column(Sealed("sso stranger"), comment="the same; nothing goes by it")
    latest_at: Mapped[datetime] = mapped_column(Instant)


class SsoUsedRow(Base):
    """A way to the identity provider, or a logout token, that counted once and counts no more."""

    __tablename__ = "sso_used"
    __table_args__ = (Index(None, "at"),)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256")
    at: Mapped[datetime] = mapped_column(Instant)
