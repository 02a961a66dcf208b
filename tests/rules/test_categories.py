"""Categories of cases: their limits, who is in charge where, and what is due yearly (P5.4.1, P5.4.9)."""

from datetime import date, datetime

import pytest

from hotline.cases.rules import CaseKind
from hotline.categories.rules import Category, Due, category_of, due
from hotline.categories.seed import SEED, NoSuchAgencies, seed_records
from hotline.categories.store import CategoryRow
from hotline.clock import taipei
from hotline.places import DISTRICTS
from hotline.sheets.columns import SheetRecord, read
from hotline.sheets.faults import SheetFaultKind
from hotline.sheets.rows import CASE_KINDS, category_faults
from wording import CHINESE, ENGLISH, sentence

CITY = {"警察局": "police", "環保局": "epb", "新北市政府工務局": "pwd", "交通局": "tpt"}
QUICK = {"case_kind": "quick", "stage1_hours": 4, "stage2_days": 1, "prevention": "", "prevention_at": None}
HEAD = "code,name,case_kind,agency,stage1_hours,stage2_days,sections\n"


def test_the_kinds_of_a_category_are_the_kinds_of_cases() -> None:
    """One list under two roofs: files know no case."""
    assert set(CASE_KINDS) == set(CaseKind)


@pytest.mark.parametrize(("hours", "is_right"), [(3, False), (4, True), (24, True), (25, False), (0, False)])
def test_P5_4_1_stage_1_has_4_to_24_hours(hours: int, is_right: bool) -> None:
    """Others are refused."""
    found = [why.wrong for _, why in category_faults(QUICK | {"stage1_hours": hours})]
    assert found == ([] if is_right else [SheetFaultKind.NOT_STAGE1])


@pytest.mark.parametrize(("days", "is_right"), [(0, False), (1, True), (14, True), (15, False)])
def test_P5_4_1_stage_2_has_1_to_14_days(days: int, is_right: bool) -> None:
    """Others are refused."""
    found = [why.wrong for _, why in category_faults(QUICK | {"stage2_days": days})]
    assert found == ([] if is_right else [SheetFaultKind.NOT_STAGE2])


def test_only_a_quick_category_has_limits() -> None:
    """A petition is answered by its own clock."""
    assert list(category_faults(QUICK | {"case_kind": "petition", "stage1_hours": 0, "stage2_days": 0})) == []
    found = [name for name, _ in category_faults(QUICK | {"case_kind": "notify"})]
    assert found == ["stage1_hours", "stage2_days"]


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("1,路面,quick,pwd,3,1,", "stage1_hours", "4 到 24 小時的整數（精進計畫五（四）1）"),
        ("1,路面,quick,pwd,4.5,1,", "stage1_hours", "4 到 24 小時的整數（精進計畫五（四）1）"),
        ("1,路面,quick,pwd,4,15,", "stage2_days", "1 到 14 日的整數（精進計畫五（四）1）"),
        ("1,路面,fast,pwd,4,1,", "case_kind", "quick, notify or petition"),
        ("1,路面,quick,pwd,4,1,臺北區=pwd", "sections", "板橋區=機關代碼/科室代碼"),
        ("1,路面,quick,pwd,4,1,板橋區=pwd 板橋區=epb", "sections", "一區一次"),
    ],
)
def test_a_line_that_cannot_be_says_where_and_why(line: str, column: str, said: str) -> None:
    """With the clause, in both languages."""
    records, (fault,) = read("categories.csv", f"{HEAD}{line}\n".encode())
    assert not records and fault.column == column
    assert said in sentence(fault.why, CHINESE) and sentence(fault.why, ENGLISH)


def test_who_is_in_charge_is_read_in_the_order_of_the_districts() -> None:
    """However it is separated, an export is an import."""
    (record,), _ = read(
        "categories.csv", f"{HEAD}1,路燈,quick,pwd,24,7,三重區=pwd/light；板橋區=epb/\n".encode()
    )
    assert record.says["sections"] == "板橋區=epb 三重區=pwd/light"


def category(**says: object) -> Category:
    """A category as a row of these words means it."""
    row = CategoryRow(key="3002", name="路燈不亮", case_kind="quick", agency="pwd", **says)
    for name, value in CategoryRow.silent().items():
        if getattr(row, name) is None:
            setattr(row, name, value)
    return category_of(row)


def test_the_district_decides_who_is_in_charge() -> None:
    """Its own section, else the category's, else the agency as a whole."""
    lamps = category(section="light", sections="板橋區=office/works 三重區=office")
    assert lamps.in_charge("板橋區") == ("office", "works")
    assert lamps.in_charge("三重區") == ("office", "")
    assert lamps.in_charge("烏來區") == lamps.in_charge("") == ("pwd", "light")
    assert category().in_charge("板橋區") == ("pwd", "")


@pytest.mark.parametrize(
    ("done", "at", "state"),
    [
        (None, "2026-11-24T10:00", Due.MISSING),
        (date(2025, 11, 24), "2026-11-24T23:59", Due.DONE),
        (date(2025, 11, 24), "2026-11-25T00:00", Due.OLD),
        (date(2024, 2, 29), "2025-02-28T10:00", Due.DONE),
        (date(2024, 2, 29), "2025-03-01T10:00", Due.OLD),
    ],
)
def test_what_is_yearly_is_due_after_the_same_day_of_the_next_year(
    done: date | None, at: str, state: Due
) -> None:
    """Missing is told apart from old."""
    moment: datetime = taipei(at)
    assert due(done, moment) is state


def test_the_seed_list_is_the_plan_s_and_says_that_it_is_a_placeholder() -> None:
    """§13: nine categories with their limits and flags."""
    records = seed_records(CITY)
    told = {one.key: one.says for one in records}
    limits = {code: (says["stage1_hours"], says["stage2_days"]) for code, says in told.items()}
    assert limits == {
        "1001": (4, 1), "1002": (4, 1), "1003": (4, 3), "2001": (4, 1), "2002": (4, 7), "3001": (24, 7),
        "3002": (24, 7), "3003": (4, 4), "3004": (24, 14),
    }  # fmt: skip
    assert [code for code, says in told.items() if says["safety"]] == ["2001", "2002", "3001", "3002", "3003"]
    assert all(says["placeholder"] and says["questions"] and says["keywords"] for says in told.values())
    assert [told[code]["agency"] for code in ("1001", "3003", "2001")] == ["police", "pwd", "tpt"]
    noted = {"prevention": "", "prevention_at": None}
    assert not [wrong for one in records for wrong in category_faults(one.says | noted)]
    assert "placeholder" in SEED.read_text("utf-8").partition("\n")[0]


def test_a_city_without_the_agencies_is_told_which_it_lacks() -> None:
    """Instead of half a list."""
    with pytest.raises(NoSuchAgencies) as refused:
        seed_records({"環保局": "epb"})
    assert refused.value.names == ("警察局/交通局", "交通局", "工務局", "養護工程處/工務局")
    assert isinstance(seed_records(CITY)[0], SheetRecord) and len(DISTRICTS) == 29
