"""Kept sound is sealed, moved, opened, compared and destroyed, on both databases (P4.12)."""

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from hotline import legal_holds
from hotline.callbacks.service import Callbacks
from hotline.db import Sessions, transaction
from hotline.keys import checks, data_keys
from hotline.keys.ring import SIZE, KeyMissing, KeyRing
from hotline.legal_holds import HeldRecord, IsHeld
from ops.jobs.journal_replay import Replay
from recordings import vault
from recordings.archive import SoundDestroyed, SoundElsewhere, SoundNotKept
from recordings.codecs import SoundCodec
from recordings.storage import FolderStorage, StorageAway
from tests.faults.disks import fill, needs_root, read_only, small_disk
from tests.keys import KEY, RING
from tests.put_back import OldCopy
from tests.sealed import CALL, ENDED, LATER, KeptHome, said

pytestmark = pytest.mark.dialects

NAME = f"2026-11/{CALL}-caller.sealed"


@pytest.fixture
def home(factory: Sessions, tmp_path: Path) -> KeptHome:
    """A node with a recorded call, and a second storage to move to."""
    made = KeptHome(factory, tmp_path, {"other": FolderStorage(tmp_path / "other")})
    made.records()
    return made


class Away(FolderStorage):
    """A storage that cannot be asked."""

    def put(self, *_facts: object) -> None:
        raise StorageAway("other", "no route to host")

    delete = size = names = read = put  # type: ignore[assignment]


def test_P4_12_sound_is_sealed_and_its_plain_file_goes(home: KeptHome) -> None:
    """By a key each; the row keeps the hash of what Asterisk wrote, and the sound can be heard."""
    before, plain = home.row(), vault.sha256(home.plain())
    report = home.sealing.run(LATER)
    assert (report.sealed, report.waiting, report.fault) == (2, 0, "")
    row = home.row()
    assert (row.storage, row.also_in, row.codec, row.sealed_as) == ("folder", "", "flac", NAME)
    assert (row.sha256, row.state) == (plain, before.state)
    file = home.place / "sealed" / NAME
    assert (row.sealed_size, row.sealed_sha256) == (file.stat().st_size, vault.sha256(file))
    assert not file.read_bytes().startswith((b"RIFF", b"fLaC"))
    assert file.stat().st_mode & 0o077 == file.parent.stat().st_mode & 0o077 == 0
    assert len({row.key_id for row in home.rows()}) == 2
    home.refuse_leftovers()


def test_a_message_is_sealed_with_what_was_told_of_it(home: KeptHome) -> None:
    """The file beside it goes too: it is in the row."""
    home.takes_a_message()
    home.run()
    assert home.row("message").storage == "folder"
    assert {key.kind for key in home.keys()} == {"recording", "message"}
    home.refuse_leftovers()


def test_not_before_it_was_checked_and_lay_still(home: KeptHome) -> None:
    """Asterisk may write on; a decision may still ask for a message."""
    assert home.sealing.run(ENDED + timedelta(seconds=59)).sealed == 0
    with transaction(home.factory) as session:
        session.merge(home.row()).state = "EXPECTED"
    assert home.sealing.run(LATER).sealed == 1
    assert home.plain_files() == [f"{CALL}-caller.wav"]


def test_opus_keeps_the_hash_of_the_original(home: KeptHome) -> None:
    """Smaller, and as long."""
    home.codec = SoundCodec.OPUS
    before = home.row().sha256
    home.run()
    assert (home.row().codec, home.row().sha256) == ("opus", before)
    assert len(home.heard()) == pytest.approx(len(said("caller")), abs=800)


def test_what_cannot_be_used_is_sealed_as_it_is(home: KeptHome) -> None:
    """No plain sound is left because its head is torn; it is not to be played either."""
    home.plain().write_bytes(b"torn")
    os.utime(home.plain(), (ENDED.timestamp(),) * 2)
    with transaction(home.factory) as session:
        row = session.merge(home.row())
        row.sha256, row.state = "", "MISSING"
    home.run()
    row = home.row()
    assert (row.codec, row.storage, len(row.sha256)) == ("wav", "folder", 64)
    with pytest.raises(SoundNotKept):
        home.archive.open(CALL, "caller")


def test_a_file_changed_before_it_was_sealed_says_so_for_ever(home: KeptHome) -> None:
    """Sealing does not make it well."""
    path = home.plain()
    raw = bytearray(path.read_bytes())
    raw[5000] ^= 1
    path.write_bytes(raw)
    os.utime(path, (ENDED.timestamp(),) * 2)
    home.run()
    assert home.row().fault == "changed before it was sealed"
    (fault,) = home.verification.verify(LATER)
    assert (fault.path, fault.what) == (path.name, "changed before it was sealed")


def test_a_plain_file_is_heard_until_it_is_sealed(home: KeptHome) -> None:
    """Whoever opens it need not know."""
    assert np.array_equal(home.heard(), said("caller"))
    sound = home.archive.open(CALL, "agent")
    home.run()
    assert np.array_equal(sound.read(100, 10), said("agent")[100:110])
    sound.close()


def test_what_is_opened_while_it_is_sealed_is_found(home: KeptHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row was read before, the file looked for after."""
    known = home.archive.__class__._known

    def meanwhile(archive: object, call: str, direction: str) -> object:
        found = known(archive, call, direction)  # type: ignore[arg-type]
        monkeypatch.undo()
        home.run()
        return found

    monkeypatch.setattr("recordings.archive.Archive._known", meanwhile)
    assert np.array_equal(home.heard(), said("caller"))


def test_nothing_is_kept_of_an_unknown_call(home: KeptHome) -> None:
    """Nor of a file that somebody removed, nor is another node's file looked for here."""
    with pytest.raises(SoundNotKept):
        home.archive.open("ntpc1-1.1", "caller")
    home.plain().unlink()
    with pytest.raises(SoundNotKept):
        home.archive.open(CALL, "caller")
    with transaction(home.factory) as session:
        session.merge(home.row()).node = "ntpc2"
    with pytest.raises(SoundElsewhere, match="ntpc2"):
        home.archive.open(CALL, "caller")


class TestDestroyed:
    """Key first, then the file; the row stays."""

    def test_nothing_can_be_heard_any_more(self, home: KeptHome) -> None:
        """Hash, dates and ground stay; again changes nothing."""
        home.run()
        before = home.row()
        for at in (LATER, LATER + timedelta(days=1)):
            home.archive.destroy(CALL, "caller", "P4.12: 365 days", at)
        row = home.row()
        assert (row.destroyed_at, row.destroyed_ground, row.storage) == (LATER, "P4.12: 365 days", "")
        assert (row.sha256, row.seconds, row.started_at) == (before.sha256, before.seconds, before.started_at)
        assert home.kept() == [f"2026-11/{CALL}-agent.sealed"]
        (key,) = (key for key in home.keys() if key.id == row.key_id)
        assert key.destroyed_at == LATER and not any(key.wrapped)
        with pytest.raises(SoundDestroyed):
            home.archive.open(CALL, "caller")
        assert home.verification.verify(LATER) == []

    def test_a_plain_file_too(self, home: KeptHome) -> None:
        """What was never sealed has no key; the next run finds nothing to seal."""
        home.archive.destroy(CALL, "caller", "asked for", LATER)
        assert home.plain_files() == [f"{CALL}-agent.wav"]
        assert home.sealing.run(LATER).sealed == 1
        home.refuse_leftovers()

    def test_what_is_held_stays(self, home: KeptHome) -> None:
        """P8.3: while a procedure needs the call."""
        home.run()
        with transaction(home.factory) as session:
            legal_holds.hold(session, "referral:1", HeldRecord.CALL, [CALL], by="rdec-1", at=LATER)
        with pytest.raises(IsHeld):
            home.archive.destroy(CALL, "caller", "old", LATER)
        assert np.array_equal(home.heard(), said("caller"))

    def test_a_storage_that_is_away_is_cleared_later(self, home: KeptHome) -> None:
        """The key is gone at once, the file by the next run."""
        home.run()
        there = dict(home.others)
        home.choosing("other").run()
        home.others = {"other": Away(home.place / "other")}
        with capture_logs() as told:
            home.archive.destroy(CALL, "caller", "old", LATER)
        assert [one["event"] for one in told] == ["sound.not_removed_yet"]
        home.others = there
        with pytest.raises(SoundDestroyed):
            home.archive.open(CALL, "caller")
        assert NAME in home.kept("other")
        home.choosing("other").run()
        assert NAME not in home.kept("other")


class TestMoved:
    """From one storage to another, as they lie: no key is needed."""

    def test_everything_goes_to_the_chosen_storage(self, home: KeptHome) -> None:
        """And back again."""
        home.run()
        elsewhere = home.choosing("other")
        assert elsewhere.sealing.run(LATER).moved == 2
        elsewhere.refuse_leftovers()
        assert home.sealing.run(LATER).moved == 2
        home.refuse_leftovers()
        assert home.sealing.is_due(LATER) is False

    def test_what_was_damaged_is_not_moved(self, home: KeptHome) -> None:
        """It stays where it is, and is told."""
        home.run()
        file = home.place / "sealed" / NAME
        file.write_bytes(file.read_bytes() + b"x")
        report = home.choosing("other").sealing.run(LATER)
        assert report.moved == 1 and "not in folder as it was kept" in report.fault
        assert home.kept() == [NAME]

    def test_while_a_storage_is_away_files_wait(self, home: KeptHome) -> None:
        """Nothing is lost, one reason is told, and later all goes on."""
        there = dict(home.others)
        home.others = {"other": Away(home.place / "other")}
        report = home.choosing("other").sealing.run(LATER)
        assert (report.sealed, report.waiting) == (0, 2) and "no route to host" in report.fault
        assert np.array_equal(home.heard(), said("caller"))
        home.others = there
        again = home.choosing("other")
        assert again.sealing.run(LATER).sealed == 2
        again.refuse_leftovers()

    def test_another_choice_after_a_try(self, home: KeptHome) -> None:
        """What the first try left in the other storage is removed."""
        home.chosen, store = "other", home.storages.of("other")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("recordings.sealing.Sealing._settle", lambda *_: False)
            home.run()
        assert len(list(store.names())) == 2
        home.chosen = "folder"
        home.run()
        home.refuse_leftovers()


class TestVerified:
    """The sealed files as they lie, compared with what was stored."""

    @pytest.fixture
    def sealed(self, home: KeptHome) -> KeptHome:
        home.run()
        return home

    def test_all_well(self, sealed: KeptHome) -> None:
        """Every row is compared, without a key."""
        assert sealed.verification.verify(LATER) == []
        assert {row.verified_at for row in sealed.rows()} == {LATER}

    def test_a_changed_byte(self, sealed: KeptHome) -> None:
        """Named, and marked."""
        file = sealed.place / "sealed" / NAME
        raw = bytearray(file.read_bytes())
        raw[500] ^= 1
        file.write_bytes(raw)
        (fault,) = sealed.verification.verify(LATER)
        assert (fault.call_id, fault.what[:7]) == (CALL, "changed")
        assert sealed.row().fault.startswith("changed")

    def test_a_missing_file_and_one_that_nobody_knows(self, sealed: KeptHome) -> None:
        """A file of another name is nobody's."""
        file = sealed.place / "sealed" / NAME
        file.rename(file.with_name("ntpc1-1.1-caller.sealed"))
        missing, foreign = sealed.verification.verify(LATER + timedelta(days=400))
        assert missing.what.startswith("removed")
        assert (foreign.path, foreign.what) == (
            "folder:2026-11/ntpc1-1.1-caller.sealed",
            "no call expects this",
        )

    def test_a_storage_that_is_away_is_one_fault(self, sealed: KeptHome) -> None:
        """No row is called damaged for it."""
        sealed.choosing("other").run()
        sealed.others = {"other": Away(sealed.place / "other")}
        (fault,) = sealed.verification.verify(LATER)
        assert "cannot be asked: no route to host" in str(fault)
        assert {row.fault for row in sealed.rows()} == {""}

    def test_what_is_sealed_meanwhile_is_not_called_removed(
        self, home: KeptHome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The row was read while the file was plain."""
        rows = home.verification.__class__._rows

        def meanwhile(verification: object) -> object:
            found = list(rows(verification))  # type: ignore[arg-type]
            home.run()
            return iter(found)

        monkeypatch.setattr("recordings.verification.SoundVerification._rows", meanwhile)
        assert home.verification.verify(LATER) == []


def test_a_rotation_leaves_sealed_sound_as_it_is(home: KeptHome) -> None:
    """It opens by the old key and the new, then by the new alone: not a byte of it was encrypted again."""
    home.run()
    before = {name: (home.place / "sealed" / name).read_bytes() for name in home.kept()}
    new = {"new": bytes(SIZE)}
    both, alone = KeyRing({**dict([KEY]), **new}), KeyRing(new)
    with transaction(home.factory) as session:
        checks.mark(session, RING, ENDED)
        checks.mark(session, both, LATER)
    assert np.array_equal(replace(home, ring=both).heard(), said("caller"))
    assert data_keys.rewrap(home.factory, both, LATER) == len(before)
    for ring in (both, alone):
        assert np.array_equal(replace(home, ring=ring).heard(), said("caller"))
    with pytest.raises(KeyMissing):
        home.heard()
    after = replace(home, ring=alone)
    after.records("ntpc1-1795485700.2")
    after.run()
    after.refuse_leftovers()
    assert {name: (home.place / "sealed" / name).read_bytes() for name in before} == before
    assert home.verification.verify(LATER) == []


def test_one_worker_a_node(home: KeptHome) -> None:
    """A second one does nothing meanwhile."""
    with home.sealing._alone() as first, home.sealing._alone() as second:
        assert (first, second) == (True, False)
    assert home.sealing.run(LATER).sealed == 2


def test_a_run_ends_when_it_is_told_to(home: KeptHome) -> None:
    """With the file under way; the next goes on."""
    told = iter((False, True))
    report = home.sealing.run(LATER, lambda: next(told))
    assert (report.sealed, report.waiting) == (1, 1)
    home.run()
    home.refuse_leftovers()


def test_an_old_copy_of_the_database_learns_the_keys_again(
    home: KeptHome, database: Engine, tmp_path: Path, callbacks: Callbacks
) -> None:
    """What was sealed since the copy can be heard, wherever it was moved: the journal knows."""
    copy = OldCopy(database, tmp_path)
    home.run()
    elsewhere = home.choosing("other")
    elsewhere.run(LATER + timedelta(hours=1))
    folder = tmp_path / "journal"
    Replay(home.factory, folder, callbacks).run()
    copy.put_back()
    assert home.row().storage == ""
    Replay(home.factory, folder, callbacks).run()
    elsewhere.refuse_leftovers()


@needs_root
def test_on_a_full_disk_files_wait(home: KeptHome) -> None:
    """Nothing is lost, nothing torn is kept, and with room again all goes on."""
    with small_disk(home.place / "sealed", 256) as disk:
        ballast = fill(disk)
        report = home.sealing.run(LATER)
        assert (report.sealed, report.waiting) == (0, 2) and "No space left" in report.fault
        home.refuse_loss()
        ballast.unlink()
        assert home.sealing.run(LATER).sealed == 2
        home.refuse_leftovers()


@needs_root
def test_on_a_read_only_disk_files_wait(home: KeptHome) -> None:
    """Also where not even a draft can be made; what was sealed before can be heard."""
    with small_disk(home.place / "sealed", 256) as disk, read_only(disk):
        report = home.sealing.run(LATER)
        assert report.sealed == 0 and report.waiting == 2 and "Read-only file system" in report.fault
        assert np.array_equal(home.heard(), said("caller"))
