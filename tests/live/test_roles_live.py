"""Machines without calls: `hotline up --role …` starts those parts alone, and ends in order."""

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


@pytest.mark.parametrize("roles", [("console", "jobs"), ("web",)], ids="+".join)
def test_roles_without_calls_are_ready_without_an_asterisk(tmp_path: Path, roles: tuple[str, ...]) -> None:
    """Health is whole, the pages answer where they shall, nothing of calls is configured or runs."""
    web, console = free_ports(2)
    environment = {
        "HOTLINE_HOME": str(tmp_path / "home"),
        "HOTLINE_WEB_PORT": str(web),
        "HOTLINE_CONSOLE_PORT": str(console),
        "HOTLINE_RECORDING_MINIMUM_FREE": "0",
    }

    def is_told() -> bool:
        return f"runs: {', '.join(roles)}. Started" in (tmp_path / "said").read_text()

    tmp_path.chmod(0o711)
    chosen = (word for role in roles for word in ("--role", role))
    pages = (200, 302) if "console" in roles else (0,)
    command = (sys.executable, "-m", "ops.cli", "up", *chosen)
    with (tmp_path / "said").open("wb") as said:
        up = subprocess.Popen(
            command, cwd=CHECKOUT, env={**os.environ, **environment}, stdout=said, stderr=said
        )
    try:
        until = time.monotonic() + WITHIN
        while not is_told() or answer(console, "/")[0] not in pages:
            assert up.poll() is None and time.monotonic() < until, (tmp_path / "said").read_text()
            time.sleep(0.2)
        assert answer(web, "/health/ready")[0] == 200
        assert not (tmp_path / "home" / "asterisk").exists()
        up.send_signal(SIGTERM)
        assert up.wait(60) == 0
        told = (tmp_path / "said").read_text()
        assert "disk.fault" not in told  # it has none of the folders that an Asterisk writes
        assert "No other machine uses it" in told
    finally:
        up.kill()
        up.wait()
