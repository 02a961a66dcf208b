"""Files: a trial whether a folder can be written now, by a piece that is removed; and how one is kept."""

import errno
import os
import shutil
from pathlib import Path
from typing import Final

TRIAL: Final = ".tried"
"""A name that no reader of our folders looks at."""
PIECE: Final = bytes(4096)
FOLDER_MODE, FILE_MODE = 0o750, 0o640
"""Of what its group may read, and others may not."""
FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT))
"""A disk is full, or somebody's share of it."""
LEAST: Final = 1 << 16
"""Free bytes under which a disk is full for users who are not root, though root may write on."""


def unwritable(folder: Path) -> str:
    """Reason why nothing can be written there, as the system says it; empty when it can. Raises nothing."""
    try:
        _write(folder / TRIAL)
        if free(folder) < LEAST:
            return os.strerror(errno.ENOSPC)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def free(folder: Path) -> int:
    """Bytes free for users who are not root. Raises OSError."""
    return shutil.disk_usage(folder).free


def keep(path: Path, content: str | bytes) -> Path:
    """Keep a text or bytes as a file, whole or not at all; it, and a new folder, are for their group only.

    Raises OSError.
    """
    folder, new = path.parent, path.with_name(f"{path.name}.new")
    if not folder.is_dir():
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        folder.chmod(FOLDER_MODE)
    new.touch(mode=0o600)
    with new.open("wb") as writing:
        writing.write(content.encode() if isinstance(content, str) else content)
        writing.flush()
        os.fsync(writing.fileno())
    new.chmod(FILE_MODE)
    new.replace(path)
    return path


def _write(path: Path) -> None:
    """Write the trial piece; one left by a killed trial is written over."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.write(file, PIECE) < len(PIECE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)
        path.unlink(missing_ok=True)
