"""Office hours on both databases: from a day on,
and days that end early without losing what holds before and after.
"""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from sqlalchemy.orm import Session

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.calendar import DAY, hours_of_the_day, set_hours, usual_hours
from hotline.directory.rows import load_city
from hotline.ledger.entries import changes
from hotline.worktime.workdays import OfficeHours

NOW = taipei("2026-11-24T10:00")
STORM, NEXT = date(2026, 12, 10), date(2026, 12, 11)
USUAL, SUMMER, SHORT = (OfficeHours(time(8, 30), time(hour)) for hour in (17, 16, 13))


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def says(session: Session, hours: OfficeHours, since: date, until: date | None = None) -> bool:
    return set_hours(session, hours, since, until, at=NOW, by="admin-1")


def seen(session: Session, *days: date) -> list[OfficeHours | None]:
    """What holds on each day."""
    city = load_city(session, NOW)
    return [city.hours(day) for day in days]


def test_a_day_that_ends_early_leaves_its_neighbours_alone(session: Session) -> None:
    """Also where nobody ever declared any hours: those of the settings hold around it."""
    says(session, SHORT, STORM, NEXT)
    assert seen(session, STORM - DAY, STORM, NEXT) == [None, SHORT, None]
    assert usual_hours(session, STORM) is None
    assert hours_of_the_day(session, STORM) is not None and hours_of_the_day(session, NEXT) is None


def test_new_hours_hold_beyond_a_day_that_ends_early(session: Session) -> None:
    """Declared later from an earlier day on, in one entry:
    the storm's afternoon stays off, the days after it are new.
    """
    says(session, USUAL, date(2026, 1, 1))
    says(session, SHORT, STORM, NEXT)
    says(session, SHORT, NEXT, NEXT + DAY)
    assert usual_hours(session, NEXT) == USUAL
    count = len(changes(session))
    assert says(session, SUMMER, date(2026, 12, 1))
    assert len(changes(session)) == count + 1
    after = seen(session, STORM - DAY, STORM, NEXT, NEXT + DAY, date(2027, 6, 1))
    assert after == [SUMMER, SHORT, SHORT, SUMMER, SUMMER]
    assert not says(session, SUMMER, date(2026, 12, 1)), "it is so already"


def test_a_later_change_that_is_planned_stays(session: Session) -> None:
    """New hours hold until it."""
    says(session, USUAL, date(2026, 1, 1))
    says(session, SHORT, STORM, NEXT)
    says(session, SUMMER, date(2027, 6, 1))
    says(session, OfficeHours(time(9), time(18)), date(2026, 12, 1))
    assert seen(session, NEXT, date(2027, 5, 31), date(2027, 6, 1)) == [
        OfficeHours(time(9), time(18)),
        OfficeHours(time(9), time(18)),
        SUMMER,
    ]


def test_a_day_that_is_open_again_has_what_the_others_have(session: Session) -> None:
    """The early end is taken back; hours that change later change on this day too."""
    says(session, USUAL, date(2026, 1, 1))
    says(session, SHORT, STORM, NEXT)
    says(session, usual_hours(session, STORM) or SHORT, STORM, NEXT)
    assert seen(session, STORM - DAY, STORM, NEXT) == [USUAL] * 3
    says(session, SUMMER, date(2026, 12, 1))
    assert seen(session, *(STORM + timedelta(days=days) for days in (-1, 0, 1))) == [SUMMER] * 3
