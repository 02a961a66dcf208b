"""Promises as rows (spec §9.2), with every request, attempt, placed call and event of theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, mapped_column

from hotline.callbacks import rules
from hotline.callbacks.rules import (
    BY_KEY,
    PENDING_STATES,
    REPEAT,
    Attempted,
    CallbackState,
    Cancelled,
    ClosedReached,
    ClosedUnreached,
    Hold,
    Open,
    Working,
)
from hotline.db import WHO, Base, Instant, either, only_added_to
from hotline.keys.columns import Hashed, Sealed, SealedJSON
from hotline.keys.finding import unsealed_index
from hotline.ledger.pseudonyms import tells_names
from hotline.permissions import ANY_OTHER
from hotline.retention.masked import MaskedRow


class Callback(MaskedRow, Base):
    """One promise to call a citizen back. ``open_key`` (number and matter) is unique while it is to be kept,
    so that a second request joins it; empty for a number that is not known.
    """

    __tablename__ = "callback"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "number_hash"),
        unsealed_index("callback", "number"),
        unsealed_index("callback", "given_by"),
        Index(None, "agency", "registered_at"),
        Index(None, "registered_at"),
        Index(None, "given_by_hash", "registered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[str | None] = mapped_column(
        String(64), unique=True, comment="the first call that asked; null = opened at a desk"
    )
    open_key: Mapped[str | None] = mapped_column(Hashed("open-key", length=64), unique=True)
    number: Mapped[str] = mapped_column(Sealed("callback.number"), comment="E.164 or as the carrier gave it")
    number_hash: Mapped[str] = mapped_column(Hashed("number", of="number"))
    given_by: Mapped[str] = mapped_column(
        Sealed("callback.given_by"),
        default="",
        server_default="",
        comment="the caller who gave this number instead of their own: E.164 or anonymous; empty = their own",
    )
    given_by_hash: Mapped[str] = mapped_column(Hashed("number", of="given_by"))
    write_to: Mapped[str] = mapped_column(
        Sealed("callback.write_to"),
        default="",
        server_default="",
        comment="mobile or e-mail of a citizen who reads and is not called (§14); empty = called",
    )
    name: Mapped[str] = mapped_column(Sealed("callback.name"), default="", comment="the citizen's")
    language: Mapped[str] = mapped_column(String(16))
    matter: Mapped[str] = mapped_column(Sealed("callback.matter"), default="")
    case_number: Mapped[str] = mapped_column(
        String(12), default="", server_default="", index=True, comment="the case that it is about (P7.2)"
    )
    origin: Mapped[str] = mapped_column(
        String(16),
        comment="who asked: caller, nobody (queue empty), transfer, dialplan, officer, agent, desk, "
        "page, repeat, video, survey",
    )
    agency: Mapped[str] = mapped_column(String(32), default="", comment="code; empty = the call centre")
    section: Mapped[str] = mapped_column(String(32), default="")
    extension: Mapped[str] = mapped_column(String(16), default="", comment="the extension asked for")
    owner: Mapped[str] = mapped_column(WHO, default="", comment="login or person who is to call")
    state: Mapped[str] = mapped_column(String(20), default=CallbackState.OPEN)
    holder: Mapped[str] = mapped_column(WHO, default="", comment="login or worker who works on it now")
    held_until: Mapped[datetime | None] = mapped_column(Instant, comment="a worker's lease; null = a person")
    failed: Mapped[int] = mapped_column(Integer, default=0, comment="attempts that did not reach the citizen")
    registered_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    remind_at: Mapped[datetime] = mapped_column(Instant)
    extended_until: Mapped[datetime | None] = mapped_column(Instant, comment="changes no statistics (§9.2)")
    reminded_at: Mapped[datetime | None] = mapped_column(Instant)
    overdue_at: Mapped[datetime | None] = mapped_column(Instant, comment="when found overdue; null = never")
    escalated_at: Mapped[datetime | None] = mapped_column(Instant, comment="when N-03 was written")
    first_attempt_at: Mapped[datetime | None] = mapped_column(Instant)
    next_attempt_by: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    restored_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="when it was made anew from journal or event log: it may be kept already"
    )
    result: Mapped[str] = mapped_column(
        Sealed("callback.result"), default="", comment="what the citizen was told, or why cancelled"
    )

    @property
    def acted_for(self) -> str:
        """The agency to act for: its own, or all of the city, as the call centre's own belong to none."""
        return self.agency or ANY_OTHER

    @property
    def clause(self) -> str:
        """The clause that set its due time."""
        return "P7.2" if self.origin == REPEAT else "P5.1.1"

    @property
    def is_pending(self) -> bool:
        """Tell whether it is still to be kept."""
        return self.state in PENDING_STATES

    @property
    def is_to_be_checked(self) -> bool:
        """Tell whether it was made anew and may be kept already: who works on it looks first."""
        return self.is_pending and self.restored_at is not None

    @property
    def wants_matter(self) -> bool:
        """Tell whether its owner is to say first what it is about: it was made by key, without a word."""
        return self.is_pending and not self.matter and self.origin in BY_KEY

    @property
    def owed_at(self) -> datetime:
        """Instant when the owner answers for it: the due time, or the one extension if it ends later."""
        return max(self.due_at, self.extended_until or self.due_at)

    @hybrid_method
    def is_overdue(self, at: datetime) -> bool:
        """The due time has passed and nobody had called by then; met at equality (spec §2)."""
        return (self.due_at < at) & self.is_broken(at)

    @hybrid_method
    def is_broken(self, at: datetime) -> bool:
        """Tell whether nobody called in time (``rules.was_on_time``)."""
        return self.due_at < either(self.first_attempt_at, at)

    def is_due_soon(self, at: datetime) -> bool:
        """Tell whether the due time passes within ``rules.SOON`` and nobody has called yet."""
        return self.first_attempt_at is None and at <= self.due_at < at + rules.SOON

    @hybrid_method
    def is_beyond_extension(self, at: datetime) -> bool:
        """The time has passed at which the owner answers for it (``owed_at``)."""
        return (self.due_at < at) & (either(self.extended_until, self.due_at) < at)

    @hybrid_method
    def is_attempt_missed(self, at: datetime) -> bool:
        """The next attempt of §9.2 should have been made, and nobody was told so since."""
        by = either(self.next_attempt_by, at)
        told_at = either(self.reminded_at, self.registered_at)
        return (self.state == CallbackState.ATTEMPTED) & (by < at) & (told_at < by)

    def as_state(self) -> rules.Callback:
        """The state as its type."""
        hold = Hold(self.holder, self.held_until) if self.holder else None
        match CallbackState(self.state):
            case CallbackState.OPEN:
                return Open()
            case CallbackState.WORKING:
                return Working(hold or Hold(self.owner))
            case CallbackState.ATTEMPTED:
                return Attempted(self.failed, self.next_attempt_by or self.due_at, hold)
            case CallbackState.CLOSED_UNREACHED:
                return ClosedUnreached(self.closed_at or self.due_at, self.failed)
            case CallbackState.DONE:
                return ClosedReached(self.closed_at or self.due_at, self.result)
            case CallbackState.CANCELLED:
                return Cancelled(self.closed_at or self.due_at, self.result)

    def become(self, state: rules.Callback) -> None:
        """Write a state into the columns."""
        hold: Hold | None = None
        match state:
            case Open():
                pass
            case Working():
                hold = state.hold
            case Attempted():
                hold, self.failed, self.next_attempt_by = state.hold, state.failed, state.next_by
            case ClosedUnreached():
                self.failed, self.closed_at = state.failed, state.at
            case ClosedReached():
                self.closed_at, self.result = state.at, state.result
            case Cancelled():
                self.closed_at, self.result = state.at, state.reason
        self.state = state.name
        self.holder, self.held_until = (hold.by, hold.until) if hold else ("", None)
        if not self.is_pending:
            self.open_key = self.next_attempt_by = None


class CallbackRequest(Base):
    """One call that asked for a callback; one a call and matter, so that a replay adds none.

    ``call_id`` is the call's;
    of another matter of that call with ``/`` and the phone that registered it behind.
    """

    __tablename__ = "callback_request"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id"), index=True)
    origin: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant, comment="four office hours after this request")


class CallbackMessage(Base):
    """A caller's message about the callback; no foreign key: a replay may bring it before its request."""

    __tablename__ = "callback_message"

    call_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(96), comment="file in HOTLINE_HOME/messages")
    seconds: Mapped[float]
    at: Mapped[datetime] = mapped_column(Instant)


class CallbackAttempt(Base):
    """One call to the citizen and what came of it. ``key`` makes a replay of the event log harmless."""

    __tablename__ = "callback_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(96), unique=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO)
    outcome: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Sealed("callback_attempt.note"), default="")


class CallbackLine(Base):
    """A call to a citizen that is being placed: one a number at a time, until it ended or ``until``."""

    __tablename__ = "callback_line"

    number: Mapped[str] = mapped_column(Hashed("number"), primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id"))
    token: Mapped[str] = mapped_column(String(32), unique=True)
    by: Mapped[str] = mapped_column(WHO)
    until: Mapped[datetime] = mapped_column(Instant)


class CallbackEvent(Base):
    """An event of a promise: who, when, from, to, why (P0-a); never changed."""

    __tablename__ = "callback_event"
    __table_args__ = (Index(None, "callback_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    callback_id: Mapped[int] = mapped_column(ForeignKey("callback.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(WHO, comment="login, worker, or the process that did it")
    kind: Mapped[str] = mapped_column(String(24))
    before: Mapped[str] = mapped_column(String(20), comment="state; empty = there was none")
    after: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Sealed("callback_event.reason"), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(SealedJSON("callback_event.detail"), default=dict)


only_added_to(CallbackEvent, "events of a callback are only added to", rewritable=True)
tells_names("callback", Callback.id, Callback.name)
tells_names("call", Callback.call_id, Callback.name)
