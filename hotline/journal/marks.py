"""Offsets up to which files are applied, on this machine: a database that knows less is an old copy."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final

NAME: Final = "applied.json"
MOST: Final = 64
"""Files remembered, those applied last; all others are kept files, applied to their end."""


class Marks:
    """Offsets by file, of journal and event log, beside the journal. Any number of processes may remember."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / NAME

    def known(self) -> dict[str, int]:
        """Read the offsets; none if the file is unreadable, which leaves kept files as the only witness."""
        with suppress(OSError, ValueError):
            found = json.loads(self._file.read_text("ascii"))
            return {str(name): int(offset) for name, offset in found.items()}
        return {}

    def remember(self, ends: Mapping[str, int]) -> None:
        """Remember offsets after their commit, and never backwards. Raises OSError."""
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            known = self.known()
            for name, end in ends.items():
                known[name] = max(end, known.pop(name, 0))  # the latest stand last
            self._write(known)

    def correct(self, ends: Mapping[str, int]) -> None:
        """Set offsets back where what was ahead is read as far as it ever can be. Raises OSError."""
        with self._locked():
            known = self.known()
            for name, end in ends.items():
                if known.pop(name, None) is not None and end:
                    known[name] = end
            self._write(known)

    def _write(self, known: Mapping[str, int]) -> None:
        draft = self._file.with_suffix(".new")
        draft.write_text(json.dumps(dict(list(known.items())[-MOST:])), "ascii")
        draft.rename(self._file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            flock(lock, LOCK_EX)
            yield
        finally:
            os.close(lock)
