"""Calls looked up with a real browser: filtered, read as a story, found by a number; messages sent again."""

from datetime import timedelta

import pytest

from calls.store import CallRow, Leg, add_event
from hotline.db import transaction
from hotline.outbox.store import OutboxMessage, OutboxState
from recordings.policy import Direction
from recordings.store import Recording, RecordingState
from tests.browser.conftest import Serves, Site
from tests.browser.hands import WAYS, Way, every_screen, every_way

CALL = "ntpc1-1795572000.1"


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """A call with a story, one of nobody known, a recording at fault, and a message for each hand."""
    made = serves()
    at = made.console.clock.at
    with transaction(made.console.house.factory) as session:
        session.add_all(
            (
                CallRow(
                    id=CALL,
                    caller="+886912345678",
                    started_at=at,
                    ended_at=at + timedelta(minutes=3),
                    agent="agent-1",
                    agent_at=at,
                    queue_seconds=12.0,
                    talk_seconds=95.0,
                    service="P3.1",
                    outcome="talked",
                    end_reason="caller_hung_up",
                ),
                CallRow(id="ntpc1-1795572060.2", started_at=at, ended_at=at, outcome="abandoned"),
            )
        )
        session.flush()
        session.add_all(
            (
                Leg(
                    channel="a",
                    call_id=CALL,
                    phone="agent-1",
                    started_at=at + timedelta(seconds=20),
                    answered_at=at,
                    ring_seconds=3.0,
                    talk_seconds=95.0,
                    outcome="answered",
                ),
                Recording(
                    call_id=CALL,
                    direction=Direction.CALLER,
                    path="2026/11/24/x-caller.wav",
                    state=RecordingState.SHORT,
                    started_at=at + timedelta(seconds=10),
                    seconds=20.0,
                    expected_seconds=95.0,
                ),
            )
        )
        told = (
            ("CallArrived", {"caller": "+886912345678", "dialled": "1999"}),
            ("LanguageChosen", {"wanted": "nan-TW", "spoken": "zh-TW"}),
            ("KeyPressed", {"menu": "main", "key": "1", "known": True}),
            ("QueueEntered", {"queue": "agents-zh-TW"}),
        )
        for number, (kind, detail) in enumerate(told):
            add_event(session, f"{CALL}:{number}", CALL, at + timedelta(seconds=number), kind, detail)
        session.add_all(
            OutboxMessage(
                event=f"callback:{number}",
                template="N-01",
                recipient="officer-5112@city.example",
                channel="email",
                text="【1999】待回電：路燈不亮，請於11月24日 14:00前回覆民眾。",
                state=OutboxState.FAILED,
                tries=4,
                written_at=at,
                next_try_at=at,
                result="relay is away",
            )
            for number in range(len(WAYS))
        )
    return made


@every_way
def test_a_call_is_looked_up_and_read(site: Site, way: Way) -> None:
    """From the first page to the list, to the story, to the caller's other calls."""
    hand = way.comes(site, "supervisor-1")
    hand.goes("/")
    hand.presses("今天的來電")
    hand.visit.page.wait_for_url("**/calls")
    hand.chooses("結果", "有交談")
    hand.presses("篩選")
    hand.visit.page.wait_for_url("**outcome=talked*")
    hand.is_well("calls-listed")
    hand.press(hand.part.locator(f"a[href$='/calls/{CALL}']").first)
    hand.sees("來電進線")
    hand.sees("在「%(menu)s」按 %(key)s", menu=hand.said("主選單"), key="1")
    hand.is_well("calls-one")
    hand.fills("查看的理由", "核對申訴")
    hand.presses("查看")
    hand.sees("0912345678")
    hand.presses("來電紀錄")
    hand.unfolds("用電話號碼查")
    hand.fills("來電號碼", "0912345678")
    hand.fills("查看的理由", "民眾申訴")
    hand.presses("查詢")
    hand.part.locator(f"a[href$='/calls/{CALL}']").wait_for()
    hand.is_well("calls-of-number")


@every_way
def test_a_message_is_sent_again_or_given_up(site: Site, way: Way) -> None:
    """From the first page to the list; one goes again, and leaves the list."""
    hand = way.comes(site, "supervisor-1")
    hand.goes("/")
    hand.presses("送不出的通知")
    hand.is_well("notices")
    left = hand.part.locator("tbody tr").count()
    if left % 2:
        hand.press(hand.part.get_by_role("button", name=hand.said("重送")).first)
        hand.sees("已排入重送，幾秒內送出。")
    else:
        hand.press(hand.part.locator("summary").filter(has_text=hand.said("放棄")).first)
        hand.fill(hand.part.locator("input[name=reason]").first, "已電話告知")
        hand.press(hand.part.get_by_role("button", name=hand.said("放棄這則")).first)
        hand.sees("已放棄，不再送出。")
    assert hand.part.locator("tbody tr").count() == left - 1


@every_screen
def test_the_pages_are_fit_for_everybody(site: Site, width: str, language: str) -> None:
    """Nothing that axe-core would call serious, with and without faults."""
    visit = site.visit("supervisor-1", width, language)
    for path, name in (("/calls", "calls"), (f"/calls/{CALL}", "call"), ("/recordings/faults", "faults")):
        visit.goes(path)
        visit.is_well(name)
    visit.goes(f"/calls/{CALL}")
    visit.page.locator("form[action$='/number'] button").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("call-empty")
    visit.goes("/calls")
    visit.page.locator("details summary").last.click()
    visit.page.locator("form[action$='/calls/number'] button").click()
    visit.page.locator(".govuk-error-summary").wait_for()
    visit.is_well("calls-empty")
