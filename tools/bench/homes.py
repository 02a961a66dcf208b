"""A fresh HOTLINE_HOME for one measurement, with the real AGI processes and the jobs over it."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from ops import wiring
from ops.machine.priority import raise_priority
from tools.bench.processes import Child, cpu_ms, free_port, free_udp, listens, pss_kib, threads

JOBS = "ops.jobs"
NO_LIMIT = 100_000
"""Calls at once: what the machine bears is what is measured here."""


@dataclass
class BenchHome:
    """One home; ``agi`` are its AGI processes, ``jobs`` the follower of the event log, if it runs."""

    settings: Settings
    agi: list[Child] = field(default_factory=list)
    jobs: Child | None = None

    @property
    def pids(self) -> list[int]:
        """The AGI processes."""
        return [child.pid for child in self.agi]

    def environment(self) -> dict[str, str]:
        """Environment of its processes: these settings and nothing of our own surroundings."""
        return _without_settings() | told(self.settings)

    def module(self, name: str, module: str, *arguments: str) -> Child:
        """Start one of our modules over this home."""
        command = (sys.executable, "-m", module, *arguments)
        return Child.start(name, command, self.settings.home / f"{name}.log", self.environment())

    def start_agi(self, count: int) -> None:
        """The real ``python -m ops.run.agi``, one or both."""
        for port in self.settings.agi_ports[:count]:
            child = self.module(f"agi-{port}", "ops.run.agi", "--port", str(port))
            raise_priority(child.pid)
            self.agi.append(child)
        for child, port in zip(self.agi, self.settings.agi_ports, strict=False):
            child.await_(lambda port=port: listens(port))  # type: ignore[misc]

    def start_jobs(self) -> None:
        """The process that loads the event log into the record."""
        if find_spec(JOBS):
            self.jobs = self.module("jobs", JOBS)

    def stop(self) -> None:
        """End all of them."""
        for child in (*self.agi, *((self.jobs,) if self.jobs else ())):
            child.stop()

    def agi_cpu_ms(self) -> float:
        """CPU of the AGI processes so far."""
        return cpu_ms(*self.pids)

    def jobs_cpu_ms(self) -> float:
        """CPU of the jobs so far; nothing when they do not run."""
        return cpu_ms(self.jobs.pid) if self.jobs else 0.0

    def weight(self) -> tuple[int, int]:
        """Threads and KiB of both AGI processes now."""
        return sum(map(threads, self.pids)), sum(map(pss_kib, self.pids))


@contextmanager
def bench_home(folder: Path, **values: Any) -> Iterator[BenchHome]:
    """A home with its database migrated and ports nobody uses; its processes end with the block."""
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    first: dict[str, Any] = {
        "home": folder,
        "agi_ports": (free_port(), free_port()),
        "sip_port": free_udp(),
        "ami_port": free_port(),
        "web_port": free_port(),
        "console_port": free_port(),
        "agi_rate": 100_000,
        "node_calls": NO_LIMIT,
        "caller_calls": NO_LIMIT,
        "after_call": timedelta(0),
        "recovery": timedelta(0),
        "log_level": "WARNING",
    }
    home = BenchHome(Settings(**(first | values)))
    home.settings.metrics.mkdir(exist_ok=True)
    wiring.migrate(home.settings)
    with ExitStack() as stack:
        stack.callback(home.stop)
        yield home


def told(settings: Settings) -> dict[str, str]:
    """The environment that makes these settings."""
    env = {"PROMETHEUS_MULTIPROC_DIR": str(settings.metrics), "PYTHONPATH": str(CHECKOUT)}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        env[f"HOTLINE_{name.upper()}"] = _words(value)
    return env


def _words(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(value)


def _without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
