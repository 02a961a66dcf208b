"""docs/api.md: its examples are commands that work, in their order, as they stand there."""

import os
import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress

from hotline import clock
from tests.doors.console import Console, console
from tests.doors.programs import program
from web.api.app import PREFIX

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Console, str]]:
    """The pages and the API as they are served in earnest."""
    made = console(tmp_path / "home")
    made.clock.at = clock.now()
    listening = socket.create_server(("127.0.0.1", 0))
    server: Any = waitress.create_server(made.app, sockets=[listening], clear_untrusted_proxy_headers=False)
    threading.Thread(target=server.run, daemon=True).start()
    yield made, f"http://127.0.0.1:{listening.getsockname()[1]}{PREFIX}"
    server.close()
    listening.close()


def test_the_examples_work_as_they_stand(served: tuple[Console, str], tmp_path: Path) -> None:
    """Each block of commands, one after the other; none answers with a fault."""
    made, address = served
    given = {**os.environ, "KEY": program(made, "admin-1").key, "API": address, "NO_PROXY": "127.0.0.1"}
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=given,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, block + done.stdout.decode() + done.stderr.decode()
