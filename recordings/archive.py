"""Kept sound, opened to be read: one direction of one call, from any place within it."""

import os
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hotline.db import Sessions, looking
from hotline.errors import HotlineError, existing
from recordings import vault
from recordings.store import Recording
from recordings.vault import Folders, NotSound

Samples = NDArray[np.int16]


class SoundNotKept(HotlineError, code="sound-not-kept"):
    """No sound of this direction is kept of this call, or none that can be read."""

    call_id: str
    direction: str


class StorageAway(HotlineError, code="storage-away"):
    """A place that cannot be asked for sound now; ``why`` in its own words."""

    storage: str
    why: str


class SoundSource(Protocol):
    """Samples of 16 bit, one channel, read from any place; beyond the end there are none."""

    rate: int
    frames: int

    def read(self, frame: int, count: int) -> Samples: ...

    def close(self) -> None: ...


class PlainSound:
    """The sound of a plain wav file. A link in the folder is not followed."""

    def __init__(self, path: Path) -> None:
        """Raises NotSound, or OSError when the file cannot be read."""
        found = vault.head(path)
        if found.block != 2:
            raise NotSound(f"{found.block} bytes a sample")
        self.rate, self._begins = found.rate, found.begins
        self.frames = (found.claimed if found.is_whole else found.held) // found.block
        self._file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def read(self, frame: int, count: int) -> Samples:
        """So many samples from a place on; fewer at the end."""
        there = max(0, min(count, self.frames - frame))
        raw = os.pread(self._file, 2 * there, self._begins + 2 * frame)
        return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")

    def close(self) -> None:
        """Give the file back."""
        os.close(self._file)


class Archive:
    """A node's kept sound, by call and direction."""

    def __init__(self, factory: Sessions, folders: Folders) -> None:
        self._factory, self._folders = factory, folders

    def open(self, call_id: str, direction: str) -> SoundSource:
        """Open the sound of a call. Raises SoundNotKept, StorageAway."""
        with looking(self._factory) as session:
            row = existing(session.get(Recording, (call_id, direction)), SoundNotKept(call_id, direction))
        try:
            return PlainSound(self._folders.of(direction) / row.path)
        except FileNotFoundError:
            if row.node and row.node != self._folders.node:
                raise StorageAway(row.node, "the sound lies on that machine") from None
            raise SoundNotKept(call_id, direction) from None
        except NotSound:
            raise SoundNotKept(call_id, direction) from None
        except OSError as error:
            raise StorageAway(self._folders.node, str(error)) from None
