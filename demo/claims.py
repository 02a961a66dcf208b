"""Claims of programs on what one of them has at a time: a number, an agent's account. They end with the
program.
"""

import fcntl
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Self


class Claims:
    """Claims of this program in a folder that all such programs share; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._held = folder, dict[str, IO[str]]()

    def take(self, name: str) -> bool:
        """Claim a name until the end of this program; False while another has it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = (self._folder / f"{name}.claim").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._held[name] = file
        return True

    def leave(self, name: str) -> None:
        """Leave a name to others. Idempotent."""
        if file := self._held.pop(name, None):
            file.close()

    def first(self, names: Iterable[str]) -> str:
        """Claim the first of some names that nobody has; empty when all are taken."""
        return next(filter(self.take, names), "")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        for name in list(self._held):
            self.leave(name)
