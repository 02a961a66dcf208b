"""Home of the private Asterisk, and how it is started and asked.

Started by root, Asterisk runs as a user of its own that may read its configuration and write only its log,
spool, recordings and event log; what it writes, and what we write for it, belongs to its group. Should it be
unable to reach HOTLINE_HOME (a checkout in root's home, say), it gets a view of the few folders it needs
(``ops.machine.views``). Started by anybody else, it runs as that user.
"""

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hotline import clock
from hotline.settings import Settings
from ops.machine import users
from ops.machine.users import User
from ops.machine.views import through
from ops.pbx import log
from ops.pbx.program import Program
from ops.starting import AsteriskNotRunning, PathFault

SOCKET_LIMIT = 90
"""Unix sockets have at most 108 bytes of path."""
PLAIN = re.compile(r"[\w./+~-]+", re.ASCII)
"""What a path may hold, since Asterisk's configuration and dialplan give other characters a meaning."""
WRITTEN = ("log", "spool", "db", "run")
SHARED = 0o2770
"""Mode of folders that Asterisk and our processes write: contents belong to Asterisk's group."""
READ = 0o2750
"""Mode of folders that we write and Asterisk reads."""
UMASK = 0o007
"""What is made belongs to its owner and to its group, and is nothing to anybody else."""


@dataclass(frozen=True)
class AsteriskHome:
    """One Asterisk of one HOTLINE_HOME."""

    settings: Settings
    program: Program
    user: User | None
    """The system user Asterisk runs as; None for the user that starts it."""

    @classmethod
    def of(cls, settings: Settings, program: Program) -> "AsteriskHome":
        """Home with a user of its own for root and for our processes, else run by the one who starts it."""
        return cls(settings, program, users.asterisk())

    @property
    def root(self) -> Path:
        """Folder of all that is Asterisk's own; also what it calls its data directory."""
        return self.settings.home / "asterisk"

    @property
    def etc(self) -> Path:
        """The rendered configuration."""
        return self.root / "etc"

    @property
    def messages(self) -> Path:
        """Warnings and errors of Asterisk."""
        return self.root / "log" / log.MESSAGES

    @property
    def run(self) -> Path:
        """The control socket's folder."""
        return self.root / "run"

    @property
    def shared(self) -> tuple[Path, ...]:
        """Folders outside its own that Asterisk writes for us."""
        return self.settings.cel, self.settings.recordings, self.settings.messages

    @property
    def needed(self) -> tuple[Path, ...]:
        """Folders that Asterisk must reach."""
        tree = (self.program.tree,) if self.program.tree else ()
        return (self.root, *self.shared, *tree)

    def prepare(self) -> None:
        """Make the folders with their group; existing contents stay as they are."""
        if not self.settings.home.is_dir():
            self.settings.home.mkdir(parents=True)
            self.settings.home.chmod(0o711)
        for path in (self.run, self.root, *self.shared):
            if len(str(path)) > SOCKET_LIMIT or not PLAIN.fullmatch(str(path)):
                raise PathFault("unfit", path)
        for folder in (self.root, self.etc):
            self._folder(folder, READ)
        for folder in (*(self.root / name for name in WRITTEN), *self.shared):
            self._folder(folder, SHARED)

    def _folder(self, path: Path, mode: int) -> None:
        path.mkdir(parents=True, exist_ok=True)
        status = path.stat()
        if self.user:
            owner = users.ours()
            wanted = (owner.uid if owner else os.geteuid(), self.user.gid)
            if (status.st_uid, status.st_gid) != wanted:
                os.chown(path, *wanted)
        if status.st_mode & 0o7777 != mode:
            path.chmod(mode)

    def command(self, signal: str = "") -> tuple[str, ...]:
        """Asterisk in the foreground; it outlives its parent unless a ``signal`` is to end it then."""
        if self.user and users.ours():
            own = (*through(self.needed), *self.user.dropped(signal))
        else:
            own = ("setpriv", "--pdeathsig", signal) if signal else ()
        return self.started_by(*own)

    def started_by(self, *own: str) -> tuple[str, ...]:
        """Asterisk with the reader of its log, for who has its rights by ``own`` words, or already."""
        start = (*self.program.words, "-f", "-C", str(self.etc / "asterisk.conf"))
        kept = (sys.executable, "-m", log.__name__, str(self.messages.parent))
        return (*kept, "sh", "-c", f'umask {UMASK:03o}; exec "$@"', "sh", *own, *start)

    def rx(self, command: str, patience: float = 10.0) -> str:
        """Ask the running Asterisk's console. Raises AsteriskNotRunning."""
        console = (*self.program.words, "-C", str(self.etc / "console.conf"), "-rx", command)
        run = subprocess.run(
            console, capture_output=True, text=True, errors="replace", timeout=patience, check=False
        )
        if run.returncode:
            raise AsteriskNotRunning
        return run.stdout

    def reload(self, *modules: str) -> None:
        """Take up changed configuration; calls in progress go on."""
        for module in modules or ("",):
            self.rx(f"module reload {module}".strip())

    def mark_start(self) -> None:
        """Say in the event log that what was up has ended without a word, or is about to."""
        path = self.settings.cel / "hotline.json"
        marker = {
            "eventtype": "SYSTEM_START",
            "eventtime": f"{clock.now().timestamp():.6f}",
            "node": self.settings.node,
        }
        # The folder is Asterisk's too: a link there must not lead us elsewhere.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(path, flags, 0o660)
        try:
            with suppress(PermissionError):  # one that Asterisk made has its rights already
                os.fchmod(file, 0o660)
            torn = (size := os.fstat(file).st_size) and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, (b"\n" if torn else b"") + json.dumps(marker).encode() + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
