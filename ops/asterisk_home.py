"""Where the private Asterisk lives, as we see it and as it sees it, and how it is started and asked.

Started by root, Asterisk runs as a user of its own that may read its
configuration and write only its log, spool, recordings and event log. When
that user could not enter HOTLINE_HOME (a checkout in root's home, say),
Asterisk gets a private view: the few folders it needs are bound below
``/run`` in a mount namespace of its own, and nothing else of them is seen.
Started by anybody else, it runs as that user and sees plain paths.
"""

import hashlib
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hotline.errors import CannotStart
from hotline.settings import Settings
from ops.asterisk_program import Program

USER = "hotline"
SOCKET_LIMIT = 90
"""Unix sockets have at most 108 bytes of path."""
PLAIN = re.compile(r"[\w./+~-]+", re.ASCII)
"""What a path may hold, since Asterisk's configuration and dialplan give other characters a meaning."""
WRITTEN = ("log", "spool", "db")


@dataclass(frozen=True)
class AsteriskHome:
    """One Asterisk of one HOTLINE_HOME."""

    settings: Settings
    program: Program
    user: str | None
    """The system user Asterisk runs as; None for the user that starts it."""

    @classmethod
    def of(cls, settings: Settings, program: Program) -> "AsteriskHome":
        """As root with a user of its own, else as whoever starts it."""
        return cls(settings, program, USER if os.geteuid() == 0 else None)

    @property
    def root(self) -> Path:
        """All of Asterisk's own folders; also what it calls its data directory."""
        return self.settings.home / "asterisk"

    @property
    def etc(self) -> Path:
        """The rendered configuration."""
        return self.root / "etc"

    @property
    def messages(self) -> Path:
        """Warnings and errors of Asterisk."""
        return self.root / "log" / "messages"

    @cached_property
    def base(self) -> Path:
        """For the control socket, and the place of the private view."""
        if self.user is None:
            return self.root
        return Path("/run") / f"hotline-{hashlib.sha256(bytes(self.settings.home)).hexdigest()[:12]}"

    @property
    def run(self) -> Path:
        """The control socket's folder, the same path in both views."""
        return self.base / "run"

    @cached_property
    def mounts(self) -> tuple[tuple[Path, Path], ...]:
        """What is bound where in the private view; nothing when plain paths can be entered."""
        needed = {
            "asterisk": self.root,
            "cel": self.settings.cel,
            "recordings": self.settings.recordings,
            "messages": self.settings.messages,
            "program": self.program.tree,
        }
        shut = {name: path for name, path in needed.items() if path and self.user and not _enterable(path)}
        return tuple((path, self.base / name) for name, path in shut.items())

    def view(self, path: Path) -> Path:
        """A path as Asterisk sees it."""
        for ours, its in self.mounts:
            if path.is_relative_to(ours):
                return its / path.relative_to(ours)
        return path

    def prepare(self) -> None:
        """Make the folders with their owners; existing contents stay as they are."""
        if not self.settings.home.is_dir():
            self.settings.home.mkdir(parents=True)
            self.settings.home.chmod(0o711)
        for path in (self.run, self.view(self.root), *map(self.view, self._kept)):
            if len(str(path)) > SOCKET_LIMIT or not PLAIN.fullmatch(str(path)):
                raise CannotStart(
                    f"{path} is too long or holds other characters than letters, digits and ./+~_-",
                    "Set HOTLINE_HOME to a plain, short path such as /var/lib/hotline",
                )
        owner = self._owner()
        _folder(self.root, (0, owner[1]) if self.user else owner, 0o750)
        _folder(self.etc, (0, owner[1]) if self.user else owner, 0o750)
        for folder in (*(self.root / name for name in WRITTEN), *self._kept):
            _folder(folder, owner, 0o750)
        if self.user:
            _folder(self.base, (0, 0), 0o755)
        _folder(self.run, owner, 0o750)
        for _ours, its in self.mounts:
            its.mkdir(exist_ok=True)

    @property
    def _kept(self) -> tuple[Path, ...]:
        """What Asterisk writes for us, outside its own folders."""
        return self.settings.cel, self.settings.recordings, self.settings.messages

    def _owner(self) -> tuple[int, int]:
        if self.user is None:
            return os.geteuid(), os.getegid()
        entry = user_entry(self.user)
        return entry.pw_uid, entry.pw_gid

    def hand_over(self, path: Path) -> None:
        """A file that Asterisk's group may read and nobody else."""
        if self.user:
            os.chown(path, 0, user_entry(self.user).pw_gid)
        path.chmod(0o640)

    def command(self) -> tuple[str, ...]:
        """Asterisk in the foreground; it ends when its parent does."""
        start = (*self._words(), "-f", "-C", str(self.view(self.etc / "asterisk.conf")))
        if self.user is None:
            return ("setpriv", "--pdeathsig", "TERM", *start)
        dropped = ("setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--init-groups")
        inner = (*dropped, "--inh-caps=-all", "--no-new-privs", "--pdeathsig", "TERM", *start)
        return (*self._entering(), *inner) if self.mounts else inner

    def _words(self) -> tuple[str, ...]:
        tree = self.program.tree
        if tree is None:
            return self.program.words
        return tuple(word.replace(str(tree), str(self.view(tree))) for word in self.program.words)

    def _entering(self) -> tuple[str, ...]:
        """Binds the view in a mount namespace of its own, then becomes what follows."""
        pairs = [str(path) for pair in self.mounts for path in pair]
        script = 'while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done; shift; exec "$@"'
        return ("unshare", "--mount", "--propagation", "private", "sh", "-ec", script, "sh", *pairs, "--")

    def rx(self, command: str, patience: float = 10.0) -> str:
        """What the running Asterisk's console answers. Raises CannotStart when none runs."""
        console = (*self.program.words, "-C", str(self.etc / "console.conf"), "-rx", command)
        run = subprocess.run(
            console, capture_output=True, text=True, errors="replace", timeout=patience, check=False
        )
        if run.returncode:
            raise CannotStart("Asterisk is not running here", "Start it with `make up`")
        return run.stdout

    def reload(self, *modules: str) -> None:
        """Take up changed configuration; calls in progress go on."""
        for module in modules or ("",):
            self.rx(f"module reload {module}".strip())


def user_entry(user: str) -> pwd.struct_passwd:
    """Asterisk's own user. Raises CannotStart when nobody has created it."""
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise CannotStart(f"The system user {user} does not exist", "Run `make setup` as root") from None


def create_user(user: str = USER) -> None:
    """The user Asterisk runs as: no login, no home, no password."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        subprocess.run(
            ("useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
             "--shell", "/usr/sbin/nologin", "--comment", "1999 voice front end", user),
            check=True,
        )  # fmt: skip


def can_unshare() -> bool:
    """Whether this machine permits a private mount namespace."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run(("unshare", "--mount", "true"), capture_output=True, check=False).returncode == 0


def _enterable(path: Path) -> bool:
    """Whether every folder above ``path`` lets anybody through."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


def _folder(path: Path, owner: tuple[int, int], mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(path, *owner)
    path.chmod(mode)
