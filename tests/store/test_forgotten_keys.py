"""The key of a destroyed sound is nowhere any more in what an installation keeps: not in its journals,
whatever became of them, and not in the files of its database. It stays so when a copy is put back.
"""

import os
import signal
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.journal import forgetting, pending
from hotline.journal.lines import JournalEntry, encoded
from hotline.keys.store import DataKey
from hotline.retention import scrubbing, store
from hotline.settings import Settings
from ops.jobs.retention import finish_deletions
from ops.wiring import House, migrate, workshop
from recordings import sealed_trace
from recordings.store import Recording
from tests.forking import ended, in_a_process
from tests.keys import RING
from tests.put_back import OldCopy
from tests.sealed import CALL, LATER, NODE, KeptHome
from tests.store.files import files_of
from tests.store.test_cases_numbers import own, place

NIGHT = taipei("2026-11-25T03:10")
OTHER = f"{NODE}-1795600001.2"


@pytest.fixture
def home(factory: Sessions, tmp_path: Path) -> KeptHome:
    """Two sealed messages, whose traces lie in a journal whose writer lives."""
    home = KeptHome(factory, tmp_path)
    for call in (CALL, OTHER):
        home.takes_a_message(call)
    home.run()
    return home


def wrapped(home: KeptHome, call: str) -> bytes:
    """The key of a message as it stands wrapped."""
    with looking(home.factory) as session:
        return session.get_one(DataKey, home.row("message", call).key_id).wrapped


def holding(folder: Path, needle: bytes) -> list[str]:
    """Files below a folder in which these bytes stand, or their base64."""
    found = (path for path in folder.rglob("*") if path.is_file())
    sought = (needle, b64encode(needle))
    return sorted(one.name for one in found if any(two in one.read_bytes() for two in sought))


def destroyed(home: KeptHome) -> bytes:
    """One message is destroyed; the key that it had."""
    key = wrapped(home, CALL)
    home.archive.destroy(CALL, "message", "erasure", LATER)
    return key


def forget(home: KeptHome) -> int:
    return sealed_trace.forget(home.place / "journal", home.factory)


def traces(folder: Path) -> dict[str, JournalEntry]:
    return {one.key: one for one in pending(folder, {}, with_kept=True)}


def test_a_trace_goes_and_the_journal_stays_as_long_and_as_old(home: KeptHome) -> None:
    """Offsets are stored elsewhere and files go by their age; the other trace is whole."""
    folder, key, other = home.place / "journal", destroyed(home), wrapped(home, OTHER)
    (file,) = folder.glob("*.journal")
    os.utime(file, (LATER.timestamp(),) * 2)
    before = file.stat()
    offsets = {name: one.offset_after for name, one in traces(folder).items()}
    assert holding(folder, key) == [file.name]
    assert forget(home) == 1
    after = file.stat()
    assert (after.st_size, after.st_mtime, after.st_ino) == (before.st_size, before.st_mtime, before.st_ino)
    assert holding(folder, key) == [] and holding(folder, other) == [file.name]
    left = traces(folder)
    assert {name: one.offset_after for name, one in left.items()} == offsets
    assert left[f"sound:{CALL}/message"].body == {"sealed_sound": None}
    assert forget(home) == 0


@pytest.mark.parametrize("lies", ["kept", "damaged", "piece", "refused"])
def test_a_trace_goes_wherever_its_line_came_to_lie(home: KeptHome, lies: str) -> None:
    """Applied and left, set aside because another line is damaged, or refused by the database."""
    folder, key = home.place / "journal", destroyed(home)
    (file,) = folder.glob("*.journal")
    line = next(one for one in file.read_bytes().splitlines() if f"{CALL}/".encode() in one)
    for name in ("kept", "damaged", "refused"):
        (folder / name).mkdir()
    match lies:
        case "kept":
            file.rename(folder / "kept" / file.name)
        case "damaged":
            file.write_bytes(b"\xff\xff\n" + file.read_bytes())
            file.rename(folder / "damaged" / file.name)
        case "piece":
            file.unlink()
            sealed = encoded(f"sound:{CALL}/message", LATER, {"data_key": b64encode(key).decode()}, RING)
            (folder / "damaged" / f"{file.name}@7.bytes").write_bytes(b"x" + sealed[1:])
            line = sealed
        case "refused":
            file.unlink()
            said = line.partition(b" ")[2].replace(b":", b": ", 3)
            (folder / "refused" / f"{file.name}-9.json").write_bytes(
                b'{"key": "sound:%b/message", "at": "2026-11-24", "body": "sealed:test:%b"}'
                % (CALL.encode(), b64encode(said))
            )
            line = b64encode(said)
    assert forget(home) == 1
    needle = line[line.index(b'"body":') + 7 :].rstrip(b"}\n") if b'"body":' in line else line
    assert not [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]
    assert forget(home) == 0


def test_other_lines_of_a_damaged_file_stay(home: KeptHome) -> None:
    """A promise may stand behind a line that lost its end."""
    folder = home.place / "journal"
    destroyed(home)
    (file,) = folder.glob("*.journal")
    promise = encoded("turn:1:CallbackPromised", LATER, {"number": "+886912345678"})
    file.write_bytes(file.read_bytes().rstrip(b"\0\n") + promise)
    forget(home)
    assert traces(folder)["turn:1:CallbackPromised"].body == {"number": "+886912345678"}


def killed(url: str, folder: Path) -> None:
    """Forget, and die behind the first line."""
    overwrites = os.pwrite

    def dies(*given: Any) -> int:
        overwrites(*given)
        os.kill(os.getpid(), signal.SIGKILL)
        return 0

    os.pwrite = dies
    sealed_trace.forget(folder, own(url))


def test_killed_between_two_writes_the_next_run_does_the_rest(home: KeptHome) -> None:
    """Every line is written over in one piece: it is the old one or the new one."""
    folder = home.place / "journal"
    for call in (CALL, OTHER):
        home.archive.destroy(call, "message", "period", LATER)

    assert ended(in_a_process(killed, place(home.factory), folder)) == -signal.SIGKILL
    assert len(traces(folder)) == 2 and forget(home) == 1
    assert {str(one.body) for one in traces(folder).values()} == {"{'sealed_sound': None}"}


@pytest.mark.dialects
def test_what_was_destroyed_stays_so_when_a_copy_is_put_back(
    database: Engine, factory: Sessions, tmp_path: Path
) -> None:
    """A copy from before the call was sealed learns of it by the trace: not of one that is forgotten."""
    home, copy = KeptHome(factory, tmp_path / "home"), OldCopy(database, tmp_path)
    home.takes_a_message()
    home.run()
    key = destroyed(home)
    forget(home)
    copy.put_back()
    for one in traces(home.place / "journal").values():
        with transaction(factory) as session:
            sealed_trace.restore(session, one.body)
    with looking(factory) as session:
        assert session.scalars(select(Recording)).all() == [] == session.scalars(select(DataKey)).all()
    assert holding(home.place, key) == []


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    url = database_url if database_url.startswith("postgresql") else ""
    made = workshop(Settings(home=tmp_path / "home", database_url=url, node=NODE), "jobs")
    migrate(made.settings)
    yield made
    made.engine.dispose()


@pytest.mark.dialects
def test_after_a_deletion_its_key_is_in_no_file_of_the_installation(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the journals at once, of the database by night; and what is finished is not begun again."""
    kept = KeptHome(house.factory, house.settings.home)
    kept.takes_a_message()
    kept.run()
    key = wrapped(kept, CALL)
    assert files_of(house.engine, key), "else it is sought where nothing stands"
    kept.archive.destroy(CALL, "message", "erasure", LATER)
    with transaction(house.factory) as session:
        store.move(session, NODE, 100, LATER)
    finish_deletions(house, LATER)
    assert holding(house.settings.home / "journal", key) == []
    finish_deletions(house, NIGHT)
    assert files_of(house.engine, key) == [] == holding(house.settings.home, key)
    with monkeypatch.context() as patched:
        patched.setattr(sealed_trace, "forget", Path.unlink)
        patched.setattr(scrubbing, "scrub_keys", Path.unlink)
        finish_deletions(house, NIGHT)


def test_a_swept_file_is_met_where_it_went(home: KeptHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is moved between the list and the reading."""
    folder, key = home.place / "journal", destroyed(home)
    (file,) = folder.glob("*.journal")
    listed = forgetting._all

    def swept(directory: Path) -> Iterator[Path]:
        for one in listed(directory):
            if one == file:
                (folder / "kept").mkdir()
                file.rename(folder / "kept" / file.name)
            yield one

    monkeypatch.setattr(forgetting, "_all", swept)
    assert forget(home) == 1 and holding(folder, key) == []


def test_nothing_is_asked_of_the_database_while_no_trace_is_there(factory: Sessions, tmp_path: Path) -> None:
    """A node that keeps no sound."""
    assert sealed_trace.forget(tmp_path / "journal", factory) == 0
