"""The reading side: what waits, in order of time; what is damaged; and files that are left and applied.

``positions`` maps a file's name to the offset stored with the last fact applied from
it. Only committed positions may be given; a file without one is read from its start.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EIO
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from functools import lru_cache
from heapq import merge
from io import FileIO
from itertools import chain
from pathlib import Path
from typing import Final

from hotline.journal.lines import SUFFIX, Damage, JournalEntry, decoded, salvaged
from hotline.keys.ring import KeyRing, SealBroken

DAMAGED, KEPT = "damaged", "kept"
_BLOCK: Final = 4096
_ZEROS: Final = bytes(_BLOCK)
_ENDING: Final = b'"}\n'
"""The end of a sealed line, after its ciphertext."""
PIECE: Final = ".bytes"
"""How the name of a kept piece ends: bytes of a file whose writer lives, from the offset in the name."""

Positions = Mapping[str, int]
OnDamage = Callable[[Damage], object]


@dataclass(frozen=True)
class Backlog:
    """Entries not applied yet; ``damaged`` places in files read or set aside need a person."""

    entries: int
    size: int
    oldest: datetime | None
    damaged: int


@dataclass(frozen=True)
class SweepResult:
    """Names of files that went: ``kept`` for a while, or ``set_aside`` for a person to look at."""

    kept: tuple[str, ...]
    set_aside: tuple[str, ...]


@dataclass(frozen=True)
class ExpiryResult:
    """Bytes of applied files that stay, and how many files went before their time for lack of room."""

    size: int
    too_many: int


def standing(directory: Path) -> frozenset[tuple[str, int, int]]:
    """Name, size and last change of each file that may hold unapplied entries, and of each kept piece.

    No file is read: while this stays as it was, nobody has written.
    """
    files = (*_read(directory), *(directory / DAMAGED).glob(f"*{PIECE}"))
    return frozenset((file.name, *found) for file in files if (found := _changed(file)))


def _changed(file: Path) -> tuple[int, int] | None:
    with suppress(FileNotFoundError):
        looked = file.stat()
        return looked.st_size, looked.st_mtime_ns
    return None


def pending(
    directory: Path,
    positions: Positions,
    on_damage: OnDamage = lambda damage: None,
    *,
    with_kept: bool = False,
    keys: KeyRing | None = None,
) -> Iterator[JournalEntry]:
    """Yield every whole entry beyond its file's position, by ``at`` across files, by offset within one.

    Sees what was whole when it was asked, while others go on writing; damage is told to ``on_damage`` and
    passed over. Memory grows with the backlog, open files do not. ``with_kept``: of files that were applied
    to their end, too, of which only an old copy of the database knows less.
    Raises KeyMissing for a key that may be put back: what was sealed by it must wait.
    """
    streams = (_timed(file, positions, on_damage) for file in _read(directory, with_kept))
    for _, _, entry in merge(*streams, key=lambda timed: timed[:2]):
        yield from _opened(entry, keys, on_damage)


def _opened(entry: JournalEntry, keys: KeyRing | None, on_damage: OnDamage) -> Iterator[JournalEntry]:
    """The entry with its body; damage where somebody has changed both the seal and its checksum."""
    try:
        yield entry.opened(keys)
    except SealBroken:
        content = entry.sealed.encode()
        on_damage(Damage(entry.file, entry.offset_after - len(content) - len(_ENDING), content))


def recorded(
    directory: Path, since: datetime, word: bytes, keys: KeyRing | None = None
) -> Iterator[JournalEntry]:
    """Yield whole entries that hold a word in clear, applied or not, of files written or kept since an
    instant.
    """
    for file in _read(directory, with_kept=True):
        with suppress(FileNotFoundError, PermissionError):
            if file.stat().st_mtime >= since.timestamp() and word in file.read_bytes():
                for one in _parts(file, 0, word=word):
                    if isinstance(one, JournalEntry):
                        yield from _opened(one, keys, lambda damage: None)


def is_swept(directory: Path, name: str) -> bool:
    """Tell whether a file was applied to its end, left, and moved."""
    return any((directory / folder / name).exists() for folder in (KEPT, DAMAGED))


def lag(directory: Path, positions: Positions) -> Backlog:
    """Measure the entries that wait, and since when; what was applied is not read again."""
    waiting, places = list[tuple[datetime, int]](), set(_pieces(directory))
    for file in _read(directory):
        begin = positions.get(file.name, 0)
        for one in _parts(file, begin):
            if isinstance(one, Damage):
                places.add((one.file, one.offset))
            else:
                waiting.append((one.at, one.offset_after - begin))
                begin = one.offset_after
    for file in _files(directory / DAMAGED):
        if changed := _changed(file):
            places |= _places(file, *changed)
    oldest = min((at for at, _ in waiting), default=None)
    return Backlog(len(waiting), sum(size for _, size in waiting), oldest, len(places))


def sweep(directory: Path, positions: Positions) -> SweepResult:
    """Move files applied to their end whose writer is gone to ``kept/``; its lock is the witness.

    A file with damage is moved to ``damaged/`` instead: it may hold a promise.
    Nothing that holds a byte is deleted.
    """
    kept, set_aside = [], []
    for file in _files(directory):
        with suppress(FileNotFoundError, BlockingIOError, PermissionError), _no_writer(file):
            if not file.stat().st_size:
                file.unlink()  # not moved: a writer that is about to lock it sees by its name that it must not
                continue
            parts = list(_parts(file, 0, is_left=True))
            applied = positions.get(file.name, 0)
            if any(isinstance(one, JournalEntry) and one.offset_after > applied for one in parts):
                continue
            if any(isinstance(one, Damage) for one in parts):
                _set_aside(directory, file)
                set_aside.append(file.name)
            else:
                os.utime(file)  # its time in ``kept`` begins now
                _move(file, directory / KEPT)
                kept.append(file.name)
    return SweepResult(tuple(kept), tuple(set_aside))


def expire(directory: Path, before: datetime, most: int) -> ExpiryResult:
    """Delete kept files applied before an instant, and the oldest while all are more than ``most`` bytes."""
    files, too_many = list[tuple[float, int, Path]](), 0
    for file in _files(directory / KEPT):
        with suppress(FileNotFoundError):
            looked = file.stat()
            files.append((looked.st_mtime, looked.st_size, file))
    size = sum(one for _, one, _ in files)
    for applied_at, one, file in sorted(files):
        is_old = applied_at < before.timestamp()
        if not is_old and size <= most:
            break
        file.unlink(missing_ok=True)
        size, too_many = size - one, too_many + (not is_old)
    return ExpiryResult(size, too_many)


def keep(directory: Path, damage: Damage) -> bool:
    """Put what is damaged in a file where a person finds it, before it is passed over; whether it is news.

    When its writer is gone the whole file comes to lie beside it, and takes its place.
    """
    folder = directory / DAMAGED
    piece = folder / f"{damage.file}@{damage.offset}{PIECE}"
    if piece.exists() or (folder / damage.file).exists():
        return False
    folder.mkdir(mode=0o700, exist_ok=True)
    draft = piece.with_suffix(".new")
    with draft.open("wb") as writing:
        writing.write(damage.content)
        writing.flush()
        os.fsync(writing.fileno())
    draft.rename(piece)
    return True


def _set_aside(directory: Path, file: Path) -> None:
    folder = directory / DAMAGED
    _move(file, folder)
    for piece in folder.glob(f"{file.name}@*{PIECE}"):
        piece.unlink(missing_ok=True)


def _move(file: Path, folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    file.rename(folder / file.name)


def _pieces(directory: Path) -> Iterator[tuple[str, int]]:
    for piece in (directory / DAMAGED).glob(f"*{SUFFIX}@*{PIECE}"):
        name, _, offset = piece.name.removesuffix(PIECE).rpartition("@")
        yield name, int(offset)


@lru_cache(64)
def _places(file: Path, size: int, changed: int) -> frozenset[tuple[str, int]]:
    """Damaged places of a file that was set aside; read once, for it lies there until a person has looked."""
    return frozenset(
        (one.file, one.offset) for one in _parts(file, 0, is_left=True) if isinstance(one, Damage)
    )


@contextmanager
def _no_writer(file: Path) -> Iterator[None]:
    """Hold the file's lock. Raises BlockingIOError while its writer lives."""
    with file.open("rb") as handle:
        flock(handle, LOCK_EX | LOCK_NB)
        yield


def _is_left(handle: FileIO) -> bool:
    """Tell whether its writer is gone; never ask while holding the lock, which looks like a live writer."""
    try:
        flock(handle, LOCK_SH | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _files(directory: Path) -> list[Path]:
    """List the journal files of a folder by name; none of a folder that is not there, or not ours to read."""
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        return [directory / name for name in sorted(os.listdir(directory)) if name.endswith(SUFFIX)]
    return []


def _read(directory: Path, with_kept: bool = False) -> Iterator[Path]:
    """Yield files that may hold unapplied entries; earlier releases set files aside with unseen ones."""
    kept = _files(directory / KEPT) if with_kept else ()
    return chain(kept, _files(directory / DAMAGED), _files(directory))


def _timed(
    file: Path, positions: Positions, on_damage: OnDamage
) -> Iterator[tuple[datetime, str, JournalEntry]]:
    # Threads and clock steps may write a little out of order; a file is read in its own order.
    latest = datetime.min.replace(tzinfo=UTC)
    for one in _parts(file, positions.get(file.name, 0)):
        if isinstance(one, Damage):
            on_damage(one)
        else:
            latest = max(latest, one.at)
            yield latest, file.name, one


def _parts(
    file: Path, position: int, *, is_left: bool | None = None, word: bytes = b""
) -> Iterator[JournalEntry | Damage]:
    """Parse a file from ``position`` on; nothing of a missing one. Lines without ``word`` are passed over."""
    try:
        whole, torn, is_left = _settled(file, position, is_left)
    except FileNotFoundError:
        return
    except OSError as error:  # of one file; the promises in the others do not wait for a person
        yield Damage(file.name, position, str(error).encode())
        return
    for line in whole.splitlines(keepends=True):
        end = position + len(line)
        if word not in line:
            position = end
            continue
        if entry := decoded(line, file.name, end):
            yield entry
        else:
            yield from salvaged(line, file.name, position)
        position = end
    if torn and is_left:
        yield from _of_the_end(torn, file.name, position)


def _settled(file: Path, position: int, is_left: bool | None) -> tuple[bytes, bytes, bool]:
    """Whole lines that no write will change, the torn one behind them, and whether the writer is gone.

    A writer writes from the front to the back, over zeros: where something stands behind them when the
    reading begins, zeros are no line that is being written in this moment. They are lost bytes, also while
    the writer lives.
    """
    with file.open("rb", buffering=0) as handle:
        rest = _without_zeros(_from(handle, position))
        if b"\0" in rest:
            rest = _from(handle, position)[: len(rest)]
        whole = rest[: rest.rfind(b"\n") + 1]
        torn = rest[len(whole) :]
        return whole, torn, _is_left(handle) if torn and is_left is None else bool(is_left)


def _without_zeros(content: bytes) -> bytes:
    """Strip the zeros at the end, a block at a time: byte by byte takes a millisecond."""
    end = len(content)
    while content.endswith(_ZEROS, 0, end):
        end -= len(_ZEROS)
    return content[:end].rstrip(b"\0")


def _from(handle: FileIO, position: int) -> bytes:
    handle.seek(position)
    try:
        return handle.readall()
    except OSError as error:
        if error.errno != EIO:
            raise
    size = os.fstat(handle.fileno()).st_size
    return b"".join(
        _block(handle, place, min(_BLOCK, size - place)) for place in range(position, size, _BLOCK)
    )


def _block(handle: FileIO, place: int, size: int) -> bytes:
    """A part of a file on a failing disk; unreadable bytes are not zeros, which may mean nothing written."""
    try:
        return os.pread(handle.fileno(), size, place)
    except OSError:
        return b"\xff" * size


def _of_the_end(torn: bytes, file: str, position: int) -> Iterator[JournalEntry | Damage]:
    """The last bytes of a file whose writer is gone: a line that was never acknowledged, unless it is whole
    but for its end, or holds what no torn line does.
    """
    parts = list(salvaged(torn, file, position))
    if b"\0" in torn or any(isinstance(one, JournalEntry) for one in parts):
        yield from parts
