"""Readiness tries each part: what keeps calls from being served is missing, all else degrades,
and nothing is believed.
"""

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread, active_count
from typing import Any

import pytest

from hotline import clock, disk
from hotline.db import transaction
from hotline.directory.store import DutyRow
from hotline.journal import Journal
from hotline.ledger.changes import ChangeContext, change
from hotline.ledger.periods import Period
from hotline.overflow import CallLimit, Overflow
from hotline.permissions import Role
from hotline.settings import Settings
from hotline.staff.store import Agent, StaffRow
from ivr.numerals import Language
from ops.jobs import hung_messages, places
from ops.jobs.hung_messages import REFUSAL
from ops.jobs.scheduler import heartbeat
from ops.jobs.sealing import keep
from ops.machine import users
from ops.run import readiness
from ops.run.job_readiness import WATCHED_JOBS
from ops.run.readiness import WITHIN, Readiness
from ops.wiring import House, house
from recordings.sealing import SealingReport
from tests.doors.test_ami import Asterisk
from tests.faults.disks import fill, needs_root, small_disk
from tests.keys import put_keys
from tests.ports import free_port
from web.health import Verdict

AT = datetime(2026, 11, 24, 2, tzinfo=UTC)


def fine() -> str:
    return ""


@contextmanager
def serving(answer: bytes = b"") -> Iterator[int]:
    """A port whose connections are answered by these bytes; by none: it takes them, and hangs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with ExitStack() as taken:
                while True:
                    try:
                        line = taken.enter_context(listener.accept()[0])
                    except OSError:
                        return
                    if answer:
                        line.sendall(answer)

        Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


DECIDES = b'SET VARIABLE "IVR_TURN" "ready"\n'
Made = Callable[..., House]


@pytest.fixture
def healthy(tmp_path: Path, sqlite_tables: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A node in which every part is as it should be, but for the settings that a test changes.

    What answers is not called hung on a machine that computes much besides.
    """
    for where in (readiness, hung_messages):
        monkeypatch.setattr(where, "PATIENCE", 4.0)
    with serving(DECIDES) as first, serving(DECIDES) as second, serving(REFUSAL) as listener:
        made: list[House] = []

        def make(**changed: Any) -> House:
            rtp = free_port() // 2 * 2
            values = {
                "home": put_keys(tmp_path / "home"),
                "agi_ports": (first, second),
                "message_port": listener,
                "rtp_from": rtp,
                "rtp_to": rtp + 1,
                "recording_minimum_free": 0,
                **changed,
            }
            settings = Settings(**values)
            settings.home.mkdir(exist_ok=True)
            if not (settings.home / "hotline.db").exists():
                shutil.copyfile(sqlite_tables, settings.home / "hotline.db")
                staffed(house(Settings(home=settings.home), "web"))
            for place in places.places(settings):
                place.folder.mkdir(parents=True, exist_ok=True)
                if place.is_asterisks:
                    place.folder.chmod(0o777)
            for job in WATCHED_JOBS:
                heartbeat(settings, job).parent.mkdir(exist_ok=True)
                heartbeat(settings, job).touch()
            made.append(house(settings, "web"))
            return made[-1]

        yield make
        for one in made:
            one.engine.dispose()


def staffed(node: House) -> None:
    """Whom callers meet there: an agent, an officer on duty, and who has the emergency telephone."""
    since = Period(clock.taipei("2026-01-01"))
    pen = ChangeContext(since.since, "test", "directory.duty")
    with transaction(node.factory) as session:
        session.add(Agent(phone="agent-1", name="甲", secret="", languages=[*Language]))
        change(session, DutyRow, "1", {"name": "乙", "number": "0911000002"}, since, pen)
        says = {"name": "丙", "roles": [Role.SUPERVISOR], "phone": "supervisor-1"}
        change(session, StaffRow, "supervisor-1", says, since, pen)
    node.engine.dispose()


AMPLE = 30
"""Seconds for all parts: on a machine that computes much besides, each still tells what it found."""


def look(one: House, asterisk: readiness.Asks = fine) -> Verdict:
    return Readiness(one, asterisk, within=AMPLE).look()


def test_nothing_is_told_of_a_node_that_is_well(healthy: Made) -> None:
    """The one edge from which the others differ."""
    assert look(healthy()) == Verdict()


@pytest.mark.parametrize("name", ["recordings", "messages", "event log"])
def test_a_folder_that_asterisk_may_not_write_degrades(
    healthy: Made, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We are root and may; Asterisk is not, and its sound and its log would be lost. Calls are served."""
    monkeypatch.setattr(users, "ASTERISK", "nobody")
    node = healthy()
    (place,) = (one for one in places.places(node.settings) if one.name == name)
    place.folder.chmod(0o755)
    verdict = look(node)
    assert verdict.missing == ()
    (told,) = verdict.degraded
    assert told.startswith(f"{name}: {place.folder} cannot be written")


def test_an_event_log_whose_file_is_shut_degrades(healthy: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is open, the file that Asterisk writes on is not."""
    monkeypatch.setattr(users, "ASTERISK", "nobody")
    node = healthy()
    log = node.settings.cel / "hotline.json"
    log.touch(mode=0o600)
    (told,) = look(node).degraded
    assert told.startswith("event log: ")
    log.chmod(0o666)
    assert look(node) == Verdict()


@needs_root
@pytest.mark.parametrize("name", ["recordings", "event log", "journal"])
def test_a_full_disk_is_found_by_writing(healthy: Made, name: str) -> None:
    """Rights are fine; only a file that is really written tells."""
    node = healthy()
    (place,) = (one for one in places.places(node.settings) if one.name == name)
    with small_disk(place.folder, 64):
        fill(place.folder)
        told = [one for one in look(node).degraded if one.startswith(name)]
    assert told and "No space left on device" in told[0]
    assert not list(place.folder.glob(disk.TRIAL))


@needs_root
def test_a_disk_is_told_before_it_is_full(healthy: Made) -> None:
    """By its name, with what lies on it, while everything can still be written."""
    with_limit = healthy(recording_minimum_free=1 << 20)
    with small_disk(with_limit.settings.recordings, 512):
        (told,) = look(with_limit).degraded
    assert told.startswith("disk: 0 MiB are free in") and "(recordings)" in told


def test_a_database_that_hangs_is_named(healthy: Made) -> None:
    """It takes connections and says nothing. Promises go to the journal, so the node stays in service."""
    with serving() as port:
        node = healthy(database_url=f"postgresql://hotline@127.0.0.1:{port}/hotline")
        verdict = look(node)
    assert verdict.missing == ()
    assert [one.partition(":")[0] for one in verdict.degraded] == ["database"]


def test_neither_database_nor_journal_is_not_ready(healthy: Made) -> None:
    """Then nothing that is promised would last; one of them is enough."""
    node = healthy(database_url=f"postgresql://hotline@127.0.0.1:{free_port()}/hotline")
    node.settings.journal.rmdir()
    node.settings.journal.touch()
    assert [one.partition(":")[0] for one in look(node).missing] == ["journal"]


def test_a_journal_that_cannot_be_written_degrades_while_the_database_is_there(healthy: Made) -> None:
    """The other witness of the same rule."""
    node = healthy()
    node.settings.journal.rmdir()
    node.settings.journal.touch()
    verdict = look(node)
    assert verdict.missing == () and [one.partition(":")[0] for one in verdict.degraded] == ["journal"]


def test_damage_in_the_journal_degrades(healthy: Made) -> None:
    """Somebody must look at what cannot be read."""
    node = healthy()
    journal = Journal(node.settings.journal, "test")
    for key in ("one", "two"):
        journal.append(key, AT, {"call": key})
    journal.close()
    (file,) = node.settings.journal.glob("*.journal")
    file.write_bytes(file.read_bytes().replace(b'"one"', b'"0ne"', 1))
    assert any("damaged" in one for one in look(node).degraded)


@pytest.mark.parametrize("which", [0, pytest.param(1, marks=pytest.mark.matrix)])
@pytest.mark.parametrize("state", ["hung", "dead"])
def test_each_agi_process_is_asked(healthy: Made, which: int, state: str) -> None:
    """One that does not decide is named, the other serves; without any nothing is ready."""
    with ExitStack() as stack:
        port = stack.enter_context(serving()) if state == "hung" else free_port()
        well = healthy().settings.agi_ports
        ports = (port, well[1]) if which == 0 else (well[0], port)
        verdict = look(healthy(agi_ports=ports))
        assert verdict.missing == ()
        (told,) = verdict.degraded
        assert told.startswith("decisions: ") and str(port) in told
        assert (
            look(healthy(agi_ports=(port, port))).missing[0].startswith("decisions: no AGI process answers")
        )


def test_a_listener_that_hangs_is_told_from_one_that_is_gone(healthy: Made) -> None:
    """A hung one costs each message a silence, a dead one none."""
    with serving() as port:
        (hung,) = look(healthy(message_port=port)).degraded
    (dead,) = look(healthy(message_port=free_port())).degraded
    assert hung.startswith("listener: it hangs") and dead.startswith("listener: nobody ends")


@contextmanager
def bound(ports: list[int]) -> Iterator[None]:
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", port))
        yield


def test_rtp_ports_are_counted_as_they_are_bound(healthy: Made) -> None:
    """Of twenty pairs nineteen are taken: little is left. All: the next call would be refused."""
    first = 43210
    node = healthy(rtp_from=first, rtp_to=first + 39)
    with bound([first + 2 * pair for pair in range(19)]):
        verdict = look(node)
        assert verdict.missing == () and verdict.degraded == (
            f"calls: only 1 of 20 are left (RTP ports {first} to {first + 39})",
        )
        with bound([first + 39]):
            assert look(node).missing == (f"calls: none of 20 is left (RTP ports {first} to {first + 39})",)


def test_asterisks_own_limit_of_calls_counts_too(healthy: Made) -> None:
    """As its manager tells it."""
    asterisk = Asterisk(
        "Response: Success\r\nActionID: {id}\r\nCoreMaxCalls: 40\r\n\r\n",
        "Response: Success\r\nActionID: {id}\r\nCoreCurrentCalls: 39\r\n\r\n",
    )
    try:
        found = readiness.call_slots(healthy(ami_port=asterisk.port).settings)
    finally:
        asterisk.close()
    assert found and (found.most, found.left, found.is_low) == (40, 1, True)


def test_jobs_are_missing_until_they_ran_and_late_afterwards(healthy: Made) -> None:
    """What was left before a start is brought in by their first run; later they keep no caller waiting."""
    node = healthy()
    alive = heartbeat(node.settings, "journal")
    os.utime(alive, (1, 1))
    assert [one.partition(" for ")[0] for one in look(node).degraded] == [
        "jobs: no sign of life from journal"
    ]
    alive.unlink()
    assert look(node).missing == ("jobs: journal has not run yet",)
    alive.touch()
    heartbeat(node.settings, "video").unlink()
    assert look(node) == Verdict(degraded=("jobs: video has not run yet",)), "calls do without it"


def test_a_part_that_hangs_hides_no_other_and_holds_one_thread(healthy: Made) -> None:
    """All others are told without it, however often it is asked."""
    let_go, asked = Event(), []

    def hangs() -> str:
        asked.append(1)
        let_go.wait(300)
        return ""

    node = healthy(message_port=free_port())
    ready = Readiness(node, hangs, within=WITHIN)
    first, threads = ready.look(), active_count()
    second = ready.look()
    assert not let_go.is_set()
    let_go.set()
    assert f"asterisk: no answer within {WITHIN:g} s" in first.missing
    assert f"asterisk: no answer within {WITHIN:g} s" in second.missing
    assert first.degraded[0].startswith("listener: ")
    assert len(asked) == 1 and active_count() <= threads


def test_what_was_one_too_many_is_told_and_calls_refused_lately_degrade(healthy: Made) -> None:
    """Calls that this node answered 503 in the last ten minutes are amiss;
    what a browser or a number was refused is a note.
    """
    node, now = healthy(), clock.now()
    lately = [Overflow(CallLimit.NODE, 3, now), Overflow(CallLimit.VISITOR, 2, now)]
    verdict = Readiness(node, fine, lambda: lately).look()
    assert verdict.missing == () and len(verdict.degraded) == 1 and "came at once" in verdict.degraded[0]
    assert [note.partition(" since")[0] for note in verdict.notes] == [
        "node_calls refused 3",
        "visitor_calls refused 2",
    ]
    before = [Overflow(CallLimit.NODE, 3, now - timedelta(minutes=10))]
    assert Readiness(node, fine, lambda: before).look().degraded == ()
    strangers = [Overflow(CallLimit.TRACK, 1, now)]
    (told,) = Readiness(node, fine, lambda: strangers).look().degraded
    assert told.startswith("track: more than 200 wrong looks")


def test_sound_that_cannot_be_sealed_degrades(healthy: Made) -> None:
    """The storage takes nothing, or the last run met a fault; calls are served."""
    node = healthy()
    keep(node.settings, SealingReport(waiting=3, fault="a.wav: keys away"))
    assert look(node).degraded == ("sealing: 3 files wait unsealed (a.wav: keys away)",)
    node.settings.sealed.rmdir()
    node.settings.sealed.touch()
    (told,) = look(node).degraded
    assert told.startswith("sealing: the storage folder takes nothing (")
