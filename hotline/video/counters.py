"""The register of counters: written, ended, photographed by whom it belongs to, and who lacks one (P6.1)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.cases.photographs import clean
from hotline.db import numbered
from hotline.directory.service import known
from hotline.directory.store import AgencyRow
from hotline.errors import HotlineError, existing
from hotline.ledger import history
from hotline.ledger.changes import ChangeContext, change, close
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revise
from hotline.ledger.versions import expect
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.video.counter_rules import Counter, CounterState, CounterTestKind, is_overdue, refuse_photo_date
from hotline.video.counter_store import CounterPhoto, CounterRow, CounterTest

KIND: Final = "counter"
"""The word of counters in the ledger and the audit log."""


class UnknownCounter(HotlineError, code="unknown-counter"):
    """No counter has this number at that time."""

    number: str


class NoCounterPhoto(HotlineError, code="no-counter-photo"):
    """A counter of whose sign there is no such photograph."""

    number: str


@dataclass(frozen=True, slots=True)
class CounterStanding:
    """A counter, its latest test by each who tests it, and whether RDEC's is overdue."""

    row: CounterRow
    tests: dict[CounterTestKind, CounterTest]
    is_overdue: bool


def write(
    session: Session,
    counter: Counter,
    *,
    at: datetime,
    by: str,
    number: str = "",
    reason: str = "",
    expected: int | None = None,
) -> CounterRow:
    """Write a counter, new unless ``number`` names one; ``expected`` is the version that was shown.

    Raises UnfitText, NotPermitted, Unknown, UnknownCounter, ChangedMeanwhile.
    """
    before = counter_of(session, number, at).agency if number else counter.agency
    for agency in (before, counter.agency):
        permitted(session, by, Action.VIDEO_COUNTER, at, agency)
    counter = counter.fitted()
    known(session, "agency", counter.agency, at)
    revise(session)
    if number and expected is not None:
        expect(session, KIND, number, expected, at)
    number = number or _next(session)
    pen = ChangeContext(at, by, Action.VIDEO_COUNTER, reason)
    change(session, CounterRow, number, asdict(counter), Period(at), pen)
    return counter_of(session, number, at)


def end(session: Session, number: str, *, at: datetime, by: str, reason: str) -> None:
    """End a counter; its tests and sessions stay. Raises NotPermitted, UnknownCounter."""
    revise(session)
    row = counter_of(session, number, at)
    permitted(session, by, Action.VIDEO_COUNTER, at, row.agency)
    close(session, CounterRow, number, at, ChangeContext(at, by, Action.VIDEO_COUNTER, reason))


def keep_photo(
    session: Session, number: str, sent: bytes, taken_on: date | None, *, at: datetime, by: str
) -> CounterRow:
    """Keep a photograph of a counter's sign, re-encoded; the one before stays in its history (P6.5).

    Raises NotPermitted, UnknownCounter, UnfitPhoto, CounterPhotoUndated, CounterDateAhead.
    """
    row = counter_of(session, number, at)
    permitted(session, by, Action.VIDEO_COUNTER, at, row.agency)
    day, image = refuse_photo_date(taken_on, at), clean(sent)
    kept = numbered(session, CounterPhoto(counter=number, image=image, kept_at=at, kept_by=by))
    return write(session, replace(meant(row), photo=kept.id, photo_on=day), at=at, by=by, number=number)


def photo(session: Session, number: str, at: datetime) -> bytes:
    """The photograph of a counter's sign. Raises UnknownCounter, NoCounterPhoto."""
    row = counter_of(session, number, at)
    found = session.get(CounterPhoto, row.photo) if row.photo else None
    return existing(found, NoCounterPhoto(number)).image


def counter_of(session: Session, number: str, at: datetime) -> CounterRow:
    """The row of a counter at an instant. Raises UnknownCounter."""
    return existing(history.in_force(session, CounterRow, number, at), UnknownCounter(number))


def meant(row: CounterRow) -> Counter:
    """The counter that a row means."""
    says = row.says()
    return Counter(**{**says, "state": CounterState(says["state"])})


def register(session: Session, at: datetime, agency: str = "") -> list[CounterStanding]:
    """List the counters of an instant by agency and number; of one agency, or of all."""
    which = [CounterRow.agency == agency] if agency else []
    rows = history.all_in_force(session, CounterRow, at, *which)
    known_tests = latest(session)
    return [
        standing(row, known_tests, at) for row in sorted(rows, key=lambda row: (row.agency, int(row.key)))
    ]


def one(session: Session, number: str, at: datetime) -> CounterStanding:
    """A counter and how it stands. Raises UnknownCounter."""
    return standing(counter_of(session, number, at), latest(session, number), at)


def lacking(session: Session, at: datetime, agency: str = "") -> list[AgencyRow]:
    """List open agencies that name neither a counter nor that they have no first line (P6.1)."""
    naming = {row.agency for row in history.all_in_force(session, CounterRow, at)}
    which = [AgencyRow.key == agency] if agency else []
    agencies = history.all_in_force(session, AgencyRow, at, AgencyRow.closed.is_(False), *which)
    return [row for row in agencies if row.key not in naming]


Latest = dict[str, dict[CounterTestKind, CounterTest]]


def standing(row: CounterRow, tests: Latest, at: datetime) -> CounterStanding:
    """How a counter stands, by the latest tests of all."""
    own = tests.get(row.key, {})
    late = row.state == CounterState.IN_USE and is_overdue(rdec_at(own), row.valid_from, at)
    return CounterStanding(row, own, late)


def rdec_at(tests: Mapping[CounterTestKind, CounterTest]) -> datetime | None:
    """When RDEC tested a counter last, by its latest tests."""
    test = tests.get(CounterTestKind.UNANNOUNCED)
    return test.at if test else None


def latest(session: Session, number: str = "") -> Latest:
    """The latest tests by counter and kind."""
    place = func.row_number().over(
        partition_by=(CounterTest.counter, CounterTest.kind),
        order_by=(CounterTest.at.desc(), CounterTest.id.desc()),
    )
    ranked = select(CounterTest.id, place.label("place"))
    ranked = ranked.where(CounterTest.counter == number) if number else ranked
    those = ranked.subquery()
    newest = select(CounterTest).join(those, those.c.id == CounterTest.id).where(those.c.place == 1)
    found: Latest = {}
    for row in session.scalars(newest):
        found.setdefault(row.counter, {})[CounterTestKind(row.kind)] = row
    return found


def _next(session: Session) -> str:
    """The next number; whoever writes waits for the others (``revise``)."""
    taken = session.scalars(select(CounterRow.key).distinct())
    return str(max(map(int, taken), default=0) + 1)
