"""The reports of a month over rows, on both databases (P4.2, P4.11, P5.1.2)."""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from calls.in_time import InTime
from calls.store import CallRow, Leg
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.calendar import set_hours
from hotline.directory.register import set_row
from hotline.directory.rules import Agency, Section
from hotline.ledger.periods import Period
from hotline.worktime import OfficeHours
from reporting.answer_metrics import Group
from reporting.answer_times import MonthReport, month
from transfer.outcome import DialOutcome

NOVEMBER = date(2026, 11, 1)
NOW = taipei("2026-11-25T12:00")
HOURS = OfficeHours(time(8, 30), time(17, 30))
IN_TIME = InTime()


def rung(
    session: Session,
    at: str = "2026-11-24T10:00",
    outcome: DialOutcome = DialOutcome.ANSWERED,
    ring: float = 3.0,
    *,
    extension: str = "5112",
    section: str = "household",
    proxy: bool = False,
    kind: str = "desk",
    asked: str = "",
    call: str = "",
) -> None:
    """One phone of the Civil Affairs rung for a call of its own, or for this one."""
    number = session.query(Leg).count()
    call = call or f"call-{number}"
    if session.get(CallRow, call) is None:
        session.add(CallRow(id=call))
        session.flush()
    session.add(
        Leg(
            channel=f"leg-{number}",
            call_id=call,
            asked=asked or extension,
            phone=extension,
            extension=extension,
            section=section,
            agency="civil",
            kind=kind,
            proxy=proxy,
            started_at=taipei(at),
            ring_seconds=ring,
            outcome=outcome,
        )
    )
    session.flush()


def named(session: Session, name: str, since: str) -> None:
    """What the Civil Affairs are called from a day on."""
    set_row(session, Agency("civil", name), Period(taipei(since)), at=NOW, by="test")


def read(factory: Sessions, first: date = NOVEMBER, now: datetime = NOW) -> MonthReport:
    with transaction(factory) as session:
        return month(session, first, now, HOURS)


def cells(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(row) for row in rows]


def test_P4_2_a_the_rings_of_a_month(factory: Sessions) -> None:
    """Nine seconds are in time; a busy line did not ring; agents' phones and other months are not counted."""
    with transaction(factory) as session:
        rung(session, ring=9.0)
        rung(session, ring=9.001, proxy=True)
        rung(session, outcome=DialOutcome.BUSY, ring=0)
        rung(session, outcome=DialOutcome.NO_ANSWER, ring=15.0, extension="5113")
        rung(session, outcome=DialOutcome.RINGING, extension="5113")
        rung(session, kind="agent")
        rung(session, kind="duty")
        rung(session, at="2026-10-31T23:59:59")
        rung(session, at="2026-12-01T00:00")
    assert cells(read(factory).rings(Group.EXTENSION, IN_TIME).rows) == [
        ["civil", "household", "5112", "3", "1", "1", "0", "1", "9.0", "9.0", "50%"],
        ["civil", "household", "5113", "1", "0", "0", "1", "0", "15.0", "15.0", ""],
    ]
    assert cells(read(factory).rings(Group.AGENCY, IN_TIME).rows) == [
        ["civil", "4", "1", "1", "1", "1", "11.0", "15.0", "50%"]
    ]
    assert len(read(factory, date(2026, 10, 1)).legs) == 1


def test_P4_11_the_busiest_lines_come_first_and_are_marked_above_a_fifth(factory: Sessions) -> None:
    with transaction(factory) as session:
        for outcome in (DialOutcome.BUSY, *[DialOutcome.ANSWERED] * 4):
            rung(session, outcome=outcome)
        for outcome in (DialOutcome.BUSY, DialOutcome.NO_ANSWER):
            rung(session, outcome=outcome, extension="5113")
    assert cells(read(factory).busy(Group.EXTENSION, IN_TIME).rows) == [
        ["civil", "household", "5113", "2", "1", "50.0%", "yes"],
        ["civil", "household", "5112", "5", "1", "20.0%", ""],
    ]


def test_P5_1_2_a_section_that_nobody_answered_is_listed_with_its_day(factory: Sessions) -> None:
    """Names are the directory's; a refusal is no answer; the night does not count."""
    with transaction(factory) as session:
        named(session, "示範民政局", "2026-01-01")
        section = Section("household", "civil", "示範戶政科")
        set_row(session, section, Period(taipei("2026-01-01")), at=NOW, by="test")
        rung(session, outcome=DialOutcome.NO_ANSWER)
        rung(session, outcome=DialOutcome.REFUSED, proxy=True, extension="5113")
        rung(session, at="2026-11-24T20:00")
    assert cells(read(factory).silent().rows) == [
        ["civil 示範民政局", "household 示範戶政科", "2026-11-24", "2"]
    ]


def test_P5_1_2_office_hours_are_those_that_were_declared(factory: Sessions) -> None:
    """On a day that ends at noon nobody owes an answer after it; the day before they do."""
    with transaction(factory) as session:
        short = OfficeHours(time(8, 30), time(12))
        days = date(2026, 11, 24), date(2026, 11, 25)
        set_hours(session, short, *days, at=taipei("2026-11-20"), by="test")
        for day in (23, 24):
            rung(session, at=f"2026-11-{day}T14:00", outcome=DialOutcome.NO_ANSWER)
    assert cells(read(factory).silent().rows) == [["civil", "household", "2026-11-23", "1"]]


def test_P5_1_2_a_section_whose_desk_follows_another_has_set_its_forward(factory: Sessions) -> None:
    """The desk was rung only after the forward had not answered;
    the section that it follows is asked itself.
    """
    with transaction(factory) as session:
        for section, extension, kind in (("civil-rite", "5601", "forward"), ("household", "5112", "desk")):
            rung(
                session,
                outcome=DialOutcome.NO_ANSWER,
                ring=15,
                extension=extension,
                section=section,
                kind=kind,
                asked="5112",
                proxy=kind == "forward",
                call="one",
            )
    assert cells(read(factory).silent().rows) == []
    with transaction(factory) as session:
        rung(session, outcome=DialOutcome.NO_ANSWER, extension="5113")
    assert cells(read(factory).silent().rows) == [["civil", "household", "2026-11-24", "2"]]


def test_the_names_of_a_month_gone_by_are_those_of_its_end(factory: Sessions) -> None:
    with transaction(factory) as session:
        named(session, "從前", "2026-01-01")
        named(session, "後來", "2026-12-15")
        rung(session)
    table = read(factory, now=taipei("2026-12-20")).rings(Group.AGENCY, IN_TIME)
    assert table.rows[0][0] == "civil 從前"
