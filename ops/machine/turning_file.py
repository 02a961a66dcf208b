"""A log file that is kept small: past a size it is renamed and a new one begun."""

import os
from contextlib import suppress
from pathlib import Path
from typing import IO

LARGEST = 20 * 1024 * 1024
KEPT = 5
LONGEST_LINE = 64 * 1024


class TurningFile:
    """File that gives way to a new one when it is large; older ones have numbers, the newest 1."""

    def __init__(self, path: Path, largest: int = LARGEST, kept: int = KEPT) -> None:
        self._path, self._largest, self._kept = path, largest, kept
        self._file: IO[bytes] | None = None

    def write(self, line: bytes) -> None:
        """Add a line. Raises OSError."""
        if self._file is None or self._file.tell() > self._largest:
            self._next()
        if self._file:
            self._file.write(line)

    def close(self) -> None:
        """Close the file; nothing more is written."""
        if self._file:
            self._file.close()
            self._file = None

    def _next(self) -> None:
        if self._file:
            self.close()
            for number in range(self._kept - 1, 0, -1):
                with suppress(FileNotFoundError):
                    os.replace(self._numbered(number - 1), self._numbered(number))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("ab", buffering=0)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path
