"""The book of questions and answers: what an entry may say, its review,
and when a reply is late (P4.4, P4.5).
"""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import TAIPEI, month_of, taipei
from hotline.documents import Document, Documents
from hotline.knowledge.rules import (
    Faq,
    Hindrance,
    ReplyClock,
    ReviewState,
    hindrances,
    is_late,
    reminder_at,
    reply_limit,
    review_of,
)
from hotline.search import Match
from hotline.texts import UnfitText
from hotline.worktime import Calendar, OfficeHours, Worktime

WORKTIME = Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30)))
INSTANTS = st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2027-01-01")).map(
    lambda at: at.replace(tzinfo=TAIPEI)
)


@pytest.mark.parametrize(
    ("last", "state"),
    [
        ("2026-11-01T00:00", ReviewState.DONE),
        ("2026-11-30T23:59", ReviewState.DONE),
        ("2026-10-31T23:59", ReviewState.DUE),
        ("2026-10-01T00:00", ReviewState.DUE),
        ("2026-09-30T23:59", ReviewState.LATE),
        ("2025-11-24T10:00", ReviewState.LATE),
    ],
)
def test_P4_4_an_entry_is_looked_at_once_in_a_calendar_month(last: str, state: ReviewState) -> None:
    """Done in this month, due since the last, late once a whole month has passed without."""
    assert review_of(taipei(last), taipei("2026-11-30T23:59")) is state


@given(last=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=400)))
def test_P4_4_a_review_only_ever_wears_off(last: datetime, later: timedelta) -> None:
    """From done to due to late; at once it is done, after two turns of a month it is late."""
    order = list(ReviewState)
    at = last + later
    assert review_of(last, last) is ReviewState.DONE
    assert order.index(review_of(last, at)) <= order.index(review_of(last, at + timedelta(days=1)))
    assert (review_of(last, at) is ReviewState.DONE) == (month_of(last) == month_of(at))


def test_P4_4_the_days_of_a_month() -> None:
    """N-10 on the 20th, when offices open."""
    month = month_of(taipei("2026-11-24T10:00"))
    assert reminder_at(month) == taipei("2026-11-20T08:30")


def test_P4_5_two_working_days_over_a_long_weekend() -> None:
    """§21: asked Thu 2026-09-24 15:00, the 25th and 28th are holidays:
    due Wed 2026-09-30 17:30, met at equality.
    """
    due = WORKTIME.due(taipei("2026-09-24T15:00"), reply_limit(2))
    assert due == taipei("2026-09-30T17:30")
    assert not is_late(due, None, due) and not is_late(due, due, due + timedelta(days=9))
    assert is_late(due, None, due + timedelta(seconds=1))
    assert is_late(due, due + timedelta(seconds=1), due + timedelta(days=9))


def test_P4_5_the_clock_of_replies_can_be_that_of_the_calendar() -> None:
    """``faq.clock``: then nights and holidays count."""
    due = WORKTIME.due(taipei("2026-09-24T15:00"), reply_limit(2, ReplyClock.CALENDAR))
    assert due == taipei("2026-09-26T15:00")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("請告訴我地點，我幫您通報。", []),
        ("請上 https://example.invalid 查詢。", [Hindrance.LINK]),
        ("請寄到 service@city.example", [Hindrance.LINK]),
        ("請帶：\n1. 身分證\n2. 印章", [Hindrance.LIST]),
        ("請帶身分證（正本及正反面影本）。", [Hindrance.BRACKETS]),
        ("按1(確認)即可。", []),
        ("字" * 61, [Hindrance.LONG_SENTENCE]),
        ("字" * 60 + "。" + "字" * 60, []),
    ],
)
def test_P4_4_what_one_stumbles_over_when_reading_aloud(answer: str, found: list[Hindrance]) -> None:
    """Links, lists, long brackets, a sentence longer than a breath."""
    assert list(hindrances(answer)) == found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": " "}, "question"),
        ({"question": "問" * 201}, "question"),
        ({"answer": ""}, "answer"),
        ({"answer": "答" * 2001}, "answer"),
        ({"answer": "a\x00b"}, "answer"),
        ({"keywords": "字" * 401}, "keywords"),
    ],
)
def test_an_entry_that_nobody_could_read_is_refused(change: dict[str, str], field: str) -> None:
    """With the field that is wrong."""
    whole = {"agency": "epb", "question": "大型家具怎麼丟？", "answer": "請先約時間。\r\n門口即可。"}
    Faq(**whole).fitted()  # type: ignore[arg-type]
    with pytest.raises(UnfitText) as refused:
        Faq(**whole | change).fitted()  # type: ignore[arg-type]
    assert refused.value.field == field


BOOK = Documents(
    (
        Document("1", ("大型家具要怎麼丟？", "沙發", "床墊"), "請先打電話跟清潔隊約時間。"),
        Document("2", ("路燈不亮，要跟誰說？", "街燈"), "請告訴我路燈桿上的編號。"),
        Document("3", ("停車費單不見了，要怎麼繳？", "繳費"), "用車牌號碼就可以查。"),
    )
)


@pytest.mark.parametrize(
    ("asked", "first", "match"),
    [
        ("床墊", "1", Match.WRITTEN),
        ("車牌", "3", Match.WRITTEN),
        ("清潔隊", "1", Match.WRITTEN),
        ("路登", "2", Match.SOUND),
        ("chuangdian", "1", Match.SOUND),
        ("ㄌㄨˋㄉㄥ", "2", Match.SOUND),
        ("jiedeng", "2", Match.SOUND),
        ("路燈不涼要跟誰", "2", Match.SOUND),
        ("停車費丹不見了", "3", Match.SOUND),
        ("停車廢單不貝了", "3", Match.SIMILAR),
        ("3", "3", Match.NUMBER),
        ("沙發 約時間", "1", Match.WRITTEN),
        ("繳費 車牌", "3", Match.WRITTEN),
    ],
)
def test_an_entry_is_found_as_people_ask(asked: str, first: str, match: Match) -> None:
    """By title, keyword and answer; as written, as it sounds, with slips; several words in any order."""
    hit = BOOK.find(asked)[0]
    assert (hit.key, hit.match) == (first, match)


def test_what_stands_in_a_title_comes_before_what_stands_in_an_answer() -> None:
    """A hit needs no guesses beside it, and nothing is found for nothing."""
    book = Documents((Document("1", ("別的",), "路燈的編號"), Document("2", ("路燈",), "別的")))
    assert [hit.key for hit in book.find("路燈")] == ["2", "1"]
    assert [hit.key for hit in BOOK.find("路燈")] == ["2"]
    assert book.find(" ") == [] and book.find("完全無關的文字") == []
