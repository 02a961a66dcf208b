"""Where the keys of an installation come from: a file of its own, or a command that prints the same.

A line is ``ID KEY``, the key's 32 bytes in base64. The key of the last line seals, all others open: those
before it are former ones, and one that ``hotline keys new`` puts in the first line waits there until every
node has it.
"""

import binascii
import os
import secrets
import shlex
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from hotline.clock import TAIPEI
from hotline.errors import HotlineError
from hotline.keys.ring import ID, SIZE

OTHERS: Final = 0o007
"""Rights of those who are neither the file's user nor of its group."""
COMMAND_SECONDS: Final = 20.0


class KeysAway(HotlineError, code="keys-away", varies_by="why"):
    """Keys that cannot be had from where the settings say, or that too many can have."""

    why: Literal["missing", "unreadable", "form", "open", "command", "unwritable", "printed"]
    place: Path | str
    detail: str = ""


class KeyFile:
    """The file of the keys, readable by our processes' user alone."""

    def __init__(self, path: Path) -> None:
        self.place = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: Mapping[str, bytes] = {}

    @property
    def is_there(self) -> bool:
        """Tell whether the installation has keys."""
        return self.place.exists()

    def read(self) -> Mapping[str, bytes]:
        """Keys by id, in the order of the lines; a file that has not changed is not read again.

        Raises KeysAway.
        """
        try:
            status = self.place.stat()
            seen = (status.st_mtime_ns, status.st_size, status.st_ino)
            if seen != self._seen:
                if status.st_mode & OTHERS:
                    raise KeysAway("open", self.place)
                self._keys = parsed(self.place.read_text("utf-8"), self.place)
                self._seen = seen
        except FileNotFoundError:
            raise KeysAway("missing", self.place) from None
        except (OSError, UnicodeDecodeError) as error:
            raise KeysAway("unreadable", self.place, type(error).__name__) from error
        return self._keys

    def write(self, keys: Mapping[str, bytes]) -> None:
        """Write the keys: the whole file or nothing, on the disk on return. Raises KeysAway."""
        draft = self.place.with_name(f"{self.place.name}.new")
        try:
            self.place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write("".join(line(id, key) for id, key in keys.items()))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.place)
            _flush(self.place.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise KeysAway("unwritable", self.place, error.strerror or type(error).__name__) from error


class KeyCommand:
    """A command of the city's own that prints the keys; nothing of ours writes there."""

    is_there: Final = True

    def __init__(self, command: str) -> None:
        self.place = command

    def read(self) -> Mapping[str, bytes]:
        """Keys by id, in the order of the lines. Raises KeysAway; what was printed is never repeated."""
        try:
            run = subprocess.run(
                shlex.split(self.place),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMMAND_SECONDS,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise KeysAway("command", self.place, type(error).__name__) from error
        if run.returncode:
            raise KeysAway("command", self.place, f"exit {run.returncode}")
        return parsed(run.stdout.decode("utf-8", "replace"), self.place)

    def write(self, keys: Mapping[str, bytes]) -> None:
        """Refuse: raises KeysAway."""
        raise KeysAway("printed", self.place)


KeyPlace = KeyFile | KeyCommand


def key_place(file: Path, command: str) -> KeyPlace:
    """The place that the settings name; a command comes before the file."""
    return KeyCommand(command) if command else KeyFile(file)


def new_key(at: datetime) -> tuple[str, bytes]:
    """A random key, and an id that begins with the day it was made."""
    return f"{at.astimezone(TAIPEI):%y%m%d}{secrets.token_hex(3)}", os.urandom(SIZE)


def line(id: str, key: bytes) -> str:
    """A key as it stands in the file."""
    return f"{id} {b64encode(key).decode()}\n"


def parsed(text: str, place: Path | str) -> Mapping[str, bytes]:
    """Keys by id, in the order of the lines. Raises KeysAway with the number of a line that is none."""
    found = dict[str, bytes]()
    for number, one in enumerate(text.splitlines(), 1):
        if not one.strip() or one.startswith("#"):
            continue
        id, _, written = one.strip().partition(" ")
        key = _decoded(written)
        if len(key) != SIZE or not ID.fullmatch(id) or id in found:
            raise KeysAway("form", place, str(number))
        found[id] = key
    if not found:
        raise KeysAway("form", place, "1")
    return found


def _decoded(written: str) -> bytes:
    try:
        return b64decode(written, validate=True)
    except binascii.Error:
        return b""


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
