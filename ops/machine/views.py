"""Folders that a process may use below a shut one: a view of its own, in which that one is not.

A checkout in root's home, say. In a mount namespace of its own an empty folder covers the shut one, and what
the process needs is bound there again under its own path: the same path for everybody, and nothing else of it
seen.
"""

import shlex
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_STAGE: Final = "/run/hotline-view"


def shut(path: Path) -> Path | None:
    """The outermost folder above ``path`` that does not let everybody through, if there is one."""
    above = [parent for parent in reversed(path.resolve().parents) if parent.exists()]
    return next((parent for parent in above if not parent.stat().st_mode & 0o001), None)


def shut_in(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Those of the paths that not everybody could reach, without what lies in one another."""
    behind = sorted({path.resolve() for path in paths if shut(path)})
    return tuple(
        path for path in behind if not any(path != other and path.is_relative_to(other) for other in behind)
    )


def through(paths: Iterable[Path]) -> tuple[str, ...]:
    """Words before a command that root starts, so that it reaches these; none when it does anyway."""
    needed = shut_in(paths)
    if not needed:
        return ()
    covers = sorted({cover for path in needed if (cover := shut(path))})
    staged = [(shlex.quote(str(path)), f"{_STAGE}/{number}") for number, path in enumerate(needed)]
    script = [
        f"mkdir -p {_STAGE}",
        f"mount -t tmpfs -o mode=700 tmpfs {_STAGE}",
        *(f"mkdir {at} && mount --rbind {path} {at}" for path, at in staged),
        *(f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(cover))}" for cover in covers),
        *(f"(umask 022; mkdir -p {path}) && mount --rbind {at} {path}" for path, at in staged),
        f"umount -l {_STAGE}",
        'exec "$@"',
    ]
    return ("unshare", "--mount", "--propagation", "slave", "sh", "-ec", "\n".join(script), "sh")


def can_unshare() -> bool:
    """Tell whether this machine permits a private mount namespace."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run(("unshare", "--mount", "true"), capture_output=True, check=False).returncode == 0
