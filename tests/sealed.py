"""A node's kept sound for tests: its calls, what seals them, and what must hold of it at every moment."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from hotline.clock import taipei
from hotline.db import Sessions, looking, transaction
from hotline.journal import Journal
from hotline.keys.ring import KeyRing
from hotline.keys.store import DataKey
from recordings.archive import Archive, SoundDestroyed
from recordings.codecs import SoundCodec
from recordings.sealing import Sealing
from recordings.service import RecordedCall, Recordings, expect, expect_message
from recordings.storage import FOLDER, FolderStorage, Storage, Storages
from recordings.store import Recording
from recordings.vault import Folders
from recordings.verification import SoundVerification
from tests.keys import RING
from tests.sound import speech, write_wav

NODE = "ntpc1"
BEGAN = taipei("2026-11-24T10:00:00")
SECONDS = 2
ENDED = BEGAN + timedelta(seconds=SECONDS)
CHECKED = ENDED + timedelta(seconds=5)
LATER = ENDED + timedelta(minutes=2)
CALL = f"{NODE}-{BEGAN.timestamp():.0f}.1"
SEEDS = {"caller": 1, "agent": 2, "message": 3}


@dataclass
class KeptHome:
    """A node's folders and storages; ``others``: storages beside its own folder."""

    factory: Sessions
    place: Path
    others: Mapping[str, Storage] = field(default_factory=dict)
    chosen: str = FOLDER
    codec: SoundCodec = SoundCodec.FLAC
    ring: KeyRing = RING

    @property
    def folders(self) -> Folders:
        return Folders(self.place / "recordings", self.place / "messages", NODE)

    @property
    def storages(self) -> Storages:
        known = {FOLDER: FolderStorage(self.place / "sealed"), **self.others}
        return Storages(known, self.chosen, self.place / "sealed" / "drafts")

    @property
    def sealing(self) -> Sealing:
        minute = timedelta(minutes=1)
        journal = Journal(self.place / "journal", "test")
        return Sealing(self.factory, self.ring, self.folders, self.storages, journal, self.codec, minute)

    @property
    def archive(self) -> Archive:
        return Archive(self.factory, self.ring, self.folders, self.storages)

    @property
    def verification(self) -> SoundVerification:
        return SoundVerification(self.factory, self.folders, storages=self.storages)

    def choosing(self, storage: str) -> "KeptHome":
        """The same home, set up to keep sound elsewhere."""
        return replace(self, chosen=storage)

    def records(self, call: str = CALL) -> None:
        """A call was recorded, both ways, and its files were checked."""
        with transaction(self.factory) as session:
            expect(session, RecordedCall(call, NODE, BEGAN, ENDED))
        for direction in ("caller", "agent"):
            self.write(call, direction)
        Recordings(self.factory, self.folders).check(CHECKED)

    def takes_a_message(self, call: str = CALL) -> None:
        """A caller left a message, which its promise has."""
        self.write(call, "message").with_suffix(".json").write_text('{"seconds": 2.0, "ended": "silence"}')
        with transaction(self.factory) as session:
            expect_message(session, f"{call}-message", NODE, SECONDS, ENDED, ended="silence")
        Recordings(self.factory, self.folders).check(CHECKED)

    def write(self, call: str, direction: str) -> Path:
        path = write_wav(self.plain(call, direction), said(direction))
        os.utime(path, (ENDED.timestamp(),) * 2)
        return path

    def plain(self, call: str = CALL, direction: str = "caller") -> Path:
        return self.folders.of(direction) / f"{call}-{direction}.wav"

    def row(self, direction: str = "caller", call: str = CALL) -> Recording:
        with looking(self.factory) as session:
            return session.get_one(Recording, (call, direction))

    def rows(self) -> list[Recording]:
        with looking(self.factory) as session:
            return list(session.scalars(select(Recording)))

    def heard(self, direction: str = "caller", call: str = CALL) -> NDArray[np.int16]:
        sound = self.archive.open(call, direction)
        try:
            return sound.read(0, sound.frames)
        finally:
            sound.close()

    def plain_files(self) -> list[str]:
        folders = self.folders.calls, self.folders.messages
        return sorted(path.name for one in folders if one.is_dir() for path in one.iterdir())

    def kept(self, storage: str = FOLDER) -> list[str]:
        return sorted(name for name, _changed_at in self.storages.of(storage).names())

    def drafts(self) -> list[str]:
        return sorted(path.name for path in self.storages.drafts.glob("*") if path.name != "lock")

    def keys(self) -> Iterator[DataKey]:
        with looking(self.factory) as session:
            yield from session.scalars(select(DataKey).where(DataKey.kind.in_(("recording", "message"))))

    def run(self, at: datetime = LATER) -> None:
        self.sealing.run(at)

    def refuse_loss(self) -> None:
        """Whatever was cut off: every row has its sound, and every sound a row that says where it is."""
        for row in self.rows():
            if row.destroyed_at is None:
                assert np.array_equal(self.heard(row.direction, row.call_id), said(row.direction)), row.path
                continue
            try:
                self.archive.open(row.call_id, row.direction)
            except SoundDestroyed:
                continue
            raise AssertionError(f"{row.path} was destroyed and can be heard")
        for storage in self.storages.known:
            told = {row.sealed_as for row in self.rows() if storage in (row.storage, row.also_in)}
            assert set(self.kept(storage)) <= told, f"nobody knows what lies in {storage}"

    def refuse_leftovers(self) -> None:
        """After the next run: nothing plain, no second copy, no draft, nothing that was destroyed."""
        self.refuse_loss()
        assert self.plain_files() == self.drafts() == []
        rows = self.rows()
        left = [row for row in rows if row.destroyed_at is None]
        assert {(row.storage, row.also_in) for row in left} <= {(self.chosen, "")}
        assert {(row.storage, row.also_in) for row in rows if row.destroyed_at} <= {("", "")}
        for storage in self.storages.known:
            kept = sorted(row.sealed_as for row in left) if storage == self.chosen else []
            assert self.kept(storage) == kept


def said(direction: str) -> NDArray[np.int16]:
    """What this direction of every call here says."""
    return speech(SECONDS, SEEDS[direction])
