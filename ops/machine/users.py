"""System users of a node: Asterisk runs as one, our processes as another that belongs to its group too.

Started by root, nothing of ours keeps root's rights but the supervisor, which must start both; and what the
supervisor, or a command that root types, reads or writes in HOTLINE_HOME it does as our processes' user
would, so that no file of root's locks that user out and no link of that user's leads root astray.
"""

import ctypes
import grp
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hotline.settings import Settings
from ops.starting import SystemUserFault

ASTERISK: Final = "hotline"
"""Asterisk's user; its group is the one of all that both sides read or write."""
OURS: Final = "hotline-app"
"""The user of the AGI processes, the listener, the jobs and the pages."""
TURN: Final = "turnserver"
"""The user of coturn, made by its Debian package."""
ROOT: Final = 0
SUPERVISOR_KEEPS: Final = tuple(
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap sys_admin sys_ptrace".split()
)
"""Capabilities: ``sys_admin`` for shut folders (``ops.machine.views``), ``sys_ptrace`` to see port owners."""
_READS_ALL: Final = 1 << 2  # CAP_DAC_READ_SEARCH
_CAPABILITIES_VERSION_3: Final = 0x20080522


@dataclass(frozen=True)
class User:
    """A system user as the kernel knows it."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]

    @classmethod
    def named(cls, name: str) -> "User":
        """Look up a user. Raises SystemUserFault when there is none."""
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            raise SystemUserFault("missing", name) from None
        return cls(name, entry.pw_uid, entry.pw_gid, tuple(os.getgrouplist(name, entry.pw_gid)))

    def may(self, path: Path, wanted: int) -> bool:
        """Tell whether the modes give this user these rights (4 read, 2 write, 1 enter) on a path."""
        status = path.stat()
        if status.st_uid == self.uid:
            granted = status.st_mode >> 6
        elif status.st_gid in self.groups:
            granted = status.st_mode >> 3
        else:
            granted = status.st_mode
        return granted & wanted == wanted

    def dropped(self, signal: str = "") -> tuple[str, ...]:
        """Words before a command that root starts: this user, no capability, and none to be had again.

        ``signal`` is what the kernel sends it once its parent is gone.
        """
        return (
            "setpriv",
            f"--reuid={self.name}",
            f"--regid={self.gid}",
            "--init-groups",
            "--bounding-set=-all",
            "--inh-caps=-all",
            "--ambient-caps=-all",
            "--no-new-privs",
            *(("--pdeathsig", signal) if signal else ()),
        )


def asterisk() -> User | None:
    """Asterisk's own user, for root and for our processes; None where everything runs as one user."""
    own = os.geteuid() in (ROOT, _uid(OURS))
    return User.named(ASTERISK) if own else None


def asterisk_if_made() -> User | None:
    """Asterisk's own user; None also on a machine without it, which runs Asterisk as ours."""
    return asterisk() if _uid(ASTERISK) is not None else None


def ours() -> User | None:
    """The user that our processes are started as; None for the one who starts them."""
    return User.named(OURS) if os.geteuid() == ROOT else None


def turn() -> User | None:
    """The user that coturn is started as by root; None without it, or for anybody else."""
    return User.named(TURN) if os.geteuid() in (ROOT, _uid(OURS)) and _uid(TURN) is not None else None


def _uid(name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def create_users() -> None:
    """Create both users: no login, no home, no password. Nothing unless root asks."""
    if os.geteuid() != ROOT:
        return
    _create(ASTERISK, "--user-group")
    _create(OURS, "--user-group", "--groups", ASTERISK)
    for group in (ASTERISK, *((TURN,) if _uid(TURN) is not None else ())):
        if OURS not in grp.getgrnam(group).gr_mem:
            _run("usermod", "--append", "--groups", group, OURS)


def _create(user: str, *groups: str) -> None:
    if _uid(user) is None:
        _run(
            "useradd",
            "--system",
            *groups,
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            "--comment",
            "1999 voice front end",
            user,
        )


def give_up_rights() -> None:
    """Keep of root's rights those by which the supervisor starts and ends others and gives them their files.

    It becomes itself anew without the rest, which no program it starts can gain either.
    Nothing for anybody else.
    """
    if os.geteuid() == ROOT and "NoNewPrivs:\t0" in Path("/proc/self/status").read_text():
        kept = ",".join(f"+{name}" for name in SUPERVISOR_KEEPS)
        rights = ("setpriv", "--no-new-privs", f"--bounding-set=-all,{kept}", "--inh-caps=-all")
        os.execvp(rights[0], (*rights, sys.executable, *sys.orig_argv[1:]))


def _run(*command: str) -> None:
    """Run a command. Raises SystemUserFault with what it said."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemUserFault("not-made", command[-1], f"{command[0]}: {run.stderr.strip()}")


@contextmanager
def acting_as(user: User | None) -> Iterator[None]:
    """Open and make files as this user would: in this thread, and in those it starts meanwhile.

    Programs it starts are still root's. What root reads it still reads. None changes nothing.
    """
    if user is None or os.geteuid() != ROOT:
        yield
        return
    groups = os.getgroups()
    os.setgroups(user.groups)
    try:
        with _files_of(user.uid, user.gid):
            yield
    finally:
        os.setgroups(groups)


@contextmanager
def acting_in(settings: Settings) -> Iterator[None]:
    """``acting_as`` our processes' user, where HOTLINE_HOME is theirs."""
    home = settings.home
    is_theirs = os.geteuid() == ROOT and home.is_dir() and home.stat().st_uid == _uid(OURS)
    with acting_as(ours() if is_theirs else None):
        yield


def acting_as_caller() -> AbstractContextManager[None]:
    """Make files, within ``acting_as``, as the user who typed the command."""
    return _files_of(os.geteuid(), os.getegid())


@contextmanager
def _files_of(uid: int, gid: int) -> Iterator[None]:
    before = _file_user()
    _set_file_user(uid, gid)
    try:
        yield
    finally:
        _set_file_user(*before)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


_libc = ctypes.CDLL(None, use_errno=True)


def _file_user() -> tuple[int, int]:
    """The user and the group whose rights on files this thread has."""
    return _libc.setfsuid(-1), _libc.setfsgid(-1)


def _set_file_user(uid: int, gid: int) -> None:
    """Give up the rights on files, or (root's again) take them back; the right to read alone stays."""
    _libc.setfsgid(gid)
    _libc.setfsuid(uid)
    if _file_user() != (uid, gid):
        raise SystemUserFault("powerless", str(uid))
    if uid != ROOT:
        _raise(_READS_ALL)


def _raise(capability: int) -> None:
    """Take up a capability that this thread is permitted; silently not one that it is not."""
    header, sets = _Header(_CAPABILITIES_VERSION_3, 0), (_Sets * 2)()
    if _libc.capget(ctypes.byref(header), ctypes.byref(sets)) == 0:
        sets[0].effective |= capability & sets[0].permitted
        _libc.capset(ctypes.byref(header), ctypes.byref(sets))
