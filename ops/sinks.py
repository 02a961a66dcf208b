"""Where a process's words go: all of them into its log, what matters also to the screen."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import IO

LARGEST = 20 * 1024 * 1024
KEPT = 5
MATTERS = re.compile(r'"level": "(?:warning|error|critical)"|\b(?:ERROR|WARNING)\[|^(?:Traceback|\w*Error\b)')
LONGEST_LINE = 64 * 1024


class Sink:
    """The log of one process over all its lives. A full disk loses words, never the process."""

    def __init__(self, folder: Path, name: str, tell: Callable[[str], None]) -> None:
        self._path = folder / f"{name}.log"
        self._name, self._tell = name, tell
        self._lock = Lock()
        self._file: IO[bytes] | None = None
        self._readers: list[Thread] = []
        self.last = ""
        """Its latest line, the likely reason of a death."""

    def follow(self, stream: IO[bytes]) -> None:
        """Read until the process ends; it never waits for us."""
        reader = Thread(target=self._read, args=(stream,), daemon=True)
        self._readers = [one for one in self._readers if one.is_alive()] + [reader]
        reader.start()

    def drain(self) -> None:
        """After a process's end: until its last words are read."""
        for reader in self._readers:
            reader.join(1.0)

    def close(self) -> None:
        """After the last process: everything it said is in the log."""
        self.drain()
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(LONGEST_LINE):
                with suppress(OSError), self._lock:
                    self._write(line)
                text = line.decode("utf-8", "replace").rstrip()
                self.last = text or self.last
                if MATTERS.search(text):
                    self._tell(f"{self._name}: {text}")

    def _write(self, line: bytes) -> None:
        if self._file is None or self._file.tell() > LARGEST:
            self._next_file()
        if self._file:
            self._file.write(line)

    def _next_file(self) -> None:
        if self._file:
            self._file.close()
            self._file = None
            for number in range(KEPT - 1, 0, -1):
                with suppress(FileNotFoundError):
                    os.replace(self._numbered(number - 1), self._numbered(number))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("ab", buffering=0)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path
