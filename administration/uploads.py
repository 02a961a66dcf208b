"""Files that people sent to be imported, kept between being looked at and being approved.

Each lies under a random name in a folder of ours alone, with a note of whose it is; nobody else's hands find
it, and it is gone after the import, or when its period is over.
"""

import json
import os
import re
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from hotline.errors import HotlineError

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{32}")


class NoUpload(HotlineError, code="no-upload"):
    """No upload of this name is kept for the owner."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent; ``only`` says which file of the directory it is, empty = as its name says."""

    token: str
    owner: str
    name: str
    only: str


class Uploads:
    """The folder. Its clock is the machine's: a file's age is that of its file."""

    def __init__(self, folder: Path, keep: timedelta) -> None:
        self._folder, self._keep = folder, keep

    def keep(self, owner: str, name: str, only: str, content: bytes) -> Upload:
        """Keep what somebody sent."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        upload = Upload(secrets.token_urlsafe(24), owner, name, only)
        self._write(self._file(upload.token), content)
        self._write(self._note(upload.token), json.dumps(asdict(upload), ensure_ascii=False).encode())
        return upload

    def of(self, token: str, owner: str) -> Upload:
        """Upload of an owner under this name. Raises NoUpload."""
        if not _TOKEN.fullmatch(token):
            raise NoUpload
        try:
            upload = Upload(**json.loads(self._note(token).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            raise NoUpload from None
        if upload.owner != owner:
            raise NoUpload
        return upload

    def content(self, upload: Upload) -> bytes:
        """The file itself. Raises NoUpload."""
        try:
            return self._file(upload.token).read_bytes()
        except OSError:
            raise NoUpload from None

    def forget(self, upload: Upload) -> None:
        """Delete an upload."""
        for file in (self._note(upload.token), self._file(upload.token)):
            file.unlink(missing_ok=True)

    def sweep(self, at: datetime) -> int:
        """Remove what is older than its period; how many files."""
        old = [file for file in self._folder.glob("*") if _age(file, at) > self._keep]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def _write(self, file: Path, content: bytes) -> None:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)

    def _file(self, token: str) -> Path:
        return self._folder / f"{token}.file"

    def _note(self, token: str) -> Path:
        return self._folder / f"{token}.json"


def _age(file: Path, at: datetime) -> timedelta:
    with suppress(OSError):
        return timedelta(seconds=at.timestamp() - file.stat().st_mtime)
    return timedelta()
