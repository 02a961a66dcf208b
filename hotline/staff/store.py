"""Agents as rows."""

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base


class Agent(Base):
    """Who answers calls: a SIP phone, the languages spoken, and whether on a break."""

    __tablename__ = "agent"

    phone: Mapped[str] = mapped_column(String(32), primary_key=True, comment="PJSIP endpoint and user name")
    name: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(String(64), comment="the phone's SIP password")
    languages: Mapped[list[str]] = mapped_column(JSON, comment="language tags, best first")
    paused: Mapped[str] = mapped_column(String(64), default="", comment="reason of the break; empty = none")


def agents(session: Session) -> list[Agent]:
    """All agents, by phone."""
    return list(session.scalars(select(Agent).order_by(Agent.phone)))
