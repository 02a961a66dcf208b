"""A session whose network blocks, is lost and comes back: each browser at a home of its own (§14, P6.4)."""

import base64
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, Page, expect

from hotline.clock import taipei
from hotline.video.rules import Side
from tests.browser.conftest import Site, Visit
from tests.browser.signing_pages import LINES, SignPages, number_of, reads, writes
from tests.browser.two_sides import filmed, moving_picture
from tests.doors.console import console
from tests.networks import MIDDLE, Home, homes
from tests.served import served
from tests.turn_servers import certified, turn_server

pytestmark = pytest.mark.live
TEN = taipei("2037-11-27T10:00")
"""Later than the clock of the TURN server, which refuses credentials that are over; it counts up to 2038."""
WAY = """async () => { const told = await lines.at(-1).getStats()
    const transport = [...told.values()].find(({ type }) => type === "transport")
    const near = told.get(told.get(transport?.selectedCandidatePairId)?.localCandidateId)
    return [near?.candidateType, near?.relayProtocol] }"""
"""The way that the picture takes from here, as the browser itself tells it."""


@dataclass
class Rooms:
    """The pages as two browsers reach them, and the lines by which they do."""

    citizens: SignPages
    interpreters: SignPages
    at_citizen: Home
    at_interpreter: Home

    def meet(self) -> tuple[Visit, Visit]:
        """A citizen and an interpreter in a session whose pictures move."""
        amy, hand = self.citizens.citizen(), self.interpreters.interpreter()
        for one in (amy, hand):
            one.page.context.add_init_script(LINES)
        self.citizens.asks(amy)
        self.interpreters.accepts(hand)
        self.citizens.sees_film(amy.page, hand.page)
        return amy, hand


@pytest.fixture
def rooms(browser: Browser, tmp_path: Path) -> Iterator[Rooms]:
    film = moving_picture(tmp_path / "moving.y4m")
    with ExitStack() as stack:
        middle, ends = stack.enter_context(homes(2))
        certificate = stack.enter_context(certified(MIDDLE))
        with middle.inside():
            server = stack.enter_context(turn_server(MIDDLE, **certificate))
            made = console(
                tmp_path / "home",
                turn_urls=server.turn_reached,
                turn_secret_file=server.home / "secrets" / "turn",
            )
            base = stack.enter_context(served(made.app, threads=48, address=MIDDLE))
        made.clock.at = TEN
        stack.callback(made.house.engine.dispose)
        site = Site(made, base.replace(MIDDLE, "localhost"), browser)  # whose pages may use a camera
        ways = (f"--host-resolver-rules=MAP localhost {MIDDLE}", trusted(certificate["turn_certificate"]))
        opened = [
            stack.enter_context(filmed(browser, film, *ways, program=one.program(tmp_path))) for one in ends
        ]
        yield Rooms(*(SignPages(site, one) for one in opened), *ends)


def trusted(certificate: str) -> str:
    """By which a browser takes a certificate that no authority signed."""
    key = x509.load_pem_x509_certificate(Path(certificate).read_bytes()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"--ignore-certificate-errors-spki-list={base64.b64encode(sha256(spki).digest()).decode()}"


def is_told(page: Page, state: str) -> None:
    """What becomes of the picture, as the page has it."""
    expect(page.locator("[data-room]")).to_have_attribute("data-picture", state, timeout=30_000)


def test_with_udp_blocked_the_picture_goes_by_tcp_and_tls(rooms: Rooms) -> None:
    """One side's network lets out no UDP, the other's nothing but TLS: both see the other move.

    The line of one is cut for a moment, and they do again.
    """
    rooms.at_citizen.loses("ipproto udp", "ipproto tcp dport 5349")
    rooms.at_interpreter.loses("ipproto udp", "ipproto tcp dport 3478")
    amy, hand = rooms.meet()
    assert amy.page.evaluate(WAY) == ["relay", "tcp"]
    assert hand.page.evaluate(WAY) == ["relay", "tls"]
    with rooms.at_interpreter.unplugged():
        is_told(amy.page, "lost")
    is_told(hand.page, "connected")
    rooms.citizens.sees_film(amy.page, hand.page)
    assert hand.page.evaluate(WAY) == ["relay", "tls"]


def test_the_self_test_names_the_way_that_is_left(rooms: Rooms) -> None:
    """That by TURN, as a session would go; where nothing is let out, that the network blocks it."""
    rooms.at_citizen.loses("ipproto udp")
    amy = rooms.citizens.citizen()
    amy.goes("/sign/test")
    amy.page.locator("[data-start]").click()
    expect(amy.page.locator("[data-lines]")).to_contain_text("經由市府的視訊中繼", timeout=45_000)
    rooms.at_citizen.loses("ipproto tcp dport 3478", "ipproto tcp dport 5349")
    amy.page.locator("[data-start]").click()
    expect(amy.page.locator("[data-lines]")).to_contain_text("網路擋住了視訊", timeout=45_000)


def test_where_no_way_is_left_for_the_picture_text_goes_on(rooms: Rooms) -> None:
    """Both read it within ten seconds, and what the other writes."""
    rooms.at_citizen.loses("ipproto udp", "ipproto tcp dport 3478", "ipproto tcp dport 5349")
    amy, hand = rooms.citizens.citizen(), rooms.interpreters.interpreter()
    rooms.citizens.asks(amy)
    rooms.interpreters.accepts(hand)
    for one in (amy, hand):
        expect(one.page.locator("[data-trouble]")).to_contain_text("影像接不通", timeout=30_000)
    writes(amy.page, "看不到您")
    reads(hand.page, "看不到您")
    writes(hand.page, "打字就好")
    reads(amy.page, "打字就好")


def unplugged(home: Home) -> AbstractContextManager[None]:
    return home.unplugged()


def unheard(home: Home) -> AbstractContextManager[None]:
    return home.unheard()


@pytest.mark.parametrize("lost", [unplugged, unheard])
def test_a_lost_network_that_is_back_in_time_has_the_picture_and_the_time(
    rooms: Rooms, lost: Callable[[Home], AbstractContextManager[None]]
) -> None:
    """Both are told meanwhile; it is the same session, and our clock went on.

    Lost for over a minute, it is over.
    """
    amy, hand = rooms.meet()
    number = number_of(hand.page)
    with lost(rooms.at_interpreter):
        expect(hand.page.locator("[data-trouble]")).to_contain_text("正在重新連線", timeout=30_000)
        is_told(amy.page, "lost")
        rooms.citizens.runs(number, timedelta(seconds=12), Side.CITIZEN)
        expect(amy.page.locator("[data-says]")).to_contain_text("對方的連線斷了")
    expect(hand.page.locator("[data-trouble]")).to_have_text("", timeout=30_000)
    for one in (amy, hand):
        is_told(one.page, "connected")
        expect(one.page.locator("[data-left]")).to_have_text("14:48")
    rooms.citizens.sees_film(amy.page, hand.page)
    assert number_of(hand.page) == number
    with lost(rooms.at_interpreter):
        # Until then a sign of life that was sent before may still be on its way.
        expect(hand.page.locator("[data-trouble]")).to_contain_text("正在重新連線", timeout=30_000)
        rooms.citizens.runs(number, timedelta(seconds=72), Side.CITIZEN)
        expect(amy.page.locator("[data-says]")).to_contain_text("翻譯員的連線斷了太久")
    expect(hand.page.locator("[data-says]")).to_contain_text("您的連線斷了太久", timeout=30_000)
