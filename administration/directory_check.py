"""Everything that is wrong or lacking in the directory, as the command and the nightly job tell it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import Leg
from hotline import metrics
from hotline.db import Sessions, looking
from hotline.directory import findings
from hotline.directory.findings import Finding, Severity
from hotline.directory.rows import KIND_AT, load_city
from hotline.directory.rules import City, Directory
from hotline.errors import HotlineError
from hotline.staff.rules import Staff
from hotline.staff.service import everybody
from hotline.terms import named
from transfer import findings as hunts
from transfer.outcome import OUT_OF_REACH

log = structlog.get_logger()
RECENT: Final = timedelta(days=30)
"""Age at which a sighting of a phone in Asterisk's event log no longer counts."""


@named("finding")
class EventLogFinding(StrEnum):
    """State of a phone in Asterisk's event log that is worth a finding."""

    UNREACHABLE = "unreachable"


AsteriskFindings = tuple[list[Finding], HotlineError | None]
"""Findings of Asterisk about the directory, and the error for which it was not asked; None when it was."""


def check(session: Session, at: datetime) -> list[Finding]:
    """Findings in the rows of an instant, errors first."""
    return checked(session, load_city(session, at), at)


def checked(session: Session, city: City, at: datetime) -> list[Finding]:
    """The same of a city that is at hand."""
    found = of_city(city, everybody(session, at), at)
    found += unreachable(session, at, set(city.at(at).desks))
    return sorted(found, key=lambda one: one.severity)


def check_all(
    factory: Sessions, at: datetime, ask: Callable[[Directory], AsteriskFindings]
) -> AsteriskFindings:
    """Findings of rows and of Asterisk, errors first; no transaction is open while it is asked."""
    with looking(factory) as session:
        city = load_city(session, at)
        found = checked(session, city, at)
    seen, why = ask(city.at(at))
    return sorted([*found, *seen], key=lambda one: one.severity), why


def of_city(city: City, staff: Iterable[Staff], at: datetime) -> list[Finding]:
    """Findings in the rows themselves at an instant."""
    then = city.at(at)
    return [*findings.of_rows(city, KIND_AT), *findings.findings(then, staff), *hunts.findings(then)]


def unreachable(session: Session, at: datetime, extensions: set[str]) -> Iterator[Finding]:
    """Extensions whose latest ring Asterisk could not bring to any phone: unknown there, or dead."""
    chosen = select(Leg.extension, Leg.outcome).where(Leg.started_at >= at - RECENT).order_by(Leg.started_at)
    latest = dict[str, str]()
    for extension, outcome in session.execute(chosen):
        latest[extension] = outcome
    for extension, outcome in sorted(latest.items()):
        if outcome in OUT_OF_REACH and extension in extensions:
            yield Finding(Severity.WARNING, "P11", f"desk:{extension}", EventLogFinding.UNREACHABLE)


def nightly(factory: Sessions, at: datetime, ask: Callable[[Directory], AsteriskFindings]) -> int:
    """Look at all of it, count it, and write each finding into the log; how many there are."""
    found, why = check_all(factory, at, ask)
    for severity in Severity:
        metrics.directory_findings.labels(severity).set(sum(one.severity is severity for one in found))
    for one in found:
        log.warning(
            "directory.finding",
            severity=one.severity,
            clause=one.clause,
            subject=one.subject,
            wrong=one.wrong,
            facts=one.facts,
        )
    if why:
        log.warning("directory.asterisk_not_asked", why=str(why))
    return len(found)
