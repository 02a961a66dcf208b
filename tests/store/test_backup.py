"""A node is made anew on an empty machine from its last backup: every promise of until then, nobody who
was deleted, and nothing that is half (resilience row 48).
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from hotline.db import looking, transaction
from hotline.journal import SecondCopy
from hotline.keys.files import KeyFile
from hotline.ledger.audit import audit_rows
from hotline.ledger.verification import verify
from hotline.numbers import e164
from hotline.outbox import service as notices
from hotline.outbox.store import OutboxState
from hotline.settings import Settings
from ops.backup import copying, databases, restoring, sound, taking
from ops.backup.faults import NoBackup, NotRestored
from ops.backup.state import copy_faults
from ops.backup.store import chosen
from ops.backup.taking import take
from ops.wiring import MIGRATIONS, settle_keys, workshop
from tests.backed_up import MINUTE, TEN, BackedUpNode, EmptyMachine, empty_machine, node
from tests.faults.disks import fill, needs_root, small_disk
from tests.keys import KEY
from tests.retaining import DAY, NIGHT, RetentionScene
from tests.sealed import KeptHome

pytestmark = pytest.mark.dialects

A_ROW = "INSERT INTO log_position (file, \"offset\", name, at) VALUES ('a', 7, '', '2026-11-24 04:00:00')"
ONE, TWO, THREE = (f"09{n}2345678" for n in range(3))


@pytest.fixture
def old(tmp_path: Path, database: Engine, database_url: str) -> Iterator[BackedUpNode]:
    """The machine that will be lost."""
    made = node(tmp_path, database_url)
    yield made
    made.ends()


@pytest.fixture
def new(request: pytest.FixtureRequest, tmp_path: Path, old: BackedUpNode) -> Iterator[EmptyMachine]:
    with empty_machine(request, tmp_path, old.settings) as made:
        yield made


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_promise_is_in_the_database_or_in_the_journal_of_its_backup(
    old: BackedUpNode, new: EmptyMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given while the backup is made, behind the database's copy, it is made anew with its own due time."""
    old.promises(ONE)
    real = databases.copy

    def copy(settings: Settings, target: Path) -> None:
        real(settings, target)
        old.promises(TWO)

    monkeypatch.setattr(databases, "copy", copy)
    old.backs_up()
    given = old.rows()
    old.promises(THREE)
    old.ends()
    report = new.restores(old.root)
    made = new.starts()
    found = made.rows()
    assert {number: row.due_at for number, row in found.items()} == {
        e164(ONE): given[e164(ONE)].due_at,
        e164(TWO): given[e164(TWO)].due_at,
    }, "the third is lost: it was given after the last backup"
    assert [row.is_to_be_checked for row in found.values()] == [False, True]
    assert report.replayed and report.seconds < 15 * 60
    with looking(made.house.factory) as session:
        told = [row for row in audit_rows(session) if row.action == restoring.PUT_BACK]
        assert [row.after["backup"] for row in told if row.after] == [report.backup.name]
    made.settings.anchors.mkdir()
    assert list(verify(made.house.factory, made.settings.anchors)) == []
    made.ends()


def test_with_a_second_copy_of_the_journal_no_promise_is_lost(
    old: BackedUpNode, new: EmptyMachine, tmp_path: Path
) -> None:
    """Also those that were given after the last backup."""
    new.second = tmp_path / "second"
    new.second.mkdir()
    old.house.__dict__["journal"] = journal_with(old, new.second)
    old.promises(ONE)
    old.backs_up()
    old.promises(TWO)
    old.ends()
    assert new.restores(old.root).brought == 1
    made = new.starts()
    assert set(made.rows()) == {e164(ONE), e164(TWO)} and made.rows()[e164(TWO)].is_to_be_checked
    made.ends()


def journal_with(old: BackedUpNode, second: Path) -> object:
    settings = old.settings.model_copy(update={"journal_second": second})
    journal = workshop(settings, "test").journal
    assert isinstance(journal._second, SecondCopy)
    journal._second._patience = 20.0
    return journal


def test_deleted_persons_stay_deleted_though_the_backup_has_them(
    old: BackedUpNode, new: EmptyMachine
) -> None:
    """The log of deletions lies beside the backups, newer than all of them."""
    scene = RetentionScene(old.house.factory, old.settings.deletions, old.settings.node)
    call, stays = scene.call(), scene.call("n1-1.9", at=NIGHT)
    backup = old.backs_up().path
    scene.nights()
    assert scene.masked(call)
    old.backs_up()
    old.ends()
    assert new.restores(backup).deleted >= 1
    made = new.starts()
    again = RetentionScene(made.house.factory, made.settings.deletions, made.settings.node)
    assert again.masked(call) and not again.masked(stays)
    made.ends()


def test_what_waited_for_citizens_is_not_sent_again(old: BackedUpNode, new: EmptyMachine) -> None:
    """It may have been sent since; a person may send it all the same."""
    with transaction(old.house.factory) as session:
        notices.write(session, "N-20", "case:1", ["0912345678"], {"case": "11411240001"}, TEN)
    old.backs_up()
    old.ends()
    assert new.restores(old.root).held == 1
    made = new.starts()
    with looking(made.house.factory) as session:
        assert [one.state for one in notices.notices(session)] == [OutboxState.SKIPPED]
    made.ends()


def test_the_configuration_comes_back_and_the_keys_do_not(
    old: BackedUpNode, new: EmptyMachine, tmp_path: Path
) -> None:
    """Files with their rights; of what lies in the backup a citizen's number stands nowhere in clear."""
    home = old.settings.home
    for name, mode in (("settings.toml", 0o640), ("secrets/ami", 0o600), ("announcements/a/b.wav", 0o644)):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(name)
        (home / name).chmod(mode)
    (home / "settings.toml").write_text("")
    (home / "cel").mkdir()
    (home / "cel" / "hotline.json").write_text('{"num": "+886902345678"}\n')
    (home / "recordings").mkdir()
    (home / "recordings" / "c-caller.wav").write_bytes(b"RIFF")
    (home / "link").symlink_to(home / "keys")
    old.promises(ONE)
    (tmp_path / "safe").mkdir()
    report = take(old.house, old.store, old.at, tmp_path / "safe")
    assert report.manifest.unsealed == 1 and KeyFile(tmp_path / "safe" / "ntpc1.keys").read() == dict([KEY])
    for path in files_below(old.root):
        content = path.read_bytes()
        assert (
            b"902345678" not in content
            and (home / "keys" / "installation.keys").read_bytes()[5:] not in content
        )
        assert path.stat().st_mode & 0o077 == 0, path
    old.ends()
    new.restores(report.path)
    there = new.settings.home
    assert (there / "secrets" / "ami").read_text() == "secrets/ami"
    assert (there / "settings.toml").stat().st_mode & 0o777 == 0o640
    assert (there / "announcements" / "a" / "b.wav").exists() and not (there / "recordings").exists()
    assert list((there / "journal" / "events").glob("*.events"))
    with pytest.raises(NoBackup) as refused:
        take(old.house, old.store, old.at, old.root / "keys")
    assert refused.value.why == "keys-beside"


def test_a_backup_of_the_schema_before_is_brought_forward(
    new: EmptyMachine, old: BackedUpNode, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """As a start does it, before the journals are read."""
    newest = databases.schema_of(old.house.engine)
    before = f"{int(newest) - 1:04}"
    with empty_machine(request, tmp_path / "before", old.settings) as machine:
        upgraded(machine.settings, before)
        ancient = BackedUpNode(machine.settings, old.root)
        with ancient.house.engine.begin() as connection:
            connection.execute(text(A_ROW))
        backup = ancient.backs_up().path
        ancient.ends()
        assert old.verified(backup).schema == before
        new.restores(backup)
    made = new.starts()
    assert databases.schema_of(made.house.engine) == newest
    with made.house.engine.connect() as connection:
        assert connection.scalar(text("SELECT \"offset\" FROM log_position WHERE file = 'a'")) == 7
    made.ends()


def upgraded(settings: Settings, revision: str) -> None:
    """The schema of an earlier release, with the keys of its first start."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = settings.database
    command.upgrade(config, revision)
    settle_keys(settings)


def test_what_has_not_changed_is_shared_within_a_day_and_no_longer(
    old: BackedUpNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second name of one file, once it lies still; the first backup of a day has all its own."""
    file = old.settings.home / "secrets" / "ami"
    file.parent.mkdir(exist_ok=True)
    file.write_text("secret")

    def copies() -> int:
        return (old.backs_up().path / "home" / "secrets" / "ami").stat().st_ino

    assert copies() != copies(), "it had changed a moment before"
    monkeypatch.setattr(copying, "STILL", -10.0)
    first = copies()
    assert copies() == copies() == first
    file.chmod(0o640)
    changed = copies()
    assert changed != first and copies() == changed
    old.at += DAY
    assert copies() != changed
    for one in old.store.whole():
        old.verified(one)


def test_a_month_of_sound_that_lies_still_is_not_looked_through_again(old: BackedUpNode) -> None:
    """Until anything comes or goes in it."""
    month, kept = old.settings.sealed / "2026-11", old.store.folder / "sealed" / "2026-11"
    month.mkdir(parents=True)
    (month / "a").write_bytes(b"a")
    os.utime(month, (TEN.timestamp(),) * 2)
    assert old.backs_up().new_sounds == 1 and kept.stat().st_mtime == TEN.timestamp()
    (kept / "a").unlink()
    os.utime(kept, (TEN.timestamp(),) * 2)
    assert old.backs_up().new_sounds == 0
    (month / "b").write_bytes(b"b")
    assert old.backs_up().new_sounds == 2 and kept.stat().st_mtime == 0


def test_sealed_sound_lies_once_beside_all_backups_and_goes_with_them(
    old: BackedUpNode, new: EmptyMachine
) -> None:
    """What is destroyed is laid aside, and gone when the last backup is that knew it."""
    month = old.settings.sealed / "2026-11"
    month.mkdir(parents=True)
    for name in ("a", "b"):
        (month / name).write_bytes(name.encode())
    assert old.backs_up().new_sounds == 2
    (month / "a").unlink()
    assert old.backs_up().new_sounds == 0
    kept = old.store.folder / "sealed" / "2026-11"
    assert [path.name for path in kept.iterdir()] == ["b"]
    assert [path.name for path in (old.store.folder / "gone").rglob("a")] == ["a"]
    old.ends()
    assert new.restores(old.root).sounds == 1
    assert (new.settings.sealed / "2026-11" / "b").read_bytes() == b"b"
    old.at += old.settings.backup_keep + DAY
    old.backs_up()
    assert list((old.store.folder / "gone").rglob("a")) == [] and len(old.store.whole()) == 1
    assert sound.size(old.store.folder) == 1
    with pytest.raises(ValueError, match="backup_keep"):
        Settings(home=old.settings.home, backup_keep=timedelta(days=35))


@needs_root
def test_one_machine_of_several_is_made_anew_beside_a_database_that_goes_on(
    old: BackedUpNode, new: EmptyMachine
) -> None:
    """It is left as it is: what the others wrote since the backup stays."""
    old.promises(ONE)
    backup = old.backs_up().path
    assert (backup / "database").exists()
    old.promises(TWO)
    old.ends()
    there = new.settings.model_copy(update={"database_url": old.settings.database_url})
    report = restoring.restore(chosen(backup, old.at), lambda: there, old.at, with_database=False)
    assert report.held == 0
    made = BackedUpNode(there, old.root)
    assert set(made.rows()) == {e164(ONE), e164(TWO)}
    made.ends()


def test_sound_of_calls_that_are_over_is_sealed_for_the_backup(
    old: BackedUpNode, new: EmptyMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And heard on the new machine; a backup waits for no more of it than it has seconds for."""
    KeptHome(old.house.factory, old.settings.home).records()
    with monkeypatch.context() as hurried:
        hurried.setattr(taking, "SEALING", timedelta(seconds=-1))
        report = old.backs_up()
        assert (report.manifest.unsealed, report.new_sounds) == (2, 0)
    report = old.backs_up()
    assert (report.manifest.unsealed, report.new_sounds) == (0, 2)
    old.ends()
    new.restores(report.path)
    made = new.starts()
    KeptHome(made.house.factory, new.settings.home).refuse_leftovers()
    made.ends()


def test_a_full_disk_costs_the_backup_that_is_made_and_no_other(
    old: BackedUpNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known before it begins, or met in the middle: nothing half is left, and with room it goes on."""
    old.promises(ONE)
    with small_disk(tmp_path / "small", 40 << 10) as disk:
        old.root = disk
        with pytest.raises(NoBackup) as refused:
            old.backs_up()
        assert refused.value.why == "full"
        monkeypatch.setattr("ops.backup.taking.SPARE", 0)
        first = old.backs_up().path
        ballast = fill(disk)
        monkeypatch.setattr("ops.backup.taking._reserve", lambda *_: 0)
        with pytest.raises(NoBackup) as refused:
            old.backs_up()
        assert refused.value.why == "full"
        assert old.store.whole() == [first] and old.verified(first)
        assert list(old.store.folder.glob("*.part")) == []
        ballast.unlink()
        assert old.verified(old.backs_up().path)


@needs_root
def test_sound_leaves_room_for_the_next_copy_of_the_database(old: BackedUpNode, tmp_path: Path) -> None:
    """What is promised is copied though sound is not; health tells of it until there is room."""
    month = old.settings.sealed / "2026-11"
    month.mkdir(parents=True)
    with small_disk(tmp_path / "small", 96 << 10) as disk:
        old.root = disk
        old.settings = old.settings.model_copy(update={"backup_folder": disk})
        old.backs_up()
        (month / "a").write_bytes(bytes(40 << 20))
        for _ in range(4):
            before = old.store.whole()
            old.at += 5 * MINUTE
            with pytest.raises(NoBackup) as refused:
                old.backs_up()
            assert refused.value.why == "full" and len(old.store.whole()) == len(before) + 1
        (told,) = copy_faults(old.settings, old.at)
        assert told.startswith(f"backup: sound is not copied to {disk} since ")
        (month / "a").write_bytes(bytes(1 << 20))
        assert old.backs_up().new_sounds == 1
        assert list(copy_faults(old.settings, old.at)) == []


def test_a_folder_that_is_not_there_or_lies_in_the_home_is_refused(old: BackedUpNode) -> None:
    """A disk that is not mounted is not taken for one that is."""
    for root, why in ((old.root / "no", "away"), (old.settings.home / "backups", "inside")):
        old.root = root
        with pytest.raises(NoBackup) as refused:
            old.backs_up()
        assert refused.value.why == why


def test_one_backup_is_written_at_a_time(old: BackedUpNode) -> None:
    """The other ends at once and says so."""
    with old.store.locked():
        with pytest.raises(NoBackup) as refused:
            old.backs_up()
    assert refused.value.why == "busy"
    assert old.verified(old.backs_up().path)


def test_a_database_that_is_kept_apart_is_in_no_backup_and_must_be_there(
    old: BackedUpNode, new: EmptyMachine
) -> None:
    """Its administrators put it back to the moment; files and journals come from here."""
    old.promises(ONE)
    old.ends()
    old.settings = old.settings.model_copy(update={"backup_database": "apart"})
    old.house = workshop(old.settings, "test")
    backup = old.backs_up().path
    assert not (backup / "database").exists()
    with pytest.raises(NotRestored) as refused:
        new.restores(backup)
    assert refused.value.why == "database"
    old.ends()
    there = new.settings.model_copy(update={"database_url": old.settings.database_url})
    report = EmptyMachine(there, old.root).restores(backup)
    assert report.held == 0
    made = BackedUpNode(there, old.root)
    assert set(made.rows()) == {e164(ONE)}
    made.ends()
