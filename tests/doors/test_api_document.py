"""docs/api.md: its examples are commands that work, in their order, as they stand there."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline import clock
from tests.doors.console import Console, console
from tests.doors.programs import program
from tests.served import served
from web.api.app import PREFIX

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Console, str]]:
    """The pages and the API as they are served in earnest."""
    made = console(tmp_path / "home")
    made.clock.at = clock.now()
    with served(made.app) as base:
        yield made, f"{base}{PREFIX}"


def test_the_examples_work_as_they_stand(site: tuple[Console, str], tmp_path: Path) -> None:
    """Each block of commands, one after the other; none answers with a fault."""
    made, address = site
    given = {**os.environ, "KEY": program(made, "admin-1").key, "API": address, "NO_PROXY": "127.0.0.1"}
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 5
    for block in blocks:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=given,
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, block + done.stdout.decode() + done.stderr.decode()
