"""Tests of counters on record: a helper's own, and RDEC's without notice, with whom to test next (P6.7)."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.db import numbered
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit
from hotline.video.counter_rules import (
    CounterDateAhead,
    CounterResult,
    CounterState,
    CounterTestKind,
    lot,
)
from hotline.video.counter_store import CounterTest
from hotline.video.counters import KIND, CounterStanding, counter_of, rdec_at, register

LONGEST_TESTER: Final = 64
SELF_TEST: Final = "video.self-test"
"""The action of a helper's test in the audit log."""


def record(
    session: Session,
    number: str,
    result: CounterResult,
    tested_at: datetime,
    tester: str,
    *,
    at: datetime,
    by: str,
) -> CounterTest:
    """Write down an unannounced test by RDEC.

    Raises NotPermitted, UnknownCounter, UnfitText, CounterSeconds, CounterDateAhead.
    """
    permitted(session, by, Action.VIDEO_TEST, at)
    if tested_at > at:
        raise CounterDateAhead("at")
    row = counter_of(session, number, at)
    tester = fit("tester", tester, LONGEST_TESTER)
    kept = _kept(session, row.key, CounterTestKind.UNANNOUNCED, result, tested_at, tester, at, by)
    after = {"connected": kept.is_connected, "test": kept.id}
    audit(session, at, by, Action.VIDEO_TEST, f"{KIND}:{number}", after=after)
    return kept


def keep_own(
    session: Session,
    number: str,
    result: CounterResult,
    measured: dict[str, float],
    *,
    at: datetime,
    by: str,
) -> CounterTest:
    """Keep a test that a counter's device made of itself.

    Raises UnknownCounter, UnfitText, CounterSeconds.
    """
    row = counter_of(session, number, at)
    kept = _kept(session, number, CounterTestKind.SELF, result, at, row.helper, at, by)
    kept.measured = measured
    audit(session, at, by, SELF_TEST, f"{KIND}:{number}", after={"connected": kept.is_connected})
    return kept


def _kept(
    session: Session,
    number: str,
    kind: CounterTestKind,
    result: CounterResult,
    tested_at: datetime,
    tester: str,
    at: datetime,
    by: str,
) -> CounterTest:
    result = result.fitted()
    row = CounterTest(
        counter=number,
        kind=kind,
        at=tested_at,
        tester=tester,
        is_connected=result.is_connected,
        seconds=result.seconds,
        picture=result.picture,
        sound=result.sound,
        note=result.note,
        measured={},
        recorded_at=at,
        recorded_by=by,
    )
    return numbered(session, row)


def drawn(session: Session, many: int, seed: str, at: datetime) -> list[CounterStanding]:
    """Draw counters in use to be tested now, among those that RDEC tested longest ago (P6.7)."""
    there = {one.row.key: one for one in register(session, at) if one.row.state == CounterState.IN_USE}
    tested = {number: rdec_at(one.tests) for number, one in there.items()}
    return [there[number] for number in lot(tested, many, seed)]


def tests(session: Session, number: str = "", last: int = 100) -> list[CounterTest]:
    """Tests of a counter, or RDEC's of all; the latest first."""
    which = CounterTest.counter == number if number else CounterTest.kind == CounterTestKind.UNANNOUNCED
    chosen = select(CounterTest).where(which).order_by(CounterTest.at.desc(), CounterTest.id.desc())
    return list(session.scalars(chosen.limit(last)))
