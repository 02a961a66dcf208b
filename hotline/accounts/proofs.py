"""State of each login's proofs of identity: for whoever lets people in."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.accounts.rules import is_alive
from hotline.accounts.store import CredentialRow, InvitationRow, SessionRow


@dataclass(frozen=True, slots=True)
class Proof:
    """Password chosen, second factor set up, sessions open, and until when a link still works."""

    password: bool = False
    second: bool = False
    sessions: int = 0
    invited_until: datetime | None = None


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
    return {
        login: Proof(login in seconds, seconds.get(login, False), alive[login], until.get(login))
        for login in wanted
    }
