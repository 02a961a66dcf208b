"""Another Asterisk, as a carrier has one: trunks to ours in the clear or by TLS and SRTP, numbers that do
what a scene needs, what it hears kept. It may play a desk phone of ours. Its configuration: ``carrier``.
"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import numpy as np
import trustme

from demo.sound import Samples, read_wav
from hotline import clock
from ops.pbx.configuration import templates_in
from ops.pbx.program import Program

HERE: Final = Path(__file__).with_name("carrier")
CODECS: Final = ("ulaw", "alaw", "g722", "opus")
TONES: Final = {"citizen": 600, "desk": 1000}
"""Hertz of what a citizen says, and of whoever ours calls: no echo is taken for a voice."""
EMPTY: Final = (
    *("acl", "ccss", "cel", "features", "http", "manager", "musiconhold", "pjproject"),
    *("stasis", "udptl"),
)
"""Files that Asterisk wants to be there."""
FOLDERS: Final = ("run", "log", "spool", "lib", "heard")
READY: Final = 60.0


@dataclass(frozen=True)
class Authority:
    """An authority of a scene's own, and certificates that it signs."""

    folder: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    def issue(self, name: str, *hosts: str) -> Path:
        """A file of a certificate for hosts and its key; two more, ``.crt`` and ``.key``, with each alone."""
        made = self.ca.issue_cert(*hosts)
        chain = b"".join(pem.bytes() for pem in made.cert_chain_pems)
        key = made.private_key_pem.bytes()
        for kind, content in (("pem", chain + key), ("crt", chain), ("key", key)):
            draft = self.folder / f".{name}.{kind}"
            draft.write_bytes(content)
            draft.chmod(0o644)
            draft.replace(self.folder / f"{name}.{kind}")
        return self.folder / f"{name}.pem"

    @property
    def file(self) -> Path:
        """Its own certificate."""
        file = self.folder / "authority.pem"
        self.ca.cert_pem.write_to_path(str(file))
        file.chmod(0o644)
        return file


@contextmanager
def authority() -> Iterator[Authority]:
    """One of a scene's own, in a folder that everybody may enter; gone afterwards."""
    folder = Path(mkdtemp(prefix="hotline-carriers-", dir="/tmp"))
    folder.chmod(0o711)
    yield Authority(folder)
    shutil.rmtree(folder)


def certified(by: Authority, port: int, host: str = "127.0.0.1") -> dict[str, object]:
    """Settings of our certificate and of whom we trust."""
    by.issue("ours", host)
    files = {"certificate": by.folder / "ours.crt", "key": by.folder / "ours.key", "authority": by.file}
    return {"sip_tls_port": port, **{f"sip_{what}_file": str(file) for what, file in files.items()}}


@dataclass(frozen=True)
class Peer:
    """Our Asterisk, as the other one calls it."""

    address: str
    port: int


@dataclass(frozen=True)
class DeskPhone:
    """A phone of ours that the other one plays."""

    user: str
    password: str


@dataclass(frozen=True)
class OtherSwitch:
    """One of them; ``numbers`` tells what each number does, by a context of its dialplan."""

    program: Program
    place: Path
    address: str
    port: int
    peer: Peer
    numbers: Mapping[str, str]
    authority: Authority | None = None
    phones: tuple[DeskPhone, ...] = ()
    named: str = ""
    """The host of its certificate; empty: its address."""
    codecs: tuple[str, ...] = CODECS

    def file(self, name: str) -> Path:
        """The file of what is heard in the call of that name."""
        return self.place / "heard" / f"{name}.wav"

    def sound(self, name: str) -> Samples:
        """What was heard in the call of that name so far."""
        file = self.file(name)
        return read_wav(file) if file.exists() else np.zeros(0, np.int16)

    def call(self, endpoint: str, name: str) -> None:
        """Call 1999 by an endpoint; behind the answer it makes a tone, and keeps what it hears."""
        self.rx(f"channel originate PJSIP/1999@{endpoint} extension {name}@citizen")

    def does(self, name: str, deed: str) -> None:
        """Have the call of that name press a key, ``refer-NUMBER`` it elsewhere, or be ``gone``."""
        self.rx(f"dialplan set global {name} {deed}")

    def began(self, name: str) -> float:
        """When the call of that name was answered last, in seconds since 1970; 0: never."""
        return float(self._noted(f"at-{name}") or 0)

    def is_secure(self, name: str) -> bool:
        """Whether nothing of the call of that name can be read on the way: TLS and SRTP."""
        return self._noted(f"secure-{name}") == "11"

    def _noted(self, variable: str) -> str:
        found = re.search(rf"\s{variable}=(\S+)", self.rx("dialplan show globals"))
        return found[1] if found else ""

    def rx(self, command: str) -> str:
        """Ask its console."""
        return self._asked(command, check=True).stdout

    def _asked(self, command: str, *, check: bool) -> subprocess.CompletedProcess[str]:
        words = (*self.program.words, "-C", str(self.place / "asterisk.conf"), "-rx", command)
        return subprocess.run(words, capture_output=True, text=True, timeout=20, check=check)

    def freeze(self) -> None:
        """Have it say no word more and close nothing, as a machine without power."""
        os.kill(self._process(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        os.kill(self._process(), signal.SIGCONT)

    def _process(self) -> int:
        return int((self.place / "run" / "asterisk.pid").read_text())

    @contextmanager
    def running(self) -> Iterator["OtherSwitch"]:
        """It runs; killed afterwards."""
        self._write()
        words = (*self.program.words, "-f", "-C", str(self.place / "asterisk.conf"))
        with (self.place / "out").open("wb") as out:
            process = subprocess.Popen(words, stdout=out, stderr=out)
        try:
            by = clock.monotonic() + READY
            while self._asked("core waitfullybooted", check=False).returncode:
                assert process.poll() is None and clock.monotonic() < by, (self.place / "out").read_text()
            yield self
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(self.place)

    def _write(self) -> None:
        for folder in FOLDERS:
            (self.place / folder).mkdir(parents=True)
        documentation = self.program.documentation / "documentation"
        (self.place / "lib" / "documentation").symlink_to(documentation)
        facts = {
            "place": self.place,
            "modules": self.program.modules,
            "address": self.address,
            "port": self.port,
            "peer": self.peer,
            "phones": self.phones,
            "numbers": self.numbers,
            "codecs": self.codecs,
            "tones": TONES,
            "sound": 31000 + 100 * (self.port % 200),
            "pem": self.authority
            and self.authority.issue(f"carrier-{self.port}", self.named or self.address),
            "authority": self.authority and self.authority.file,
        }
        templates = templates_in(HERE)
        for template in HERE.glob("*.conf"):
            text = templates.get_template(template.name).render(facts)
            (self.place / template.name).write_text(text)
        for name in EMPTY:
            (self.place / f"{name}.conf").touch()
