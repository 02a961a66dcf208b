"""The rest of a simulated city's life: sign language, news, the book, the directory, outages, erasures."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline import outages
from hotline.clock import TAIPEI
from hotline.db import looking, transaction
from hotline.directory.calendar import set_hours
from hotline.directory.service import write
from hotline.directory.store import PersonRow
from hotline.knowledge import requests, reviews, service
from hotline.knowledge.requests import FaqQuestion
from hotline.knowledge.rules import Channel, Faq
from hotline.knowledge.store import FaqRequest
from hotline.ledger import history
from hotline.ledger.periods import Period
from hotline.news import messages, surges
from hotline.news.rules import NewsMessage, Surge
from hotline.video.misuse import record
from hotline.video.rules import Side
from hotline.video.store import VideoAccount
from hotline.worktime import OfficeHours
from tests.simulated.city import AGENCIES, DAY, HOUR, MINUTE, NODE, SimulatedCity

ACCOUNTS: Final = (("amy", "", None), ("ben", "", None), ("desk-1", "cad", 1), ("desk-2", "swd", 2))
"""Login, agency of the counter and its number; none of an own device."""
HEARD: Final = timedelta(seconds=7)


def accounts(city: SimulatedCity, at: datetime) -> None:
    """Who may ask for an interpreter."""
    with transaction(city.factory) as session:
        for login, agency, counter in ACCOUNTS:
            made = {"state": "active", "applied_at": at, "state_at": at}
            kind = "counter" if counter else "citizen"
            row = VideoAccount(kind=kind, login=login, name="王", contact="", agency=agency, **made)
            row.counter = counter
            session.add(row)


def sign_language(city: SimulatedCity, at: datetime) -> None:
    """Somebody asks, is served for a while or leaves before; browsers are heard meanwhile."""
    line, login = city.house.video_line, "interpreter-1"
    name = city.draw.choice([login for login, *_ in ACCOUNTS])
    with looking(city.factory) as session:
        account = session.scalars(select(VideoAccount).where(VideoAccount.login == name)).one()
    asked = city.tries(
        "sign: ask",
        lambda session: line.request(session, account, at, "陳怡君" if account.counter else ""),
    )
    if asked is None:
        return
    number = asked.id
    if city.chance(0.2):
        gone = at + 30 * timedelta(seconds=1)
        city.tries("sign: leave", lambda session: line.leave(session, number, gone))
        return
    at += city.draw.randrange(2, 50) * timedelta(seconds=1)
    city.tries("sign: on duty", lambda session: line.sign_on(session, login, at))
    city.tries("sign: serve", lambda session: line.accept(session, login, at))
    ends = city.after(at, MINUTE, 18 * MINUTE if city.chance(0.15) else 6 * MINUTE)
    city.tries("sign: heard", lambda session: _heard(city, session, number, at, ends))
    topic, of = "補助", city.draw.choice(AGENCIES)
    is_misuse = city.chance(0.05)
    city.tries(
        "sign: end", lambda session: line.end(session, number, login, ends, topic, of, misuse=is_misuse)
    )
    if city.chance(0.05):
        city.tries("misuse", lambda session: record(session, "閒聊", ends, at=ends, by=login))


def _heard(city: SimulatedCity, session: Session, number: int, at: datetime, ends: datetime) -> None:
    """Both browsers ask, so often that time goes on."""
    while (at := at + HEARD) < ends:
        for side in Side:
            city.house.video_line.seen(session, number, side, at)


def post(city: SimulatedCity, agency: str, at: datetime) -> None:
    """An agency tells of something; callers may have known it before."""
    said = NewsMessage(agency, f"停水公告{at:%d%H%M}", "明日停水。", at, at + 3 * DAY)
    city.tries("message", lambda session: messages.post(session, said, at=at, by=f"liaison-{agency}"))


def tell(city: SimulatedCity, agency: str, at: datetime) -> None:
    """An agency tells of many calls to come, by entries that are called about anyway."""
    first: date = at.astimezone(TAIPEI).date()
    entries = tuple(str(one) for one in sorted(city.draw.sample(range(1, 9), 2)))
    surge = Surge(agency, f"帳單寄發{at:%m%d}", first, first + timedelta(days=3), 200, "承辦人", entries)
    city.tries("surge", lambda session: surges.tell(session, surge, at=at, by=f"liaison-{agency}"))


def look_through(city: SimulatedCity, agency: str, at: datetime) -> None:
    """An agency looks at its entries, all or one; writes one anew, or a new one, or ends one."""
    by = f"liaison-{agency}"
    with looking(city.factory) as session:
        mine = service.entries(session, at, agency=agency)
    if not mine:
        return
    one = city.draw.choice(mine)
    match city.draw.randrange(5):
        case 0:
            city.tries("review book", lambda s: reviews.review_all(s, agency, at=at, by=by))
        case 1 | 2:
            city.tries("review entry", lambda s: reviews.review(s, one.key, at=at, by=by))
        case 3:
            faq = Faq(agency, f"新的問題{at:%m%d%H}？", "請向承辦單位洽詢。")
            city.tries("new entry", lambda s: service.write(s, faq, at=at, by=by))
        case _:
            city.tries("end entry", lambda s: service.end(s, one.key, at=at, by=by, reason="停辦"))


def ask(city: SimulatedCity, agency: str, at: datetime) -> None:
    """The call centre asks for an entry; the agency replies in time, late, or never."""
    house = city.house
    wanted = FaqQuestion(agency, "敬老卡怎麼補？", Channel.PHONE, at - 5 * MINUTE)
    row: FaqRequest | None = city.tries(
        "ask entry",
        lambda s: requests.ask(s, wanted, house.worktime, house.reply_limit, at=at, by="agent-1"),
    )
    if row and city.chance(0.85):
        number = row.id
        city.agenda.put(
            city.open_after(at, HOUR, 6 * DAY),
            lambda then: city.tries(
                "reply",
                lambda s: requests.reply(s, number, "已上架", at=then, by=f"liaison-{agency}"),
            ),
        )


def change(city: SimulatedCity, agency: str, at: datetime) -> None:
    """Somebody of an agency is called otherwise from some day on; told early enough, or not."""
    effective = at + city.draw.randrange(0, 9) * DAY

    def said(session: Session) -> None:
        people = _people(session, agency, at)
        row = city.draw.choice(people)
        says = dict(row.says()) | {"name": f"示範{at:%m%d}{city.draw.randrange(99)}"}
        write(session, "person", row.key, says, Period(effective), at=at, by=f"liaison-{agency}")

    city.tries("person", said)


def _people(session: Session, agency: str, at: datetime) -> Sequence[PersonRow]:
    rows = history.all_in_force(session, PersonRow, at)
    return [row for row in rows if row.section.startswith(agency)]


def shorten(city: SimulatedCity, first: date, until: date, at: datetime) -> None:
    """Offices have shorter hours for some days, told long before."""
    hours = OfficeHours(time(10), time(15))
    city.tries("hours", lambda s: set_hours(s, hours, first, until, at=at, by="admin-1"))
    city.house.city.refresh()


def outage(city: SimulatedCity, at: datetime) -> None:
    """A part of the system is down for a while, perhaps over the end of a month."""
    down(city, at, city.after(at, 2 * MINUTE, 5 * HOUR))


def down(city: SimulatedCity, at: datetime, until: datetime) -> None:
    """It is down from an instant until another."""
    part = city.draw.choice(tuple(outages.OutagePart))
    city.tries("outage", lambda session: outages.begin(session, NODE, part, at))
    city.agenda.put(
        until,
        lambda then: city.tries("outage over", lambda session: outages.end(session, NODE, part, then)),
    )


def erase(city: SimulatedCity, number: str, at: datetime) -> None:
    """A person wants everything erased that may be."""
    data = city.house.personal_data
    city.tries("erase", lambda s: data.erase(s, number, "本人請求", by="admin-1", at=at))
