"""Processes that the bench starts, what they cost, and their end: each by its own pid."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from hotline import clock
from hotline.settings.kinds import CHECKOUT
from tools.faults import CannotMeasure

TICKS = os.sysconf("SC_CLK_TCK")
PAUSE = Event()


@dataclass
class Child:
    """One process of ours, alive until ``stop``; it dies with the bench in any case."""

    name: str
    process: "subprocess.Popen[Any]"
    log: Path

    @classmethod
    def start(
        cls, name: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> "Child":
        """Start it; what it says goes to ``log``."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                ("setpriv", "--pdeathsig", "KILL", *command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        return self.process.pid

    def await_(self, ready: Callable[[], bool], patience: float = 60.0) -> None:
        """Wait until it serves. Raises CannotMeasure with its last words."""
        until = clock.monotonic() + patience
        while not ready():
            if self.process.poll() is not None or clock.monotonic() > until:
                raise CannotMeasure(f"{self.name} did not start: {self.last_words()}. See {self.log}")
            rest(0.05)

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-600:].strip() if self.log.exists() else ""

    def stop(self, patience: float = 8.0) -> None:
        """Ask it to end; after ``patience`` it is killed."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def told_by(module: str, *words: str, patience: float = 60.0) -> dict[str, float]:
    """Run one of our modules and read its JSON. Raises CannotMeasure when it gives up."""
    command = ("setpriv", "--pdeathsig", "KILL", sys.executable, "-m", module, *words)
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, timeout=patience, check=True, cwd=CHECKOUT
        )
        found: dict[str, float] = json.loads(run.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        raise CannotMeasure(f"{module} gave up: {error}. Run the bench again on a quieter machine") from error
    return found


def rest(seconds: float) -> None:
    """Let time pass."""
    PAUSE.wait(seconds)


def cpu_ms(*pids: int) -> float:
    """CPU milliseconds spent so far, children that were waited for included."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        total += sum(int(ticks) for ticks in fields[11:15])
    return total * 1000 / TICKS


def threads(pid: int) -> int:
    """Threads now."""
    return _number(Path(f"/proc/{pid}/status"), "Threads:")


def pss_kib(pid: int) -> int:
    """Proportional share of memory, KiB."""
    return _number(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _number(file: Path, label: str) -> int:
    for line in file.read_text("utf-8").splitlines():
        if line.startswith(label):
            return int(line.split()[1])
    raise LookupError(f"{file} has no {label}")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM, address: str = "127.0.0.1") -> int:
    """A port nobody uses at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def free_udp(address: str = "127.0.0.1") -> int:
    """The same for UDP."""
    return free_port(socket.SOCK_DGRAM, address)


def listens(port: int, address: str = "127.0.0.1") -> bool:
    """Tell whether connections are accepted there."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((address, port)) == 0
