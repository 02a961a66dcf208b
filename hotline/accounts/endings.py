"""Proofs of a login: password, second factor, links, keys, sessions. With its end, all of them end."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Unpack

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline.accounts.break_glass import refuse_last
from hotline.accounts.rules import is_alive
from hotline.accounts.store import (
    ApiKeyRow,
    BindingRow,
    CredentialRow,
    InvitationRow,
    KnownPlaceRow,
    RecoveryCodeRow,
    SessionRow,
    end_sessions,
)
from hotline.db import execute
from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.ledger.changes import Authorship
from hotline.permissions import Action
from hotline.staff.browsers import forget_pages
from hotline.staff.phone_endings import abandoned, renew_abandoned
from hotline.staff.service import close_staff
from hotline.staff.store import StaffRow


def end_staff(session: Session, login: str, since: datetime, **who: Unpack[Authorship]) -> None:
    """End a login from ``since`` on: it is nobody's. Audited.

    Raises UnknownStaff, LastAdministrator, NoBreakGlass.
    """
    refuse_last(session, login, who["at"])
    close_staff(session, login, since, **who)
    destroy_proofs(session, (login,), at=who["at"], by=who["by"])
    renew_abandoned(session, who["at"], who["by"])


def destroy_proofs(session: Session, logins: Collection[str], *, at: datetime, by: str) -> int:
    """Destroy what proves those of these logins that are nobody's at ``at``; of how many. Audited.

    An end that is still to come destroys when it has come (``destroy_ended``); until that is done,
    ``hotline.staff.service.tenure`` tells what counts no more.
    """
    return sum(
        _destroy(session, login, at, by)
        for login in sorted(set(logins))
        if history.in_force(session, StaffRow, login, at) is None
    )


def destroy_ended(session: Session, at: datetime) -> int:
    """Destroy what proves logins whose end has come, and renew the passwords of their telephones; of how
    many.
    """
    renewed = renew_abandoned(session, at, "hotline")
    return destroy_proofs(session, _provable(session, at), at=at, by="hotline") + len(renewed)


def is_due(session: Session, at: datetime) -> bool:
    """Tell whether ``destroy_ended`` would destroy anything."""
    held = {row.key for row in history.all_in_force(session, StaffRow, at)}
    return not _provable(session, at) <= held or bool(abandoned(session, at))


def _provable(session: Session, at: datetime) -> set[str]:
    """Logins of which a password, a binding, an open link, a key or a session is there."""
    chosen = (
        select(CredentialRow.login),
        select(BindingRow.login),
        select(ApiKeyRow.login).where(ApiKeyRow.revoked_at.is_(None)),
        select(InvitationRow.login).where(InvitationRow.used_at.is_(None), InvitationRow.ends_at > at),
        select(SessionRow.login).where(SessionRow.ended_at.is_(None)),
    )
    return {login for one in chosen for login in session.scalars(one.distinct())}


def _destroy(session: Session, login: str, at: datetime, by: str) -> int:
    ended = {
        "password": delete(CredentialRow).where(CredentialRow.login == login),
        "keys": update(ApiKeyRow)
        .where(ApiKeyRow.login == login, ApiKeyRow.revoked_at.is_(None))
        .values(revoked_at=at),
        "links": update(InvitationRow)
        .where(InvitationRow.login == login, InvitationRow.used_at.is_(None), InvitationRow.ends_at > at)
        .values(ends_at=at),
    }
    for table in (KnownPlaceRow, RecoveryCodeRow):
        session.execute(delete(table).where(table.login == login))
    forget_pages(session, login, at)
    counts = {name: execute(session, statement) for name, statement in ended.items()}
    counts["sessions"] = end_sessions(session, login, at)
    if execute(session, delete(BindingRow).where(BindingRow.login == login)):
        counts["binding"] = 1
    if not any(counts.values()):
        return 0
    audit(
        session, at, by, Action.STAFF_SIGN_OUT, f"staff:{login}", after=counts, reason="the login has ended"
    )
    return 1


@dataclass(frozen=True, slots=True)
class Proof:
    """Password chosen, second factor set up, sessions open, until when a link works; ``bound``: signs in by
    the identity provider.
    """

    password: bool = False
    second: bool = False
    sessions: int = 0
    invited_until: datetime | None = None
    bound: bool = False


def proofs(session: Session, logins: Iterable[str], at: datetime) -> dict[str, Proof]:
    """Look up the proofs of each of these logins at an instant."""
    wanted = list(logins)
    credentials = select(CredentialRow.login, CredentialRow.second).where(CredentialRow.login.in_(wanted))
    seconds: dict[str, bool] = {login: bool(second) for login, second in session.execute(credentials)}
    used = select(SessionRow).where(SessionRow.login.in_(wanted), SessionRow.ended_at.is_(None))
    alive = Counter(row.login for row in session.scalars(used) if is_alive(row.begun_at, row.seen_at, at))
    links = select(InvitationRow).where(
        InvitationRow.login.in_(wanted), InvitationRow.used_at.is_(None), InvitationRow.ends_at > at
    )
    until = {row.login: row.ends_at for row in session.scalars(links)}
    bound = set(session.scalars(select(BindingRow.login).where(BindingRow.login.in_(wanted))))
    return {
        one: Proof(one in seconds, seconds.get(one, False), alive[one], until.get(one), one in bound)
        for one in wanted
    }
