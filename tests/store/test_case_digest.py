"""The 18:00 digest of late quick cases (P5.4.5): one an agency and business, to its three people, once."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from hotline.cases.cancelling import Cancelling
from hotline.cases.deadlines import CaseLimits
from hotline.cases.digest import Digest
from hotline.cases.rules import Move
from hotline.cases.words import ReplyWay
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import close_staff, set_staff
from hotline.worktime import Calendar
from tests.case_office import MOBILE, CaseOffice, Kind, Table

pytestmark = pytest.mark.dialects

SUNDAY = taipei("2026-11-29T18:00")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FILED = SUNDAY - 4 * HOUR - MINUTE
"""Overdue since 17:59."""
THREE = ["pwd-manager", "pwd-quick", "pwd-control"]


@pytest.fixture
def office(factory: Sessions) -> CaseOffice:
    return CaseOffice(factory)


def again(office: CaseOffice) -> Digest:
    """The job after a restart: it remembers nothing."""
    return Digest(office.factory, office.table, lambda: office.limits, Calendar)


def test_P5_4_5_one_case_overdue_since_17_59_on_a_sunday_and_the_job_run_twice(office: CaseOffice) -> None:
    """§21: three recipients, one mail each."""
    number = office.filed(FILED)
    assert office.digest.run(SUNDAY) == 3
    assert again(office).run(SUNDAY) == office.digest.run(SUNDAY) == 0
    assert office.letters("N-42") == THREE
    text = office.texts("N-42")[0]
    assert text.startswith("【1999快速－逾限未回覆】11月29日 路面損壞 共1件\n")
    assert f"{number[:4]}-{number[4:8]}-{number[8:]} 文化路一段100號 時限11月29日 17:59" in text


def test_P5_4_5_nothing_before_the_hour_none_when_empty_and_not_what_is_due_at_it(office: CaseOffice) -> None:
    """Due at 18:00:00 is not late at 18:00:00."""
    office.filed(FILED + MINUTE)
    assert office.digest.run(SUNDAY - timedelta(seconds=1)) == 0
    assert again(office).run(SUNDAY) == 0 and office.letters("N-42") == []


def test_P5_4_5_a_missed_run_is_made_up_the_same_day_with_what_was_late_at_18_00(office: CaseOffice) -> None:
    """At 23:59 it is written; what became late since is for tomorrow, and after midnight it is tomorrow."""
    office.filed(FILED)
    office.filed(FILED + HOUR, "1003", phone="0922000111")
    assert again(office).run(SUNDAY + 6 * HOUR - MINUTE) == 3
    assert office.letters("N-42") == THREE
    assert again(office).run(SUNDAY + 6 * HOUR) == 0
    assert again(office).run(SUNDAY + DAY) == 6


def test_P5_4_5_one_digest_an_agency_and_business_every_day_until_the_citizen_is_answered(
    office: CaseOffice,
) -> None:
    """Two holes are one digest; a lamp is another; done is not answered."""
    hole, _, _ = (
        office.filed(FILED),
        office.filed(FILED, phone="0922000111"),
        office.filed(FILED - DAY, "3002"),
    )
    assert office.digest.run(SUNDAY) == 6
    counts = sorted(text.splitlines()[0].rpartition(" ")[2] for text in office.texts("N-42"))
    assert counts == ["共1件"] * 3 + ["共2件"] * 3
    office.does(hole, Move.SIGN, "pwd-quick", SUNDAY)
    late = {
        "late_ground": "weather",
        "late_reason": "雨",
        "result": "已回填",
        "doer": "隊",
        "no_photo": "夜間",
    }
    office.does(hole, Move.COMPLETE, "pwd-mei", SUNDAY + HOUR, **late, done_at=SUNDAY + HOUR)
    office.digest.run(SUNDAY + DAY)
    assert (
        sorted(text.splitlines()[0].rpartition(" ")[2] for text in office.texts("N-42"))[-3:] == ["共2件"] * 3
    )
    office.carried()
    office.chase.run(SUNDAY + DAY + HOUR)
    office.digest.run(SUNDAY + 2 * DAY)
    assert [text.splitlines()[0].rpartition(" ")[2] for text in office.texts("N-42")][-6:] == ["共1件"] * 6


def test_P5_4_6_the_manager_of_the_business_goes_before_the_agencys_and_a_gap_is_the_liaisons(
    office: CaseOffice,
) -> None:
    """A category names another manager; without a control officer the 1999 liaison is told too."""
    office.table = Table({"3003": Kind("3003", "路面損壞", manager="road-boss")})
    with transaction(office.factory) as session:
        boss = Staff("road-boss", "路", frozenset({Role.MANAGER}), "pwd", email="road-boss@city.example")
        set_staff(session, boss, Period(FILED), at=FILED, by="admin")
        close_staff(session, "pwd-control", FILED, at=FILED, by="admin")
    office.filed(FILED)
    again(office).run(SUNDAY)
    assert office.letters("N-42") == ["road-boss", "pwd-quick", "pwd-liaison"]


def test_P5_4_5_the_hour_and_working_days_only_are_the_citys_to_set(office: CaseOffice) -> None:
    """At 17:00, and not on a Sunday; Monday's digest tells of Sunday's."""
    office.filed(FILED - 2 * HOUR)
    office.limits = replace(CaseLimits(), overdue_mail_at=time(17), overdue_workdays_only=True)
    assert again(office).run(SUNDAY) == 0
    monday = SUNDAY + DAY - HOUR
    assert (again(office).run(monday - MINUTE), again(office).run(monday)) == (0, 3)


def test_P5_4_5_what_several_citizens_reported_is_one_case(office: CaseOffice) -> None:
    """As in the inbox: its own number, once; its first petitioner may have withdrawn."""
    here = {"latitude": 25.0123, "longitude": 121.4654}
    lead = office.filed(FILED, **here)
    office.filed(FILED, attach_to=lead, phone="0922000111", **here)
    with transaction(office.factory) as session:
        Cancelling(office.moving).by_holder(session, lead, MOBILE, FILED + MINUTE)
    assert again(office).run(SUNDAY) == 3
    assert office.texts("N-42")[0].splitlines()[0].endswith("共1件")


def test_P5_4_5_cancelled_and_closed_cases_are_in_no_digest(office: CaseOffice) -> None:
    """Nor petitions, which have no such mail."""
    closed = office.filed(FILED, phone="", name="", reply_way=ReplyWay.NONE)
    office.filed(FILED - 60 * DAY, "9001", phone="0922000111")
    office.does(closed, Move.SIGN, "pwd-quick", FILED + MINUTE)
    done = {"result": "已回填", "doer": "隊", "no_photo": "夜間"}
    office.does(closed, Move.COMPLETE, "pwd-mei", FILED + HOUR, **done, done_at=FILED + HOUR)
    office.chase.run(FILED + HOUR)
    assert again(office).run(SUNDAY) == 0
