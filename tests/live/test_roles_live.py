"""A machine without calls: `hotline up --role console --role jobs` is ready, and ends in order."""

import os
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from signal import SIGTERM

import pytest

from hotline.settings.kinds import CHECKOUT
from tests.ports import free_ports

pytestmark = pytest.mark.live
WITHIN = 120.0


def answer(port: int, path: str) -> tuple[int, str]:
    """What a page says; 0 while nobody listens."""
    line = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        line.request("GET", path)
        said = line.getresponse()
        return said.status, said.read().decode()
    except OSError:
        return 0, ""
    finally:
        line.close()


def test_pages_and_jobs_are_ready_without_an_asterisk(tmp_path: Path) -> None:
    """Health is whole, the pages answer, nothing of calls is configured or runs."""
    web, console = free_ports(2)
    environment = {
        "HOTLINE_HOME": str(tmp_path / "home"),
        "HOTLINE_WEB_PORT": str(web),
        "HOTLINE_CONSOLE_PORT": str(console),
        "HOTLINE_RECORDING_MINIMUM_FREE": "0",
    }
    tmp_path.chmod(0o711)
    command = (sys.executable, "-m", "ops.cli", "up", "--role", "console", "--role", "jobs")
    with (tmp_path / "said").open("wb") as said:
        up = subprocess.Popen(
            command, cwd=CHECKOUT, env={**os.environ, **environment}, stdout=said, stderr=said
        )
    try:
        until = time.monotonic() + WITHIN
        while answer(web, "/health/ready")[0] != 200 or answer(console, "/")[0] not in (200, 302):
            assert up.poll() is None and time.monotonic() < until, (tmp_path / "said").read_text()
            time.sleep(0.2)
        assert not (tmp_path / "home" / "asterisk").exists()
        up.send_signal(SIGTERM)
        assert up.wait(60) == 0
        told = (tmp_path / "said").read_text()
        assert "disk.fault" not in told  # it has none of the folders that an Asterisk writes
        assert "runs: console, jobs" in told and "No other machine uses it" in told
    finally:
        up.kill()
        up.wait()
