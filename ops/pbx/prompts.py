"""The rendered prompts where Asterisk finds them: ``Playback(hotline/zh-TW/V-01)``."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ops.starting import PathFault

SOUNDS = (".wav", ".sln16")
REST_SECONDS = 0.02
WIDE, ODD = 16000, 12000
RESTS = {"wide.sln16": WIDE, "odd.sln12": ODD}
"""Moments of silence, each in one form only, with its samples a second (``rest`` in ring.dialplan)."""
IN_TALKS = ("moh/hold", "zh-TW/beep", "zh-TW/extension-unknown")
"""Prompts that Asterisk itself plays in a talk, where no moment of silence can be played before and behind:
``odd/`` has each in that one form too.
"""


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
    for played in IN_TALKS:
        _put_odd(sounds / "hotline" / f"{played}.sln16", sounds / "odd" / f"{played}.sln12")
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


def _put_odd(file: Path, target: Path) -> None:
    if not file.exists() or (target.exists() and target.stat().st_mtime_ns == file.stat().st_mtime_ns):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}")
    new.write_bytes(_at_odd_rate(file.read_bytes()))
    shutil.copystat(file, new)
    os.replace(new, target)


def _at_odd_rate(sound: bytes) -> bytes:
    """The same sound with fewer samples, by its spectrum: what the lower rate cannot hold is left out."""
    import numpy as np  # a start without new prompts needs none of it

    wide = np.frombuffer(sound, "<i2")
    count = len(wide) * ODD // WIDE
    odd = np.fft.irfft(np.fft.rfft(wide)[: count // 2 + 1], count) * (count / len(wide))
    return bytes(np.rint(odd).clip(-32768, 32767).astype("<i2"))


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
