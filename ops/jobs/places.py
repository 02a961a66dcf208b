"""The folders a call leaves its traces in, and whether they can be written now: a file is really written.

Asterisk writes recordings, spoken messages and the event log as a user of its own, so for these its rights
count too: we may write where it may not.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hotline.disk import free, unwritable
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from ops.jobs.cel_files import ACTIVE
from ops.machine import users


@dataclass(frozen=True, slots=True)
class CallFolder:
    """One folder; ``file``: one in it that is written on and on."""

    name: str
    folder: Path
    is_asterisks: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system, what of ours lies on it, and its free bytes for users who are not root."""

    names: tuple[str, ...]
    folder: Path
    free: int


def places(settings: Settings) -> tuple[CallFolder, ...]:
    """List the folders that this machine writes calls to; Asterisk's are those of a node."""
    of_asterisk = (
        CallFolder("recordings", settings.recordings, is_asterisks=True),
        CallFolder("messages", settings.messages, is_asterisks=True),
        CallFolder("event log", settings.cel, is_asterisks=True, file=ACTIVE),
    )
    own = (CallFolder("journal", settings.journal), CallFolder("state", settings.home))
    return (*of_asterisk, *own) if settings.runs(MachineRole.NODE) else own


def fault(place: CallFolder) -> str:
    """Reason why nothing can be written there; empty when it can."""
    folder = place.folder
    if not folder.is_dir():
        return f"{folder} is not there"
    if why := unwritable(folder) or _shut(place):
        return f"{folder} cannot be written ({why})"
    if (
        place.is_asterisks
        and (user := users.asterisk_if_made())
        and not all(user.may(path, 2) for path in _written(place))
    ):
        return f"{folder} cannot be written (Permission denied to Asterisk's user {user.name})"
    return ""


def disks(all_places: Iterable[CallFolder]) -> list[Disk]:
    """The file systems under these folders, each once, as far as they are there."""
    found: dict[int, list[CallFolder]] = {}
    for place in all_places:
        if place.folder.is_dir():
            found.setdefault(place.folder.stat().st_dev, []).append(place)
    return [
        Disk(tuple(one.name for one in group), group[0].folder, free(group[0].folder))
        for group in found.values()
    ]


def _shut(place: CallFolder) -> str:
    """Reason why its file cannot be written on, once there is one."""
    path = place.folder / place.file
    if not place.file or not path.exists():
        return ""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC))
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _written(place: CallFolder) -> list[Path]:
    """The folder, and the file in it once there is one."""
    paths = [place.folder, place.folder / place.file] if place.file else [place.folder]
    return [path for path in paths if path.exists()]
