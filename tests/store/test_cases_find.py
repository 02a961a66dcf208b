"""Finding cases on both databases: page by page nothing is left out or shown twice; by each word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from hotline.cases import find, inbox
from hotline.cases.find import CasePage, Search
from hotline.cases.inbox import Pile, PileCount, PilePage
from hotline.cases.rules import CaseKind, CaseState, Move
from hotline.cases.store import Case
from hotline.db import Sessions, looking, transaction
from hotline.permissions import Role
from hotline.staff.rules import Staff
from tests.store.cases import MOBILE, OTHER, TEN, Desk, noise, staffed
from web.console.pages.overview import CASES

pytestmark = pytest.mark.dialects
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


LIAISON = Staff("liaison-1", "窗口", frozenset({Role.LIAISON}), "pwd")
RDEC = Staff("rdec-1", "授權人員", frozenset({Role.AUTHORISED}))
SECRETARY = Staff("secretary-1", "秘書處", frozenset({Role.SECRETARIAT}))


def numbers(page: CasePage | PilePage) -> list[int]:
    return [int((one.number or "")[-5:]) for one in page.rows]


def test_an_inbox_is_read_page_by_page_the_most_urgent_first(desk: Desk) -> None:
    """Same due times, none at all, a joint one, another agency's: each once, in order, where it belongs."""
    for n in range(5):
        desk.filed(TEN + (n // 2) * MINUTE, place=f"第{n}處", phone="")
    slow = desk.filed(TEN, category="9001", place="", phone="")
    desk.move(slow, Move.ACCEPT, "liaison-1", TEN)
    desk.move(slow, Move.INVOLVE, "liaison-1", TEN, agencies=("police",))
    out = desk.filed(TEN, category="9001", place="", phone="")
    desk.move(out, Move.FORWARD, "secretary-1", TEN, authority="公路局", letter="第1號")
    desk.filed(TEN, **noise(phone=""))
    desk.filed(phone=OTHER, name="李四", place="第0處", attach_to="115112400001")
    for member, expected in (
        (LIAISON, [1, 2, 3, 4, 5, 6, 7]),
        (replace(LIAISON, login="liaison-2", agency="police"), [8, 6]),
        (RDEC, [1, 2, 8, 3, 4, 5, 6, 7]),
    ):
        found = list[int]()
        for number in range(1, 6):
            with looking(desk.factory) as session:
                page = inbox.page(session, Pile.OPEN, member, TEN, number=number, size=2)
            found += numbers(page) if 2 * number < page.total + 2 else []
        assert found == expected and page.total == len(expected), member.agency
    with looking(desk.factory) as session:
        assert numbers(inbox.page(session, Pile.OPEN, LIAISON, TEN, own=True)) == [6]
        assert numbers(inbox.page(session, Pile.TRACK, SECRETARY, TEN)) == [7]
        assert not inbox.page(session, Pile.TRACK, LIAISON, TEN).rows


def test_cases_are_found_by_each_word(desk: Desk) -> None:
    """Alone and together; the newest first; a draft by none; what stands for anything is itself."""
    desk.filed()
    late = desk.filed(place="三重區重新路一段1號", district="三重區", phone=OTHER, name="李四")
    desk.filed(**noise(phone="", place="三重區100%街"))
    desk.draft(place="三重區")
    after_due = TEN + timedelta(hours=4, seconds=1)
    desk.move(late, Move.SIGN, "quick-1", TEN)
    for words, expected in (
        (Search(), [3, 2, 1]),
        (Search(number="1151 1240 0002"), [2]),
        (Search(number="沒有"), []),
        (Search(phone="0912-345-678"), [1]),
        (Search(category="1001"), [3]),
        (Search(agency="pwd"), [2, 1]),
        (Search(district="三重區"), [2]),
        (Search(place="重新路"), [2]),
        (Search(place="重新路 三重"), [2]),
        (Search(place="三重區重新路1段"), [2]),
        (Search(place="板橋區161號"), [1]),
        (Search(place="板橋區1號"), []),
        (Search(place="重新路", category="1001"), []),
        (Search(place="%"), [3]),
        (Search(kind=CaseKind.QUICK, states=(CaseState.SIGNED,)), [2]),
        (Search(since=TEN, until=TEN), []),
        (Search(since=TEN, until=TEN + MINUTE, category="3003"), [2, 1]),
        (Search(overdue_at=TEN + timedelta(hours=4)), []),
        (Search(overdue_at=after_due), [3, 2, 1]),
    ):
        with looking(desk.factory) as session:
            assert numbers(find.search(session, words)) == expected, words
    with looking(desk.factory) as session:
        first = find.search(session, Search(), most=2)
        assert first.after is not None
        assert (numbers(first), numbers(find.search(session, Search(), before=first.after[1], most=2))) == (
            [3, 2],
            [1],
        )


def test_a_case_is_found_where_it_is_now(desk: Desk) -> None:
    """Its place is changed after it was filed; a draft has none; as many words as a place may have."""
    case = desk.filed(phone="")
    with transaction(desk.factory) as session:
        session.get_one(Case, case.id).place = "板橋區文化路二段9號"
    long = "".join(chr(0x4E00 + n) for n in range(200))
    desk.filed(**noise(phone="", place=long))
    with looking(desk.factory) as session:
        assert numbers(find.search(session, Search(place="文化路二段9號 板橋"))) == [1]
        assert numbers(find.search(session, Search(place="中山路"))) == []
        assert numbers(find.search(session, Search(place=long))) == [2]


def test_P7_2_the_callers_open_cases_are_those_of_the_number(desk: Desk) -> None:
    """However it is written; none of a hidden one, and none that is over."""
    case = desk.filed()
    with looking(desk.factory) as session:
        assert [one.id for one in find.open_of_phone(session, "0912 345 678")] == [case.id]
        assert [find.open_of_phone(session, number) for number in ("anonymous", "", "1999", OTHER)] == [
            []
        ] * 4
    with transaction(desk.factory) as session:
        desk.cancelling.by_holder(session, case.number or "", MOBILE, TEN)
        assert find.open_of_phone(session, MOBILE) == []
        assert find.whole(session, session.get_one(Case, case.id)).row.number == case.number


def test_P5_2_1_what_has_no_agency_is_first_on_the_secretariat_s_pile(desk: Desk) -> None:
    """Before what an agency sent back, which has its due time already."""
    sent = desk.filed(TEN, category="9001", place="", phone="")
    desk.move(sent, Move.NOT_OURS, "liaison-1", TEN, reason="非本局權責")
    desk.filed(TEN + MINUTE, category="", place="", phone="")
    with looking(desk.factory) as session:
        assert numbers(inbox.page(session, Pile.REDISPATCH, SECRETARY, TEN)) == [2, 1]
        assert inbox.counts(session, SECRETARY, TEN, of=(Pile.REDISPATCH, Pile.SIGN)) == [
            PileCount(Pile.REDISPATCH, 2)
        ]


@pytest.mark.parametrize(
    ("after", "unsigned", "today"),
    [
        (10 * MINUTE, 0, 1),
        (10 * MINUTE + timedelta(seconds=1), 1, 1),
        (240 * MINUTE, 1, 1),
        (241 * MINUTE, 1, 0),
    ],
)
def test_P5_4_2_what_is_not_signed_and_what_is_due_today_is_counted_to_the_second(
    desk: Desk, after: timedelta, unsigned: int, today: int
) -> None:
    """Ten minutes to sign, four hours to the end; the 24-hour lamp is due tomorrow."""
    lamp = desk.filed(TEN, category="3002", place="第2處", phone="")
    desk.move(lamp, Move.SIGN, "quick-1", TEN)
    desk.filed(TEN, phone="")
    with looking(desk.factory) as session:
        found = inbox.counts(session, LIAISON, TEN + after, of=(Pile.UNSIGNED, Pile.TODAY))
    assert {one.pile: one.number for one in found} == {Pile.UNSIGNED: unsigned, Pile.TODAY: today}


def test_no_figure_reads_every_case(desk: Desk) -> None:
    """Each pile of the first page is counted by an index, for the city and for an agency."""
    asked = list[tuple[str, Any]]()
    with looking(desk.factory) as session:
        if session.get_bind().dialect.name != "sqlite":
            return  # a planner that goes by what lies in the tables; `make bench` times it there
        connection = session.connection()
        event.listen(
            connection,
            "before_cursor_execute",
            lambda _c, _k, words, given, *_more: asked.append((words, given)),
        )
        for member in (LIAISON, RDEC, SECRETARY):
            inbox.counts(session, member, TEN, of=tuple(CASES))
        counts = [one for one in asked if "count" in one[0]]
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given) for words, given in counts]
        steps = [str(row[-1]) for plan in plans for row in plan]
    assert counts and not [one for one in steps if one.startswith("SCAN case_file") and "INDEX" not in one]
