"""An Asterisk that goes on while the hotline is started anew; a script plays it and notes all it is told."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.settings import Settings
from ops.pbx.home import AsteriskHome
from ops.pbx.program import NO_ASTERISK
from ops.run.adopting import MODULE_LIST, adopt

PLAYED = """#!/bin/sh
[ "$1" = -f ] && { echo runs; read -r _; }
echo "$4" >> "$0.told"
[ "$4" = "module show" ] && echo "app_queue.so  True Call Queueing  0  Running  core"
exit 0
"""


@pytest.fixture
def home(tmp_path: Path) -> AsteriskHome:
    """It runs with the queues, and its configuration now names functions too."""
    script = tmp_path / "asterisk"
    script.write_text(PLAYED)
    script.chmod(0o755)
    one = AsteriskHome(Settings(home=tmp_path / "home"), replace(NO_ASTERISK, words=(str(script),)), None)
    one.etc.mkdir(parents=True)
    (one.etc / MODULE_LIST).write_text(
        "[modules]\nautoload = no\nload = app_queue.so\nload = func_config.so\n"
    )
    return one


@pytest.fixture
def runs(home: AsteriskHome) -> Iterator[int]:
    """Its process, once it runs: the kernel shows no command line while a program is being loaded."""
    command = (*home.program.words, "-f", "-C", str(home.etc / "asterisk.conf"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "runs\n"
        yield process.pid
        process.kill()


def test_a_module_that_is_new_is_loaded_before_the_dialplan(home: AsteriskHome, runs: int) -> None:
    """The new dialplan may need it; what is loaded already stays as it is."""
    said: list[str] = []
    adopt(home, runs, [MODULE_LIST, "extensions.conf"], said.append)
    told = Path(f"{home.program.words[0]}.told").read_text().splitlines()
    assert [line for line in told if line.startswith("module ") and line != "module show"] == [
        "module load func_config.so",
        "module reload pbx_config.so",
    ]
    assert not any("anew" in line for line in said)
