"""A call tried on the page: what is heard at any date and time, and nothing is left of it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from calls.store import CallEvent, CallRow
from hotline.db import transaction
from tests.doors.console import Console, Visitor, console
from tests.parts import catalogue

NOON, EVENING = "2026-11-24T12:00", "2026-11-24T20:00"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("console") / "home", video_address="s.tw")


@pytest.fixture(scope="module")
def officer(pages: Console) -> Visitor:
    return pages.signed_in("officer-5112")


def tried(visitor: Visitor, *answers: str, at: str = NOON, **more: Any) -> str:
    """The page after these answers."""
    asked = {"at": at, "caller": "0912345678", "a": list(answers), **more}
    answer = visitor.get("/menus/try", query_string=asked)
    assert answer.status_code == 200
    return answer.text


def test_a_call_begins_with_the_greeting_and_the_language_menu(officer: Visitor) -> None:
    """With a player for each prompt and a keypad."""
    page = tried(officer)
    assert catalogue().text("V-00", "zh-TW") in page and "For English, press four." in page  # type: ignore[arg-type]
    assert page.count("<audio") >= 7
    assert all(f'name="a" value="{key}"' in page for key in "0123456789*#")


def test_the_language_chosen_is_heard(officer: Visitor) -> None:
    """English goes on in English; Taiwanese, which has no voice yet, is told so and goes on in Mandarin."""
    assert "For city services, questions and petitions, press one." in tried(officer, "4")
    assert "市政諮詢、轉接及陳情，請按一。" in tried(officer, "2")


def test_P5_1_3_the_same_extension_by_day_rings_and_by_night_takes_a_message(officer: Visitor) -> None:
    """As its date and time say, not ours."""
    assert "響鈴" in tried(officer, "1", "2", "5112#")
    night = tried(officer, "1", "2", "5112#", "1", at=EVENING)
    assert "響鈴" not in night and "錄下留言" in night


def test_the_results_of_the_ladder_are_chosen(officer: Visitor) -> None:
    """Busy, then nobody: the neighbour rings; answered: the call is over."""
    first = tried(officer, "1", "2", "5112#")
    second = tried(officer, "1", "2", "5112#", "b")
    assert "5112" in first and second.count("響鈴") == 2
    assert "通話結束" in tried(officer, "1", "2", "5112#", "b", "a")


def test_P5_1_1_a_promise_says_until_when(officer: Visitor) -> None:
    """Friday afternoon: the four hours end on Monday; nobody else is promised anything."""
    page = tried(officer, "1", "3", "1", "路燈不亮", at="2026-11-27T16:00")
    assert "2026-11-30 11:00" in page and "通話結束" in page


def test_an_agent_puts_through_from_the_queue(officer: Visitor) -> None:
    """By a form of its own: extension, reason, urgency."""
    more = {"extension": "5112", "why": "law", "urgent": "yes"}
    assert "服務人員轉接 5112（緊急）" in tried(officer, "1", "1", at=EVENING, **more)


def test_the_sign_language_address_goes_to_a_mobile(officer: Visitor) -> None:
    """The fact is told; another caller hears which telephone gets it."""
    texted = "已傳簡訊給 0912345678：手語視訊網址 s.tw 和驗證碼"
    assert texted in tried(officer, "1", "4") and "已傳簡訊" not in tried(officer, "1", "4", caller="")


def test_a_hidden_number_is_asked_for(officer: Visitor) -> None:
    """As on the telephone."""
    page = tried(officer, "1", "3", caller="")
    assert "隱藏號碼" in page and catalogue().text("ask-number", "zh-TW") in page  # type: ignore[arg-type]


@pytest.mark.parametrize("at", ["tomorrow", "2026-13-01T00:00", "2026-11-24T25:00", "\0", "9" * 300])
def test_a_time_that_is_none_is_said_so(officer: Visitor, at: str) -> None:
    """With the form, and what would be one."""
    answer = officer.get("/menus/try", query_string={"at": at, "caller": ""})
    assert answer.status_code == 422 and "請寫成例如" in answer.text


def test_nothing_is_left_of_a_trial(pages: Console, officer: Visitor) -> None:
    """No call, no event, no promise, no line in the journal."""
    tried(officer, "1", "3", "1", "路燈不亮")
    with transaction(pages.house.factory) as session:
        assert session.scalar(select(func.count()).select_from(CallRow)) == 0
        assert session.scalar(select(func.count()).select_from(CallEvent)) == 0
    assert not list(pages.house.settings.journal.glob("*"))


ANSWER = st.one_of(
    st.sampled_from(["", "h", "a", "b", "n", "p", "u", "t 5112", "t 5112 urgent law", "t", "5112#", "5112"]),
    st.sampled_from("0123456789*#"),
    st.text(max_size=8),
)


@pytest.mark.matrix
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ANSWER, max_size=12), st.sampled_from([NOON, EVENING, "1911-10-10T00:00", "2999-12-31T23:59"])
)
def test_whatever_is_answered_there_is_a_page(officer: Visitor, answers: list[str], at: str) -> None:
    """Addresses can be written by hand; a year without a calendar is said so."""
    asked = {"at": at, "caller": "0912345678", "a": answers}
    page = officer.get("/menus/try", query_string=asked)
    assert page.status_code == 200 or (page.status_code == 422 and "行事曆" in page.text)
