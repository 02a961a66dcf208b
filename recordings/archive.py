"""The kept sound of a node, plain or sealed, wherever it lies: opened to be heard, and destroyed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import tuple_, update
from sqlalchemy.orm import Session

from hotline.db import Sessions, locked, looking, transaction
from hotline.errors import HotlineError, existing
from hotline.keys import data_keys
from hotline.keys.data_keys import KeyDestroyed
from hotline.keys.ring import KeyRing
from hotline.legal_holds import HeldRecord, refuse_held
from recordings import vault
from recordings.codecs import PlainSound, Samples, SoundCodec, decoded
from recordings.container import UnsealedFile
from recordings.storage import FOLDER, StorageAway, Storages
from recordings.store import Recording
from recordings.vault import Folders, NotSound

log = structlog.get_logger()


class SoundSource(Protocol):
    """One direction's samples, 16 bit, from any place."""

    rate: int
    frames: int

    def read(self, frame: int, count: int) -> Samples:
        """Samples from a place on; fewer at the end."""

    def close(self) -> None:
        """Let go of the file."""


class SoundNotKept(HotlineError, code="sound-not-kept"):
    """Sound that was never kept, or of which nothing can be read."""

    call_id: str
    direction: str


class SoundDestroyed(SoundNotKept, code="sound-destroyed"):
    """Sound that was destroyed, and when."""

    at: datetime


class SoundElsewhere(StorageAway, code="sound-elsewhere"):
    """A sound on another machine's disk: it is heard here once it is sealed into what all machines reach."""


class Archive:
    """A node's kept sound. Its rows may lie on other nodes: what those keep in a folder is theirs to give."""

    def __init__(self, factory: Sessions, ring: KeyRing, folders: Folders, storages: Storages) -> None:
        self._factory, self._ring = factory, ring
        self._folders, self._storages = folders, storages

    def open(self, call_id: str, direction: str) -> SoundSource:
        """Open a sound. Raises SoundNotKept or SoundDestroyed, SoundElsewhere or StorageAway, KeyMissing,
        SealBroken.
        """
        try:
            row, key = self._known(call_id, direction)
            if not row.storage:
                try:
                    return PlainSound(vault.opened(self._here(row)))
                except FileNotFoundError:  # sealed meanwhile
                    row, key = self._known(call_id, direction)
            if row.storage:
                return decoded(self._unsealed(row, key), SoundCodec(row.codec))
        except (NotSound, OSError) as error:
            raise SoundNotKept(call_id, direction) from error
        raise SoundNotKept(call_id, direction)

    def destroy(self, call_id: str, direction: str, ground: str, at: datetime) -> None:
        """Destroy a sound: its key, then its file; the row stays, with hash, dates and ground. Idempotent.

        What a storage that is away still holds cannot be opened any more, and is removed by ``Sealing``.
        Raises SoundNotKept, IsHeld, and OSError while a plain file cannot be removed.
        """
        with transaction(self._factory) as session:
            refuse_held(session, HeldRecord.CALL, call_id)
            found = locked(session, Recording, (call_id, direction))
            row = existing(found, SoundNotKept(call_id, direction))
            self.condemn(session, [row], ground, at)
        try:
            self.remove(row)
        except StorageAway as away:
            _not_yet(row, away)

    def condemn(self, session: Session, rows: Sequence[Recording], ground: str, at: datetime) -> None:
        """Destroy the keys of sounds in a transaction, after which ``remove`` takes their copies away.

        Who asks has seen to it that no hold keeps them.
        """
        whole = [row for row in rows if row.destroyed_at is None]
        data_keys.destroy(session, [row.key_id for row in whole if row.key_id], at)
        for row in whole:
            row.destroyed_at, row.destroyed_ground = at, ground
            if not row.also_in:
                row.also_in, row.storage = row.storage, ""
        session.flush()

    def remove(self, row: Recording) -> None:
        """Remove every copy of a destroyed sound of this node. Raises StorageAway, OSError."""
        if self.is_here(row):
            self._remove_copies(row)
            self._mark_removed([row])

    def remove_all(self, rows: Sequence[Recording]) -> None:
        """The same of many; what cannot be removed now is told, and left to ``Sealing``."""
        here, left = list(filter(self.is_here, rows)), list[Recording]()
        for name in {name for row in here for name in _storages_of(row)}:
            there = [row for row in here if name in _storages_of(row)]
            try:
                self._storages.of(name).delete_all([row.sealed_as for row in there])
            except StorageAway as away:
                left += [_not_yet(row, away) for row in there]
        for row in here:
            try:
                remove_plain(self._here(row))
            except OSError as error:
                left.append(_not_yet(row, error))
        self._mark_removed([row for row in here if row not in left])

    def _remove_copies(self, row: Recording) -> None:
        for name in _storages_of(row):
            self._storages.of(name).delete(row.sealed_as)
        remove_plain(self._here(row))

    def _mark_removed(self, rows: Sequence[Recording]) -> None:
        mine = tuple_(Recording.call_id, Recording.direction).in_(
            [(row.call_id, row.direction) for row in rows]
        )
        with transaction(self._factory) as session:
            gone = update(Recording).where(mine, Recording.destroyed_at.is_not(None))
            session.execute(gone.values(storage="", also_in=""))

    def is_here(self, row: Recording) -> bool:
        """Tell whether a row's plain file, and what a folder keeps of it, lie on this node."""
        node = self._folders.node
        return row.node == node or (not row.node and row.call_id.startswith(f"{node}-"))

    def elsewhere(self, row: Recording) -> SoundElsewhere | None:
        """Why a sound cannot be heard on this machine yet; None for one that can."""
        if row.storage in ("", FOLDER) and not self.is_here(row):
            return SoundElsewhere(row.node, "the sound lies on that machine")
        return None

    def _here(self, row: Recording) -> Path:
        """Place of the plain file. Raises SoundElsewhere for another node's."""
        if elsewhere := self.elsewhere(row):
            raise elsewhere
        return self._folders.of(row.direction) / row.path

    def _known(self, call_id: str, direction: str) -> tuple[Recording, bytes]:
        """Row and key of a sound; the key is empty while it is plain."""
        with looking(self._factory) as session:
            found = session.get(Recording, (call_id, direction))
            row = existing(found, SoundNotKept(call_id, direction))
            if row.destroyed_at is not None:
                raise SoundDestroyed(call_id, direction, row.destroyed_at)
            return row, self._key(session, row) if row.storage else b""

    def _key(self, session: Session, row: Recording) -> bytes:
        try:
            return data_keys.unwrap(session, self._ring, row.key_id)
        except KeyDestroyed:
            raise SoundNotKept(row.call_id, row.direction) from None

    def _unsealed(self, row: Recording, key: bytes) -> UnsealedFile:
        if row.storage == FOLDER:
            self._here(row)
        storage, name = self._storages.of(row.storage), row.sealed_as

        def read(start: int, count: int) -> bytes:
            return storage.read(name, start, count)

        return UnsealedFile(key, read, row.sealed_size or 0)


def _storages_of(row: Recording) -> set[str]:
    """Names of the storages that may have a copy."""
    return {row.also_in, row.storage} - {""}


def _not_yet(row: Recording, why: Exception) -> Recording:
    log.warning("sound.not_removed_yet", call=row.call_id, direction=row.direction, why=str(why))
    return row


def remove_plain(path: Path) -> None:
    """Remove a plain file; before it, for nobody looks for that alone, what a listener told beside it.

    Raises OSError.
    """
    for one in (path.with_suffix(".json"), path):
        one.unlink(missing_ok=True)
