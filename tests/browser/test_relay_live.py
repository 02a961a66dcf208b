"""An interpreter's telephone in real browsers: real Asterisk, officers' phones, a citizen at the screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from playwright.sync_api import Browser, Route, expect
from sqlalchemy import select

from calls.store import CallRow, Leg
from demo.officers import Officers
from demo.phone import Answers, Busy
from hotline import clock
from hotline.accounts import service as accounts
from hotline.db import transaction
from hotline.keys import data_keys
from hotline.video.line import KIND
from hotline.video.rules import SessionState
from hotline.video.store import VideoSession
from tests.browser.desks import comes_in, office
from tests.browser.hands import Hand, Keyboard, Way
from tests.browser.signing_pages import INTERPRETER
from tests.doors.console import PASSWORD
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System
from tests.signing import running_session, video_account

pytestmark = pytest.mark.live
DESKS = {"5112": Busy(), "5111": Answers(0.3)}
LOGINS = map("lin-{}".format, count(1))


@dataclass
class Relay:
    """A session that runs, and the hands of both its sides."""

    system: System
    number: int
    citizen: Hand
    hand: Hand

    def chord(self, key: str) -> None:
        self.hand.visit.page.keyboard.press(f"Alt+{key}")

    def asks(self) -> None:
        """The interpreter asks whether it may be recorded, and is told that it is asked."""
        self.chord("r")
        self.told(self.hand, "said", "已在畫面上請民眾回答。")

    def told(self, of: Hand, place: str, words: str, **values: object) -> None:
        """Waits until a place of the telephone's part says words."""
        found = of.visit.page.locator(f"[data-relay-{place}]").first
        expect(found).to_contain_text(of.said(words, **values), timeout=30_000)

    def kept(self) -> tuple[VideoSession, CallRow, list[Leg]]:
        """The session and its call on record, with the legs in order."""
        with transaction(self.system.house.factory) as session:
            row = session.get_one(VideoSession, self.number)
            call = session.get_one(CallRow, row.call_id)
            legs = select(Leg).where(Leg.call_id == call.id).order_by(Leg.started_at)
            return row, call, list(session.scalars(legs))


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    refuse_or_go_on()
    with office(callback_ring=5, transfer_ring=3, transfer_neighbour_ring=3) as one:
        with transaction(one.house.factory) as session:
            token = accounts.invite(session, INTERPRETER, at=clock.now(), by="test")
        accounts.accept(one.house.factory, token, PASSWORD, at=clock.now())
        yield one


@pytest.fixture
def city(system: System, request: pytest.FixtureRequest) -> Iterator[Officers]:
    """An officer who is busy, with a neighbour who answers."""
    with Officers(system.settings.officers_contact, DESKS, system.scratch / request.node.name) as one:
        system.until(
            lambda: any(
                "officers/" in line and " Avail " in line
                for line in system.home.rx("pjsip show contacts").splitlines()
            ),
            30,
            "the exchange is reachable",
        )
        yield one


def meets(system: System, browser: Browser, language: str) -> Relay:
    """A citizen who is served by text, and an interpreter whose page is the telephone."""
    at, login = clock.now(), next(LOGINS)
    with transaction(system.house.factory) as session:
        account = video_account(session, login, PASSWORD, at)
        row = running_session(session, account, INTERPRETER, at)
        row.key_id, number = data_keys.make(session, system.house.keys, KIND, at)[0], row.id
    context = browser.new_context(locale=language, viewport={"width": 390, "height": 900})
    page, base = context.new_page(), system.settings.console
    page.set_default_timeout(30_000)
    page.goto(f"{base}/sign/in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("#submit").click()
    page.wait_for_url(f"{base}/sign")
    page.goto(f"{base}/sign/room?way=text")
    page.locator("[data-room][data-state=active]").wait_for()
    citizen = Way(Keyboard, "narrow", language).at(page, base)
    hand = Way(Keyboard, "wide", language).at(
        comes_in(browser, system, INTERPRETER, "/video", language=language), base
    )
    hand.visit.page.locator("[data-room]").wait_for()
    hand.presses("以這一頁當電話")
    hand.sees("這一頁是您的電話；撥號後會自動接通。")
    return Relay(system, number, citizen, hand)


def rings(relay: Relay) -> None:
    """The officer is sought and rung by keys; the neighbour answers, and both sides see it."""
    hand = relay.hand
    hand.fill(hand.part.locator("[data-relay-ring] [data-seek-whom]"), "5112")
    hand.visit.page.keyboard.press("Enter")
    expect(hand.part.locator("[data-relay-ring] [name=extension]")).to_have_value("5112")
    relay.chord("z")
    for side in (relay.citizen, hand):
        expect(side.visit.page.locator("[data-relay-rungs] li")).to_contain_text("5112", timeout=40_000)
        answered = re.compile(side.said("已接通%(who)s。", who=".*5111.*"))
        expect(side.visit.page.locator("[data-relay-says]")).to_have_text(answered, timeout=40_000)
    expect(hand.visit.page.locator("[data-relay-said]")).to_have_text("", timeout=40_000)
    expect(hand.visit.page.locator("[data-relay-hang-up]")).to_be_visible()


def ends(relay: Relay) -> None:
    """The call by its key, then the session, with what it was about; the citizen is told."""
    hand = relay.hand
    relay.chord("q")
    for side in (relay.citizen, hand):
        relay.told(side, "says", "電話結束了。")
    relay.chord("w")
    topic = hand.part.locator("[data-running] select")
    expect(topic).to_be_focused()
    hand.visit.page.keyboard.press("ArrowDown")
    hand.fill(hand.part.locator("[data-running] [name=agency]"), "環保局")
    hand.press(hand.part.locator("[data-running] .actions button"))
    expect(hand.part.locator("[data-running]")).to_have_count(0)
    expect(relay.citizen.visit.page.locator("[data-head]")).to_have_text(relay.citizen.said("服務結束了"))
    relay.system.until(lambda: relay.kept()[1].ended_at, 20, "the relayed call is over")
    row, _, legs = relay.kept()
    assert (row.state, row.agency) == (SessionState.ENDED, "epb") and row.topic and row.noted_at
    assert [(one.kind, one.outcome, one.extension) for one in legs] == [
        ("own", "answered", ""),
        ("desk", "busy", "5112"),
        ("neighbour", "answered", "5111"),
    ]


def test_a_citizen_agrees_and_takes_it_back(system: System, browser: Browser, city: Officers) -> None:
    """Asked on the citizen's screen before the call; recorded behind the officer's notice, and no more
    from the refusal on, which both sides read. All of it by keyboard alone.
    """
    relay = meets(system, browser, "zh-TW")
    relay.asks()
    relay.citizen.sees("翻譯員替您打的電話")
    expect(relay.citizen.part.locator("[data-relay-asks]")).to_be_visible()
    relay.citizen.is_well("sign-relay-asked")
    relay.citizen.presses("可以錄音")
    relay.told(relay.hand, "recording", "已同意錄音")
    rings(relay)
    for side in (relay.citizen, relay.hand):
        relay.told(side, "recording", "電話正在錄音；民眾已同意，接電話的人也聽過通知。")
    relay.hand.is_well("video-relay")
    relay.citizen.is_well("sign-relay")
    relay.citizen.presses("改成不要錄音")
    relay.told(relay.hand, "recording", "民眾不同意錄音，這次的電話都不錄音。")
    relay.told(relay.citizen, "recording", "您不同意錄音，這次的電話都不錄音。")
    ends(relay)
    assert relay.kept()[1].recorded_at


def test_a_citizen_refuses_and_is_served_all_the_same(
    system: System, browser: Browser, city: Officers
) -> None:
    """In English: asked while another deed has no answer yet, refused, rung; nothing is recorded."""
    relay, held = meets(system, browser, "en"), list[Route]()
    relay.hand.visit.page.route("**/relay/agents", lambda route: held.append(route))
    relay.hand.presses("撥給話務人員")
    relay.asks()
    for route in held:
        route.abort()
    assert held
    expect(relay.citizen.part.locator("[data-relay-asks]")).to_be_visible()
    relay.citizen.is_well("sign-relay-asked")
    relay.citizen.presses("不要錄音")
    relay.told(relay.hand, "recording", "民眾不同意錄音，這次的電話都不錄音。")
    rings(relay)
    relay.hand.is_well("video-relay")
    relay.citizen.is_well("sign-relay")
    ends(relay)
    call = relay.kept()[1]
    assert call.recorded_at is None and not list(system.settings.recordings.glob(f"{call.id}*"))
