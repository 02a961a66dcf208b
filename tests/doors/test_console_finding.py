"""What somebody finds: the menu of their work, and the one search of all that they may open."""

import re
from collections.abc import Mapping
from html import unescape

import pytest
from sqlalchemy import func, select

from calls.store import CallRow
from hotline.callbacks.ownership import place_of
from hotline.callbacks.wishes import Wish
from hotline.db import transaction
from hotline.ledger.store import AuditRow
from tests.doors.console import Console, Visitor, console

OFFICERS = {
    "今天": ["概況", "待辦案件", "待回電", "案件查詢"],
    "來電": ["調閱"],
    "分機目錄": ["查分機與目錄", "電話故障"],
    "問答與通告": ["常見問答", "緊急通告", "訊息看板"],
}
CITIZEN = "0912345678"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A city with a book, a call and a promise."""
    made = console(tmp_path_factory.mktemp("finding") / "home", has_book=True)
    with transaction(made.house.factory) as session:
        row = CallRow(id="find-1", started_at=made.clock.at, ended_at=made.clock.at, caller="+886912345678")
        row.agent, row.agent_at = "agent-1", made.clock.at
        session.add(row)
    return made


def menu(page: str) -> Mapping[str, list[str]]:
    """Lines of the menu of a page, by group."""
    shown = page.partition('<nav class="rooms')[2].partition("</nav>")[0]
    groups = re.split(r"<h2[^>]*>", shown)[1:]
    return {
        unescape(group.partition("</h2>")[0]): re.findall(r'<a class="govuk-link"[^>]*>([^<]+)</a>', group)
        for group in groups
    }


def found(visitor: Visitor, asked: str) -> Mapping[str, str]:
    """The blocks of what a search finds, by their headings."""
    page = visitor.post("/search", {"q": asked}, page="/", follow_redirects=True).text
    return dict(
        re.findall(r'<h2 class="govuk-heading-m" id="block-\d+">([^<]+)</h2>(.*?)</section>', page, re.DOTALL)
    )


def test_an_officer_sees_an_officers_work(pages: Console) -> None:
    """Not what all may look at; the first page counts the same and no more."""
    page = pages.signed_in("officer-5112").get("/").text
    assert menu(page) == OFFICERS
    assert "逾期的待回電" in page and "未修好的電話故障" in page
    assert "目錄警示" not in page and "本月未檢視的問答" not in page


@pytest.mark.parametrize(
    ("login", "has", "lacks"),
    [
        ("agent-1", ("話務台", "機關通報", "值日人員"), ("即時看板", "來電模擬", "異動行事曆")),
        ("supervisor-1", ("即時看板", "來電模擬", "歷史統計"), ("話務台", "人員與角色")),
        ("admin-1", ("人員與角色", "稽核紀錄", "整批匯入"), ("話務台",)),
        ("duty-1", ("值日人員", "總機狀態"), ("待回電", "徵詢機關")),
    ],
)
def test_a_menu_has_at_most_seven_groups(
    pages: Console, login: str, has: tuple[str, ...], lacks: tuple[str, ...]
) -> None:
    """Of whoever; what is nobody's work here is found by its name all the same."""
    shown = menu(pages.signed_in(login).get("/").text)
    lines = {line for group in shown.values() for line in group}
    assert len(shown) <= 7 and lines >= set(has) and not lines & set(lacks)


def test_one_search_finds_people_agencies_entries_and_pages(pages: Console) -> None:
    """Typed once, in the head of any page; by what it sounds like too."""
    officer = pages.signed_in("officer-5112")
    blocks = found(officer, "環境")
    assert "5112 示範九" in blocks["人員與分機"] and "環境清潔科" in blocks["機關與科室"]
    assert "廢棄物要申報" in blocks["常見問答"] and "帳號" not in blocks
    assert "行事曆" in found(officer, "行事曆")["頁面"]
    assert officer.post("/search", {"q": "5301"}, page="/").location == "/search?q=5301"


def test_the_only_thing_that_fits_opens_at_once(pages: Console) -> None:
    """An extension, a page by its name; nothing else is between."""
    officer = pages.signed_in("officer-5112")
    for asked, leads in (("5301", "/directory/desk/5301"), ("訊息看板", "/news")):
        assert officer.get(f"/search?q={asked}").location == leads, asked


def test_who_may_not_does_not_find(pages: Console) -> None:
    """Accounts are an administrator's, calls a supervisor's; a promise is its agency's."""
    officer, admin = pages.signed_in("officer-5112"), pages.signed_in("admin-1")
    assert "示範話務員一" in found(admin, "示範話務員")["帳號"]
    assert {"帳號", "來電"} & set(found(officer, "示範話務員")) == set()
    with transaction(pages.house.factory) as session:
        wish = Wish("+886912345678", "zh-TW", "desk", place_of(session, "5112", pages.clock.at), "噪音", "")
        number = pages.house.callbacks.open(session, wish, "agent-1", pages.clock.at).id
    assert f'/callbacks/{number}">' in found(officer, str(number))["待回電"]
    other = pages.signed_in("officer-5301").get(f"/search?q={number}")
    assert "待回電 1" not in other.text and f"/callbacks/{number}" not in other.text


def test_P4_12_a_number_leads_to_calls_only_for_a_reason_on_record(pages: Console) -> None:
    """It stands in no address; who gives a reason sees the calls, and each is a look on record."""
    boss = pages.signed_in("supervisor-1")
    page = boss.post("/search", {"q": CITIZEN}, page="/")
    assert page.status_code == 200 and page.location is None
    assert "查這個號碼的來電" in page.text and "find-1" not in page.text

    def looks() -> int:
        with transaction(pages.house.factory) as session:
            chosen = select(func.count()).select_from(AuditRow).where(AuditRow.subject == "call:find-1")
            return session.scalar(chosen) or 0

    assert looks() == 0
    answer = boss.post("/calls/number", {"citizen": CITIZEN, "reason": "民眾申訴"}, page="/")
    assert "/calls/find-1" in answer.text and looks() == 1
    officer = pages.signed_in("officer-5112").post("/search", {"q": CITIZEN}, page="/").text
    assert "查這個號碼的來電" not in officer


def test_nothing_found_says_where_to_go_on(pages: Console) -> None:
    """An agent may ask an agency."""
    told = pages.signed_in("agent-1").get("/search?q=zzqq沒有").text
    assert "沒有找到" in told and "/knowledge/requests/new?question=" in told
    assert "在上方輸入" in pages.signed_in("agent-1").get("/search").text
