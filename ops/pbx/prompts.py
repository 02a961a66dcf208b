"""The rendered prompts where Asterisk finds them: ``Playback(hotline/zh-TW/V-01)``."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ops.starting import PathFault

SOUNDS = (".wav", ".sln16")
REST_SECONDS = 0.02
RESTS = {"wide.sln16": 16000, "narrow.sln": 8000, "odd.sln12": 12000}
"""Moments of silence, each in one form only, with its samples a second (``rest`` in ring.dialplan)."""


def put_prompts(build: Path, sounds: Path, own: Path | None = None) -> int:
    """Bring ``sounds/hotline`` to what ``build`` and ``own`` hold; how many files were new or changed.

    A caller may be hearing a file: it is replaced by rename, never written over.
    """
    wanted = dict(_files(build))
    if not wanted:
        raise PathFault("no-prompts", build)
    wanted |= dict(_files(own)) if own else {}
    there = dict(_files(sounds / "hotline"))
    for name in there.keys() - wanted.keys():
        there[name].unlink()
    changed = [name for name, file in wanted.items() if name not in there or _differ(file, there[name])]
    for name in changed:
        _copy(wanted[name], sounds / "hotline" / name)
    _put_rests(sounds / "rest")
    for folder in (sounds, *(path for path in sounds.rglob("*") if path.is_dir())):
        folder.chmod(0o755)  # whatever our umask is, Asterisk's user reads them
    return len(changed)


def _put_rests(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rate in RESTS.items():
        silence = bytes(2 * int(rate * REST_SECONDS))
        if not (folder / name).exists() or (folder / name).read_bytes() != silence:
            (folder / name).write_bytes(silence)
        (folder / name).chmod(0o644)


def _files(folder: Path) -> Iterator[tuple[Path, Path]]:
    for file in folder.rglob("*"):
        if file.suffix in SOUNDS:
            yield file.relative_to(folder), file


def _differ(one: Path, other: Path) -> bool:
    a, b = one.stat(), other.stat()
    return (a.st_size, a.st_mtime_ns) != (b.st_size, b.st_mtime_ns)


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}")
    shutil.copy2(file, new)
    new.chmod(0o644)
    os.replace(new, target)
