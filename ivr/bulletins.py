"""Emergency bulletins and typhoon notices: which are on (spec P4.8, V-03).

Kept as one small file beside the calls, so that it is read without a database
and every process sees a change within a second.
"""

import json
from collections.abc import Callable
from pathlib import Path

PREFIX = "V-03."


class Bulletins:
    """The prompts that are on. Read at most once a second; a damaged file counts as none."""

    def __init__(self, file: Path, elapsed: Callable[[], float]) -> None:
        self._file, self._elapsed = file, elapsed
        self._read_at, self._on = -1.0, tuple[str, ...]()

    def on(self) -> tuple[str, ...]:
        """Prompt ids in the order they are said."""
        if self._read_at < 0 or self._elapsed() - self._read_at >= 1.0:
            self._read_at = self._elapsed()
            self._on = self._read()
        return self._on

    def switch(self, on: tuple[str, ...]) -> None:
        """Put exactly these on; whole or not at all."""
        draft = self._file.with_suffix(".draft")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(list(on)), "utf-8")
        draft.replace(self._file)
        self._read_at = -1.0

    def _read(self) -> tuple[str, ...]:
        try:
            names = json.loads(self._file.read_text("utf-8"))
            return tuple(name for name in names if isinstance(name, str) and name.startswith(PREFIX))
        except (OSError, ValueError, TypeError, RecursionError):
            return ()
