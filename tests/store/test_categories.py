"""Categories with their history on both databases: written, reviewed, undone, imported, proposed (P5.4.1)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from administration.bulk_import import bring
from administration.undo import undo
from hotline.categories import service
from hotline.categories.proposals import Categories, ProposalKind
from hotline.categories.rules import Due
from hotline.categories.seed import seed_records
from hotline.categories.service import UnknownCategory
from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.directory.atlas import Atlas
from hotline.directory.files.exporting import as_csv, tables
from hotline.directory.files.importing import Became, ReadFiles, end_row, import_files, read_content
from hotline.directory.register import set_row
from hotline.directory.rules import Agency, Section
from hotline.directory.service import Unknown
from hotline.knowledge import service as book
from hotline.knowledge.rules import Faq
from hotline.knowledge.service import Finder
from hotline.ledger.audit import audit_rows
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import changes
from hotline.ledger.periods import Period
from hotline.permissions import Action, Role
from hotline.sheets.columns import UnfitRow
from hotline.sheets.faults import BadSheets
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from wording import CHINESE, sentence

pytestmark = pytest.mark.dialects
BEFORE = taipei("2026-11-01T08:00")
NOW = taipei("2026-11-24T10:00")
LATER = NOW + timedelta(hours=1)
PEN = ChangeContext(LATER, "admin-1", Action.DIRECTORY_IMPORT, "市府清單")
AGENCIES = {"police": "警察局", "epb": "環保局", "pwd": "工務局", "tpt": "交通局"}
SECTIONS = {"pwd-road": "pwd", "pwd-park": "pwd", "epb-air": "epb"}
PEOPLE = (
    Staff("admin-1", "管理員", frozenset({Role.ADMINISTRATOR})),
    Staff("agent-1", "話務員", frozenset({Role.AGENT})),
    Staff("liaison-pwd", "窗口", frozenset({Role.LIAISON}), "pwd"),
)


@pytest.fixture
def city(factory: Sessions) -> Sessions:
    """Four agencies with the placeholder list, and an entry of the book."""
    who: Any = {"at": BEFORE, "by": "admin-1"}
    with transaction(factory) as session:
        for code, name in AGENCIES.items():
            set_row(session, Agency(code, name), Period(BEFORE), **who)
        for code, agency in SECTIONS.items():
            set_row(session, Section(code, agency, code), Period(BEFORE), **who)
        for member in PEOPLE:
            set_staff(session, member, Period(BEFORE), **who)
        pen = ChangeContext(BEFORE, "admin-1", Action.DIRECTORY_IMPORT, "暫定清單")
        records = seed_records({name: code for code, name in AGENCIES.items()})
        import_files(session, ReadFiles(tuple(records)), BEFORE, pen)
        book.write(session, Faq("pwd", "路燈不亮要找誰修？", "請告訴我們燈桿上的編號。"), **who)
    return factory


@pytest.fixture
def session(city: Sessions) -> Iterator[Session]:
    with transaction(city) as session:
        yield session


def says_of(session: Session, code: str, **other: Any) -> dict[str, Any]:
    """The words of a category as it is now, some of them otherwise."""
    return {**service.category(session, code, NOW).says(), **other}


def writes(session: Session, code: str = "3003", by: str = "admin-1", **other: Any) -> bool:
    """Write a category otherwise, an hour later."""
    return service.write(session, code, says_of(session, code, **other), Period(LATER), at=LATER, by=by)


def test_P5_4_1_a_running_case_keeps_its_version(session: Session) -> None:
    """The table changes from a moment on; by the number of its row a case still has what it was filed by."""
    table = Categories()
    before = table.at(session, NOW)["3003"]
    assert writes(session, stage1_hours=8, placeholder=False)
    after = table.at(session, LATER)["3003"]
    assert (after.stage1_hours, after.is_placeholder) == (8, False)
    assert table.version(session, before.row_id) == before and before.stage1_hours == 4
    assert table.at(session, NOW)["3003"].stage1_hours == 4
    assert not writes(session, stage1_hours=8, placeholder=False)


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"stage1_hours": 3}, "4 到 24 小時"),
    ({"stage2_days": 15}, "1 到 14 日"),
    ({"case_kind": "petition"}, "只有快速案件"),
    ({"section": "epb-air"}, "不屬於"),
    ({"sections": "板橋區=pwd/epb-air"}, "不屬於"),
    ({"sections": "月球區=pwd"}, "看不懂"),
    ({"name": ""}, "空白"),
)


def test_what_no_category_may_say_is_refused(session: Session) -> None:
    """With its reason; nothing is written."""
    for words, said in REFUSED:
        with pytest.raises(UnfitRow) as refused:
            writes(session, **words)
        assert said in sentence(refused.value, CHINESE), words
    for words in ({"agency": "none"}, {"manager": "p-none"}, {"sections": "板橋區=none"}):
        with pytest.raises(Unknown):
            writes(session, **words)
    assert service.category(session, "3003", LATER).says() == service.category(session, "3003", NOW).says()


def test_whom_a_category_names_does_not_end_unawares(session: Session) -> None:
    """An agency that would have work without being there."""
    with pytest.raises(BadSheets):
        end_row(session, "agency", "tpt", LATER, at=LATER, by="admin-1", reason="裁撤")


def test_a_change_is_told_and_taken_back(session: Session) -> None:
    """Audit row, entry, undo: as with any row of the directory."""
    table = Categories()
    writes(session, name="路面坑洞")
    told = audit_rows(session, subject="category:3003")[-1]
    assert (told.by, told.action, told.after and told.after["name"]) == (
        "admin-1",
        "category.change",
        "路面坑洞",
    )
    undo(
        session, changes(session)[-1].number, ChangeContext(LATER, "admin-1", Action.CATEGORY_CHANGE, "誤植")
    )
    session.expire_all()
    assert table.at(session, LATER)["3003"].name == "路面損壞"
    with pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM case_category"))
    session.rollback()


def test_only_who_may_writes(session: Session) -> None:
    """The administrator the table, a liaison the own agency's note."""
    for by in ("agent-1", "liaison-pwd"):
        with pytest.raises(NotPermitted):
            writes(session, by=by, name="其他")
        with pytest.raises(NotPermitted):
            service.review(session, [], at=LATER, by=by)
    with pytest.raises(NotPermitted):
        service.prevent(session, "2001", "每季巡查", at=LATER, by="liaison-pwd")


def test_P5_4_9_an_agency_writes_its_prevention_note(session: Session) -> None:
    """Dated the day it is written, also in what is planned for later; a year on it is old."""
    table, year = Categories(), timedelta(days=366)
    planned = Period(NOW + timedelta(days=9))
    service.write(session, "3003", says_of(session, "3003", stage1_hours=8), planned, at=NOW, by="admin-1")
    assert table.at(session, LATER)["3003"].prevention_due(LATER) is Due.MISSING
    service.prevent(session, "3003", "每季巡查\n人孔蓋。", at=LATER, by="liaison-pwd")
    now, then = table.at(session, LATER)["3003"], table.at(session, planned.since)["3003"]
    assert (now.prevention, now.prevention_at) == ("每季巡查 人孔蓋。", date(2026, 11, 24))
    assert (then.prevention, then.stage1_hours, now.stage1_hours) == (now.prevention, 8, 4)
    assert now.prevention_due(LATER) is Due.DONE and now.prevention_due(LATER + year) is Due.OLD


def test_P5_4_1_the_list_is_reviewed_yearly(session: Session) -> None:
    """All at once or one: a dated record even if nothing changed."""
    table = Categories()
    assert {one.review_due(LATER) for one in table.at(session, LATER).values()} == {Due.MISSING}
    assert service.review(session, [], at=LATER, by="admin-1") == 9
    assert {one.reviewed_at for one in table.at(session, LATER).values()} == {date(2026, 11, 24)}
    assert service.review(session, ["3003"], at=LATER + timedelta(days=9), by="admin-1") == 1
    with pytest.raises(UnknownCategory):
        service.review(session, ["9999"], at=LATER, by="admin-1")


def test_an_ended_category_is_gone_and_stays_readable(session: Session) -> None:
    """For cases that run by it."""
    table = Categories()
    row = table.at(session, NOW)["3003"].row_id
    service.end(session, "3003", LATER, at=LATER, by="admin-1", reason="併入")
    assert "3003" not in table.at(session, LATER) and "3003" in table.at(session, NOW)
    assert table.version(session, row).name == "路面損壞"


def test_a_file_is_tried_and_then_written(city: Sessions) -> None:
    """An export changes nothing; a changed line is shown first; a fault refuses the whole file."""
    with looking(city) as session:
        lines = tables(session, NOW, files=("categories",), language="zh")["categories"]
    assert lines[0][:4] == ["代碼", "名稱", "案件種類", "機關"] and lines[0][-1] == "暫定資料"
    assert all(line[-1] == "yes" for line in lines[1:])

    def tried(*changed: list[str], dry_run: bool = True) -> list[tuple[Became, str]]:
        files = read_content("categories.csv", as_csv([lines[0], *changed]))
        told = bring(city, files, LATER, PEN, complete=False, dry_run=dry_run)
        return [(one.became, one.key) for one in told.outcomes]

    assert tried(*lines[1:]) == []
    place = lines[0].index("第一階段時數")
    pothole = next(line for line in lines if line[0] == "3003")
    other = [*pothole[:place], "6", *pothole[place + 1 :]]
    new = ["9001", "公園建議", "petition", "pwd", "pwd-park", "三重區=pwd/pwd-road", *[""] * 10]
    assert tried(other, new) == [(Became.CHANGED, "3003"), (Became.ADDED, "9001")]
    with looking(city) as session:
        assert Categories().at(session, LATER)["3003"].stage1_hours == 4
    tried(other, new, dry_run=False)
    with looking(city) as session:
        found = Categories().at(session, LATER)
    assert found["3003"].stage1_hours == 6 and found["9001"].in_charge("三重區") == ("pwd", "pwd-road")
    for column, cell in (("第一階段時數", "25"), ("案件種類", "petition"), ("科室", "epb-air")):
        place = lines[0].index(column)
        with pytest.raises(BadSheets) as refused:
            tried([*pothole[:place], cell, *pothole[place + 1 :]])
        assert refused.value.faults


HEARD = (
    ("巷口的路燈都不亮，晚上好暗", "3002", "pwd"),
    ("我家前面的路有一個大坑洞，機車差點摔倒", "3003", "pwd"),
    ("紅綠燈壞掉了一直閃", "2001", "tpt"),
    ("樓上半夜唱歌很吵", "1001", "police"),
    ("有人把車停在紅線上違規停車", "1002", "police"),
    ("路登不亮", "3002", "pwd"),
)
"""Words of callers, with the category and the agency that they mean; the last only sounds so."""


def test_free_words_propose_a_category_and_its_agency(city: Sessions) -> None:
    """Of long sentences too; the district decides who is in charge."""
    table = Categories(Atlas(city), Finder())
    with transaction(city) as session:
        writes(session, "3002", sections="三重區=pwd/pwd-park")
    with looking(city) as session:
        for said, category, agency in HEARD:
            proposed = table.proposed(session, said, NOW)
            first = {one.kind: one for one in reversed(proposed)}
            assert first[ProposalKind.CATEGORY].key == category, said
            assert first[ProposalKind.AGENCY].key == agency, said
            assert first[ProposalKind.CATEGORY].because
            assert len([one for one in proposed if one.kind is ProposalKind.AGENCY]) <= 2, said
        lamps = table.proposed(session, "路燈不亮", LATER, "三重區")[0]
        assert (lamps.agency, lamps.section) == ("pwd", "pwd-park")


def test_free_words_propose_an_entry_of_the_book(city: Sessions) -> None:
    """By the words of the category where the whole sentence finds none; nothing for nothing."""
    table = Categories(Atlas(city), Finder())
    with looking(city) as session:
        found = table.proposed(session, "我們巷子裡那一盞路燈不亮已經三天了，拜託快點來修", NOW)
        (entry,) = [one for one in found if one.kind is ProposalKind.ENTRY]
        assert (entry.key, entry.because) == ("1", ("路燈不亮要找誰修",))
        assert table.proposed(session, "  ", NOW) == []
        assert not [one for one in table.proposed(session, "嗯", NOW) if one.kind is ProposalKind.CATEGORY]
