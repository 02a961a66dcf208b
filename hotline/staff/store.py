"""Agents and staff identities as rows."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, Index, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import WHO, Base, Instant
from hotline.keys.columns import Sealed
from hotline.ledger.history import DatedRow
from hotline.staff.rules import Shift

AFTER_CALL: Final = "after-call work"
"""The queues' reason while an agent writes down what a call was for."""
RECOVERY: Final = "recovery"
"""The queues' reason during recovery from a special call or an emergency: the same work, with more time."""


class Agent(Base):
    """An agent: a SIP phone, the languages spoken, and whether on a break."""

    __tablename__ = "agent"

    phone: Mapped[str] = mapped_column(String(32), primary_key=True, comment="PJSIP endpoint and user name")
    name: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(Sealed("telephone"), comment="the phone's SIP password")
    secret_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="the password was renewed then, for its holder's login had ended"
    )
    languages: Mapped[list[str]] = mapped_column(JSON, comment="language tags, best first")
    paused: Mapped[str] = mapped_column(String(64), default="", comment="reason of the break; empty = none")
    browser_secret: Mapped[str] = mapped_column(
        Sealed("telephone"),
        default="",
        server_default="",
        comment="of the page that is the telephone; empty = a desk's",
    )
    browser_until: Mapped[datetime | None] = mapped_column(Instant, comment="then the page counts no more")
    after_leg: Mapped[str] = mapped_column(
        String(64), default="", server_default="", comment="the latest talk that after-call work began for"
    )
    after_until: Mapped[datetime | None] = mapped_column(
        Instant, comment="after-call work ends by itself then; null = none now"
    )
    after_why: Mapped[str] = mapped_column(
        String(32), default=AFTER_CALL, server_default=AFTER_CALL, comment="after-call work, or recovery"
    )

    state_since: Mapped[datetime | None] = mapped_column(
        Instant, comment="the break or the work after a call began or ended then; null = not known"
    )

    alias: Mapped[str] = mapped_column(
        String(16), default="", server_default="", comment="name on screens that everybody sees"
    )

    @property
    def resting(self) -> str:
        """Reason why no call of a queue comes now: the break, else after-call work; empty = none of them."""
        return self.paused or (self.after_why if self.after_until else "")


class ListeningPage(Base):
    """The page of a supervisor or interpreter that is rung, to listen or to relay; at most one each."""

    __tablename__ = "listening_page"

    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    secret: Mapped[str] = mapped_column(Sealed("telephone"), comment="the page's SIP password")
    until: Mapped[datetime] = mapped_column(Instant, comment="then the page counts no more")


class ShiftRow(Base):
    """An agent's or interpreter's time on duty as it is planned; one that was cancelled stays as a row."""

    __tablename__ = "shift"
    __table_args__ = (Index(None, "until"), Index(None, "login", "since"))

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(WHO)
    language: Mapped[str] = mapped_column(String(16), comment="tag of the language to be answered")
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(WHO)
    cancelled_at: Mapped[datetime | None] = mapped_column(Instant)
    cancelled_by: Mapped[str] = mapped_column(WHO, default="")

    @property
    def shift(self) -> Shift:
        """The shift itself."""
        return Shift(self.login, self.since, self.until, self.language)


class StaffRow(DatedRow, Base, kind="staff"):
    """A staff identity with its roles (spec §1), for a period, with its history."""

    __tablename__ = "staff"

    key: Mapped[str] = mapped_column("login", String(64))
    name: Mapped[str] = mapped_column(String(64))
    roles: Mapped[list[str]] = mapped_column(JSON, comment="words of Role, sorted")
    agency: Mapped[str] = mapped_column(String(32), default="", comment="code; empty = the city")
    section: Mapped[str] = mapped_column(String(32), default="")
    phone: Mapped[str] = mapped_column(String(32), default="", comment="SIP phone or extension")
    email: Mapped[str] = mapped_column(String(128), default="")


class ProposalRow(Base):
    """An identity with a role that two administrators give: written once another one confirms it."""

    __tablename__ = "staff_proposal"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64))
    says: Mapped[dict[str, Any]] = mapped_column(JSON, comment="the words of the staff's row")
    renamed: Mapped[bool] = mapped_column(comment="the person who has the login is called so from then on")
    since: Mapped[datetime] = mapped_column(Instant, comment="date of effect, if it is confirmed by then")
    until: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(comment="entry of the ledger that it was made from; 0 = a new login")
    proposed_by: Mapped[str] = mapped_column(String(64))
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(16), comment="open, confirmed or refused")
    decided_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


def agents(session: Session) -> list[Agent]:
    """List all agents, by phone."""
    return list(session.scalars(select(Agent).order_by(Agent.phone)))
