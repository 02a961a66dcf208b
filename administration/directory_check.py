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
NIGHTLY: Final = timedelta(hours=24)
NAMED: Final = 5
"""So many subjects of equal findings stand in the log."""


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


class NightlyCheck:
    """The check of each night; Asterisk is asked again until it tells, for it starts when this does."""

    def __init__(self, factory: Sessions, ask: Callable[[Directory], AsteriskFindings]) -> None:
        self._factory, self._ask = factory, ask
        self._next: datetime | None = None
        self._of_rows = list[Finding]()
        self._why = ""

    def run(self, at: datetime) -> int:
        """Look if it is time, count what is found and log it; how many findings there are."""
        if self._next is None or at >= self._next:
            self._next, self._why = at + NIGHTLY, ""
            with looking(self._factory) as session:
                city = load_city(session, at)
                self._of_rows = checked(session, city, at)
            _log(self._of_rows)
        elif self._why:
            with looking(self._factory) as session:
                city = load_city(session, at)
        else:
            return 0
        seen, error = self._ask(city.at(at))
        why = str(error or "")
        if why and why != self._why:
            log.warning("directory.asterisk_not_asked", why=why)
        self._why = why
        _log(seen)
        found = [*self._of_rows, *seen]
        for severity in Severity:
            metrics.directory_findings.labels(severity).set(sum(one.severity is severity for one in found))
        return len(found)


def _log(found: Iterable[Finding]) -> None:
    """Log a line for each kind of finding, with their number and the first of them."""
    alike = dict[tuple[Severity, str, StrEnum], list[Finding]]()
    for one in found:
        alike.setdefault((one.severity, one.clause, one.wrong), []).append(one)
    for (severity, clause, wrong), these in alike.items():
        log.warning(
            "directory.finding",
            severity=severity,
            clause=clause,
            wrong=wrong,
            count=len(these),
            subjects=[one.subject for one in these[:NAMED]],
            facts=these[0].facts,
        )
