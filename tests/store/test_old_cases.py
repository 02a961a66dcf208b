"""Open cases of an older system: taken over once, with their true time; nothing is written with a fault."""

import io
from datetime import datetime, timedelta

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from administration import old_cases
from administration.old_cases import OldCasePlan, bring, moment, plan
from administration.old_lines import MOST, NothingToImport, TooManyLines
from hotline.cases import find, imported
from hotline.cases.deadlines import all_of
from hotline.cases.imported import ImportedCases
from hotline.cases.numbers import new_number
from hotline.cases.rules import DeadlineKind
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.exchange.feed import CaseFeed
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.sheets.faults import Unreadable
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from tests.store.cases import TEN, WORKTIME, Desk, read, staffed

HEAD = "原案號,受理時間,案情,種類,案件類別,機關,地點,姓名,電話,回復方式,尚未受理\n"
GOOD = (
    "A-1,115/11/20 09:30,路面有坑洞,,3003,,板橋區中山路一段161號,王小明,0912345678,簡訊,\n"
    "A-2,2026/11/23,公園太暗,陳情,,parks,,,,,是\n"
    "A-3,2026-11-24 09:00,路樹倒塌,通報,,pwd,,,,,\n"
)


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    made = Desk(staffed(factory))
    with transaction(factory) as session:
        for login in ("admin-1", "admin-2"):
            one = Staff(login, login, frozenset({Role.ADMINISTRATOR}))
            set_staff(session, one, Period(TEN - timedelta(days=1)), at=TEN, by="test")
    return made


def tried(desk: Desk, text: str | bytes) -> OldCasePlan:
    content = text.encode() if isinstance(text, str) else text
    with transaction(desk.factory) as session:
        return plan(session, ImportedCases(desk.moving, read), content, TEN)


def brought(desk: Desk, text: str | bytes, by: str = "admin-1") -> OldCasePlan:
    content = text.encode() if isinstance(text, str) else text
    return bring(desk.factory, ImportedCases(desk.moving, read), content, at=TEN, by=by)


def cases(desk: Desk) -> dict[str, Case]:
    with transaction(desk.factory) as session:
        return {row.external_ref: row for row in session.scalars(select(Case).order_by(Case.id))}


@pytest.mark.dialects
def test_cases_keep_their_number_and_their_time(desk: Desk) -> None:
    """Their clocks run from it, late ones are late; nobody is told; the feed tells another system of them."""
    assert len(tried(desk, HEAD + GOOD).added) == 3 and cases(desk) == {}
    brought(desk, HEAD + GOOD)
    made = cases(desk)
    assert [(one.kind, one.state, one.agency, one.number) for one in made.values()] == [
        ("quick", "IN_PROGRESS", "pwd", "115112400001"),
        ("petition", "DISPATCHED", "parks", "115112400002"),
        ("notify", "IN_PROGRESS", "pwd", "115112400003"),
    ]
    quick, petition = made["A-1"], made["A-2"]
    assert quick.filed_at == taipei("2026-11-20T09:30") and quick.entered_late
    assert (quick.due_at, quick.name, quick.reply_way) == (taipei("2026-11-20T13:30"), "王小明", "sms")
    assert petition.filed_at == taipei("2026-11-23")
    with transaction(desk.factory) as session:
        reply = next(one for one in all_of(session, petition.id) if one.kind == DeadlineKind.REPLY)
        assert reply.begins_at == petition.filed_at
        found = find.of_another_system(session, "A-1")
        assert found is not None and found.id == quick.id
    assert petition.due_at == WORKTIME.due(
        taipei("2026-11-23"), desk.moving.limits.on(desk.moving.limits.petition_clock, 6)
    )
    assert desk.messages() == []
    assert CaseFeed(desk.factory, "receiver").run(TEN) == 3 + 2 + 2


@pytest.mark.dialects
def test_the_same_file_again_changes_nothing(desk: Desk) -> None:
    """Also with other words for a case that is here; what is new beside it is added."""
    brought(desk, HEAD + GOOD)
    assert (tried(desk, HEAD + GOOD).known, tried(desk, HEAD + GOOD).is_fit) == (3, False)
    with pytest.raises(NothingToImport):
        brought(desk, HEAD + GOOD)
    more = GOOD.replace("路面有坑洞", "別的") + "A-4,115/11/24,噪音,陳情,,police,,,,,\n"
    assert len(brought(desk, HEAD + more).added) == 1
    assert len(cases(desk)) == 4 and cases(desk)["A-1"].matter == "路面有坑洞"


def test_faults_are_told_by_line_and_column_beside_good_lines(desk: Desk) -> None:
    """All at once; while there is one nothing is written."""
    bad = (
        "A-1,115/11/24,又一次,陳情,,pwd,,,,,\n"
        "B-1,明天,坑洞,,3003,,,,,,\n"
        "B-2,2026-11-25,坑洞,,3003,,,,,,\n"
        "B-3,115/11/24,坑洞,,9999,,,,,,\n"
        "B-4,115/11/24,坑洞,快速,,pwd,,,,,\n"
        "B-5,115/11/24,坑洞,陳情,,,,,,,\n"
        "B-6,115/11/24,坑洞,陳情,,nobody,,,,簡訊,\n"
        ",115/11/24,坑洞,陳情,,pwd,,,,,\n"
        "B-8,115/11/24,,陳情,,pwd,,,12,,\n"
    )
    found = tried(desk, HEAD + GOOD + bad)
    assert len(found.added) == 3
    assert [(line, column, why.code) for line, column, why in found.wrong] == [
        (5, "external_ref", "cell"),
        (6, "filed_at", "cell"),
        (7, "filed_at", "filed-outside"),
        (8, "category", "unknown-category"),
        (8, "agency", "case-word-missing"),
        (9, "case_kind", "case-word-missing"),
        (10, "agency", "case-word-missing"),
        (11, "agency", "no-such-agency"),
        (11, "reply_way", "not-reachable"),
        (12, "external_ref", "cell"),
        (13, "matter", "cell"),
        (13, "number", "cell"),
    ]
    with pytest.raises(NothingToImport):
        brought(desk, HEAD + GOOD + bad)
    assert cases(desk) == {}


def test_who_may_and_how_much(desk: Desk) -> None:
    """An administrator; a file has an end."""
    with pytest.raises(NotPermitted):
        brought(desk, HEAD + GOOD, by="agent-1")
    line = "{},115/11/24,坑洞,陳情,,pwd,,,,,\n"
    with pytest.raises(TooManyLines):
        tried(desk, HEAD + "".join(line.format(number) for number in range(MOST + 1)))


def test_a_workbook_is_read_too(desk: Desk) -> None:
    """With dates as a spreadsheet keeps them."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD.strip().split(","))
    sheet.append(["A-1", TEN.replace(tzinfo=None), "坑洞", "陳情", "", "pwd"])
    out = io.BytesIO()
    book.save(out)
    (one,) = brought(desk, out.getvalue()).added
    assert one.filed_at == TEN


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("115/1/2 9:05", "2026-01-02T09:05"),
        ("2026-01-02T09:05", "2026-01-02T09:05"),
        ("2026.1.2", "2026-01-02"),
        ("2026-01-02 09:05:59", "2026-01-02T09:05"),
        ("2026-01-02T01:05+00:00", "2026-01-02T09:05"),
        ("115/2/30", ""),
        ("11/2/3", ""),
        ("2026-01-02 25:00", ""),
        ("上週", ""),
    ],
)
def test_times_are_read_as_offices_write_them(cell: str, at: str) -> None:
    if at:
        assert moment(cell) == taipei(at)
        return
    with pytest.raises(Unreadable):
        moment(cell)


def test_what_was_interrupted_goes_on_when_the_file_comes_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was committed stays, and stays once; a case is there whole or not at all."""
    monkeypatch.setattr(old_cases, "AT_ONCE", 1)
    number = iter((new_number, new_number, None))

    def fails(session: Session, at: datetime) -> str:
        """The third time the database is away."""
        deed = next(number, new_number)
        if deed is None:
            raise ConnectionError
        return deed(session, at)

    monkeypatch.setattr(imported, "new_number", fails)
    with pytest.raises(ConnectionError):
        brought(desk, HEAD + GOOD)
    assert list(cases(desk)) == ["A-1", "A-2"]
    assert len(brought(desk, HEAD + GOOD).added) == 1
    assert list(cases(desk)) == ["A-1", "A-2", "A-3"]
