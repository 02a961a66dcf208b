"""Parts that go away under a running session: pages, database, Asterisk in a relayed call, a whole browser.

Both sides read what happened, and nobody loses a minute of the block (P6.4, decision 0045).
"""

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.officers import Officers
from demo.phone import Answers
from hotline import clock
from hotline.accounts import service as accounts
from hotline.db import transaction
from hotline.keys import data_keys
from hotline.ledger.periods import Period
from hotline.outbound_calls.rules import OutboundState
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.video.line import HEARD, KIND
from hotline.video.rules import SILENT, SessionState
from hotline.video.store import VideoSession
from tests.browser.conftest import chromium
from tests.browser.desks import comes_in, office
from tests.browser.signing_pages import number_of, reads, writes
from tests.doors.console import PASSWORD
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, is_ready
from tests.live.test_relay_live import HAND, becomes, is_exchange_there
from tests.signing import video_account

pytestmark = pytest.mark.live
BLOCK = timedelta(minutes=15)
AWAY = "正在重新連線"
SLOW = 45_000
"""Milliseconds for what a machine does that has just lost a part."""
NAMES = map("amy-{}".format, count(1))


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """An interpreter with a way in, whose telephone is a desk's."""
    refuse_or_go_on()
    with office(transfer_ring=3, transfer_neighbour_ring=3) as one:
        at = clock.now()
        member = Staff(HAND, "手語員", frozenset((Role.INTERPRETER,)), phone="agent-1")
        with transaction(one.house.factory) as session:
            set_staff(session, member, Period(at), at=at, by="test")
            token = accounts.invite(session, HAND, at=at, by="test")
        accounts.accept(one.house.factory, token, PASSWORD, at=at)
        yield one


@dataclass
class Meeting:
    """A session that runs, whatever the hour is, with a page on either side."""

    system: System
    browser: Browser
    name: str
    number: int
    ended_at: datetime
    """When its block was to end."""

    def row(self) -> VideoSession:
        with transaction(self.system.house.factory) as session:
            return session.get_one(VideoSession, self.number)

    @property
    def gained(self) -> timedelta:
        """By how much later the block ends now."""
        row = self.row()
        assert row.state == SessionState.ACTIVE and row.block_ends_at
        return row.block_ends_at - self.ended_at

    def citizen(self, browser: Browser | None = None) -> Page:
        """Through the door, by text, into the session that runs."""
        page = (browser or self.browser).new_context(locale="zh-TW").new_page()
        page.set_default_timeout(30_000)
        base = self.system.settings.console
        page.goto(f"{base}/sign/in")
        page.locator("#login").fill(self.name)
        page.locator("#password").fill(PASSWORD)
        page.locator("#submit").click()
        page.wait_for_url(f"{base}/sign")
        page.goto(f"{base}/sign/room?way=text")
        assert number_of(page) == self.number
        return page


@pytest.fixture
def meeting(system: System, browser: Browser) -> Iterator[Meeting]:
    at, name = clock.now(), next(NAMES)
    with transaction(system.house.factory) as session:
        account = video_account(session, name, PASSWORD, at)
        row = VideoSession(
            account=account.id,
            state=SessionState.ACTIVE,
            requested_at=at,
            accepted_at=at,
            interpreter=HAND,
            block_ends_at=at + BLOCK,
            citizen_seen_at=at,
            interpreter_seen_at=at,
            key_id=data_keys.make(session, system.house.video_line.ring, KIND, at)[0],
        )
        session.add(row)
        session.flush()
        number = row.id
    yield Meeting(system, browser, name, number, at + BLOCK)
    with transaction(system.house.factory) as session:
        system.house.video_line.leave(session, number, clock.now())


@contextmanager
def without_pages(system: System) -> Iterator[None]:
    """As an upgrade of the pages: their process ends, and another begins."""
    system.supervisor.halt("console")
    try:
        yield
    finally:
        system.supervisor.resume("console")
        system.until(lambda: are_served(system), 60, "the pages are there again")


def are_served(system: System) -> bool:
    """Tell whether the pages answer."""
    with suppress(OSError), urlopen(f"{system.settings.console}/sign", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@contextmanager
def without_database(system: System) -> Iterator[None]:
    """Somebody writes, and does not let go."""
    path = system.settings.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        yield
        writer.execute("ROLLBACK")


@pytest.mark.parametrize("without", [without_pages, without_database])
def test_while_we_are_away_both_are_told_and_the_block_waits(
    meeting: Meeting, without: Callable[[System], AbstractContextManager[None]]
) -> None:
    """Each page says so and goes on by itself, in the same session; the time is given back."""
    amy = meeting.citizen()
    hand = comes_in(meeting.browser, meeting.system, HAND, "/video")
    writes(amy, "在嗎")
    reads(hand, "在嗎")
    before = clock.now()
    with without(meeting.system):
        away_at = clock.now()
        for page in (amy, hand):
            expect(page.locator("[data-trouble]")).to_contain_text(AWAY, timeout=SLOW)
        meeting.system.until(
            lambda: clock.now() > away_at + SILENT + timedelta(seconds=3), 15, "it lasts long enough"
        )
    for page in (amy, hand):
        expect(page.locator("[data-trouble]")).to_have_text("", timeout=SLOW)
    assert SILENT <= meeting.gained <= clock.now() - before + HEARD
    writes(hand, "還在")
    reads(amy, "還在")
    reads(amy, "在嗎")


def test_asterisk_dies_in_a_relayed_call_and_the_session_goes_on(meeting: Meeting) -> None:
    """Both read that the telephone is over and write on; once it is back, the interpreter rings anew.

    Sound and picture go between the browsers, so no time is given back and none is lost.
    """
    system = meeting.system
    amy = meeting.citizen()
    hand = comes_in(meeting.browser, system, HAND, "/video")
    for is_first in (True, False):
        folder = system.scratch / f"city-{is_first}"
        with (
            system.agents(agent_1=Answers(0.3)),
            Officers(system.settings.officers_contact, {"5112": Answers(0.3)}, folder),
        ):
            system.until(lambda: is_exchange_there(system), 30, "the exchange is reachable")
            placed = system.house.relay.ring(meeting.number, "5112", by=HAND, at=clock.now())
            becomes(system, placed, OutboundState.ANSWERED)
            for page in (amy, hand):
                expect(page.locator("[data-relay-says]")).to_contain_text("已接通承辦分機 5112")
            if is_first:
                os.kill(system.supervisor.pid("asterisk"), signal.SIGKILL)
                writes(amy, "電話呢")
                reads(hand, "電話呢")
            else:
                system.house.relay.hang_up(meeting.number, by=HAND, at=clock.now())
            for page in (amy, hand):
                expect(page.locator("[data-relay-says]")).to_have_text("電話結束了。", timeout=SLOW)
            system.until(lambda: is_ready(system), 60, "calls are served again")
    assert meeting.gained == timedelta(0)


def test_a_browser_that_was_killed_is_opened_anew_in_the_same_session(
    meeting: Meeting, tmp_path: Path
) -> None:
    """The other side reads it meanwhile; what was written is there again, and the time is what it was."""
    starts, number = tmp_path / "chromium", tmp_path / "pid"
    starts.write_text(f'#!/bin/sh\necho $$ > {number}\nexec {chromium()} "$@"\n')
    starts.chmod(0o755)
    hand = comes_in(meeting.browser, meeting.system, HAND, "/video")
    own = meeting.browser.browser_type.launch(executable_path=str(starts), args=["--no-sandbox"])
    amy = meeting.citizen(own)
    writes(amy, "我會回來")
    reads(hand, "我會回來")
    os.killpg(int(number.read_text()), signal.SIGKILL)  # a session of its own, as Playwright starts it
    expect(hand.locator("[data-says]")).to_contain_text("對方的連線斷了", timeout=SLOW)
    again = meeting.citizen()
    reads(again, "我會回來")
    expect(hand.locator("[data-says]")).not_to_contain_text("對方的連線斷了", timeout=SLOW)
    writes(hand, "歡迎回來")
    reads(again, "歡迎回來")
    assert meeting.gained == timedelta(0)
