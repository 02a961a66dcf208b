"""Sealing: checked sound is compressed, encrypted and brought to its storage; then its plain file goes.

Any step may be cut off; the next run begins it again. Before a copy is made anywhere, the row says where
(``also_in``), so that a copy that no row needs is found and removed; and a row says that sound lies somewhere
only once it does.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.orm import Session

from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.journal import Journal
from hotline.keys import data_keys
from hotline.keys.ring import KeyRing
from recordings import sealed_trace, vault
from recordings.archive import Archive, remove_plain
from recordings.codecs import BLOCK, PIECE_SECONDS, SAMPLE, DecodedSound, SoundCodec, encode, fit
from recordings.container import SealedWriter, UnsealedFile
from recordings.policy import Direction, keys_of
from recordings.storage import StorageAway, Storages, pieces, private_folder
from recordings.store import CHANGED_BEFORE, Recording, RecordingState, is_of
from recordings.vault import Folders, NotSound

log = structlog.get_logger()
PAGE: Final = 200
MANY: Final = 1000
"""More files that wait are not counted."""
STOPS: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS))
"""What a disk says of one file it says of all."""
_NEW: Final = os.O_CREAT | os.O_TRUNC | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class SealedSound:
    """A sealed draft, and the hash of the plain file it was made of."""

    codec: SoundCodec
    size: int
    sha256: str
    original: str


def seal(path: Path, draft: Path, key: bytes, wanted: SoundCodec) -> SealedSound:
    """Seal a file into a draft, durably, and read it back; if it does not come back, its bytes as they are.

    Raises OSError, NotSound.
    """
    for codec in dict.fromkeys((fit(path, wanted), SoundCodec.WAV)):
        with suppress(NotSound), open(os.open(draft, _NEW, 0o600), "r+b") as out:
            original = encode(path, codec, SealedWriter(key, out))
            out.flush()
            os.fsync(out.fileno())
            if _comes_back(draft, key, codec, path, original):
                return SealedSound(codec, draft.stat().st_size, vault.sha256(draft), original)
    raise NotSound("what was sealed did not come back")


def _comes_back(draft: Path, key: bytes, codec: SoundCodec, path: Path, original: str) -> bool:
    """Tell whether a sealed file holds the sound of a plain one; of Opus, which changes samples, as many."""
    with vault.opened(draft) as sealed:
        size = os.fstat(sealed.fileno()).st_size
        file = UnsealedFile(key, lambda start, count: os.pread(sealed.fileno(), count, start), size)
        if codec is SoundCodec.WAV:
            return _hash(file.read(start, BLOCK) for start in range(0, file.size, BLOCK)) == original
        sound = DecodedSound(file)
        if codec is SoundCodec.OPUS:
            return sound.frames == vault.head(path).length // SAMPLE and sound.claims_all()
        head = vault.wav_head(sound.rate, sound.frames * SAMPLE)
        step = PIECE_SECONDS * sound.rate
        blocks = (sound.read(place, step).astype("<i2").tobytes() for place in range(0, sound.frames, step))
        return _hash(chain((head,), blocks)) == original


def _hash(blocks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class SealingReport:
    """Files a run sealed, brought to another storage, and could not; and the first reason why."""

    sealed: int = 0
    moved: int = 0
    waiting: int = 0
    fault: str = ""


class Sealing:
    """A node's way of sound from plain files to the chosen storage, and from another storage to that one."""

    def __init__(
        self,
        factory: Sessions,
        ring: KeyRing,
        folders: Folders,
        storages: Storages,
        journal: Journal,
        codec: SoundCodec = SoundCodec.FLAC,
        after: timedelta = timedelta(0),
        aside: Callable[[Callable[[], SealedSound]], SealedSound] = lambda work: work(),
    ) -> None:
        """A file is sealed ``after`` so long without a change, once it was checked.

        ``aside`` does what takes long and needs no database.
        """
        self._factory, self._ring = factory, ring
        self._folders, self._storages = folders, storages
        self._journal, self._codec, self._after, self._aside = journal, codec, after, aside
        self._archive = Archive(factory, ring, folders, storages)

    def run(
        self, at: datetime, is_over: Callable[[], bool] = lambda: False, *, moves: bool = True
    ) -> SealingReport:
        """Do all that is due, until ``is_over``; nothing while another worker of this node does.

        Without ``moves`` plain files are sealed, and what lies in another storage stays there.
        """
        try:
            with self._alone() as is_mine:
                tasks = self._tasks(at) if moves else self._settled(at)
                return self._run(tasks, at, is_over) if is_mine else SealingReport()
        except OSError as error:  # nothing can be written where drafts are
            return SealingReport(waiting=self._waiting(at), fault=str(error))

    def is_due(self, at: datetime) -> bool:
        """Tell whether a run would find anything to do."""
        return any(True for _ in self._tasks(at))

    def _run(
        self, tasks: Iterable[tuple[Recording, Path | None]], at: datetime, is_over: Callable[[], bool]
    ) -> SealingReport:
        sealed = moved = 0
        fault = ""
        for row, path in tasks:
            if is_over():
                break
            try:
                self._do(row, path, at)
                sealed, moved = sealed + bool(path), moved + (not path and not row.also_in)
            except (HotlineError, NotSound, OSError) as error:
                fault = fault or f"{row.path}: {error}"
                log.error("sound.not_sealed", file=row.path, why=str(error))
                if isinstance(error, StorageAway) or getattr(error, "errno", None) in STOPS:
                    break
        return SealingReport(sealed, moved, self._waiting(at), fault)

    def _waiting(self, at: datetime) -> int:
        return sum(1 for _ in islice(self._settled(at), MANY))

    def _tasks(self, at: datetime) -> Iterator[tuple[Recording, Path | None]]:
        """Rows to be worked on, with their plain file if there is one: what was cut off comes first."""
        yield from ((row, None) for row in self._rows(self._cut_off()))
        yield from self._settled(at)
        yield from ((row, None) for row in self._rows(self._misplaced()))

    def _do(self, row: Recording, path: Path | None, at: datetime) -> None:
        if row.destroyed_at:
            self._archive.remove(row)
        elif path is None and row.also_in:
            self._clear(row, at)
        elif path is None:
            self._move(row, at)
        elif row.storage:
            self._forget_plain(row, path, at)
        else:
            self._seal(row, path, at)

    def _seal(self, row: Recording, path: Path, at: datetime) -> None:
        chosen, name = self._storages.of(self._storages.chosen), _sealed_name(row)
        if row.also_in not in ("", self._storages.chosen):  # an attempt before another storage was chosen
            self._storages.of(row.also_in).delete(row.sealed_as)
        key = self._begin(row, name, at)
        if key is None:
            return
        draft = self._storages.drafts / f"{path.stem}.sealed"
        try:
            sealed = self._aside(lambda: seal(path, draft, key, self._codec))
            chosen.put(name, draft)
        finally:
            draft.unlink(missing_ok=True)
        if mine := self._settle(row, sealed):
            self._forget_plain(mine, path, at)

    def _begin(self, row: Recording, name: str, at: datetime) -> bytes | None:
        """Give a row its key, and say where its sound will lie; None if it is not to be sealed any more."""
        with transaction(self._factory) as session:
            mine = self._locked(session, row)
            if mine.storage or mine.destroyed_at:
                return None
            mine.also_in, mine.sealed_as = self._storages.chosen, name
            if mine.key_id:
                return data_keys.unwrap(session, self._ring, mine.key_id)
            kind = "message" if mine.direction == Direction.MESSAGE else "recording"
            mine.key_id, key = data_keys.make(session, self._ring, kind, at)
            return key

    def _settle(self, row: Recording, sealed: SealedSound) -> Recording | None:
        """Say that the sound lies in the chosen storage; None if it was destroyed meanwhile."""
        with transaction(self._factory) as session:
            mine = self._locked(session, row)
            if mine.destroyed_at:
                mine.also_in = self._storages.chosen
            else:
                mine.storage, mine.also_in = self._storages.chosen, ""
                mine.codec, mine.sealed_size, mine.sealed_sha256 = sealed.codec, sealed.size, sealed.sha256
                mine.sha256 = mine.sha256 or sealed.original
                if mine.sha256 != sealed.original:
                    mine.fault = CHANGED_BEFORE
        if not mine.destroyed_at:
            return mine
        self._archive.remove(mine)
        return None

    def _forget_plain(self, row: Recording, path: Path, at: datetime) -> None:
        """Remove a plain file whose sealed one is there, once the journal knows of it.

        Raises NotSound if that is not whole, JournalUnwritable.
        """
        if self._storages.of(row.storage).size(row.sealed_as) != row.sealed_size:
            raise NotSound("its sealed file is not whole: the plain one stays")
        self._leave_trace(row, at)
        remove_plain(path)

    def _leave_trace(self, row: Recording, at: datetime) -> None:
        with looking(self._factory) as session:
            sealed_trace.leave(self._journal, session, row, at)

    def _clear(self, row: Recording, at: datetime) -> None:
        """Remove the copy that a move left or did not finish, once the journal knows the other."""
        self._leave_trace(row, at)
        self._storages.of(row.also_in).delete(row.sealed_as)
        with transaction(self._factory) as session:
            self._locked(session, row).also_in = ""

    def _move(self, row: Recording, at: datetime) -> None:
        """Bring a sealed file to the chosen storage, compared on the way, and remove it where it was."""
        source, former = self._storages.of(row.storage), row.storage
        with transaction(self._factory) as session:
            self._locked(session, row).also_in = self._storages.chosen
        draft = self._storages.drafts / Path(row.sealed_as).name
        try:
            with open(os.open(draft, _NEW, 0o600), "r+b") as out:
                digest = hashlib.sha256()
                for piece in pieces(source, row.sealed_as):
                    digest.update(piece)
                    out.write(piece)
                out.flush()
                os.fsync(out.fileno())
            if digest.hexdigest() != row.sealed_sha256:
                raise NotSound(f"it is not in {former} as it was kept there")
            self._storages.of(self._storages.chosen).put(row.sealed_as, draft)
        finally:
            draft.unlink(missing_ok=True)
        with transaction(self._factory) as session:
            mine = self._locked(session, row)
            mine.also_in = former
            mine.storage = self._storages.chosen
        if mine.destroyed_at:
            self._archive.remove(mine)
        else:
            self._clear(mine, at)

    def _settled(self, at: datetime) -> Iterator[tuple[Recording, Path]]:
        """Plain files of this node that need not be any more, with their rows."""
        for folder in (self._folders.calls, self._folders.messages):
            names = sorted(os.listdir(folder)) if folder.is_dir() else []
            for start in range(0, len(names), PAGE):
                for row in self._named(names[start : start + PAGE]):
                    path = self._folders.of(row.direction) / row.path
                    if path.parent == folder and self._is_settled(row, path, at):
                        yield row, path

    def _named(self, names: list[str]) -> list[Recording]:
        if not (keys := keys_of(names)):
            return []
        chosen = tuple_(Recording.call_id, Recording.direction).in_(keys)
        with looking(self._factory) as session:
            return list(session.scalars(select(Recording).where(chosen, is_of(self._folders.node))))

    def _is_settled(self, row: Recording, path: Path, at: datetime) -> bool:
        found = vault.look(path)
        if found is None or row.state == RecordingState.EXPECTED:
            return False
        return bool(row.destroyed_at or row.storage) or at - found.changed_at >= self._after

    def _cut_off(self) -> ColumnElement[bool]:
        """Condition that a copy may lie where none is needed."""
        needs_none = or_(Recording.storage != "", Recording.destroyed_at.is_not(None))
        return and_(Recording.also_in.in_(list(self._storages.known)), needs_none)

    def _misplaced(self) -> ColumnElement[bool]:
        """Condition that a sealed file lies in another storage than the chosen one."""
        return and_(Recording.also_in == "", Recording.storage.in_(self._storages.others))

    def _rows(self, condition: ColumnElement[bool]) -> Iterator[Recording]:
        key, last = tuple_(Recording.call_id, Recording.direction), ("", "")
        query = select(Recording).where(condition, is_of(self._folders.node))
        query = query.order_by(Recording.call_id, Recording.direction).limit(PAGE)
        while True:
            with looking(self._factory) as session:
                rows = list(session.scalars(query.where(key > last)))
            if not rows:
                return
            yield from rows
            last = (rows[-1].call_id, rows[-1].direction)

    def _locked(self, session: Session, row: Recording) -> Recording:
        return session.get_one(
            Recording, (row.call_id, row.direction), with_for_update=True, populate_existing=True
        )

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        """The lock by which a node has one worker; drafts that a killed one left are removed."""
        drafts = private_folder(self._storages.drafts)
        with (drafts / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            for left in drafts.glob("*.sealed"):
                left.unlink(missing_ok=True)
            yield True


def _sealed_name(row: Recording) -> str:
    """``2026-11/ntpc1-1795567609.34-caller.sealed``: the month in which recording began, in UTC."""
    return row.sealed_as or f"{row.started_at:%Y-%m}/{row.path.removesuffix('.wav')}.sealed"
