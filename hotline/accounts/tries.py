"""Limits of sign-in errors: every try is counted before it is looked at, so that many at once are counted
too.

A login has a few free errors from each place, then waits there. A place is a network (an IPv6 network is a
/64) or, once the login has signed in with a browser, that browser. Strangers share a limit for their network,
and one for each login; who is known there is not part of it, so that nobody can lock a colleague out (OWASP
calls this device cookies).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.accounts.rules import FREE, FROM_ONE_NETWORK, FROM_STRANGE_PLACES, WINDOW, Failures, waits_until
from hotline.accounts.store import FailureRow, KnownPlaceRow
from hotline.db import add_once, execute, numbered, one_at_a_time
from hotline.ledger.audit import audit
from hotline.networks import network_of

log = structlog.get_logger()
FAILED: Final = "staff.sign-in-failed"
PHONE_FAILED: Final = "phone.sign-in-failed"
"""The actions under which wrong answers, and refused sign-ins of telephones, stand in the audit log."""
STRANGER: Final = "stranger"
"""By whom: nobody knows."""
BROWSER, KNOWN = "browser:", "known:"
"""How places begin where a login is known."""
KEPT: Final = timedelta(days=180)
"""A place where a login was not seen for so long is forgotten."""


@dataclass(frozen=True, slots=True)
class MustWait:
    """Too many wrong answers; nothing was looked at."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """The origin of a sign-in attempt: the address, and the browser's mark of an earlier visit."""

    address: str
    mark: str = ""

    @property
    def browser(self) -> str:
        """The browser as a place; empty without a mark."""
        return BROWSER + _digest(self.mark)[:32] if self.mark else ""

    @property
    def network(self) -> str:
        """The network as a place."""
        return KNOWN + network_of(self.address)


@dataclass(frozen=True, slots=True)
class Try:
    """A try that is counted and may be looked at."""

    number: int
    login: str
    place: str
    visitor: Visitor


def begin(session: Session, login: str, visitor: Visitor, at: datetime) -> Try | MustWait:
    """Count a try, before anything is looked at; or say until when none is. Commit before looking."""
    one_at_a_time(session, "sign-in")
    known = set(session.scalars(select(KnownPlaceRow.place).where(KnownPlaceRow.login == login)))
    here = next((place for place in (visitor.browser, visitor.network) if place in known), "")
    place, name = here or network_of(visitor.address), _digest(login)
    at_this_place = (FailureRow.login == name, FailureRow.address == place)
    counted = [_failures(session, at, FREE, *at_this_place)]
    if not here:
        strange = ~FailureRow.address.startswith(KNOWN) & ~FailureRow.address.startswith(BROWSER)
        counted.append(_failures(session, at, FROM_ONE_NETWORK, FailureRow.address == place))
        counted.append(_failures(session, at, FROM_STRANGE_PLACES, FailureRow.login == name, strange))
    until = max((wait for wait in map(waits_until, counted) if wait), default=None)
    if until and at < until:
        metrics.sign_ins.labels("waits").inc()
        log.warning("signin.failed", address=visitor.address, why="waits")
        return MustWait(until)
    row = numbered(session, FailureRow(login=name, address=place, at=at))
    return Try(row.id, login, place, visitor)


def failed(session: Session, one: Try, why: str, at: datetime, *, is_known: bool) -> None:
    """Record a wrong try for good. What was typed as an unknown login is not kept."""
    metrics.sign_ins.labels("wrong").inc()
    subject = f"staff:{one.login}" if is_known else "sign-in:unknown"
    log.warning(
        "signin.failed", address=one.visitor.address, why=why, **({"login": one.login} if is_known else {})
    )
    audit(session, at, STRANGER, FAILED, subject, after={"from": one.visitor.address, "why": why})


def give_back(session: Session, one: Try) -> None:
    """Take back a try that was neither right nor wrong: something is still asked for."""
    session.execute(delete(FailureRow).where(FailureRow.id == one.number))


def succeeded(session: Session, one: Try, at: datetime) -> None:
    """Record a right try: the login's errors at this place count no more, and it is known there."""
    give_back(session, one)
    session.execute(
        delete(FailureRow).where(FailureRow.login == _digest(one.login), FailureRow.address == one.place)
    )
    remember(session, one.login, one.visitor, at)


def remember(session: Session, login: str, visitor: Visitor, at: datetime) -> None:
    """Remember that a login is known in this browser and this network."""
    places = [place for place in (visitor.browser, visitor.network) if place]
    session.execute(
        delete(KnownPlaceRow).where(KnownPlaceRow.login == login, KnownPlaceRow.place.in_(places))
    )
    add_once(session, KnownPlaceRow, [{"login": login, "place": place, "seen_at": at} for place in places])


def forget(session: Session, at: datetime) -> int:
    """Drop errors that count no longer, and places where nobody came for long; how many errors."""
    session.execute(delete(KnownPlaceRow).where(KnownPlaceRow.seen_at < at - KEPT))
    return execute(session, delete(FailureRow).where(FailureRow.at < at - timedelta(days=1)))


def _failures(session: Session, at: datetime, free: int, *which: ColumnElement[bool]) -> Failures:
    chosen = select(func.count(), func.max(FailureRow.at)).where(FailureRow.at > at - WINDOW, *which)
    count, latest = session.execute(chosen).one()
    return Failures(count, latest, free)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
