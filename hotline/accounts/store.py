"""Credentials, sessions, invitations and wrong answers as rows. Tokens are kept as their hash only."""

from datetime import datetime

from sqlalchemy import JSON, ColumnElement, Index, String, UniqueConstraint, false, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import Base, Instant, execute
from hotline.keys.columns import Sealed

LOGIN = String(64)
DIGEST = String(64)


class CredentialRow(Base):
    """The password and the second factor of a login."""

    __tablename__ = "credential"

    login: Mapped[str] = mapped_column(LOGIN, primary_key=True)
    password: Mapped[str] = mapped_column(String(256), comment="argon2id, in its own notation")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    second: Mapped[str] = mapped_column(
        Sealed("second factor"), default="", comment="secret of the codes; empty = none yet"
    )
    step: Mapped[int] = mapped_column(default=0, comment="latest step used: a code counts once")


class RecoveryCodeRow(Base):
    """A code that stands once for one of a lost authenticator."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index(None, "login"),)

    digest: Mapped[str] = mapped_column(DIGEST, primary_key=True, comment="SHA-256 of login and code")
    login: Mapped[str] = mapped_column(LOGIN)
    made_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SessionRow(Base):
    """A browser in which somebody is signed in."""

    __tablename__ = "web_session"
    __table_args__ = (Index(None, "login"),)

    token: Mapped[str] = mapped_column(DIGEST, primary_key=True, comment="SHA-256 of the cookie")
    login: Mapped[str] = mapped_column(LOGIN)
    begun_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    address: Mapped[str] = mapped_column(String(45))
    browser: Mapped[str] = mapped_column(String(120), comment="as it calls itself")
    offered: Mapped[str] = mapped_column(
        Sealed("second factor"),
        default="",
        server_default="",
        comment="secret of the codes that is being set up here",
    )
    provider_session: Mapped[str] = mapped_column(
        String(255), default="", server_default="", comment="the identity provider's own name for it"
    )
    refresh: Mapped[str] = mapped_column(
        Sealed("sso token"), default="", server_default="", comment="asks the provider again; empty = none"
    )
    access: Mapped[str] = mapped_column(
        Sealed("sso token"), default="", server_default="", comment="the same, of shorter life"
    )
    is_second_told: Mapped[bool] = mapped_column(
        default=False, server_default=false(), comment="the provider says that a second factor was used"
    )
    checked_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="latest word of the provider; null = signed in by password"
    )
    tried_at: Mapped[datetime | None] = mapped_column(Instant, comment="the provider was asked then")
    holds_until: Mapped[datetime | None] = mapped_column(
        Instant, comment="it counts no longer without another word of the provider"
    )


class BindingRow(Base):
    """The subject at the identity provider by which a login signs in, and what its claims gave."""

    __tablename__ = "sso_binding"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    login: Mapped[str] = mapped_column(LOGIN, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    bound_at: Mapped[datetime] = mapped_column(Instant)
    bound_by: Mapped[str] = mapped_column(LOGIN)
    roles: Mapped[list[str]] = mapped_column(JSON, comment="given by claims alone, sorted")
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant, comment="latest word of the provider")
    holds_until: Mapped[datetime] = mapped_column(
        Instant, comment="from then on keys and telephones stand still, until the provider confirms it"
    )


def end_sessions(session: Session, login: str, at: datetime, *which: ColumnElement[bool]) -> int:
    """End the open sessions of a login, or those of them for which ``which`` is true; returns how many."""
    is_open = (SessionRow.login == login, SessionRow.ended_at.is_(None), *which)
    ended = update(SessionRow).where(*is_open).values(ended_at=at, refresh="", access="")
    return execute(session, ended)


class InvitationRow(Base):
    """A link that lets somebody choose a password, once."""

    __tablename__ = "invitation"
    __table_args__ = (Index(None, "login"),)

    token: Mapped[str] = mapped_column(DIGEST, primary_key=True, comment="SHA-256 of the link's secret")
    login: Mapped[str] = mapped_column(LOGIN)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(LOGIN)


class FailureRow(Base):
    """A password or code that was wrong, or is being looked at: a try counts from its beginning."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index(None, "address", "at"), Index(None, "login", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(LOGIN, comment="SHA-256 of the login as it was typed")
    address: Mapped[str] = mapped_column(
        String(45), comment="the network, or the place where the login is known"
    )
    at: Mapped[datetime] = mapped_column(Instant)


class KnownPlaceRow(Base):
    """A browser or a network from which a login has signed in: its tries there are counted apart."""

    __tablename__ = "known_place"
    __table_args__ = (Index(None, "seen_at"),)

    login: Mapped[str] = mapped_column(LOGIN, primary_key=True)
    place: Mapped[str] = mapped_column(String(45), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class ApiKeyRow(Base):
    """A key with which a program acts for a login."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "login"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(DIGEST, unique=True, comment="SHA-256 of the key")
    login: Mapped[str] = mapped_column(LOGIN)
    scope: Mapped[str] = mapped_column(
        String(16), default="all", comment="all that its login may, or open311: to send reports"
    )
    purpose: Mapped[str] = mapped_column(String(120), comment="which program it is for")
    made_at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(LOGIN)
    ends_at: Mapped[datetime | None] = mapped_column(Instant, comment="null = with the login")
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant, comment="written once a minute at most")


class WallboardRow(Base):
    """A screen on a wall that shows the floor, by a token and from some networks alone."""

    __tablename__ = "wallboard"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(DIGEST, unique=True, comment="SHA-256 of the token")
    place: Mapped[str] = mapped_column(String(64), comment="where the screen hangs")
    networks: Mapped[list[str]] = mapped_column(JSON, comment="addresses and networks from which it opens")
    made_at: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[str] = mapped_column(LOGIN)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_by: Mapped[str] = mapped_column(LOGIN, default="")
    seen_at: Mapped[datetime | None] = mapped_column(Instant, comment="written once a minute at most")
    seen_from: Mapped[str] = mapped_column(String(45), default="", comment="address")


class ApiAnswerRow(Base):
    """The stored answer to a program's named request, so that a request that is repeated is done once."""

    __tablename__ = "api_answer"
    __table_args__ = (Index(None, "at"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="id of the API key")
    name: Mapped[str] = mapped_column(String(64), primary_key=True, comment="SHA-256 of the Idempotency-Key")
    asked: Mapped[str] = mapped_column(DIGEST, comment="SHA-256 of method, path and body")
    at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[int] = mapped_column(default=0)
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    body: Mapped[str] = mapped_column(Sealed("api_answer.body"))
    readings: Mapped[list[list[str]]] = mapped_column(
        JSON,
        default=list,
        server_default="[]",
        comment="what it tells of citizens: whoever asks again has read it again",
    )
