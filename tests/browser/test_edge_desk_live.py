"""A desk in a browser behind nginx and the edge: one node knows its password, every node rings it."""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from playwright.sync_api import Browser

from demo.phone import PhoneEventKind
from demo.sound import SAMPLES_A_SECOND, write_wav
from tests.browser.conftest import WIDTHS
from tests.browser.desks import AGENT, comes_in, goes_on_duty, office, takes_the_call
from tests.browser.ears import forgets, is_heard, listens
from tests.edges import PORT, edge
from tests.live.conftest import refuse_or_go_on
from tests.live.system import ALL_DAY, System, running
from tests.nginx import behind_a_proxy, proxied
from tests.postgres import Postgres

pytestmark = pytest.mark.live
TRUNK, PHONES = "127.0.0.14", "127.0.0.15"
NODES = {"ntpc1": "127.0.0.27", "ntpc2": "127.0.0.28"}
SOCKETS = f"{PHONES}:8088"
VOICE = 500
"""Hertz of what the citizen says."""
NUMBERS = tuple(f"09661002{number:02}" for number in range(12))


@dataclass
class Behind:
    """Both nodes; the first has the pages too."""

    nodes: Sequence[System]

    @property
    def pages(self) -> System:
        return self.nodes[0]

    def node_of(self, number: str) -> str:
        """The node that has this caller's call."""
        (row,) = self.pages.until(lambda: self.pages.open_rows(number), 20, f"{number} is up")
        return str(row.node)

    def knows(self, phone: str) -> list[str]:
        """Nodes at which a telephone registered."""
        return [
            one.settings.node for one in self.nodes if f" {phone}/sip:" in one.home.rx("pjsip show contacts")
        ]

    def nodes_with_calls(self) -> set[str]:
        """Nodes whose Asterisk has a channel."""
        return {one.settings.node for one in self.nodes if one.channels()}

    def can_ring(self, phone: str) -> bool:
        """Whether each node can."""
        told = (one.home.rx("queue show agents-zh-TW").splitlines() for one in self.nodes)
        return all(any(phone in line and "Not in use" in line for line in lines) for lines in told)


def settings_of(name: str, database_url: str) -> dict[str, object]:
    """Those of a node behind the edge."""
    return {
        "node": name,
        "sip_address": NODES[name],
        "sip_port": PORT,
        "database_url": database_url,
        "trunk_match": [TRUNK],
        "trunk_contact": f"{TRUNK}:{PORT}",
        "edge_phones": f"{PHONES}:{PORT}",
        "other_nodes": [f"{one}={address}:{PORT}" for one, address in NODES.items() if one != name],
    }


@pytest.fixture(scope="module")
def behind(postgres: Postgres) -> Iterator[Behind]:
    """nginx before the pages, and the edge before two nodes, over one database."""
    refuse_or_go_on()
    browsers, tls, plain = behind_a_proxy()
    folder = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    folder.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        rows = stack.enter_context(postgres.database())
        stack.enter_context(edge(folder, TRUNK, PHONES, NODES.values()))
        one = stack.enter_context(office(**browsers, **settings_of("ntpc1", rows)))

        @contextmanager
        def same_keys(home: Path) -> Iterator[None]:
            shutil.copytree(one.settings.installation_keys.parent, home / "keys", dirs_exist_ok=True)
            yield

        others = {**ALL_DAY, **browsers, **settings_of("ntpc2", rows), "roles": ["node"]}
        two = stack.enter_context(running(over=same_keys, **others))
        stack.enter_context(proxied(one.settings, tls, plain, telephones=SOCKETS))
        yield Behind((one, two))


@pytest.fixture
def hum(tmp_path: Path) -> Path:
    """A voice of one tone."""
    second = np.arange(30 * SAMPLES_A_SECOND) / SAMPLES_A_SECOND
    write_wav(tmp_path / "hum.wav", (6000 * np.sin(2 * np.pi * VOICE * second)).astype(np.int16))
    return tmp_path / "hum.wav"


def test_a_desk_has_calls_of_every_node(behind: Behind, browser: Browser, hum: Path) -> None:
    """Its telephone registered at one by the edge; it hears the callers of both, and ends their calls."""
    sockets, left = list[str](), set(NODES)
    desk = comes_in(browser, behind.pages, AGENT, "/desk")
    desk.on("websocket", lambda one: sockets.append(one.url))
    listens(desk, VOICE)
    goes_on_duty(desk)
    behind.pages.until(lambda: behind.can_ring(AGENT), 30, "both nodes can ring the desk")
    assert len(behind.knows(AGENT)) == 1
    for number in NUMBERS:
        with behind.pages.caller(number) as citizen:
            citizen.dial(f"sip:1999@{TRUNK}:{PORT}")
            citizen.wait_for(PhoneEventKind.ESTABLISHED, 10)
            if (name := behind.node_of(number)) not in left:
                continue
            left.remove(name)
            (node,) = (one for one in behind.nodes if one.settings.node == name)
            for count in (1, 2):
                node.in_menu(number, count)
                citizen.press("1")
            takes_the_call(desk, number)
            forgets(desk)
            citizen.say(hum)
            is_heard(desk, "sound", VOICE)
            if left:
                desk.keyboard.press("Alt+q")
                citizen.wait_for(PhoneEventKind.CLOSED, 10)
        desk.locator("[data-state]", has_text="已上線，等候來電").wait_for(timeout=60_000)
        if not left:
            break
    assert not left
    assert sockets == [behind.pages.settings.browser_url]


def test_citizens_pages_call_by_every_node(behind: Behind, browser: Browser) -> None:
    """Though all of them are one user to the edge; who hangs up first ends the call for both."""
    taken = set[str]()
    for _browser in range(12):
        context = browser.new_context(
            locale="zh-TW", permissions=["microphone"], viewport={"width": WIDTHS["narrow"], "height": 900}
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{behind.pages.settings.console}/phone")
        page.get_by_role("button", name="撥打 1999").click()
        page.get_by_text("已接通。").wait_for()
        taken |= behind.nodes_with_calls()
        page.get_by_role("button", name=re.compile("掛斷")).click()
        page.get_by_text("您已掛斷，通話結束。").wait_for()
        context.close()
        behind.pages.until(lambda: not behind.nodes_with_calls(), 15, "the call is over")
        if taken == set(NODES):
            break
    assert taken == set(NODES)
