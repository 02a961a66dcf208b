"""The second factor: codes of an authenticator whose secret we choose,
and recovery codes for when it is lost.

It is set up and replaced by who gives the password and, when there is one, a code of the old one; or taken
away by an administrator who is somebody else. Each is on record, and its owner is told.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from hotline.accounts.rules import step_of
from hotline.accounts.store import CredentialRow, RecoveryCodeRow, SessionRow, end_sessions
from hotline.db import execute
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.outbox.rules import spoken_instant
from hotline.outbox.service import write
from hotline.permissions import Action
from hotline.staff.rules import Staff
from hotline.staff.service import staff

CODES: Final = 10
"""Recovery codes of a set; a new set ends the old one."""
GROUPS, GROUP = 4, 5
"""Digits of a code, as they are shown: some 66 bits, so a plain hash keeps them."""
NOTICE: Final = "N-60"


class SecondFactorChange(StrEnum):
    """A change of a second factor, as its owner is told of it by e-mail."""

    RECOVERED = "有人用備用碼登入您的帳號"
    REPLACED = "您帳號的驗證器已設定或更換"
    RENEWED = "您帳號的備用碼已重新產生"
    REMOVED = "管理員移除了您帳號的驗證器"


class OwnSecond(HotlineError, code="own-second"):
    """A second factor that its own owner takes away without proving anything."""

    login: str


class NoSecond(HotlineError, code="no-second"):
    """There is no second factor to take away."""

    login: str


def offered(session: Session, token: str) -> str:
    """The secret that is offered to a session, chosen by us at first and kept until it is set up."""
    row = session.get(SessionRow, digest(token), with_for_update=True)
    if row is None:
        return ""
    row.offered = row.offered or pyotp.random_base32()
    return row.offered


def address_of(secret: str, login: str, issuer: str) -> str:
    """The provisioning URI that an authenticator app scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def put(session: Session, member: Staff, token: str, code: str, at: datetime) -> list[str] | None:
    """Put the offered secret in force and make recovery codes, told this once;
    None when ``code`` is not one of it.

    Every other session ends. Audited; the owner is told.
    """
    here = session.get(SessionRow, digest(token))
    row = session.get(CredentialRow, member.login)
    step = step_of(here.offered, code, at) if here and here.offered else None
    if here is None or row is None or step is None:
        return None
    replaced = bool(row.second)
    row.second, row.step, here.offered = here.offered, step, ""
    end_sessions(session, member.login, at, SessionRow.token != here.token)
    audit(
        session, at, member.login, Action.STAFF_SECOND, f"staff:{member.login}", after={"replaced": replaced}
    )
    _tell(session, member, SecondFactorChange.REPLACED, at)
    return _codes(session, member.login, at)


def renew(session: Session, member: Staff, at: datetime) -> list[str]:
    """Make a new set of recovery codes, shown this once; the old ones end. Audited; the owner is told."""
    after = {"recovery_codes": CODES}
    audit(session, at, member.login, Action.STAFF_SECOND, f"staff:{member.login}", after=after)
    _tell(session, member, SecondFactorChange.RENEWED, at)
    return _codes(session, member.login, at)


def remove(session: Session, login: str, *, at: datetime, by: str, reason: str) -> None:
    """Take somebody else's second factor away, with its recovery codes and every session. Audited;
    the owner is told.

    Raises UnknownStaff, OwnSecond, NoSecond.
    """
    member = staff(session, login, at)
    if by == login:
        raise OwnSecond(login)
    row = session.get(CredentialRow, login, with_for_update=True)
    if row is None or not row.second:
        raise NoSecond(login)
    row.second = ""
    forget(session, login)
    end_sessions(session, login, at)
    audit(session, at, by, Action.STAFF_SECOND, f"staff:{login}", after={"removed": True}, reason=reason)
    _tell(session, member, SecondFactorChange.REMOVED, at)


def left(session: Session, login: str) -> int:
    """Count the recovery codes that were not used yet."""
    unused = select(func.count()).where(RecoveryCodeRow.login == login, RecoveryCodeRow.used_at.is_(None))
    return session.scalar(unused) or 0


def uses(session: Session, row: CredentialRow, code: str, at: datetime) -> bool:
    """Tell whether a code is right and was never used; it is used now, by one of two that come at once.

    A recovery code stands for one of the authenticator; that it was used is on record, and the owner is told.
    """
    if is_recovery(code):
        return _recovers(session, row.login, _digits(code), at)
    step = step_of(row.second, code, at)
    if step is None:
        return False
    unused = CredentialRow.login == row.login, CredentialRow.step < step
    return bool(execute(session, update(CredentialRow).where(*unused).values(step=step)))


def is_recovery(code: str) -> bool:
    """Tell whether it is written as a recovery code is."""
    return len(_digits(code)) == GROUPS * GROUP


def forget(session: Session, login: str) -> None:
    """Drop every recovery code of a login."""
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.login == login))


def digest(token: str) -> str:
    """Hash a token as it is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def _digits(code: str) -> str:
    return "".join(code.split()).replace("-", "")


def _recovers(session: Session, login: str, digits: str, at: datetime) -> bool:
    unused = RecoveryCodeRow.digest == _kept(login, digits), RecoveryCodeRow.used_at.is_(None)
    if not execute(session, update(RecoveryCodeRow).where(*unused).values(used_at=at)):
        return False
    after = {"recovery_code_used": True, "left": left(session, login)}
    audit(session, at, login, Action.STAFF_SECOND, f"staff:{login}", after=after)
    _tell(session, staff(session, login, at), SecondFactorChange.RECOVERED, at)
    return True


def _codes(session: Session, login: str, at: datetime) -> list[str]:
    forget(session, login)
    made = [f"{secrets.randbelow(10 ** (GROUPS * GROUP)):0{GROUPS * GROUP}}" for _ in range(CODES)]
    session.add_all(RecoveryCodeRow(digest=_kept(login, code), login=login, made_at=at) for code in made)
    return [_grouped(code) for code in made]


def _grouped(code: str) -> str:
    return " ".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def _kept(login: str, digits: str) -> str:
    return digest(f"{login}\0{digits}")


def _tell(session: Session, member: Staff, what: SecondFactorChange, at: datetime) -> None:
    recipients: Sequence[str] = [member.email] if member.email else []
    event = f"second:{member.login}:{what.name}:{at.isoformat()}"
    write(session, NOTICE, event, recipients, {"date": spoken_instant(at), "matter": what}, at)
