"""The machine a figure was measured on, named so that figures of others can be compared."""

import os
import platform
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

from hotline import clock


def machine(asterisk: str, scratch: Path) -> dict[str, Any]:
    """Cores, processor, versions, load and the price of an fsync here."""
    return {
        "at": clock.now().isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "cpu": _cpu(),
        "python": platform.python_version(),
        "asterisk": asterisk,
        "system": _system(),
        "sipp": _first_line(("sipp", "-v")),
        "load_before": round(os.getloadavg()[0], 2),
        "fsync_ms": round(fsync_ms(scratch), 3),
    }


def in_words(facts: dict[str, Any]) -> str:
    """One line for the head of the tables."""
    return (
        f"{facts['cores']} cores of {facts['cpu']}, {facts['system']}, Python {facts['python']}, "
        f"Asterisk {facts['asterisk']}, fsync {facts['fsync_ms']} ms, load {facts['load_before']}"
    )


def fsync_ms(scratch: Path, times: int = 50) -> float:
    """Milliseconds of a small write that reaches the disk, median."""
    took = []
    file = os.open(scratch / "fsync", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        for _ in range(times):
            began = clock.monotonic()
            os.write(file, b"x" * 4096)
            os.fdatasync(file)
            took.append(clock.monotonic() - began)
    finally:
        os.close(file)
    return median(took) * 1000


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    release = Path("/etc/os-release")
    lines = release.read_text("utf-8").splitlines() if release.exists() else []
    names = [line.partition("=")[2].strip('"') for line in lines if line.startswith("PRETTY_NAME=")]
    return names[0] if names else platform.system()


def _first_line(command: tuple[str, ...]) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except OSError:
        return "missing"
    return next((line.strip() for line in run.stdout.splitlines() if line.strip()), "")
