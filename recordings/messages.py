"""Spoken messages as files: ``<name>.wav``, and beside it what ended it, once that is known.

A message is announced before anybody may speak it: the audio socket knows no password, so its listener takes
only the ids that a decision has just named, each once. The sound grows in its place; its head is made true at
the end, and after a crash by whoever looks next.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from recordings import vault
from recordings.policy import RATE, MessageEnd, call_of_message
from recordings.vault import NotSound

ANNOUNCED: Final = "announced"
NEW: Final = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
HEAD: Final = (
    b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0"
    + RATE.to_bytes(4, "little")
    + (2 * RATE).to_bytes(4, "little")
    + b"\x02\0\x10\0data\0\0\0\0"
)
"""Sizes of zero: the head of a file that nobody has closed yet, which ``vault.repair`` mends."""


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """The length of a message and what ended it; an empty one has no file."""

    seconds: float
    ended: MessageEnd


NOTHING: Final = MessageSummary(0.0, MessageEnd.EMPTY)


def socket_id(name: str) -> UUID:
    """The id a message has on the audio socket."""
    return uuid5(NAMESPACE_URL, name)


class Messages:
    """The folder of spoken messages of this node; Asterisk writes into it too, when our listener is away."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def announce(self, name: str) -> None:
        """Let the listener take this message from now on. Raises OSError, or ValueError for a bad name."""
        call_of_message(name)
        place = self._folder / ANNOUNCED
        place.mkdir(mode=0o750, parents=True, exist_ok=True)
        (place / str(socket_id(name))).write_text(name, "ascii")

    def claim(self, socket: UUID) -> str | None:
        """The name announced under this id, for the one who asks first; None for nobody else."""
        place = self._folder / ANNOUNCED / str(socket)
        try:
            name = place.read_text("ascii")
            place.unlink()
        except OSError:
            return None
        return name

    def announced(self) -> Iterator[str]:
        """Names of messages that were announced and that nobody has taken yet."""
        for path in sorted(self._folder.glob(f"{ANNOUNCED}/*")):
            with suppress(OSError, ValueError):
                name = path.read_text("ascii")
                call_of_message(name)
                yield name

    def size(self, name: str) -> int | None:
        """Bytes of the file of a message; None while there is none."""
        found = vault.look(self.path(name))
        return found.size if found else None

    def take_over(self, name: str) -> MessageSummary | None:
        """Keep what a listener that hangs has written until now, and end the message;
        None when it has taken nothing.

        In a file of its own, so that nothing changes in it should that listener go on some day.
        """
        (self._folder / ANNOUNCED / str(socket_id(name))).unlink(missing_ok=True)
        path = self.path(name)
        if vault.look(path) is None:
            return None
        copy = path.with_suffix(".copy")
        shutil.copyfile(path, copy, follow_symlinks=False)
        shutil.copymode(path, copy)
        copy.replace(path)
        with suppress(NotSound):
            vault.repair(path)
        heard = self.heard(name)
        if heard.ended is MessageEnd.EMPTY:
            path.unlink()
        else:
            _tell(path, heard)
        return heard

    def path(self, name: str) -> Path:
        """The file of a message. Raises ValueError for a name that could be another place."""
        call_of_message(name)
        return self._folder / f"{name}.wav"

    def heard(self, name: str, otherwise: MessageEnd = MessageEnd.CUT) -> MessageSummary:
        """Look up what became of a message; ``otherwise``: its end, if the listener has not told it.

        Raises ValueError for a name that is none.
        """
        path = self.path(name)
        with suppress(OSError, ValueError, KeyError):
            told = json.loads(path.with_suffix(".json").read_text("ascii"))
            return MessageSummary(float(told["seconds"]), MessageEnd(told["ended"]))
        try:
            return (
                MessageSummary(round(vault.head(path).seconds, 2), otherwise)
                if _has_speech(path)
                else NOTHING
            )
        except (NotSound, OSError):
            return NOTHING

    def is_silent(self, name: str) -> bool:
        """Tell whether the file was read and holds no word; one that cannot be read now may hold some."""
        path = self.path(name)
        try:
            return path.stat().st_size <= len(HEAD) or not _has_speech(path)
        except (NotSound, OSError):
            return False

    def is_told(self, name: str) -> bool:
        """Tell whether the listener has told what ended it."""
        return self.path(name).with_suffix(".json").exists()

    def forget_announced(self, before: datetime) -> None:
        """Remove what was announced before that and never spoken."""
        for path in self._folder.glob(f"{ANNOUNCED}/*"):
            found = vault.look(path)
            if found and found.changed_at < before:
                path.unlink(missing_ok=True)

    def waiting(self) -> Iterator[str]:
        """Names of all messages that lie here."""
        for path in sorted(self._folder.glob("*.wav")):
            with suppress(ValueError):
                call_of_message(path.stem)
                yield path.stem

    def forget(self, name: str) -> None:
        """Remove an empty message."""
        self.path(name).unlink(missing_ok=True)


class MessageFile:
    """A message that is being spoken: what was written stays, whatever happens to us."""

    def __init__(self, path: Path) -> None:
        """Raises OSError when there is such a file already, or none can be made."""
        self._path, self._seconds = path, 0.0
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._file = os.open(path, NEW, 0o660)
        os.write(self._file, HEAD)

    def write(self, sound: bytes) -> None:
        """Add sound, 8 kHz 16 bit. Raises OSError on a full disk."""
        os.write(self._file, sound)
        self._seconds += len(sound) / (2 * RATE)

    def keep(self, ended: MessageEnd) -> MessageSummary:
        """Make the head true and tell what ended it, durably; an empty message is removed.

        One that was taken over meanwhile is another's.
        """
        os.fsync(self._file)
        own = os.fstat(self._file)
        os.close(self._file)
        if not self._path.exists() or not os.path.samestat(own, self._path.stat()):
            return MessageSummary(round(self._seconds, 2), MessageEnd.CUT)
        if ended is MessageEnd.EMPTY:
            self._path.unlink()
            return NOTHING
        vault.repair(self._path)
        heard = MessageSummary(round(self._seconds, 2), ended)
        _tell(self._path, heard)
        return heard


def _tell(path: Path, heard: MessageSummary) -> None:
    """What ended the message of a file, beside it: whole or not at all."""
    text, draft = json.dumps({"seconds": heard.seconds, "ended": heard.ended}), path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    file = os.open(draft, NEW, 0o660)
    try:
        os.write(file, text.encode("ascii"))
        os.fsync(file)
    finally:
        os.close(file)
    draft.replace(path.with_suffix(".json"))


def _has_speech(path: Path) -> bool:
    """Imported here: processes that answer calls do without NumPy. Raises vault.NotSound or OSError."""
    from recordings.speech import has_speech

    return has_speech(path)
