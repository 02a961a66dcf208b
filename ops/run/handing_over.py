"""HOTLINE_HOME handed over to our processes' user: once a new one, or that of a start as root before.

What Asterisk writes is looked through that once, for it may be much; what root left of ours, at each start.
"""

import os
import stat
from collections.abc import Container, Iterator
from pathlib import Path

from ops.machine import users
from ops.machine.users import User
from ops.pbx.home import AsteriskHome
from ops.starting import PathFault

SETTINGS = "settings.toml"
HOME_MODE = 0o711


def hand_over(home: AsteriskHome) -> int:
    """Give what root owns there to the users that need it; how many files and folders changed hands.

    Nothing unless root asks. The home itself changes hands last: broken off, it is done again.
    Raises PathFault when root is not to obey what lies there.
    """
    ours, theirs, place = users.ours(), home.user, home.settings.home
    if ours is None or theirs is None:
        return 0
    place.mkdir(parents=True, exist_ok=True)
    changed = _settings(place / SETTINGS, ours)
    is_new_here = place.stat().st_uid != ours.uid
    shared = {home.root: 0o040, **dict.fromkeys(home.shared, 0o060)}
    for path in _all_in(place, {} if is_new_here else shared):
        if path == place / SETTINGS:
            continue
        bits = next((bits for folder, bits in shared.items() if path.is_relative_to(folder)), None)
        changed += _give(path, ours, ours.gid if bits is None else theirs.gid, bits or 0)
    if file := home.settings.database_file:
        files = (file.with_name(file.name + more) for more in ("", "-wal", "-shm", "-journal"))
        changed += sum(_give(one, ours, ours.gid, 0) for one in files if one.is_file())
    if is_new_here:
        place.chmod(HOME_MODE)
        os.chown(place, ours.uid, ours.gid)
    return changed


def _all_in(folder: Path, but: Container[Path]) -> Iterator[Path]:
    """Walk a folder; of the folders ``but`` nothing of what they hold."""
    for place, folders, files in os.walk(folder):
        yield from (Path(place, name) for name in (*folders, *files))
        folders[:] = [name for name in folders if Path(place, name) not in but]


def _give(path: Path, to: User, group: int, bits: int) -> int:
    """Give root's file to a user, with that group and these rights of it; folders of Asterisk's too."""
    status = path.lstat()
    is_folder, is_file = stat.S_ISDIR(status.st_mode), stat.S_ISREG(status.st_mode)
    if status.st_uid != users.ROOT and not bits:
        return 0
    owner = to.uid if status.st_uid == users.ROOT or is_folder else -1
    os.chown(path, owner, group, follow_symlinks=False)
    if bits and is_file:
        path.chmod(stat.S_IMODE(status.st_mode) | bits)
    return 1


def _settings(path: Path, ours: User) -> int:
    """Leave the settings root's, readable by ours: who could change them could have root run anything."""
    if not path.exists():
        return 0
    status = path.lstat()
    by_others = status.st_mode & (0o002 if status.st_gid == users.ROOT else 0o022)
    if status.st_uid != users.ROOT or not stat.S_ISREG(status.st_mode) or by_others:
        raise PathFault("open-to-others", path)
    if ours.may(path, 4):
        return 0
    os.chown(path, users.ROOT, ours.gid)
    path.chmod(0o640)
    return 1
