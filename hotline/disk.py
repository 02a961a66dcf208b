"""A trial whether a folder can be written now: a piece is really written there, and removed."""

import errno
import os
import shutil
from pathlib import Path
from typing import Final

TRIAL: Final = ".tried"
"""A name that no reader of our folders looks at."""
PIECE: Final = bytes(4096)
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


def _write(path: Path) -> None:
    """Write the trial piece; one left by a killed trial is written over."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.write(file, PIECE) < len(PIECE):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)
        path.unlink(missing_ok=True)
