"""The record of every call (spec P0-a, P0-b): one row, its events, its legs, and the raw second witness."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Float, ForeignKey, Index, Integer, String, Text, false, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, Instant, add_once
from hotline.errors import HotlineError
from hotline.keys.columns import Hashed, Sealed, SealedJSON
from hotline.keys.finding import unsealed_index
from hotline.numbers import ANONYMOUS
from hotline.retention.masked import MaskedRow

OUTGOING: Final = "placed"
"""Value of ``line`` for calls placed by 1999, kept promises too: with legs, but no calls of citizens."""


_UNTAGGED: Final = text("service = '' AND agent_at IS NOT NULL")
_WHOLE: Final = text("masked_at IS NULL")


class CallRow(MaskedRow, Base):
    """One call. Times and its end come from the event log, languages and service from the turns, the first
    menus from either.
    """

    __tablename__ = "call"
    __table_args__ = (
        Index(None, "caller_hash", "started_at"),
        unsealed_index("call", "caller", "id"),
        Index(None, "started_at"),
        Index(None, "ended_at"),
        Index("ix_call_untagged", "started_at", sqlite_where=_UNTAGGED, postgresql_where=_UNTAGGED),
        Index("ix_call_whole", "ended_at", sqlite_where=_WHOLE, postgresql_where=_WHOLE),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="linked id of the caller's channel")
    node: Mapped[str] = mapped_column(String(16), default="")
    caller: Mapped[str] = mapped_column(
        Sealed("call.caller"), default=ANONYMOUS, comment="E.164 or anonymous"
    )
    caller_hash: Mapped[str] = mapped_column(Hashed("number", of="caller"))
    dialled: Mapped[str] = mapped_column(String(32), default="")
    line: Mapped[str] = mapped_column(String(16), default="asterisk")
    language: Mapped[str] = mapped_column(String(16), default="zh-TW", comment="spoken to the caller")
    wanted: Mapped[str] = mapped_column(String(16), default="zh-TW", comment="asked for by the caller")
    menus: Mapped[str] = mapped_column(String(16), default="", comment="version of the menus heard")
    turn: Mapped[int] = mapped_column(Integer, default=0, comment="the latest turn written here")
    last_menu: Mapped[str] = mapped_column(String(32), default="", comment="the menu the caller was in last")
    service: Mapped[str] = mapped_column(
        String(32), default="", comment="service types of P3, or none; empty until somebody says it"
    )
    ground: Mapped[str] = mapped_column(
        String(16), default="", server_default="", comment="why there was no service"
    )
    topic: Mapped[str] = mapped_column(
        String(64), default="", server_default="", comment="entry:12, extension:5112, message:3 or word:noise"
    )
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    queued_at: Mapped[datetime | None] = mapped_column(Instant)
    queue_seconds: Mapped[float | None] = mapped_column(Float, comment="waited for an agent in all")
    agent: Mapped[str] = mapped_column(
        String(32), default="", comment="phone of the first agent who answered"
    )
    agent_at: Mapped[datetime | None] = mapped_column(Instant, comment="when that agent answered")
    talk_seconds: Mapped[float | None] = mapped_column(Float)
    recorded_at: Mapped[datetime | None] = mapped_column(Instant, comment="when recording began")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str] = mapped_column(String(32), default="", comment="empty while the call is up")
    outcome: Mapped[str] = mapped_column(
        String(32), default="", comment="talked, promised, abandoned, informed"
    )


class NoSuchCall(HotlineError, code="no-such-call"):
    """No call has this id."""

    call_id: str


def refuse_unknown(session: Session, call_ids: Iterable[str]) -> None:
    """Each must be a call on record. Raises NoSuchCall."""
    for call_id in call_ids:
        if session.get(CallRow, call_id) is None:
            raise NoSuchCall(call_id)


TRANSFER_ASKED: Final = "TransferAsked"
"""Kind of the event of an agent who asks by command for an extension; its reason is that of P5.1.1."""


class CallEvent(Base):
    """Event of a call, append-only; ``key`` makes a replay harmless."""

    __tablename__ = "call_event"
    __table_args__ = (Index(None, "call_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(96), unique=True)
    call_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]] = mapped_column(SealedJSON("call_event.detail"))


def add_event(
    session: Session, key: str, call_id: str, at: datetime, kind: str, detail: dict[str, Any]
) -> bool:
    """Add an event to a call; False if it is there already."""
    row = {"key": key, "call_id": call_id, "at": at, "kind": kind, "detail": detail}
    return add_once(session, CallEvent, [row]) > 0


class Leg(Base):
    """One phone that was rung for a call, with its seconds (P4.2).

    Of a call that 1999 placed they are also ``own`` (of the agent or officer), ``emergency`` and ``citizen``.
    A phone that could not even be dialled has no channel: its key is ``CALL/n``. ``phone`` is the endpoint:
    an agent's, ``officers`` or ``trunk``; ``ring_seconds`` are 0 when an extension never rang.
    """

    __tablename__ = "leg"
    __table_args__ = (
        Index(None, "call_id"),
        Index(None, "extension", "started_at"),
        Index(None, "started_at"),
    )

    channel: Mapped[str] = mapped_column(String(64), primary_key=True, comment="unique id of its channel")
    call_id: Mapped[str] = mapped_column(ForeignKey("call.id"))
    phone: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(
        String(16),
        default="agent",
        server_default="agent",
        comment="agent, desk, forward, neighbour, duty, alternative, outside",
    )
    asked: Mapped[str] = mapped_column(
        String(16), default="", server_default="", comment="the extension that was wanted"
    )
    extension: Mapped[str] = mapped_column(
        String(16), default="", server_default="", comment="the one that was rung; empty for agents"
    )
    section: Mapped[str] = mapped_column(String(32), default="", server_default="")
    agency: Mapped[str] = mapped_column(String(32), default="", server_default="")
    proxy: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="rung for another desk (P4.2-a)"
    )
    started_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ring_seconds: Mapped[float | None] = mapped_column(Float, comment="from ringing to answer or end")
    rings: Mapped[int | None] = mapped_column(Integer, comment="begun rings count whole (P4.2)")
    talk_seconds: Mapped[float | None] = mapped_column(Float, comment="bridged with the caller")
    outcome: Mapped[str] = mapped_column(String(16), default="", comment="answered, busy, noanswer, ...")
    cause: Mapped[int | None] = mapped_column(Integer, comment="Q.850 cause of its end")


class Consult(Base):
    """An agent's own call to an officer before a transfer: its events belong to the caller's call."""

    __tablename__ = "consult"
    __table_args__ = (Index(None, "call_id"),)

    linked_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(64))


class CelEvent(Base):
    """A line of Asterisk's event log without its empty fields; (file, offset) is loaded once."""

    __tablename__ = "cel_event"
    __table_args__ = (Index(None, "linked_id"),)

    file: Mapped[str] = mapped_column(String(64), primary_key=True, comment="hash of the file's first line")
    offset: Mapped[int] = mapped_column(Integer, primary_key=True, comment="byte where the line begins")
    linked_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]] = mapped_column(SealedJSON("cel_event.body"))


class LogPosition(Base):
    """Position up to which a log file (event log or journal) is loaded, moved in the same transaction."""

    __tablename__ = "log_position"

    file: Mapped[str] = mapped_column(String(128), primary_key=True)
    offset: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Instant)


class HeldCall(Base):
    """A call of a line that carries no state between turns: all that is kept of it (design law 2)."""

    __tablename__ = "held_call"
    __table_args__ = (Index(None, "touched_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True, comment="the line's own name of the call")
    call: Mapped[str] = mapped_column(Sealed("held_call.call"), comment="its state, as JSON")
    turn: Mapped[int] = mapped_column(Integer, comment="the turn whose answer the line performs now")
    dialled: Mapped[str] = mapped_column(String(32), default="", comment="the number that was called")
    began_at: Mapped[datetime] = mapped_column(Instant)
    touched_at: Mapped[datetime] = mapped_column(Instant, comment="the latest turn or news")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ending: Mapped[str] = mapped_column(String(32), default="", comment="why the line was told to hang up")
    kept: Mapped[str] = mapped_column(
        String(64), default="", comment="what our Asterisk knew of it when it left the agents' queue"
    )
    ends_at: Mapped[datetime | None] = mapped_column(Instant, comment="when it must end by rule")
    ends_why: Mapped[str] = mapped_column(
        String(16), default="", comment="that rule: cap, 3_guidances, longest"
    )


class HeldTurn(Base):
    """A turn as it was answered, so that asking again changes nothing and hears the same."""

    __tablename__ = "held_turn"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, comment="the turn that was reported on")
    at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(Sealed("held_turn.answer"))
