"""Finding cases on both databases: page by page none is left out or shown twice; by each word."""

from datetime import timedelta

import pytest

from hotline.cases import find
from hotline.cases.find import CasePage, Search
from hotline.cases.rules import CaseKind, CaseState, Move
from hotline.cases.store import Case
from hotline.db import Sessions, looking, transaction
from hotline.permissions import ANY_OTHER
from tests.store.cases import MOBILE, OTHER, TEN, Desk, noise, staffed

pytestmark = pytest.mark.dialects
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(factory: Sessions) -> Desk:
    return Desk(staffed(factory))


def numbers(page: CasePage) -> list[int]:
    return [int((one.number or "")[-5:]) for one in page.rows]


def test_an_inbox_is_read_page_by_page_the_most_urgent_first(desk: Desk) -> None:
    """Same due times, none at all, a joint one, another agency's: each once, where it belongs."""
    for n in range(5):
        desk.filed(TEN + (n // 2) * MINUTE, place=f"第{n}處", phone="")
    slow = desk.filed(TEN, category="9001", place="", phone="")
    desk.move(slow, Move.ACCEPT, "liaison-1", TEN)
    desk.move(slow, Move.INVOLVE, "liaison-1", TEN, agencies=("police",))
    out = desk.filed(TEN, category="9001", place="", phone="")
    desk.move(out, Move.FORWARD, "secretary-1", TEN, authority="公路局", letter="第1號")
    desk.filed(TEN, **noise(phone=""))
    desk.filed(phone=OTHER, name="李四", place="第0處", attach_to="115112400001")
    for agency, expected in (
        ("pwd", [1, 2, 3, 4, 5, 6, 7]),
        ("police", [8, 6]),
        (ANY_OTHER, [1, 2, 8, 3, 4, 5, 6, 7]),
    ):
        found, after = list[int](), None
        while True:
            with looking(desk.factory) as session:
                page = find.inbox(session, agency, after=after, most=2)
            found += numbers(page)
            after = page.after
            if after is None:
                break
        assert found == expected, agency
    with looking(desk.factory) as session:
        assert numbers(find.inbox(session, "pwd", officer="liaison-1")) == [6]
        assert numbers(find.inbox(session, "pwd", states=(CaseState.EXTERNAL,))) == [7]


def test_cases_are_found_by_each_word(desk: Desk) -> None:
    """Alone and together; the newest first; a draft by none; a percent sign is itself."""
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
