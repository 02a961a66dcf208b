"""Output of a process: all of it into its log, what matters also to the screen."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import IO

from ops.machine.turning_file import LONGEST_LINE, TurningFile

MATTERS = re.compile(r'"level": "(?:warning|error|critical)"|\b(?:ERROR|WARNING)\[|^(?:Traceback|\w*Error\b)')
UNSEEN = ("event", "level", "timestamp", "process", "exception")
"""Fields of a line that the screen shows in another way, or leaves to the log."""


class Sink:
    """The log of one process over all its lives. A full disk loses words, never the process."""

    def __init__(self, folder: Path, name: str, tell: Callable[[str], None]) -> None:
        self._name, self._tell = name, tell
        self._lock = Lock()
        self._file = TurningFile(folder / f"{name}.log")
        self._readers: list[Thread] = []
        self.last = ""
        """Its latest line, the likely reason of a death."""

    def follow(self, stream: IO[bytes]) -> None:
        """Read until the process ends; it never waits for us."""
        reader = Thread(target=self._read, args=(stream,), daemon=True)
        self._readers = [one for one in self._readers if one.is_alive()] + [reader]
        reader.start()

    def drain(self) -> None:
        """Read the last words of a process that has ended."""
        for reader in self._readers:
            reader.join(1.0)

    def close(self) -> None:
        """Close the log after the last process: everything it said is there."""
        self.drain()
        with self._lock:
            self._file.close()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(LONGEST_LINE):
                with suppress(OSError), self._lock:
                    self._file.write(line)
                text = line.decode("utf-8", "replace").rstrip()
                self.last = text or self.last
                if MATTERS.search(text):
                    self._tell(f"{self._name}: {for_screen(text)}")


def for_screen(line: str) -> str:
    """A structured line in a person's words, with the reason of a traceback alone; any other as it is."""
    try:
        fields = json.loads(line)
        event, level = fields["event"], fields["level"]
    except (ValueError, LookupError, TypeError):
        return line
    more = "".join(f" {name}={value}" for name, value in fields.items() if name not in UNSEEN)
    reason = _reason(str(fields.get("exception", "")))
    return f"{level}: {event}{more}" + (f": {reason}" if reason else "")


def _reason(traceback: str) -> str:
    """The exception itself: the last of the joined lines that is neither a place nor a pointer to more."""
    lines = [part.strip() for part in traceback.split(" | ")]
    told = [part for part in lines if part and not part.startswith(("(Background on", "[SQL", "[parameters"))]
    return told[-1][:200] if told else ""
