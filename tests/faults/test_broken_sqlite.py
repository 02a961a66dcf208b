"""The embedded database stands on a full disk, on one that cannot be written, and is garbage: calls go on.

Decisions are made from the menus in force; what they leave behind waits in the journal and is there once,
after the disk has room, is writable, or the backup is back.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from ops.machine import users
from tests.faults.citizens import DOWN, MARGIN, PAUSE, Citizen, citizens, dial_all, numbers, to_the_main_menu
from tests.faults.disks import fill, needs_root, read_only, small_disk
from tests.faults.stand_ins import await_answers
from tests.faults.waiting import await_replay, lines_in_the_journal
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running

pytestmark = [pytest.mark.live, needs_root]
STAYING = numbers("0978000", 3)
USERS = ("agi-1", "agi-2", "jobs", "web", "console")
KIBIBYTES = 24 << 10


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The hotline as `make up` runs it, its database on a small disk."""
    refuse_or_go_on()
    place = Path(mkdtemp(prefix="hotline-disk-", dir="/tmp"))
    if ours := users.ours():
        os.chown(place, ours.uid, ours.gid)
    with small_disk(place, KIBIBYTES), running(database_url=f"sqlite:///{place}/hotline.db") as one:
        yield one
        assert_clean(one)
    place.rmdir()


def database(system: System) -> Path:
    return Path(system.settings.database.removeprefix("sqlite:///"))


Press = Callable[[], None]
"""A key of all who stay: the menu from its beginning, whatever passed meanwhile."""


@contextmanager
def full(system: System, _press: Press) -> Iterator[None]:
    """Not a byte is left."""
    ballast = fill(database(system).parent)
    yield
    ballast.unlink()


@contextmanager
def unwritable(system: System, press: Press) -> Iterator[None]:
    """All who use it find it so when they start."""
    with ExitStack() as mounted:
        with started_anew(system, press):
            mounted.enter_context(read_only(database(system).parent))
        yield
        with started_anew(system, press):
            mounted.close()


@contextmanager
def garbage(system: System, press: Press) -> Iterator[None]:
    """Every page is overwritten; afterwards the copy of before is put back."""
    with started_anew(system, press):
        with closing(sqlite3.connect(database(system))) as last:
            last.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        good = database(system).read_bytes()
        database(system).write_bytes(b"\xa5" * len(good))
    yield
    with started_anew(system, press):
        for file in database(system).parent.glob("hotline.db-*"):
            file.unlink()
        database(system).write_bytes(good)


@contextmanager
def started_anew(system: System, press: Press = lambda: None) -> Iterator[None]:
    """Nobody uses the database within the block. Decisions end last and are there first, and a menu begins
    just before they end and once they are back: who stays has not heard it to its end, on any machine.
    """
    for name in reversed(USERS[2:]):
        system.supervisor.halt(name)
    press()
    for name in reversed(USERS[:2]):
        system.supervisor.halt(name)
    system.house.engine.dispose()
    yield
    for name in USERS[:2]:
        system.supervisor.resume(name)
    await_answers(system, 1, 2)
    press()
    for name in USERS[2:]:
        system.supervisor.resume(name)


FAULTS: dict[str, Callable[[System, Press], AbstractContextManager[None]]] = {
    "full": full,
    "unwritable": unwritable,
    "garbage": garbage,
}


@dataclass(frozen=True)
class Played:
    """Silence by fault and number, how many lines the journal got in each fault, and how many keys each who
    stayed pressed.
    """

    silences: dict[str, dict[str, float]]
    written: dict[str, int]
    pressed: int


@pytest.fixture(scope="module")
def played(system: System) -> Played:
    """Three callers stay through all of it, two come in each fault."""
    silences, written, pressed = {}, {}, 0

    def press_all() -> None:
        nonlocal pressed
        pressed += 1
        for one in staying:
            one.press("*")

    with citizens(system, STAYING) as staying:
        dial_all(system, staying)
        to_the_main_menu(system, staying)
        for place, (name, fault) in enumerate(FAULTS.items(), 1):
            press_all()
            await_replay(system)
            with fault(system, press_all):
                press_all()
                before = lines_in_the_journal(system)
                silences[name] = through(system, staying, f"0978{place:03d}")
                written[name] = lines_in_the_journal(system) - before
                press_all()
    await_replay(system)
    return Played(silences, written, pressed + len(FAULTS))


def through(system: System, staying: list[Citizen], coming: str) -> dict[str, float]:
    with citizens(system, numbers(coming, 2)) as came, ThreadPoolExecutor(5) as pool:
        first = pool.map(lambda one: one.dial(system).first_silence(3.0), came)
        again = pool.map(silence_after_key, staying)
        return dict(zip([one.number for one in (*came, *staying)], [*first, *again], strict=True))


def silence_after_key(one: Citizen) -> float:
    at = one.press("*")
    return one.silence(at, at + 3.0)


@pytest.mark.parametrize("name", FAULTS)
def test_calls_are_decided_as_ever(played: Played, name: str) -> None:
    """A second and the usual pause, at the first decision and at a later one."""
    assert max(played.silences[name].values()) <= DOWN + PAUSE + MARGIN, played.silences[name]


@pytest.mark.parametrize("name", FAULTS)
def test_the_journal_takes_the_facts(played: Played, name: str) -> None:
    """A line a decision of those who stay."""
    assert played.written[name] >= 3


def test_nothing_is_lost_and_nothing_is_there_twice(played: Played, system: System) -> None:
    """One row a call, each key once, nobody needed the second process in the calls that came."""
    for number in STAYING:
        kinds = [event.kind for event in system.events(system.row(number).id)]
        assert kinds.count("CallArrived") == 1
        assert kinds.count("KeyPressed") == 1 + played.pressed
        assert kinds.count("MenuHeard") == 1 + kinds.count("KeyPressed") + kinds.count("NoKeyPressed")
    for silences in played.silences.values():
        for number in set(silences) - set(STAYING):
            row = system.row(number)
            kinds = [event.kind for event in system.events(row.id)]
            asked = kinds.count("CallArrived")  # by a decision, where Asterisk was told nothing for long
            assert (row.turn, kinds.count("FailedOver")) == (asked, 0) and asked <= 1


def test_an_old_copy_put_back_is_brought_up_to_what_was_promised_since(
    system: System, tmp_path: Path
) -> None:
    """By a real call: due as it was spoken, marked, once; and what the officer did by command is known."""
    old, given = tmp_path / "old.db", {}
    with closing(sqlite3.connect(database(system))) as live:
        live.execute("VACUUM INTO ?", [str(old)])
    for number in ("0978000901", "0978000902"):
        assert system.call("1,3", caller=number)
        (given[number],) = system.promises(system.row(number).id)
    typed(system, "callback", "close", str(given["0978000902"].id), "--by", "admin-1", "--result", "已說明")
    await_replay(system)
    with started_anew(system):
        for file in database(system).parent.glob("hotline.db-*"):
            file.unlink()
        database(system).write_bytes(old.read_bytes())
    for number, was in given.items():
        (now,) = system.until(
            lambda call=was.call_id: system.promises(call), 60, f"the promise to {number} is there"
        )
        assert (now.registered_at, now.due_at) == (was.registered_at, was.due_at)
        assert now.restored_at is not None
        system.until(lambda who=number: system.row(who).outcome == "promised", 60, "the event log is loaded")
    (kept,) = system.promises(str(given["0978000902"].call_id))
    assert (kept.state, kept.result, kept.is_to_be_checked) == ("DONE", "已說明", False)
    assert "check first" in typed(system, "callback", "list")


def typed(system: System, *words: str) -> str:
    """A command by a process of its own, which leaves the database's files when it is over."""
    command = [str(Path(sys.executable).with_name("hotline")), *words]
    env = {**os.environ, "HOTLINE_HOME": str(system.settings.home)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
