"""The identity provider's word about a login, taken up: roles, and how long session and keys hold."""

import hashlib
from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from hotline.accounts.bindings import BY_PROVIDER
from hotline.accounts.rules import ABSOLUTE, IDLE
from hotline.accounts.store import BindingRow, SessionRow
from hotline.db import add_once
from hotline.ledger.audit import audit
from hotline.permissions import Action, Role
from hotline.sso.mapping import SsoBook, rule_of
from hotline.sso.roles import settle, take_back
from hotline.sso.rules import (
    KEPT,
    STRANGER_KEPT,
    BadClaim,
    ProviderAnswer,
    SsoRefusal,
    SsoTerms,
    tells_second,
)
from hotline.sso.store import SsoStrangerRow, SsoUsedRow
from hotline.staff.service import UnknownStaff, tenure


def settled(
    session: Session, book: SsoBook, row: BindingRow, granted: ProviderAnswer, at: datetime
) -> SsoRefusal | None:
    """Give a login its roles of now; why nobody signs in with them, if so."""
    try:
        if row.bound_at < tenure(session, row.login, at).since:
            return SsoRefusal.ENDED
        member = settle(session, row, map(rule_of, book.rules(session)), granted.claims, at)
    except UnknownStaff:
        return SsoRefusal.ENDED
    except BadClaim:
        take_back(session, row, at, BY_PROVIDER)  # what cannot be read gives nothing
        return SsoRefusal.ROLES
    if member is None:
        return SsoRefusal.ENDED
    if not member.roles:
        return SsoRefusal.ROLES
    is_safe = tells_second(granted.claims, book.terms.second)
    return SsoRefusal.SECOND if Role.ADMINISTRATOR in member.roles and not is_safe else None


def confirm(session: Session, terms: SsoTerms, row: BindingRow, at: datetime) -> None:
    """Take the word that an account is in force; keys that stood still go on, which is audited."""
    if row.holds_until <= at:
        told = {"goes on": ["keys", "telephones"]}
        audit(session, at, BY_PROVIDER, Action.STAFF_SIGN_IN, f"staff:{row.login}", after=told)
    row.confirmed_at, row.holds_until = at, at + terms.unconfirmed


def keep_proof(terms: SsoTerms, row: SessionRow, granted: ProviderAnswer, at: datetime) -> None:
    """Keep by what the provider is asked again, and until when the session holds without its word."""
    row.refresh, row.access = granted.refresh, granted.access
    row.checked_at = row.tried_at = at
    row.holds_until = at + terms.away


def counts_once(session: Session, kind: str, text: str, at: datetime) -> bool:
    """Tell whether something was not used before, and remember that it is now."""
    name = hashlib.sha256(f"{kind}\0{text}".encode()).hexdigest()
    return add_once(session, SsoUsedRow, [{"digest": name, "at": at}]) == 1


def forget(session: Session, at: datetime) -> None:
    """Forget used ways and logout tokens, strangers of long ago, and the tokens of dead sessions."""
    session.execute(delete(SsoUsedRow).where(SsoUsedRow.at < at - KEPT))
    session.execute(delete(SsoStrangerRow).where(SsoStrangerRow.latest_at < at - STRANGER_KEPT))
    is_dead = or_(SessionRow.seen_at < at - IDLE, SessionRow.begun_at < at - ABSOLUTE)
    is_kept = or_(SessionRow.refresh != "", SessionRow.access != "")
    session.execute(update(SessionRow).where(is_dead, is_kept).values(refresh="", access=""))
