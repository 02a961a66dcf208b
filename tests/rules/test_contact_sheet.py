"""Contact sheet for when the system is down (P5.4.3)."""

from html.parser import HTMLParser

from hotline.clock import taipei
from hotline.directory.contact_sheet import contact_sheet
from hotline.directory.rules import Agency, Contact, Desk, Directory, DutyOfficer, Person
from hotline.permissions import Role
from hotline.staff.rules import Staff
from ops.jobs.contact_sheet import document

TEN = taipei("2026-11-24T10:00")
CITY = Directory(
    TEN,
    agencies={
        "pwd": Agency("pwd", "工務局", number="29603456", emergency="0900000001"),
        "epb": Agency("epb", "<環保局>", number="29532111", alternative="0900000002", fault=True),
        "old": Agency("old", "舊局", closed=True, successor="pwd"),
    },
    desks={
        "5301": Desk("5301", "s", "lin"),
        "11": Desk("11", "s", "wu", number="(02)2960-1111"),
    },
    duty=(DutyOfficer(1, "值日員甲", "0900000009"),),
    persons={"lin": Person("lin", "s", "林"), "wu": Person("wu", "s", "吳")},
    contacts={
        f"pwd/quick-liaison/{place}": Contact("pwd", "quick-liaison", place, who)
        for place, who in ((2, "wu"), (1, "lin"))
    },
)
STAFF = [
    Staff("x", "示範窗口", frozenset({Role.LIAISON}), "epb", "", "5112"),
    Staff("y", "不該出現", frozenset({Role.QUICK_LIAISON}), "pwd", "", "5999"),
]


def test_P5_4_3_each_agency_has_its_offices_with_holder_and_deputies_and_how_they_are_phoned() -> None:
    """Who holds the office by the directory; else who has the role. A closed agency has none."""
    sheet = contact_sheet(CITY, STAFF)
    found = {
        one.name: [(who.role, who.place, who.name, who.phones) for who in one.contacts]
        for one in sheet.agencies
    }
    assert found == {
        "<環保局>": [(Role.LIAISON, 1, "示範窗口", ("5112",))],
        "工務局": [
            (Role.QUICK_LIAISON, 1, "林", ("5301",)),
            (Role.QUICK_LIAISON, 2, "吳", ("(02)2960-1111 #11",)),
        ],
    }


def test_P4_9_a_faulty_switchboard_is_replaced_by_its_alternative() -> None:
    """As notify calls do."""
    phones = {one.code: one.phones for one in contact_sheet(CITY, STAFF).agencies}
    assert phones == {"epb": ("0900000002",), "pwd": ("29603456", "0900000001")}


def test_P5_4_3_the_sheet_is_a_page_of_its_own() -> None:
    """It needs nothing from elsewhere, and a name is text, whatever stands in it."""
    text = document(contact_sheet(CITY, STAFF))
    tags = list[str]()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            tags.append(tag)

    Reader().feed(text)
    assert {"link", "script", "img"}.isdisjoint(tags) and "&lt;環保局&gt;" in text
    assert "值日員甲 0900000009" in text and "2026-11-24 10:00" in text and "（代理人1）" in text
