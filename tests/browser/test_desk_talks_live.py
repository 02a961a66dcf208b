"""What an agent does in a talk: an officer is asked first, seen and said on the page;
real phones, real Asterisk.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from calls.dispositions import CONSULTED
from calls.recording_pause import PAUSED, RESUMED
from control.ami import AMI
from control.presence import agents_state
from demo.officers import Officers
from demo.phone import Answers, Busy, PhoneEventKind
from demo.sound import Samples, read_wav
from hotline import clock
from hotline.callbacks.find import of_number
from hotline.callbacks.wishes import Wish
from hotline.callbacks.work import CallbackWork
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.staff.store import AFTER_CALL
from tests.browser.conftest import WIDTHS, Visit
from tests.browser.desks import at_desk, comes_to_an_agent, office, takes_the_call
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System
from tests.live.test_consults_live import with_caller

pytestmark = pytest.mark.live
Span = tuple[datetime, datetime]


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    settings = {"recording_pause": 8, "after_call": 30, "talk_alerts": "1", "queue_ring": 20}
    with office(transfer_neighbour_ring=3, **settings) as one:
        yield one


def asks_first(page: Page, extension: str) -> None:
    """Chosen by keyboard, with the reason of P5.1.1."""
    page.keyboard.press("Alt+p")
    page.keyboard.type(extension)
    page.locator("[data-hits] button").first.click()
    page.get_by_label("涉及法令解釋").check()
    page.get_by_role("button", name="先和承辦人通話").click()


def test_P5_1_1_an_officer_is_asked_first_then_all_three_talk_and_the_agent_leaves(
    system: System, browser: Browser
) -> None:
    """Nobody at the first desk:
    the caller is back and a callback is registered for whom they sought. Then one answers.
    """
    number = "0966200001"
    phones = {"5401": Busy(), "5402": Busy(), "5403": Busy(), "5112": Busy(), "5111": Answers(1.5, 60.0)}
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "officers") as city,
        at_desk(browser, system) as page,
        system.caller(number) as citizen,
    ):
        comes_to_an_agent(system, citizen, number)
        takes_the_call(page, number)
        asks_first(page, "5401")
        place, rungs, state = (page.locator(f"[data-{name}]") for name in ("place", "rungs", "state"))
        expect(place).to_contain_text("沒有接通，來電者回到您這裡")
        expect(rungs.locator("li").first).to_have_text(re.compile("5401.*忙線"))
        assert with_caller(system, number) == {"agent"}
        expect(page.get_by_label("由誰回電")).to_have_value("5401")
        page.locator("#matter").fill("路樹")
        page.get_by_role("button", name="登記回電").click()
        page.get_by_text("已登記回電，最晚").wait_for()
        asks_first(page, "5112")
        expect(state).to_contain_text("您和承辦人通話中；來電者聽著音樂等候")
        expect(rungs).to_contain_text("忙線")
        city.phones["5111"].wait_for(PhoneEventKind.ESTABLISHED, 5)
        assert with_caller(system, number) == set()
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-asking-first")
        page.keyboard.press("Alt+j")
        expect(state).to_contain_text("三方通話中")
        system.until(lambda: with_caller(system, number) == {"agent", "officers"}, 10, "all three talk")
        page.keyboard.press("Alt+q")
        system.until(lambda: with_caller(system, number) == {"officers"}, 10, "the officer stays")
        expect(place).to_contain_text("已接通")
        citizen.hang_up()
    row = system.row(number)
    with transaction(system.house.factory) as session:
        (promised,) = of_number(session, number)
        asked = [
            deed.after["asks"]
            for deed in audit_rows(session, subject=f"call:{row.id}")
            if "asks" in (deed.after or {})
        ]
    assert (promised.extension, asked) == ("5401", ["5401", "5112"])
    assert [leg.outcome for leg in system.legs(row.id)][-2:] == ["busy", "answered"]


def test_a_citizen_who_hangs_up_while_an_officer_is_asked_is_told(system: System, browser: Browser) -> None:
    """The agent still talks with the officer; nothing else can be put through."""
    number = "0966200006"
    phones = {"5112": Busy(), "5111": Answers(0.5, 60.0)}
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "left"),
        at_desk(browser, system) as page,
        system.caller(number) as citizen,
    ):
        comes_to_an_agent(system, citizen, number)
        takes_the_call(page, number)
        asks_first(page, "5112")
        state = page.locator("[data-state]")
        expect(state).to_contain_text("您和承辦人通話中")
        citizen.hang_up()
        expect(state).to_have_text("來電者已掛斷；您還在和 5111 通話。")
        expect(page.locator('[data-chord="back"]')).to_be_hidden()
        expect(page.locator("[data-no-transfer]")).to_have_text("來電者已掛斷，沒有人可以轉接。")
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-caller-left")
        page.keyboard.press("Alt+q")
        expect(page.locator("[data-call]")).to_be_hidden()


def test_P4_12_what_is_said_in_a_pause_is_not_in_the_file(system: System, browser: Browser) -> None:
    """By key, back by key; the second pause ends by itself.
    The record tells who, and the file is silent as long.

    Then after-call work, until a service type is chosen and the agent is ready; kept by the server.
    """
    number = "0966200002"
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        takes_the_call(page, number)
        state = page.locator('[data-fact="recording"]')
        expect(state).to_have_text("已告知；錄音中")
        heard: list[Span] = [begins(page)]
        page.keyboard.press("Alt+r")
        expect(state).to_contain_text("已告知；暫停錄音中（示範話務員一）")
        expect(page.get_by_role("button", name="恢復錄音")).to_be_visible()
        silent: list[Span] = [begins(page)]
        page.screenshot(path="build/screenshots/desk-paused.png", full_page=True)
        page.keyboard.press("Alt+r")
        expect(state).to_have_text("已告知；錄音中")
        heard.append(begins(page))
        page.keyboard.press("Alt+r")
        expect(state).to_contain_text("暫停錄音中")
        silent.append(begins(page))
        expect(state).to_have_text("已告知；錄音中", timeout=15_000)
        heard.append(begins(page))
        page.keyboard.press("Alt+'")
        page.keyboard.press(".")
        page.get_by_role("button", name="停止錄音，不再恢復").click()
        expect(state).to_have_text("已告知；已停止錄音，不再恢復")
        expect(page.get_by_role("button", name="暫停錄音")).to_be_hidden()
        page.keyboard.press("Alt+q")
        citizen.wait_for(PhoneEventKind.CLOSED, 10)
        work = page.locator("[data-after]")
        work.wait_for()
        with AMI.of(system.settings) as ami:
            assert agents_state(ami)["agent-1"].on_break == AFTER_CALL
        page.reload()
        work.wait_for()
        page.keyboard.press("Alt+y")
        expect(page.locator("[data-after-says]")).to_contain_text("請至少選一種服務類型")
        closes_the_call(page)
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-after-call")
        page.keyboard.press("Alt+y")
        work.wait_for(state="hidden")
        with AMI.of(system.settings) as ami:
            assert agents_state(ami)["agent-1"].on_break == ""
    row = system.row(number)
    told = [one for one in system.events(row.id) if one.kind in (PAUSED, RESUMED)]
    assert [(one.kind, one.detail["by"]) for one in told] == [
        ("RecordingPaused", "agent-1"),
        ("RecordingResumed", "agent-1"),
        ("RecordingPaused", "agent-1"),
        ("RecordingResumed", "limit"),
    ]
    assert row.recorded_at
    files = {
        one.direction: read_wav(system.settings.recordings / one.path) for one in system.recordings(row.id)
    }
    for way in ("agent", "caller"):
        assert [loudest(files[way], row.recorded_at, span) for span in silent] == [0, 0]
    assert all(loudest(files["agent"], row.recorded_at, span) > 0 for span in heard)


def closes_the_call(page: Page) -> None:
    """The last one, which was a consultation."""
    call = page.locator("[data-wrap] [data-close]").get_attribute("data-close")
    closing = page.locator(f'[data-close="{call}"]')
    closing.get_by_label("諮詢").check()
    closing.get_by_label("主題").select_option("word:other")
    closing.get_by_role("button", name="結案").click()
    closing.wait_for(state="hidden")


def test_P3_1_the_book_is_read_while_talking_and_a_reload_keeps_what_is_typed(
    system: System, browser: Browser
) -> None:
    """The caller comes back to the desk whose page was loaded anew, and everything stands there as it was."""
    number = "0966200003"
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        takes_the_call(page, number)
        page.keyboard.press("Alt+k")
        page.keyboard.type("搬家戶籍")
        page.locator("[data-answers] details").first.wait_for()
        expect(page.locator("[data-answers] .answer").first).to_be_visible()
        page.get_by_role("button", name="已解答").first.click()
        page.get_by_text("已記錄：問答集解答了").wait_for()
        page.locator("#matter").fill("垃圾車沒有來")
        page.get_by_label("涉及法令解釋").check()
        Visit(page, system.settings.console, "wide-zh-TW").is_well("desk-book")
        page.reload()
        page.get_by_role("heading", name="有來電", exact=True).wait_for()
        page.keyboard.press("Alt+a")
        page.get_by_role("heading", name="通話中", exact=True).wait_for()
        expect(page.locator("#matter")).to_have_value("垃圾車沒有來")
        expect(page.get_by_label("涉及法令解釋")).to_be_checked()
        expect(page.locator("[data-answers] .answer").first).to_be_visible()
        citizen.hang_up()
    (consulted,) = [one.detail for one in system.events(system.row(number).id) if one.kind == CONSULTED]
    assert consulted["answered"] and consulted["by"] == "agent-1" and consulted["entry"]


def test_P7_2_who_is_at_this_citizens_matter_is_told_with_the_ring(system: System, browser: Browser) -> None:
    """Heard before the answer and seen on the card;
    so too when the caller comes back to a page loaded anew.
    """
    number, work = "0966200004", CallbackWork(system.house.callbacks)
    with transaction(system.house.factory) as session:
        wish = Wish(number, "zh-TW", "agent", matter="路樹")
        promised = system.house.callbacks.open(session, wish, "agent-2", clock.now()).id
        work.claim(session, promised, "agent-2", clock.now())
    said = f"agent-2 正在處理這位來電者的第 {promised} 件待回電；請補充說明，不要另外回電。"
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        page.get_by_role("heading", name="有來電", exact=True).wait_for()
        expect(page.locator("[data-alert]")).to_have_text(f"0966***004，國語，{said}")
        expect(page.locator("[data-taken]")).to_contain_text(said)
        page.keyboard.press("Alt+a")
        page.get_by_role("heading", name="通話中", exact=True).wait_for()
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            Visit(page, system.settings.console, f"{name}-zh-TW").is_well("desk-taken")
        page.reload()
        page.get_by_role("heading", name="有來電", exact=True).wait_for()
        expect(page.locator("[data-alert]")).to_contain_text(said)
        with transaction(system.house.factory) as session:
            work.release(session, promised, "agent-2", clock.now())
        page.keyboard.press("Alt+a")
        page.get_by_role("heading", name="通話中", exact=True).wait_for()
        expect(page.locator("[data-taken]")).to_be_hidden()
        citizen.hang_up()


LIMIT = timedelta(minutes=1)
"""Of a talk, in these tests."""


def test_a_talk_that_becomes_long_is_said_once_and_counted_on_after_a_reload(
    system: System, browser: Browser
) -> None:
    """Politely, as a status, and marked beside the time; what was talked before the reload counts."""
    number, before = "0966200005", timedelta(seconds=5)
    with at_desk(browser, system) as page, system.caller(number) as citizen:
        comes_to_an_agent(system, citizen, number)
        takes_the_call(page, number)
        answered, long = clock.now(), page.locator("[data-long]")
        expect(long).to_be_empty()
        page.clock.set_fixed_time(answered + LIMIT)
        expect(page.get_by_role("status").filter(has_text="通話已經 1 分鐘。")).to_be_visible()
        expect(page.locator('[data-fact="timer"]')).to_have_class(re.compile("long"))
        for name, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            Visit(page, system.settings.console, f"{name}-zh-TW").is_well("desk-long-talk")
        system.until(lambda: clock.now() - answered > before, 10, "they have talked for some seconds")
        page.reload()
        page.get_by_role("heading", name="有來電", exact=True).wait_for()
        expect(long).to_be_empty()
        page.keyboard.press("Alt+a")
        page.get_by_role("heading", name="通話中", exact=True).wait_for()
        page.clock.set_fixed_time(answered + LIMIT + LIMIT - before)
        expect(long).to_have_text("通話已經 1 分鐘。")
        citizen.hang_up()


def begins(page: Page) -> Span:
    """Two seconds from now, which then are over; their edges belong to what is before and after."""
    since = clock.now()
    page.wait_for_timeout(2500)
    return since + timedelta(seconds=0.5), since + timedelta(seconds=2)


def loudest(sound: Samples, begun: datetime, span: Span) -> int:
    """The loudest sample of a span in a file that began then."""
    first, last = (int((at - begun).total_seconds() * 8000) for at in span)
    return int(np.abs(sound[first:last].astype(np.int32)).max())
