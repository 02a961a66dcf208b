"""Days that went by in a real browser:
asked for by mouse and by keyboard, at both widths, in both languages.
"""

from datetime import timedelta
from random import Random

import pytest

from calls.cdr import CallResult
from calls.store import CallRow, Leg
from hotline.callbacks.rules import CallbackState
from hotline.callbacks.store import Callback
from hotline.clock import month_of
from hotline.db import transaction
from hotline.special_callers.store import SpecialCall, SpecialEvent
from tests.browser.conftest import Serves, Site
from tests.browser.hands import Way, promised_way

CALLS = 600


@pytest.fixture(scope="module")
def site(serves: Serves) -> Site:
    """Calls of ten weeks, so that the month before is whole on any day: some put through, some special,
    and some promises.
    """
    made = serves()
    chance, now = Random(1999), made.console.clock.at
    with transaction(made.console.house.factory) as session:
        for number in range(CALLS):
            at = now - timedelta(hours=chance.triangular(0, 24 * 70, 24 * 30))
            row = CallRow(id=f"h-{number}.1", started_at=at, queued_at=at, ended_at=at + timedelta(minutes=6))
            if chance.random() < 0.85:
                row.queue_seconds = chance.expovariate(1 / 14)
                row.agent_at = at + timedelta(seconds=row.queue_seconds)
                row.talk_seconds = chance.expovariate(1 / 200)
            elif chance.random() < 0.4:
                row.outcome = CallResult.PROMISED
            session.add(row)
            session.flush()
            if row.agent_at and number % 4 == 0:
                session.add(
                    Leg(
                        channel=f"h-{number}",
                        call_id=row.id,
                        phone="officers",
                        kind="desk" if number % 16 else "neighbour",
                        extension="5112",
                        started_at=at,
                        outcome="answered" if number % 12 else "busy",
                    )
                )
            if row.agent_at and number % 25 == 0:
                session.add(
                    SpecialEvent(
                        key=f"h-{number}",
                        call_id=row.id,
                        at=at,
                        who="supervisor-1",
                        kind="authorised",
                        from_state="REVIEW",
                        to_state="SPECIAL",
                    )
                )
                session.add(SpecialCall(call_id=row.id, state="ENDED", ended_by="cap" if number % 2 else ""))
            if number % 10 == 0:
                due = at + timedelta(hours=4)
                called = due + timedelta(hours=chance.uniform(-3, 1))
                session.add(
                    Callback(
                        number="+886911000001",
                        language="zh-TW",
                        origin="agent",
                        state=CallbackState.OPEN,
                        registered_at=at,
                        due_at=due,
                        remind_at=due,
                        first_attempt_at=called,
                    )
                )
    return made


@promised_way("Call history and figures")
def test_a_month_is_asked_for(site: Site, way: Way) -> None:
    """The one before: its pictures, its tables, and how the figures are counted."""
    last_day = month_of(site.console.clock.at) - timedelta(days=1)
    hand = way.comes(site, "supervisor-1")
    page = hand.visit.page
    hand.goes("/history")
    for field, words in (("#span", "一個月"), ("#step", "日期")):
        hand.choose(page.locator(field), hand.said(words))
    hand.date(page.locator("#day"), last_day)
    hand.presses("顯示")
    page.wait_for_url(f"**span=month&day={last_day}**")
    assert page.locator("caption").count() == 7 and page.locator("figure svg[role]").count() == 9
    assert page.locator(f'th[scope="row"]:text-is("{last_day:%m-%d}")').count() == 7
    hand.is_well("history-month")
    hand.press(page.locator("summary").filter(has_text=hand.said("怎麼算")).first)
    hand.visit.sees("÷")
    hand.goes("/history?span=week&step=hour")
    hand.is_well("history-week")
