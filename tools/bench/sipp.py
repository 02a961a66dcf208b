"""SIPp as callers and phones: what it did, read from its statistics."""

import csv
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tools.bench.processes import Child, free_udp

SCENARIOS = Path(__file__).parent / "scenarios"
NUMBERS = count()
MESSAGES_A_CALL = 4
"""Requests a caller sends at least: INVITE, ACK, INFO, BYE."""
SCENARIO = {2: "caller", 3: "caller-3"}
"""By the turns of the call."""


@dataclass(frozen=True)
class SippResult:
    """Counts of the calls of one run."""

    made: int
    failed: int
    retransmissions: int

    @property
    def is_clean(self) -> bool:
        """No call failed and less than 2 % of the messages were sent again."""
        return not self.failed and self.retransmissions < 0.02 * MESSAGES_A_CALL * max(1, self.made)


@dataclass(frozen=True)
class SippCallers:
    """Way to call: the address called, the address called from, the number, and where to keep notes."""

    remote: str
    local: str
    number: str
    scratch: Path

    def command(self, scenario: str, notes: Path, rate: float, calls: int, *more: str) -> tuple[str, ...]:
        """SIPp's words for ``calls`` calls at ``rate`` a second."""
        return (
            "sipp", self.remote, "-sf", str(SCENARIOS / f"{scenario}.xml"), "-s", self.number,
            "-i", self.local, "-mi", self.local, "-p", str(free_udp(self.local)), "-mp", str(free_udp(self.local)),
            "-r", f"{rate:g}", "-rp", "1000", "-m", str(calls), "-l", str(calls), "-nostdin",
            "-trace_stat", "-stf", str(notes), "-fd", "1", *more,
        )  # fmt: skip

    def call(self, rate: float, calls: int, patience: float = 10.0, turns: int = 2) -> SippResult:
        """Place calls of so many turns, and wait for their end; who hangs longer is given up."""
        notes = self._notes()
        limit = calls / rate + 2 + patience
        keys = ("-key", "first", "1", "-key", "second", "4")
        more = (*keys, "-timeout", f"{limit:.0f}s", "-timeout_error")
        child = Child.start(
            "sipp", self.command(SCENARIO[turns], notes, rate, calls, *more), notes.with_suffix(".out")
        )
        try:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(limit + 5)
        finally:
            child.stop()
        return read_notes(notes.read_text("utf-8") if notes.exists() else "", calls)

    @contextmanager
    def staying(self, scenario: str, rate: float, calls: int, seconds: float, *more: str) -> Iterator[Child]:
        """Callers who stay for a while; the block ends when all have hung up."""
        notes = self._notes()
        told = ("-trace_err", "-error_file", str(notes.with_suffix(".errors")))
        command = self.command(scenario, notes, rate, calls, "-d", f"{seconds * 1000:.0f}", *told, *more)
        child = Child.start("sipp", command, notes.with_suffix(".out"))
        try:
            yield child
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(calls / rate + seconds + 10)
        finally:
            child.stop()

    def _notes(self) -> Path:
        return self.scratch / f"sipp{next(NUMBERS)}.csv"


@contextmanager
def callee(local: str, port: int, scratch: Path) -> Iterator[Child]:
    """A phone that answers every call and echoes its sound."""
    log = scratch / f"callee{next(NUMBERS)}.out"
    command = ("sipp", "-sf", str(SCENARIOS / "callee.xml"), "-i", local, "-mi", local, "-p", str(port),
               "-mp", str(free_udp(local)), "-rtp_echo", "-nostdin")  # fmt: skip
    child = Child.start("callee", command, log)
    try:
        yield child
    finally:
        child.stop()


def read_notes(text: str, calls: int) -> SippResult:
    """SIPp's statistics file: its last line counts all. Calls that never ended failed."""
    rows = list(csv.DictReader(text.splitlines(), delimiter=";"))
    if not rows:
        return SippResult(0, calls, 0)
    last = rows[-1]
    succeeded = int(last["SuccessfulCall(C)"])
    return SippResult(calls, calls - succeeded, int(last["Retransmissions(C)"]))
