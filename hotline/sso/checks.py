"""Checks of sessions that single sign-on began: every ten minutes, and by back-channel logout.

Its word against somebody ends sessions at once and lets keys and telephones stand still; while it says
nothing, sessions go on for a time that stands in their rows, whether or not anybody asks.
"""

from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from hotline import allowances
from hotline.accounts.bindings import BY_PROVIDER, withdraw
from hotline.accounts.rules import RECHECK, is_alive
from hotline.accounts.store import BindingRow, SessionRow, end_sessions
from hotline.allowances import LimitedRequest
from hotline.db import Sessions, execute, looking, transaction
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.sso.mapping import SsoBook
from hotline.sso.proofs import confirm, counts_once, keep_proof, settled
from hotline.sso.provider import ProofLapsed, Provider, ProviderAway, ProviderRefused
from hotline.sso.rules import RETRY, ProviderAnswer, SsoRefusal
from hotline.sso.tokens import BadToken

log = structlog.get_logger()
NOTICES = 600
"""Logout tokens of one network an hour that were none."""
Answer = ProviderAnswer | ProviderRefused | ProofLapsed


class SsoChecks:
    """Checks of sessions that one identity provider began."""

    def __init__(self, factory: Sessions, provider: Provider, book: SsoBook) -> None:
        self._factory, self._provider, self._book = factory, provider, book

    def run(self, at: datetime) -> int:
        """Ask about every session whose time has come; about how many."""
        with looking(self._factory) as session:
            rows = session.scalars(select(SessionRow).where(*_is_due(at)))
            due = [row.token for row in rows if is_alive(row.begun_at, row.seen_at, at)]
        return sum(self._check(token, at) for token in due)

    def _check(self, token: str, at: datetime) -> bool:
        asked = self._claim(token, at)
        if asked is None:
            return False
        row, subject = asked
        answer = self._asked(row, subject, at)
        if answer is not None:
            with transaction(self._factory) as session:
                self._take(session, token, answer, at)
        return True

    def _claim(self, token: str, at: datetime) -> tuple[SessionRow, str] | None:
        """The session and its subject at the provider, for the one process that asks; else None."""
        with transaction(self._factory) as session:
            mine = update(SessionRow).where(SessionRow.token == token, *_is_due(at)).values(tried_at=at)
            if not execute(session, mine):
                return None
            row = session.get_one(SessionRow, token)
            bound = session.get(BindingRow, row.login)
            if bound is None or bound.issuer != self._provider.issuer:
                _end(session, row, "bound to this identity provider no more", at)
                return None
            return row, bound.subject

    def _asked(self, row: SessionRow, subject: str, at: datetime) -> Answer | None:
        """Ask the provider about a session; None where it cannot be asked."""
        try:
            return self._provider.renew(row.access, row.refresh, subject, at)
        except (ProviderRefused, ProofLapsed) as error:
            return error
        except (ProviderAway, BadToken) as error:
            log.warning("sso.away", login=row.login, why=str(error), until=str(row.holds_until))
            return None

    def _take(self, session: Session, token: str, answer: Answer, at: datetime) -> None:
        row = session.get(SessionRow, token, with_for_update=True)
        bound = session.get(BindingRow, row.login) if row else None
        if row is None or bound is None or row.ended_at:
            return
        match answer:
            case ProviderRefused(why=why):
                log.warning("sso.withdrawn", login=row.login, why=why)
                withdraw(session, bound, f"the identity provider refuses: {why}", at)
            case ProofLapsed(why=why):
                _end(session, row, f"it cannot be asked about again: {why}", at)
            case ProviderAnswer():
                keep_proof(self._book.terms, row, answer, at)
                refusal = settled(session, self._book, bound, answer, at)
                # Tokens of later need not say again that a second factor was used.
                if refusal and not (refusal is SsoRefusal.SECOND and row.is_second_told):
                    _end(session, row, f"refused: {refusal}", at)
                else:
                    confirm(session, self._book.terms, bound, at)

    def log_out(self, token: str, address: str, at: datetime) -> int:
        """End the sessions that a logout token names; it counts once. How many. Audited.

        Raises ProviderAway, BadToken, NoAllowance.
        """
        with transaction(self._factory) as session:
            allowances.have(session, LimitedRequest.SSO, address, NOTICES, at)
        notice = self._provider.logout(token, at)
        with transaction(self._factory) as session:
            allowances.give_back(session, LimitedRequest.SSO, address, at)
            if not counts_once(session, "logout", f"{self._provider.issuer} {notice.number}", at):
                raise BadToken("used before")
            logins = self._named(session, notice.subject, notice.session)
            return sum(_sign_out(session, login, notice.session, at) for login in sorted(logins))

    def _named(self, session: Session, subject: str, sid: str) -> set[str]:
        """Logins that a logout token is about: of the subject, else of the provider's session."""
        if subject:
            row = self._book.login_of(session, subject)
            return {row.login} if row else set()
        which = SessionRow.provider_session == sid, SessionRow.ended_at.is_(None)
        return set(session.scalars(select(SessionRow.login).where(*which)))


def _is_due(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Sessions about which the provider is to be asked now."""
    return (
        SessionRow.ended_at.is_(None),
        SessionRow.holds_until > at,
        SessionRow.checked_at <= at - RECHECK,
        SessionRow.tried_at <= at - RETRY,
    )


def _sign_out(session: Session, login: str, sid: str, at: datetime) -> int:
    only = (SessionRow.provider_session == sid,) if sid else ()
    ended = end_sessions(session, login, at, *only)
    why = "signed out at the identity provider"
    audit(
        session, at, BY_PROVIDER, Action.STAFF_SIGN_OUT, f"staff:{login}", after={"ended": ended}, reason=why
    )
    return ended


def _end(session: Session, row: SessionRow, why: str, at: datetime) -> None:
    end_sessions(session, row.login, at, SessionRow.token == row.token)
    audit(
        session, at, BY_PROVIDER, Action.STAFF_SIGN_OUT, f"staff:{row.login}", after={"ended": 1}, reason=why
    )
