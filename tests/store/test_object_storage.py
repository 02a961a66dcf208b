"""Sound in a real S3-compatible store: kept whole, read from any place, and what happens while it is away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from hotline.db import Sessions
from hotline.settings import Settings
from hotline.settings.faults import BadSettings
from recordings.object_storage import S3, S3Place, S3Storage
from recordings.storage import StorageAway, storages
from tests.sealed import CALL, LATER, KeptHome, said
from tests.seaweed import ObjectStore, impatient

pytestmark = pytest.mark.dialects
SECOND = "s3_second"


@pytest.fixture
def bucket(object_store: ObjectStore) -> S3Place:
    return object_store.bucket()


@pytest.fixture
def storage(bucket: S3Place) -> S3Storage:
    return S3Storage(bucket)


@pytest.fixture
def home(factory: Sessions, tmp_path: Path, bucket: S3Place) -> Iterator[KeptHome]:
    """A node that keeps its sound there, with a recorded call."""
    made = KeptHome(factory, tmp_path, {S3: impatient(bucket)}, S3)
    made.records()
    yield made


class TestStored:
    """The store itself."""

    @pytest.fixture(params=["sqlite"], autouse=True)
    def _one_database(self) -> None:
        """No database has a part in it."""

    def test_what_is_kept_is_read_from_any_place(self, storage: S3Storage, tmp_path: Path) -> None:
        """Whole, in parts, behind its end; put again it is another."""
        file = tmp_path / "a"
        for content in (b"first", bytes(range(256)) * 1000):
            file.write_bytes(content)
            storage.put("2026-11/a.sealed", file)
            assert storage.size("2026-11/a.sealed") == len(content)
            assert storage.read("2026-11/a.sealed", 0, 1 << 20) == content
        assert storage.read("2026-11/a.sealed", 1000, 24) == content[1000:1024]
        assert storage.read("2026-11/a.sealed", len(content), 10) == b""
        ((name, changed_at),) = storage.names()
        assert name == "2026-11/a.sealed" and changed_at.tzinfo is not None
        assert storage.fault() == ""

    def test_what_is_removed_is_gone(self, storage: S3Storage, tmp_path: Path) -> None:
        """And removing it again is harmless."""
        (tmp_path / "a").write_bytes(b"x")
        storage.put("a", tmp_path / "a")
        for _ in range(2):
            storage.delete("a")
        assert storage.size("a") is None and list(storage.names()) == []
        with pytest.raises(FileNotFoundError):
            storage.read("a", 0, 1)

    def test_a_wrong_secret_or_bucket_is_told(self, bucket: S3Place) -> None:
        """Nothing is taken for an empty store."""
        for wrong in (replace(bucket, secret="other"), replace(bucket, bucket="no-such-bucket")):
            assert S3Storage(wrong).fault()


def test_P4_12_sound_is_sealed_into_the_store(home: KeptHome) -> None:
    """And heard from there, compared there, destroyed there."""
    report = home.sealing.run(LATER)
    assert (report.sealed, report.fault) == (2, "")
    home.refuse_leftovers()
    assert np.array_equal(home.heard(), said("caller"))
    assert home.verification.verify(LATER + timedelta(days=1)) == []
    home.archive.destroy(CALL, "caller", "old", LATER)
    home.refuse_leftovers()


def test_sound_moves_between_folder_and_store(home: KeptHome) -> None:
    """Both ways, and no copy stays behind."""
    home.run()
    folder = home.choosing("folder")
    assert folder.sealing.run(LATER).moved == 2
    folder.refuse_leftovers()
    assert home.sealing.run(LATER).moved == 2
    home.refuse_leftovers()


def test_sound_moves_from_one_store_to_another(home: KeptHome, object_store: ObjectStore) -> None:
    """Directly, compared on the way; while the new one hangs it stays, and the next run goes on."""
    home.run()
    home.others = {**home.others, SECOND: impatient(replace(object_store.bucket(), name=SECOND))}
    elsewhere = home.choosing(SECOND)
    with object_store.hanging():
        assert "storage-away" in elsewhere.sealing.run(LATER).fault
    assert np.array_equal(home.heard(), said("caller"))
    assert elsewhere.sealing.run(LATER).moved == 2
    elsewhere.refuse_leftovers()
    assert elsewhere.verification.verify(LATER) == []


def test_two_stores_are_set_up_at_once(tmp_path: Path) -> None:
    """By names of their own; what is lacking of one is told by its own setting."""
    (tmp_path / "key").write_text("account\nsecret\n")
    (tmp_path / "key").chmod(0o600)
    first = {"s3_endpoint": "http://127.0.0.1:1", "s3_bucket": "old", "s3_key_file": tmp_path / "key"}
    second = {
        "s3_second_endpoint": "http://127.0.0.1:2",
        "s3_second_bucket": "new",
        "s3_second_key_file": tmp_path / "key",
    }
    made = storages(Settings(home=tmp_path, recording_storage=SECOND, **first, **second))
    assert (set(made.known), made.chosen) == ({"folder", S3, SECOND}, SECOND)
    with pytest.raises(BadSettings, match="HOTLINE_S3_SECOND_BUCKET"):
        storages(Settings(home=tmp_path, recording_storage=SECOND, s3_second_endpoint="http://127.0.0.1:2"))


def test_while_the_store_hangs_files_wait(home: KeptHome, object_store: ObjectStore) -> None:
    """One try a run, told once; the sound can be heard where it is."""
    with object_store.hanging():
        report = home.sealing.run(LATER)
        assert report.sealed == 0 and report.waiting == 2 and report.fault
        assert np.array_equal(home.heard(), said("caller"))
        assert home.storages.of(S3).fault()
    assert home.sealing.run(LATER).sealed == 2
    with object_store.hanging(), pytest.raises(StorageAway):
        home.heard()
    home.refuse_leftovers()
