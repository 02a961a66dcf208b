"""Two agents and their supervisor, each in a browser of their own,
with real citizens and officers; real Asterisk.
"""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from control.passwords import secret
from demo.hearing import recognise
from demo.officers import Officers
from demo.phone import Answers, Busy, PhoneEventKind, Softphone
from demo.sound import read_wav
from hotline.callbacks.find import of_number
from hotline.db import transaction
from hotline.special_callers.store import SpecialCall, SpecialEvent
from tests.browser.conftest import Visit
from tests.browser.desks import AGENT, at_desk, comes_in, comes_to_an_agent, office
from tests.browser.hands import Mouse, Way
from tests.browser.test_desk_talks_live import closes_the_call
from tests.live.conftest import refuse_or_go_on
from tests.live.system import DESKS, System
from tests.live.talks import BOSS
from tests.live.test_consults_live import with_caller

pytestmark = pytest.mark.live
OTHER = "agent-2"
SOON = 20_000
Talks = dict[str, tuple[Page, str, Softphone]]
"""By the agent's phone: the desk, and the number and the phone of the citizen who came to it."""


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office(transfer_neighbour_ring=3, special_answer=60, recovery=180) as one:
        yield one


@contextmanager
def two_talks(browser: Browser, system: System, numbers: Sequence[str]) -> Iterator[Talks]:
    """Two citizens call at one time: each desk is rung for one of them,
    by the number that only its card shows.
    """
    with (
        at_desk(browser, system, AGENT) as one,
        at_desk(browser, system, OTHER) as two,
        system.caller(numbers[0]) as first,
        system.caller(numbers[1]) as second,
    ):
        callers = dict(zip(numbers, (first, second), strict=True))
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda number: comes_to_an_agent(system, callers[number], number), numbers))
        found: Talks = {}
        for phone, page in ((AGENT, one), (OTHER, two)):
            page.get_by_role("heading", name="有來電", exact=True).wait_for()
            page.keyboard.press("Alt+a")
            shown = page.locator('[data-fact="number"]')
            expect(shown).to_have_text(re.compile("|".join(numbers)))
            number = shown.inner_text()
            found[phone] = page, number, callers[number]
        assert {number for _, number, _ in found.values()} == set(numbers)
        yield found


def chooses(page: Page, extension: str, way: str) -> None:
    """Whom to put through to, and how."""
    page.locator("#whom").fill(extension)
    page.locator("[data-hits] button").first.click()
    page.get_by_label("涉及法令解釋").check()
    page.get_by_role("button", name=way).click()


def on_board(board: Page, phone: str, state: str, number: str = "") -> None:
    """How an agent stands there, and with whom."""
    line = board.locator(f'[data-agent="{phone}"]')
    expect(line.locator("[data-state]")).to_have_text(state, timeout=SOON)
    expect(line.locator("[data-with]")).to_have_text(number, timeout=SOON)


def masked(number: str) -> str:
    return f"{number[:4]}***{number[-3:]}"


def test_two_desks_serve_two_citizens_at_once(system: System, browser: Browser) -> None:
    """One puts through at once, to a neighbour;
    the other promises a callback and speaks with the officer first.
    """
    phones = {
        "5112": Busy(),
        "5111": Answers(0.5, 60.0),
        "5113": Busy(),
        "5401": Answers(0.5, 60.0),
    }
    board = comes_in(browser, system, BOSS, "/board")
    with (
        Officers(system.settings.officers_contact, phones, system.scratch / "officers"),
        two_talks(browser, system, ("0966400001", "0966400002")) as talks,
    ):
        (one, first, caller), (two, second, other) = talks[AGENT], talks[OTHER]
        on_board(board, AGENT, "通話中", masked(first))
        on_board(board, OTHER, "通話中", masked(second))
        Visit(board, system.settings.console, "wide-zh-TW").is_well("board-two-talks")
        chooses(one, "5112", "直接轉接")
        two.locator("#matter").fill("路樹")
        two.get_by_role("button", name="登記回電").click()
        two.get_by_text("已登記回電，最晚").wait_for()
        chooses(two, "5401", "先和承辦人通話")
        expect(one.locator("[data-rungs]")).to_have_text(re.compile("5112.*忙線.*5111.*已接聽"), timeout=SOON)
        on_board(board, AGENT, "待命")
        expect(two.locator("[data-state]")).to_contain_text("您和承辦人通話中", timeout=SOON)
        two.keyboard.press("Alt+l")
        system.until(lambda: with_caller(system, second) == {"officers"}, 10, "the officer stays")
        on_board(board, OTHER, "待命")
        system.until(lambda: with_caller(system, first) == {"officers"}, 15, "the neighbour talks")
        expect(board.locator('[data-figure="talking"]')).to_have_text("2")
        caller.hang_up()
        other.hang_up()
        expect(board.locator('[data-figure="talking"]')).to_have_text("0")
    with transaction(system.house.factory) as session:
        (promised,) = of_number(session, second)
    assert (promised.matter, promised.origin) == ("路樹", "agent")
    for phone, number, rung in ((AGENT, first, ["5112", "5111"]), (OTHER, second, ["5401"])):
        legs = system.legs(system.row(number).id)
        assert [leg.phone for leg in legs if leg.kind == "agent"] == [phone]
        assert [leg.extension for leg in legs if leg.kind != "agent"] == rung


def judges(board: Page, verdict: str, reason: str) -> None:
    """The alert comes to an open board without loading it anew."""
    board.get_by_role("alert").get_by_text("請您判斷來電").wait_for()
    asked = board.locator('[data-served="asked"] form')
    asked.get_by_label("理由").fill(reason)
    asked.get_by_role("button", name=verdict, exact=True).click()
    board.get_by_text("已授權；到時限由系統結束。" if verdict == "授權" else "已記錄為不授權。").wait_for()


def presses(page: Page, deed: str, stands: str) -> None:
    """A deed of the panel, and what the panel then says of the call; folded away until it counts."""
    if page.locator("[data-difficult][open]").count() == 0:
        page.keyboard.press("Alt+.")
    page.locator(f'[data-deed="{deed}"]').click()
    expect(page.locator("[data-stands]")).to_contain_text(stands)


def test_P7_1_one_call_is_guided_to_its_end_and_an_emergency_is_not(system: System, browser: Browser) -> None:
    """Ended only once it is authorised and guided thrice; then both agents recover."""
    board = comes_in(browser, system, BOSS, "/board")
    boss = Softphone(
        BOSS,
        home=system.scratch / "boss",
        address=DESKS,
        password=secret(system.settings, BOSS),
        registrar=system.sip,
        behaves=Busy(),
    )
    with boss, two_talks(browser, system, ("0966400003", "0966400004")) as talks:
        boss.register()
        (one, first, caller), (two, second, other) = talks[AGENT], talks[OTHER]
        end, hang_up = one.locator('[data-deed="failed"]'), one.locator("[data-end]")
        presses(one, "guided", "一般通話，沒有時限。")
        expect(one.locator("[data-given]")).to_have_text("1")
        presses(one, "asked", "主管決定之前不能結束通話")
        expect(hang_up).to_be_disabled()
        one.keyboard.press("Alt+q")
        one.get_by_text("現在不能掛斷").wait_for()
        judges(board, "不授權", "有事由，請再聽")
        expect(one.locator("[data-stands]")).to_have_text(
            "示範督導 沒有授權：有事由，請再聽。照常服務，不能以引導結束。"
        )
        expect(hang_up).to_be_enabled()
        expect(end).to_be_disabled()
        presses(one, "asked", "主管決定之前不能結束通話")
        judges(board, "授權", "酒醉，沒有事由")
        expect(one.locator("[data-stands]")).to_contain_text("示範督導 已授權：酒醉，沒有事由。 再引導 2 次")
        expect(one.locator("[data-remaining]")).to_have_text(re.compile(r"^1[0-4]:\d\d$"))
        presses(one, "guided", "再引導 1 次")
        expect(end).to_be_disabled()
        presses(one, "guided", "引導已滿")
        expect(one.locator("[data-given]")).to_have_text("3")
        expect(end).to_be_enabled()
        expect(hang_up).to_be_disabled()
        Way(Mouse, "wide", "zh-TW").at(one, system.settings.console).is_well("desk-guidance")
        presses(two, "asked", "主管決定之前不能結束通話")
        judges(board, "授權", "辱罵")
        expect(two.locator("[data-end]")).to_be_disabled()
        boss.behaves = Answers(0.2)
        presses(two, "emergency", "緊急：這通電話不再有任何時限。")
        boss.wait_for(PhoneEventKind.ESTABLISHED, 15)
        expect(two.locator("[data-remaining]")).to_have_text("沒有時限")
        expect(two.locator("[data-end]")).to_be_enabled()
        end.click()
        caller.wait_for(PhoneEventKind.CLOSED, 20)
        assert other.talking and boss.talking
        two.keyboard.press("Alt+q")
        other.wait_for(PhoneEventKind.CLOSED, 10)
        for phone, page in ((AGENT, one), (OTHER, two)):
            expect(page.locator("[data-state]")).to_have_text("調適時間，暫時不會有新來電。")
            on_board(board, phone, "調適時間")
        Visit(board, system.settings.console, "wide-zh-TW").is_well("board-recovery")
        is_ready_again(one, board)
    assert "zh-TW/V-16" in {found.name for found in recognise(read_wav(caller.heard), system.prompts)}
    row, saved = system.row(first), system.row(second)
    assert (row.end_reason, saved.end_reason) == ("3_guidances", "agent_hung_up")
    assert [(kind, who) for kind, who in steps(system, row.id)] == [
        ("guided", AGENT),
        ("asked", AGENT),
        ("refused", BOSS),
        ("asked", AGENT),
        ("authorised", BOSS),
        ("guided", AGENT),
        ("guided", AGENT),
        ("failed", AGENT),
    ]
    with transaction(system.house.factory) as session:
        ended, lifted = session.get_one(SpecialCall, row.id), session.get_one(SpecialCall, saved.id)
        assert (ended.state, ended.ended_by, ended.guidances) == ("ENDED", "3_guidances", 3)
        assert (lifted.emergency, lifted.ended_by) == (True, "")


def is_ready_again(page: Page, board: Page) -> None:
    """Before the pause is over, once the call is closed."""
    page.locator("[data-after]").wait_for()
    closes_the_call(page)
    page.keyboard.press("Alt+y")
    expect(page.locator("[data-state]")).to_have_text("已上線，等候來電。")
    on_board(board, AGENT, "待命")


def steps(system: System, call_id: str) -> list[tuple[str, str]]:
    chosen = select(SpecialEvent.kind, SpecialEvent.who).where(SpecialEvent.call_id == call_id)
    with transaction(system.house.factory) as session:
        return [(kind, who) for kind, who in session.execute(chosen.order_by(SpecialEvent.at))]
