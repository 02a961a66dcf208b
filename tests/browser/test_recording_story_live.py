"""A talk of the real Asterisk from its first word to its destruction (P4.12, P8.3, P9): put through, paused,
sealed, refused once, approved, heard in a browser, silenced in part, copied, expired, held, released and
deleted; then the installation is searched for the caller. Time behind the call is given.
"""

import subprocess
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from calls.store import CallRow
from demo.officers import Officers, officers
from demo.phone import PhoneEventKind
from hotline import clock
from hotline.db import looking, transaction
from hotline.keys.store import DataKey
from hotline.outbox.service import notices
from hotline.retention.kinds import DeletionGround
from hotline.retention.rules import begins
from hotline.retention.scrubbing import empty_log
from recordings import retrieval_service
from recordings.archive import SoundDestroyed
from recordings.gaps import place
from recordings.playing import SoundSpan
from recordings.plays import PlayKind, plays_of
from recordings.policy import Direction
from recordings.retrieval_store import Retrieval
from recordings.store import Recording
from tests.browser.conftest import Site
from tests.browser.test_retrieval import BOTH, LISTENS, SILENT, SOUNDS, seeks
from tests.doors.console import Clock, Console
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running
from tests.live.talks import commanded
from tests.live.test_recorded_talks_live import in_talk, open_call, settled
from tests.recorded_call import TONES, tone
from tests.searching import found, hashes, nights, outlive_the_journal, written
from tests.served import served
from web.console.app import create_console

pytestmark = pytest.mark.live
CALLER: Final = "0966200071"
LISTENER, APPROVER, RDEC = "officer-5112", "approver-1", "authorised-1"
DAY: Final = timedelta(days=1)
NOT_YET: Final = clock.taipei("2020-01-01")
SPOKEN: Final = 60.0
"""Seconds of tone that caller and agent have to say."""
PLAYS: Final = "() => document.querySelector('[data-player] audio').play()"


@dataclass
class SoundStory:
    """The call, and what everybody sees of it at their own time."""

    system: System
    pages: Site
    clock: Clock
    ends: ExitStack
    """Closes the pages, whose streams read the database."""
    row: CallRow = field(default_factory=CallRow)
    tones_at: datetime = NOT_YET
    pause: tuple[datetime, datetime] = (NOT_YET, NOT_YET)
    cut: SoundSpan = SoundSpan(0.0, 0.0)
    """What is silenced in what is provided."""
    kept: list[Recording] = field(default_factory=list)
    """Rows of the sound as it was sealed."""

    def second(self, at: datetime) -> float:
        """Where an instant of the call stands in its sound."""
        return place(self.system.stretches(self.row), at)

    def comes(self, login: str, path: str) -> Page:
        """Somebody at a page, in a browser of their own."""
        page = self.pages.visit(login).page
        page.goto(path)
        return page

    def request(self, number: int) -> Retrieval:
        with looking(self.system.house.factory) as session:
            return session.get_one(Retrieval, number)

    def mails(self) -> list[tuple[str, str]]:
        """Mails about requests, by template and recipient."""
        with looking(self.system.house.factory) as session:
            return [(one.template, one.recipient) for one in notices(session, event="retrieval:")]

    def rows(self) -> list[Recording]:
        return sorted(self.system.recordings(self.row.id), key=lambda one: one.direction)

    def original(self, span: SoundSpan) -> NDArray[np.int16]:
        """What the caller said then, from what is kept."""
        sound = self.system.house.archive.open(self.row.id, Direction.CALLER)
        try:
            return sound.read(*_frames(span, sound.rate))
        finally:
            sound.close()


def _frames(span: SoundSpan, rate: int) -> tuple[int, int]:
    return round(span.begins * rate), round((span.ends - span.begins) * rate)


@pytest.fixture(scope="module")
def story(browser: Browser) -> Iterator[SoundStory]:
    """A hotline that is open all day and seals what is a second old."""
    refuse_or_go_on()
    with running(**{**ALL_DAY, "recording_sealed_after": 1}) as system:
        declare(system, "open")
        later = Clock(clock.now())
        app = create_console(system.house, later)
        with ExitStack() as ends:
            base = ends.enter_context(served(app, threads=16))
            yield SoundStory(system, Site(Console(app, system.house, later), base, browser), later, ends)


def test_a_talk_from_its_first_word_to_the_search_for_its_caller(story: SoundStory, tmp_path: Path) -> None:
    is_put_through_and_paused(story, tmp_path)
    is_sealed_by_the_job(story)
    is_refused_once(story)
    number = is_approved_and_provided_with_a_part_silenced(story)
    is_heard_in_the_browser(story, number)
    is_copied_and_verified(story, number, tmp_path)
    is_held_and_expires(story, number)
    outlasts_its_period_until_it_is_released(story)
    is_found_nowhere(story)


def is_put_through_and_paused(story: SoundStory, scratch: Path) -> None:
    """Caller and agent say a tone each; the agent pauses, and puts the caller through to an officer."""
    system, city = story.system, officers("5112=answer:1:60")
    for direction in (Direction.CALLER, Direction.AGENT):
        tone(scratch / f"{direction}.wav", TONES[direction], SPOKEN)
    with (
        Officers(system.settings.officers_contact, city, system.scratch / "officers-story") as exchange,
        in_talk(system, CALLER) as (caller, agent),
    ):
        call_id = system.until(lambda: open_call(system, CALLER), 10, "its row is there")
        caller.say(scratch / f"{Direction.CALLER}.wav")
        agent.say(scratch / f"{Direction.AGENT}.wav")
        story.tones_at = clock.now()
        Event().wait(12)
        began = clock.now()
        system.house.recording_pauses.pause(call_id, by="agent-1", at=began)
        Event().wait(5)
        system.house.recording_pauses.resume(call_id, by="agent-1", at=clock.now())
        story.pause = began, clock.now()
        Event().wait(2)
        agent.press("##5112#")
        exchange.phones["5112"].wait_for(PhoneEventKind.ESTABLISHED, 40)
        Event().wait(4)
        exchange.phones["5112"].hang_up()
    story.row = settled(system, CALLER)
    kinds = [event.kind for event in system.events(call_id)]
    assert {"RecordingPaused", "RecordingResumed", "TransferBegun"} <= set(kinds)
    begins = story.second(story.tones_at) + 4
    story.cut = SoundSpan(round(begins), round(begins) + 4)
    assert story.cut.ends < story.second(story.pause[0])


def is_sealed_by_the_job(story: SoundStory) -> None:
    """The running job does it; no plain sound is left, and the same tones come back."""
    system = story.system
    system.until(lambda: {one.storage for one in story.rows()} == {"folder"}, 150, "it is sealed")
    story.kept = story.rows()
    for one in story.kept:
        raw = (system.settings.sealed / one.sealed_as).read_bytes()
        assert len(raw) == one.sealed_size and not raw.startswith((b"RIFF", b"fLaC"))
    system.until(lambda: not list(system.settings.recordings.glob("*.wav")), 20, "no plain file is left")
    assert list(system.settings.sealed.glob("drafts/*.sealed")) == []
    assert np.abs(story.original(story.cut)).mean() > 1000


def is_refused_once(story: SoundStory) -> None:
    """By a second person, who may; who asked is told, and sees the reason."""
    number = _asked(story)
    page = story.comes(APPROVER, f"/retrievals/{number}/refuse")
    page.locator("#reason").fill("請先補充來函日期與文號。")
    page.get_by_role("button", name="不予調閱").click()
    page.get_by_text("已退回").first.wait_for()
    assert story.request(number).state == "REFUSED"
    assert story.mails() == [("N-65", f"{LISTENER}@city.example")]
    told = story.comes(LISTENER, f"/retrievals/{number}")
    told.get_by_text("請先補充來函日期與文號。").first.wait_for()


def _asked(story: SoundStory) -> int:
    """The number of a request for the call and a copy of it, filed by somebody of the agency."""
    page = story.comes(LISTENER, "/retrievals/new")
    page.locator("#calls").fill(story.row.id)
    page.locator("#ground").fill("個人資料保護法第 16 條第 2 款")
    page.locator("#purpose").fill("調查民眾的申訴")
    page.get_by_label("另需複本").check()
    page.get_by_role("button", name="送核定").click()
    page.get_by_text("已送核定").first.wait_for()
    return int(page.url.rpartition("/")[2])


def is_approved_and_provided_with_a_part_silenced(story: SoundStory) -> int:
    """By the second person; RDEC silences four seconds, and the listener is told."""
    number, cut = _asked(story), story.cut
    approver = story.comes(APPROVER, f"/retrievals/{number}/approve")
    approver.get_by_role("button", name="核定").click()
    approver.get_by_text("已核定").first.wait_for()
    page = story.comes(RDEC, f"/retrievals/{number}/prepare")
    page.locator("details summary").last.click()
    for name, text in (("begins", cut.begins), ("ends", cut.ends), ("reason", "家人的姓名")):
        page.locator(f"[id='1-talk-{name}']").fill(str(text))
    page.get_by_role("button", name="設成靜音", exact=True).click()
    page.get_by_text("這一段不提供").first.wait_for()
    page.get_by_role("button", name="提供", exact=True).click()
    page.get_by_text("已開放").first.wait_for()
    assert story.mails()[1:] == [("N-64", f"{LISTENER}@city.example")]
    return number


def is_heard_in_the_browser(story: SoundStory, number: int) -> None:
    """The caller left and the agent right; nothing where it was silenced or paused; each piece on record."""
    page = story.comes(LISTENER, f"/hearing/{story.request(number).token}")
    expect(page.locator("[data-seek]", has_text="轉接分機 5112")).to_be_visible()
    page.evaluate(LISTENS)
    seeks(page, story.second(story.tones_at) + 1)
    page.evaluate(PLAYS)
    page.wait_for_function(SOUNDS, arg=BOTH)
    paused = story.second(story.pause[0]) + 1
    for silent in (story.cut.begins, paused):
        seeks(page, silent + 0.2)
        page.wait_for_function(SILENT, arg=silent + 0.8)
    seeks(page, story.cut.ends + 0.2)
    page.wait_for_function(SOUNDS, arg=BOTH)
    with looking(story.system.house.factory) as session:
        told = plays_of(session, f"retrieval:{number}")
    heard = [one for one in told if one.how is PlayKind.HEARD]
    assert {one.by for one in heard} == {LISTENER}
    assert any(one.begins <= story.cut.begins + 1 <= one.ends for one in heard)
    assert np.abs(story.original(story.cut)).mean() > 1000
    commanded(story.system, "recordings", "verify")
    assert [(one.sha256, one.sealed_sha256) for one in story.rows()] == [
        (one.sha256, one.sealed_sha256) for one in story.kept
    ]


def is_copied_and_verified(story: SoundStory, number: int, scratch: Path) -> None:
    """By the two commands that the package names: its receiver's, and ours."""
    page = story.comes(LISTENER, f"/hearing/{story.request(number).token}")
    with page.expect_download() as coming:
        page.get_by_role("link", name="下載複本").click()
    file, folder = scratch / "copy.zip", scratch / "copy"
    coming.value.save_as(file)
    with ZipFile(file) as copy:
        copy.extractall(folder)
    subprocess.run(("sha256sum", "--strict", "-c", "SHA256SUMS"), cwd=folder, check=True)
    assert LISTENER in commanded(story.system, "recordings", "verify-copy", str(file))
    with wave.open(str(folder / "1-talk.wav")) as sound:
        begins, count = _frames(story.cut, sound.getframerate())
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").reshape(-1, 2)
    assert not samples[begins : begins + count].any()
    assert samples[begins - 1].any() and samples[begins + count : begins + count + 10].any()


def is_held_and_expires(story: SoundStory, number: int) -> None:
    """An appeal holds the call; the page closes by itself."""
    system, address = story.system, f"/hearing/{story.request(number).token}"
    words = ("--ground", "complaint", "--reason", "訴願 115-7", "--by", RDEC)
    assert "complaint:1" in commanded(system, "hold", "place", "call", story.row.id, *words)
    story.clock.goes_on(7 * DAY)
    with transaction(system.house.factory) as session:
        assert retrieval_service.expire(session, story.clock.at) == 1
    page = story.pages.visit(LISTENER).page
    answer = page.goto(address)
    assert answer and answer.status == 404
    assert story.request(number).state == "EXPIRED"


def outlasts_its_period_until_it_is_released(story: SoundStory) -> None:
    """No process runs any more. Past its period it is heard until the hold ends; then key and file go."""
    system, house = story.system, story.system.house
    assert_clean(system)
    for browser in story.pages.browser.contexts:
        browser.close()
    story.ends.close()
    system.supervisor.stop()
    assert found(house, _sought(story)) != set()
    assert story.row.ended_at
    late = begins((story.row.ended_at + 367 * DAY).date())
    nights(house, late)
    assert not any(one.destroyed_at for one in story.rows())
    assert np.abs(story.original(story.cut)).mean() > 1000
    words = ("hold", "release", "complaint:1", "--reason", "訴願決定確定", "--by", RDEC)
    assert "is released" in commanded(system, *words)
    nights(house, late + 2 * DAY)
    assert {one.destroyed_ground for one in story.rows()} == {DeletionGround.PERIOD}
    assert [path for path in system.settings.sealed.rglob("*.sealed") if path.is_file()] == []
    with pytest.raises(SoundDestroyed):
        story.original(story.cut)
    with looking(house.factory) as session:
        keys = session.scalars(select(DataKey).where(DataKey.kind == "recording")).all()
    assert len(keys) == 2 and not any(any(one.wrapped) for one in keys)
    commanded(system, "recordings", "verify")


def is_found_nowhere(story: SoundStory) -> None:
    """Neither the number nor its hashes, in no table and no file of the installation."""
    house = story.system.house
    outlive_the_journal(house)
    story.system.until(lambda: empty_log(house.engine), 20, "no page reads any more")
    assert found(house, _sought(story)) == set()
    with looking(house.factory) as session:
        row = session.get_one(CallRow, story.row.id)
        assert (row.outcome, row.caller) == ("talked", "")


def _sought(story: SoundStory) -> tuple[str, ...]:
    return *written(CALLER), *hashes(story.system.house, CALLER)
