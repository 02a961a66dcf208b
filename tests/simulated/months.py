"""Three simulated months: a quiet one, a busy one, and the beginning of a third."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from tests.simulated import life, promises
from tests.simulated.calls import CallScene
from tests.simulated.city import AGENCIES, FOUNDED, HOUR, MINUTE, SimulatedCity, days, moment

SINCE, UNTIL = date(2026, 9, 1), date(2026, 11, 12)
HOURS: Final = (*range(24), *[8, 9, 10, 11, 13, 14, 15, 16] * 10, *[17, 18, 19, 20] * 4)
"""Hours of the day in which calls begin, as often as they do."""
OFTEN: Final[Mapping[int, tuple[int, int]]] = {9: (14, 7), 10: (44, 20), 11: (22, 10)}
"""Calls on a working day and on another one, by month."""


def put_down(city: SimulatedCity, since: date = SINCE, until: date = UNTIL, scale: float = 1.0) -> None:
    """Put down all that is to happen by itself in these days."""
    city.agenda.put(moment(since, 0), lambda at: life.accounts(city, FOUNDED))
    shorter = date(2026, 10, 12), date(2026, 10, 16)
    city.agenda.put(moment(since, 12), lambda at: life.shorten(city, *shorter, at))
    for day in days(since, until):
        _day(city, day, scale)
    end = date(2026, 11, 1)
    if since < end <= until:
        _turn_of_the_month(city, moment(end, 0))


def _day(city: SimulatedCity, day: date, scale: float) -> None:
    draw = city.draw
    works = city.house.worktime.is_open(moment(day, 10))
    many = round(OFTEN[day.month][0 if works else 1] * scale)
    for _call in range(many + draw.randrange(4)):
        _call_at(city, moment(day, draw.choice(HOURS) + draw.random()))
    for hour in range(1, 24, 2):
        city.agenda.put(moment(day, hour + 0.01), city.chases)
    city.agenda.put(moment(day, 19), lambda at: promises.answer_mails(city, at))
    if not works:
        return
    for hour in (9.3, 11.4, 13.6, 15.2, 16.8):
        city.agenda.put(moment(day, hour), lambda at: promises.work(city, at))
    for hour in (9.0, 10.2, 14.5):
        if city.chance(0.4):
            city.agenda.put(moment(day, hour), lambda at: life.sign_language(city, at))
    often: tuple[tuple[float, Callable[[SimulatedCity, str, datetime], None]], ...] = (
        (0.4, life.post),
        (0.12, life.tell),
        (0.7, life.look_through),
        (0.5, life.ask),
        (0.35, life.change),
    )
    for share, deed in often:
        if city.chance(share):
            agency = draw.choice(AGENCIES)
            at = moment(day, 9 + 8 * draw.random())
            city.agenda.put(at, lambda at, deed=deed, agency=agency: deed(city, agency, at))
    if city.chance(0.15):
        city.agenda.put(moment(day, 6 + draw.random()), lambda at: life.outage(city, at))
    if city.chance(0.08):
        number = f"09{12000000 + draw.randrange(1, 5):08}"
        city.agenda.put(moment(day, 18), lambda at: life.erase(city, number, at))


def _call_at(city: SimulatedCity, at: datetime) -> None:
    city.agenda.put(at, lambda at: CallScene(city, at, city.number()).play())


def _turn_of_the_month(city: SimulatedCity, end: datetime) -> None:
    """What lies on the edge: to the microsecond before midnight, at it, and over it."""
    moments = (-10 * MINUTE, timedelta(minutes=-1), -timedelta(milliseconds=500), timedelta(0), 3 * MINUTE)
    for away in moments:
        _call_at(city, end + away)
    for away in (-timedelta(milliseconds=500), timedelta(0)):
        city.agenda.put(end + away, lambda at: life.post(city, "pwd", at))
    city.agenda.put(end - HOUR, lambda at: life.outage(city, at))
