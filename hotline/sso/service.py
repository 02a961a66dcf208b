"""Use cases of single sign-on at the door: go to the identity provider, and come back signed in or not.

No transaction is open while the provider is asked. Every step, taken or refused, is on record.
"""

import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from hotline import allowances, metrics
from hotline.accounts.bindings import BY_PROVIDER
from hotline.accounts.seconds import digest
from hotline.accounts.store import SessionRow
from hotline.accounts.tries import FAILED, STRANGER, Visitor
from hotline.allowances import LimitedRequest
from hotline.db import Sessions, add_once, transaction
from hotline.errors import HotlineError
from hotline.keys.ring import KeyRing
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.sso.mapping import SsoBook
from hotline.sso.proofs import confirm, counts_once, keep_proof, settled
from hotline.sso.provider import Provider, ProviderAway, ProviderRefused
from hotline.sso.rules import STATE_HOLDS, ProviderAnswer, SsoRefusal, tells_second, text_of, word_of
from hotline.sso.store import SsoStrangerRow
from hotline.sso.tokens import BadToken

log = structlog.get_logger()
SEALED: Final = "sso way"
"""The purpose by which what a browser keeps on its way is sealed."""
TRIES: Final = 60
"""Returns of one network an hour that led to no sign-in."""
NAME, EMAIL = 64, 128
"""Characters that are shown of who is bound to no login."""


@dataclass(frozen=True, slots=True)
class SsoStart:
    """A way to the identity provider: where it leads, and what this browser keeps until it is back."""

    address: str
    kept: str


@dataclass(frozen=True, slots=True)
class ReturnParams:
    """What a browser brings back from the identity provider, as its address says it."""

    state: str
    code: str = ""
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class SsoSignIn:
    """A sign-in by the identity provider, and the page that was wanted before."""

    token: str
    login: str
    after: str


@dataclass(frozen=True, slots=True)
class SsoDenial:
    """Nobody is signed in."""

    why: SsoRefusal


@dataclass(frozen=True, slots=True)
class _Way:
    """The way that a browser is on."""

    state: str
    nonce: str
    verifier: str
    issuer: str
    after: str
    since: float


class SingleSignOn:
    """Sign-ins by one identity provider; ``book``: who is whom there, and which roles its claims give."""

    def __init__(self, factory: Sessions, provider: Provider, book: SsoBook, keys: KeyRing) -> None:
        self._factory, self._provider, self._book, self._keys = factory, provider, book, keys

    def begin(self, after: str, at: datetime) -> SsoStart:
        """Begin a way to the identity provider, for a page that was wanted. Raises ProviderAway."""
        state, nonce, verifier = (secrets.token_urlsafe(48) for _each in range(3))
        address = self._provider.address(state, nonce, verifier, at)
        way = _Way(state, nonce, verifier, self._provider.issuer, after, at.timestamp())
        sealed = self._keys.seal(SEALED, json.dumps(asdict(way)).encode())
        return SsoStart(address, urlsafe_b64encode(sealed).decode())

    def finish(
        self, kept: str, came: ReturnParams, *, at: datetime, visitor: Visitor, browser: str
    ) -> SsoSignIn | SsoDenial:
        """Sign in who comes back; each way counts once. Raises NoAllowance."""
        way = self._way(kept, came.state, at)
        with transaction(self._factory) as session:
            allowances.have(session, LimitedRequest.SSO, visitor.address, TRIES, at)
            if way is None or not counts_once(session, "state", way.state, at):
                return _denied(session, SsoRefusal.STATE, "unknown, old or used", visitor, at)
        granted = self._granted(way, came, at)
        with transaction(self._factory) as session:
            if isinstance(granted, tuple):
                return _denied(session, *granted, visitor, at)
            entered = self._enter(session, granted, visitor, browser, at)
            if isinstance(entered, SsoRefusal):
                return _denied(
                    session, entered, f"subject {text_of(granted.claims, 'sub', 255)}", visitor, at
                )
            allowances.give_back(session, LimitedRequest.SSO, visitor.address, at)
        metrics.sign_ins.labels("in").inc()
        return SsoSignIn(*entered, way.after)

    def _way(self, kept: str, state: str, at: datetime) -> _Way | None:
        """The way that this browser began, if it is this one, to this provider and not too old."""
        try:
            way = _Way(**json.loads(self._keys.open(SEALED, urlsafe_b64decode(kept))))
        except (HotlineError, ValueError, TypeError):
            return None
        is_it = hmac.compare_digest(way.state.encode(), state.encode())
        age = at - datetime.fromtimestamp(way.since, UTC)
        return way if is_it and way.issuer == self._provider.issuer and age < STATE_HOLDS else None

    def _granted(
        self, way: _Way, came: ReturnParams, at: datetime
    ) -> ProviderAnswer | tuple[SsoRefusal, str]:
        """What the provider says of who came; else why it is not heard."""
        if came.error or not came.code:
            return SsoRefusal.PROVIDER, word_of(came.error) if came.error else "no code"
        try:
            return self._provider.grant(came.code, way.verifier, way.nonce, came.issuer, at)
        except ProviderAway as error:
            return SsoRefusal.AWAY, error.why
        except ProviderRefused as error:
            return SsoRefusal.PROVIDER, error.why
        except BadToken as error:
            return SsoRefusal.TOKEN, error.why

    def _enter(
        self, session: Session, granted: ProviderAnswer, visitor: Visitor, browser: str, at: datetime
    ) -> tuple[str, str] | SsoRefusal:
        """The token of the session and its login, once everything is as it must be."""
        row = self._book.login_of(session, granted.subject)
        if row is None:
            self._remember_stranger(session, granted, at)
            return SsoRefusal.UNBOUND
        if refusal := settled(session, self._book, row, granted, at):
            return refusal
        confirm(session, self._book.terms, row, at)
        token = secrets.token_urlsafe(32)
        begun = SessionRow(token=digest(token), login=row.login, begun_at=at, seen_at=at)
        begun.address, begun.browser = visitor.address[:45], browser[:120]
        begun.provider_session = granted.session
        begun.is_second_told = tells_second(granted.claims, self._book.terms.second)
        keep_proof(self._book.terms, begun, granted, at)
        session.add(begun)
        told = {"from": visitor.address, "by": BY_PROVIDER}
        audit(session, at, row.login, Action.STAFF_SIGN_IN, f"staff:{row.login}", after=told)
        return token, row.login

    def _remember_stranger(self, session: Session, granted: ProviderAnswer, at: datetime) -> None:
        """Show administrators who came, so that one of them can say who that is."""
        issuer, subject = self._provider.issuer, granted.subject
        name, email = text_of(granted.claims, "name", NAME), text_of(granted.claims, "email", EMAIL)
        told = {"name": name, "email": email, "latest_at": at}
        add_once(session, SsoStrangerRow, [{"issuer": issuer, "subject": subject, **told}])
        which = SsoStrangerRow.issuer == issuer, SsoStrangerRow.subject == subject
        session.execute(update(SsoStrangerRow).where(*which).values(**told))


def _denied(session: Session, why: SsoRefusal, detail: str, visitor: Visitor, at: datetime) -> SsoDenial:
    """Put a refusal on record."""
    metrics.sign_ins.labels("wrong").inc()
    log.warning("signin.failed", address=visitor.address, why=f"sso: {why}", detail=detail)
    told = {"from": visitor.address, "why": why, "detail": detail, "by": BY_PROVIDER}
    audit(session, at, STRANGER, FAILED, "sign-in:unknown", after=told)
    return SsoDenial(why)
