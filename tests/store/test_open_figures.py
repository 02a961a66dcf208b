"""Open figures as rows: counted once a month on the 8th, as the cases stand, on both databases."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from reporting.open_figures import OpenMonth, OpenState, figures, months, publish

pytestmark = pytest.mark.dialects

OCTOBER = date(2026, 10, 1)
EIGHTH = taipei("2026-11-08T02:00")
HOUR = timedelta(hours=1)


def files(factory: Sessions, filed_at: datetime, many: int, state: CaseState, **columns: Any) -> None:
    blank = {"kind": "quick", "category": "3003", "agency": "pwd", "district": "板橋區"}
    blank |= {"drafted_at": filed_at, "drafted_by": "a", "filed_at": filed_at, "state": state}
    with transaction(factory) as session:
        start = session.query(Case).count()
        rows = [blank | {"number": f"115100{start + number:06d}"} | columns for number in range(many)]
        session.execute(insert(Case), rows)


def rows_of(factory: Sessions, at: datetime = EIGHTH) -> dict[tuple[str, str], dict[str, Any]]:
    with looking(factory) as session:
        return {(row["by"], row["code"]): row for row in figures(session, OCTOBER, at)}


def test_requests_count_where_they_were_filed_and_as_they_stand(factory: Sessions) -> None:
    """The first instant of the month in Taipei is in it, its end is not; a draft is no request."""
    begins, ends = taipei("2026-10-01T00:00"), taipei("2026-11-01T00:00")
    done = {"done_at": begins + 6 * HOUR, "closed_at": begins + 30 * HOUR}
    files(factory, begins, 10, CaseState.CLOSED, **done)
    files(factory, begins + HOUR, 6, CaseState.SIGNED)
    files(factory, begins + HOUR, 5, CaseState.CANCELLED, cancelled_at=begins + 2 * HOUR)
    files(factory, begins - timedelta(seconds=1), 7, CaseState.CLOSED, **done)
    files(factory, ends, 7, CaseState.SIGNED)
    with transaction(factory) as session:
        session.add(Case(kind="quick", drafted_at=begins, drafted_by="a", filed_at=begins))
    whole = rows_of(factory)["all", ""]
    counted = {"requests": 21, "open": 6, "closed": 10, "cancelled": 5, "mean_hours": 6.0}
    assert {name: whole[name] for name in counted} == counted
    assert rows_of(factory)["district", "三重區"]["requests"] is None


def test_a_month_is_counted_once_on_the_8th(factory: Sessions) -> None:
    """Not a second before; what becomes of its cases afterwards changes nothing."""
    files(factory, taipei("2026-10-20T10:00"), 8, CaseState.SIGNED)
    assert publish(factory, EIGHTH - timedelta(seconds=1)) is None
    assert publish(factory, EIGHTH) == OCTOBER
    counted = rows_of(factory)
    files(factory, taipei("2026-10-21T10:00"), 9, CaseState.CLOSED)
    assert publish(factory, EIGHTH + timedelta(days=1)) is None
    with looking(factory) as session:
        kept = session.get_one(OpenMonth, OCTOBER)
        assert (kept.counted_at, kept.figures) == (EIGHTH, list(counted.values()))
        assert rows_of(factory) != counted
        assert [(one.month, one.figures) for one in months(session)] == [(OCTOBER, [])]


def test_months_that_were_missed_are_made_good_the_earliest_first(factory: Sessions) -> None:
    """Also one without a request, of which nothing is told."""
    files(factory, taipei("2026-08-31T23:59"), 6, CaseState.CLOSED)
    assert [publish(factory, EIGHTH) for _ in range(4)] == [date(2026, 8, 1), date(2026, 9, 1), OCTOBER, None]
    with looking(factory) as session:
        assert session.get_one(OpenMonth, OCTOBER).figures[0]["requests"] is None


def test_a_request_is_in_one_month_alone_and_no_file_tells_of_several(factory: Sessions) -> None:
    """So months side by side add up to nothing that one of them withholds: each is counted from its own
    requests, whatever the others tell and whatever became of them since.
    """
    for month, many in ((8, 21), (9, 3), (10, 12)):
        filed_at = taipei(f"2026-{month:02}-20T10:00")
        files(factory, filed_at, many, CaseState.CLOSED)
        if month != 9:
            files(factory, filed_at, 6, CaseState.SIGNED)
            files(factory, filed_at, 5, CaseState.CANCELLED)
    for at in (taipei("2026-09-08T02:00"), taipei("2026-10-08T02:00"), EIGHTH):
        assert publish(factory, at)
        with transaction(factory) as session:
            earlier = Case.filed_at < at - timedelta(days=8)
            session.execute(update(Case).where(earlier).values(state=CaseState.SIGNED))
    with looking(factory) as session:
        told = {one.month.month: one.figures[0] for one in session.query(OpenMonth)}
        assert session.query(Case).count() == 58
    assert {month: row["requests"] for month, row in told.items()} == {8: 32, 9: None, 10: 23}
    assert [[told[month][one] for one in OpenState] for month in (8, 10)] == [[6, 21, 5], [6, 12, 5]]


def test_without_a_case_there_is_no_month(factory: Sessions) -> None:
    assert publish(factory, EIGHTH) is None
