"""Accounts, sessions, messages and interpreters of the sign-language service as rows."""

from datetime import datetime
from typing import Final

from sqlalchemy import Index, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import CODE, WHO, Base, Instant, add_once, locked, one_at_a_time
from hotline.keys.columns import Hashed, Sealed
from hotline.ledger.pseudonyms import tells_names
from hotline.retention.masked import MaskedRow
from hotline.video.rules import OPEN, InterpreterState, SessionState, Side, TimeBlock

LINE: Final = "video"
"""Whoever changes the line holds it by this name: one at a time, so that order is kept."""
ACCOUNT: Final = "video-account"
SESSION: Final = "video"
"""Kinds of subject in the audit log."""
_PULSE: Final = 1


class VideoAccount(MaskedRow, Base):
    """An account of a citizen, in their own name, or of an agency's counter (P3.6, P6.1, P6.2)."""

    __tablename__ = "video_account"
    __table_args__ = (Index(None, "contact_hash"), Index(None, "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), comment="citizen or counter")
    login: Mapped[str] = mapped_column(
        String(64), unique=True, comment="a counter signs in by it, a citizen by the contact too"
    )
    name: Mapped[str] = mapped_column(Sealed("video_account.name"))
    contact: Mapped[str] = mapped_column(
        Sealed("video_account.contact"), comment="mobile in E.164, or e-mail; empty at a counter"
    )
    contact_hash: Mapped[str] = mapped_column(Hashed("number", of="contact"))
    is_proved: Mapped[bool] = mapped_column(default=False, comment="a code came back from the contact")
    agency: Mapped[str] = mapped_column(CODE, default="", comment="of the counter; empty = own device")
    counter: Mapped[int | None] = mapped_column(comment="the counter whose device it is")
    state: Mapped[str] = mapped_column(String(8), comment="applied, active, locked, closed, refused")
    password: Mapped[str] = mapped_column(String(256), default="", comment="argon2id; empty = none chosen")
    password_at: Mapped[datetime | None] = mapped_column(Instant)
    resets: Mapped[int] = mapped_column(default=0, comment="passwords chosen anew (P6.6)")
    reapplications: Mapped[int] = mapped_column(default=0, comment="applications after the first (P6.6)")
    applied_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str] = mapped_column(WHO, default="", comment="who approved or refused")
    state_at: Mapped[datetime] = mapped_column(Instant, comment="of the latest change of state")
    reason: Mapped[str] = mapped_column(
        Sealed("video_account.reason"), default="", comment="of a refusal, lock or closing"
    )
    ended_at: Mapped[datetime | None] = mapped_column(Instant, comment="closed or refused then")

    @property
    def subject(self) -> str:
        """Its name in the audit log."""
        return f"{ACCOUNT}:{self.id}"


class VideoEntry(Base):
    """A browser in which an account is signed in; apart from the staff's."""

    __tablename__ = "video_entry"
    __table_args__ = (Index(None, "account"),)

    token: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the cookie")
    account: Mapped[int]
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class VideoCode(Base):
    """A one-time code with which a password is chosen; asked for, then sent by a job, so that asking takes
    the same work whether there is an account or not.
    """

    __tablename__ = "video_code"
    __table_args__ = (Index(None, "contact_hash"), Index(None, "asked_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    contact: Mapped[str] = mapped_column(Sealed("video_code.contact"), comment="or login, as it was typed")
    contact_hash: Mapped[str] = mapped_column(Hashed("number", of="contact"))
    digest: Mapped[str] = mapped_column(String(64), default="", comment="keyed hash; empty = not sent")
    asked_at: Mapped[datetime] = mapped_column(Instant)
    is_handled: Mapped[bool] = mapped_column(default=False, comment="sent, or nobody has this contact")
    wrong: Mapped[int] = mapped_column(default=0, comment="wrong answers")
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class VideoSession(MaskedRow, Base):
    """One person's turn: waiting, served, over. Strictly ordered by its number."""

    __tablename__ = "video_session"
    __table_args__ = (
        Index(None, "state"),
        Index(None, "account"),
        Index(None, "requested_at"),
        Index(None, "key_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[int]
    counter: Mapped[int | None] = mapped_column(comment="null = own device")
    counter_agency: Mapped[str] = mapped_column(CODE, default="", comment="empty = own device")
    officer: Mapped[str] = mapped_column(
        Sealed("video_session.officer"), default="", comment="of the counter, who began it"
    )
    state: Mapped[str] = mapped_column(String(8), comment="waiting, active, ended, left")
    requested_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    interpreter: Mapped[str] = mapped_column(WHO, default="", comment="login")
    block_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    extensions: Mapped[int] = mapped_column(default=0)
    citizen_seen_at: Mapped[datetime] = mapped_column(Instant, comment="a browser of this side was heard")
    interpreter_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[str] = mapped_column(String(16), default="")
    topic: Mapped[str] = mapped_column(Sealed("video_session.topic"), default="")
    agency: Mapped[str] = mapped_column(CODE, default="", comment="which the matter is of")
    is_misuse: Mapped[bool] = mapped_column(default=False, comment="outside of its purpose (P6.5)")
    noted_at: Mapped[datetime | None] = mapped_column(Instant, comment="topic and agency were noted then")
    call_id: Mapped[str] = mapped_column(String(64), default="", comment="telephone call of the relay")
    recording: Mapped[str] = mapped_column(
        String(8),
        default="",
        server_default="",
        comment="of the relay: asked, agreed, refused; empty = not asked",
    )
    key_id: Mapped[str] = mapped_column(
        String(32), default="", comment="data key of its messages; empty = destroyed, or none yet"
    )
    messages: Mapped[int] = mapped_column(default=0, comment="how many were sent")

    @property
    def side_seen_at(self) -> dict[Side, datetime]:
        """When each side was heard last; only sides that are there."""
        seen = {Side.CITIZEN: self.citizen_seen_at}
        if self.interpreter_seen_at:
            seen[Side.INTERPRETER] = self.interpreter_seen_at
        return seen

    @property
    def block(self) -> TimeBlock | None:
        """The running block."""
        return TimeBlock(self.block_ends_at, self.extensions) if self.block_ends_at else None

    @property
    def subject(self) -> str:
        """Its name in the audit log."""
        return f"{SESSION}:{self.id}"

    @property
    def asker(self) -> str:
        """Name of its account there."""
        return f"{ACCOUNT}:{self.account}"


class VideoMessage(Base):
    """What one side sends the other; sealed by the session's key, gone with its end."""

    __tablename__ = "video_message"

    session: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="in the session")
    side: Mapped[str] = mapped_column(String(12), comment="who sent it")
    kind: Mapped[str] = mapped_column(String(8), comment="signal, chat, photo")
    payload: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed")
    at: Mapped[datetime] = mapped_column(Instant)


class VideoInterpreter(Base):
    """An interpreter's state; the staff's own record says who that is."""

    __tablename__ = "video_interpreter"

    login: Mapped[str] = mapped_column(WHO, primary_key=True)
    state: Mapped[str] = mapped_column(String(8), comment="offline, online, busy")
    since: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant, comment="the page was heard")


class VideoPulse(Base):
    """The latest instant at which any browser was heard: one row, by which our own absence is told."""

    __tablename__ = "video_pulse"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    heard_at: Mapped[datetime] = mapped_column(Instant)


def hold_line(session: Session) -> None:
    """Wait until nobody else changes the line."""
    one_at_a_time(session, LINE)


def pulse(session: Session, at: datetime) -> VideoPulse:
    """The pulse, begun now if it never was."""
    add_once(session, VideoPulse, [{"id": _PULSE, "heard_at": at}])
    return session.get_one(VideoPulse, _PULSE, populate_existing=True)


def heard_at(session: Session) -> datetime | None:
    """The latest instant at which anybody was heard; None = never."""
    row = session.get(VideoPulse, _PULSE)
    return row.heard_at if row else None


def of_state(session: Session, *states: SessionState) -> list[VideoSession]:
    """Sessions of these states as they are now, in order of arrival."""
    chosen = select(VideoSession).where(VideoSession.state.in_(states)).order_by(VideoSession.id)
    return list(session.scalars(chosen.execution_options(populate_existing=True)))


def open_of(session: Session, account: int) -> VideoSession | None:
    """The open session of an account."""
    chosen = select(VideoSession).where(VideoSession.account == account, VideoSession.state.in_(OPEN))
    return session.scalars(chosen.execution_options(populate_existing=True)).first()


def running_of(session: Session, login: str) -> VideoSession | None:
    """The running session of an interpreter."""
    is_theirs = VideoSession.interpreter == login, VideoSession.state == SessionState.ACTIVE
    return session.scalars(select(VideoSession).where(*is_theirs)).first()


def unnoted_of(session: Session, login: str) -> list[VideoSession]:
    """Sessions of an interpreter of which nothing was noted, the latest first."""
    is_theirs = VideoSession.interpreter == login, VideoSession.noted_at.is_(None)
    return list(session.scalars(select(VideoSession).where(*is_theirs).order_by(VideoSession.id.desc())))


def on_duty(session: Session) -> list[VideoInterpreter]:
    """Interpreters who are online or busy, by login."""
    chosen = select(VideoInterpreter).where(VideoInterpreter.state != InterpreterState.OFFLINE)
    return list(
        session.scalars(chosen.order_by(VideoInterpreter.login).execution_options(populate_existing=True))
    )


def interpreter(session: Session, login: str) -> VideoInterpreter | None:
    """An interpreter's row, locked."""
    return locked(session, VideoInterpreter, login)


tells_names(ACCOUNT, VideoAccount.id, VideoAccount.name)
tells_names(SESSION, VideoSession.id, VideoSession.officer)
