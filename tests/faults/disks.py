"""Small file systems of their own, which only root may mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="a file system of its own needs root")


@contextmanager
def small_disk(place: Path, kibibytes: int) -> Iterator[Path]:
    """A tmpfs of that size over ``place``, with its owner and mode; skipped where mounting is not allowed."""
    place.mkdir(exist_ok=True)
    before = place.stat()
    command = ("mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(place))
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        os.chown(place, before.st_uid, before.st_gid)
        place.chmod(before.st_mode & 0o7777)
        yield place
    finally:
        subprocess.run(("umount", "-l", str(place)), check=True)


@contextmanager
def shared(place: Path) -> Iterator[None]:
    """What is mounted below it is seen by every process, also by one with a view of its own."""
    for words in (("--bind", str(place), str(place)), ("--make-shared", str(place))):
        if subprocess.run(("mount", *words), capture_output=True, check=False).returncode:
            pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(("umount", "-l", str(place)), check=True)


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Nothing on this disk can be written; nobody may have a file open for writing."""
    subprocess.run(("mount", "-o", "remount,ro", str(place)), check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(("mount", "-o", "remount,rw", str(place)), check=True, capture_output=True)


def fill(place: Path) -> Path:
    """A file that takes every byte there is; removed, there is room again."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1 << 8):
            try:
                while True:
                    file.write(b"\xff" * size)
            except OSError:
                continue
    return ballast
