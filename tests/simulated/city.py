"""The simulated city: its house as it is wired, who works in it, its book, its citizens, and chance."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy.orm import Session

from calls.cdr_writer import Records
from demo.city_book import shelve
from demo.seed import seed
from hotline.callbacks.chase import Chase
from hotline.callbacks.work import CallbackWork
from hotline.clock import TAIPEI, monotonic, taipei
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.outbox.message import Letter, NotSent
from hotline.outbox.service import Post
from hotline.permissions import Role
from hotline.settings import Settings
from hotline.staff.rules import Staff, says_of
from hotline.staff.store import StaffRow
from ops.wiring import House, migrate, workshop
from reporting.hour_sums.service import HourSums
from tests.simulated.agenda import Agenda

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FOUNDED: Final = taipei("2026-08-20T09:00")
AGENCIES: Final = ("epb", "pwd", "tpt", "swd", "cad", "apo")
AGENTS: Final = ("agent-1", "agent-2", "agent-3")
MORE_STAFF: Final = tuple(
    (f"{role}-{agency}-x", role, agency)
    for agency in ("pwd", "tpt", "swd")
    for role in (Role.CONTROL_OFFICER, Role.MANAGER)
)
"""Agencies whose offices are held; those of the others are vacant."""
NODE: Final = "ntpc1"


@dataclass
class SimulatedCity:
    """A city, and what happens in it."""

    house: House
    draw: Random
    agenda: Agenda = field(default_factory=Agenda)
    refused: Counter[str] = field(default_factory=Counter)
    """What the rules refused of what was tried, by the code of the reason."""
    done: Counter[str] = field(default_factory=Counter)
    """What was done, by its name."""
    calls: int = 0

    @property
    def factory(self) -> Sessions:
        """Sessions of its database."""
        return self.house.factory

    def tries(self, what: str, deed: Callable[[Session], Any]) -> Any:
        """Do something in a transaction of its own, unless the rules refuse it."""
        try:
            with transaction(self.factory) as session:
                found = deed(session)
        except HotlineError as error:
            self.refused[f"{what}: {type(error).__name__}"] += 1
            return None
        self.done[what] += 1
        return found

    def chance(self, share: float) -> bool:
        """Draw whether something happens."""
        return self.draw.random() < share

    def after(self, at: datetime, least: timedelta, most: timedelta) -> datetime:
        """An instant not so long after another, to the millisecond."""
        span = (most - least) / timedelta(milliseconds=1)
        return at + least + self.draw.randrange(max(1, round(span))) * timedelta(milliseconds=1)

    def open_after(self, at: datetime, least: timedelta, most: timedelta) -> datetime:
        """The same, or later, when the offices are open."""
        return self.house.worktime.next_opening(self.after(at, least, most))

    def number(self) -> str:
        """Whose telephone calls: few call often, some hide the number, a few are abroad."""
        if self.chance(0.06):
            return ""
        if self.chance(0.01):
            return "+81312345678"
        return f"09{12000000 + int(self.draw.paretovariate(0.6)) % 400:08}"

    def records(self) -> Records:
        """The writer of calls' records."""
        house = self.house
        return Records(NODE, house.callbacks, house.yardstick.in_time, house.limit_rules)

    def post(self) -> Post:
        """Brings messages on their way; one of thirty is refused for good."""
        return Post(self.factory, _Carrier(self.draw), "simulated")

    def chases(self, at: datetime) -> None:
        """What the jobs do from time to time."""
        self.post().deliver(at)
        Chase(self.factory, self.house.callbacks).run(at)
        self.house.case_chase.run(at)
        self.house.survey_mail.run(at)
        self.house.survey_calls.run(at)
        HourSums(self.factory, monotonic, lambda _seconds: None).work(at)

    def promises(self) -> CallbackWork:
        """What people do with promises."""
        return CallbackWork(self.house.callbacks)


@dataclass
class _Carrier:
    draw: Random

    def send(self, letter: Letter) -> str:
        """Brings it, or does not."""
        if self.draw.random() < 1 / 30:
            raise NotSent("refused", for_good=True)
        return letter.key[:64]


def founded(home: Path, database_url: str, number: int) -> SimulatedCity:
    """A city in a database of its own; ``number`` of its chance."""
    settings = Settings(
        home=home,
        database_url=database_url,
        survey_share=60,
        survey_questions=3,
        survey_mail=100,
        survey_callback=70,
    )
    migrate(settings)
    house = workshop(settings, "simulated")
    with transaction(house.factory) as session:
        seed(session, FOUNDED)
        shelve(session, FOUNDED)
        for login, role, agency in MORE_STAFF:
            _employed(
                session, Staff(login, login, frozenset({Role(role)}), agency, email=f"{login}@c.example")
            )
    house.city.refresh()
    return SimulatedCity(house, Random(number))


def _employed(session: Session, member: Staff) -> None:
    """As they were: nobody is examined."""
    written = {"valid_from": FOUNDED, "author": "admin-1", "reason": "", "recorded_at": FOUNDED}
    session.add(StaffRow(key=member.login, **says_of(member), **written))


def days(first: date, last: date) -> list[date]:
    """Days from the first to the last."""
    return [first + timedelta(days=one) for one in range((last - first).days + 1)]


def moment(day: date, hour: float) -> datetime:
    """An instant of a day of Taipei, to the millisecond."""
    begin = datetime(day.year, day.month, day.day, tzinfo=TAIPEI)
    return begin + timedelta(milliseconds=round(hour * 3_600_000))
