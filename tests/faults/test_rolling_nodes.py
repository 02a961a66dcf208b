"""Two nodes are upgraded one after the other, and go back, while calls go on (resilience row 47).

The release before is taken from this repository's history and runs as the programs that it was; the edge
stands before both, as in a cluster.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Final
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine, text

from demo.baresip import free_port
from hotline.settings.kinds import CHECKOUT
from tests.edges import CARRIER, PORT, edge
from tests.faults.crowd import Leaver, scenario
from tests.faults.test_rolling_upgrade import checkout_of
from tests.live.conftest import refuse_or_go_on
from tests.ports import free_ports
from tests.postgres import Postgres

pytestmark = pytest.mark.live
RELEASE: Final = "e6a939eb"
"""Version 0.2.0."""
PARTS: Final = (
    "administration agi_scripts calls control demo hotline ivr ops recordings reporting tools transfer web"
).split()
TRUNK, PHONES = "127.0.0.40", "127.0.0.41"
NODES: Final = {"ntpc1": "127.0.0.51", "ntpc2": "127.0.0.52"}
CALLERS: Final = 400
SECONDS: Final = 6.0
"""How long who presses no key stays."""
LEAVERS, PROMISED = (Leaver("0975", SECONDS), 1.5), (Leaver("0976", 4.0, "131#", 8.0), 0.5)
"""Callers by the beginning of their numbers, and how many come a second: some hang up in the first menu, some
ask for a callback, half a minute long, so that a switch meets calls in every menu and at every word.
"""


class UpgradedNode:
    """A node that runs the programs of one checkout after the other over the same home."""

    def __init__(self, folder: Path, name: str, database_url: str) -> None:
        self.name, self.home, self.log = name, folder / name, folder / f"{name}.log"
        self.home.mkdir(mode=0o711)
        agi1, agi2, ami, self.web, console, message, officers = free_ports(7)
        number = list(NODES).index(name)
        values = {
            "node": name,
            "sip_address": NODES[name],
            "sip_port": PORT,
            "agi_ports": [agi1, agi2],
            "ami_port": ami,
            "web_port": self.web,
            "console_port": console,
            "message_port": message,
            "rtp_from": 27000 + 200 * number,
            "rtp_to": 27199 + 200 * number,
            "recording_minimum_free": 0,
            "trunk_match": [TRUNK],
            "trunk_contact": f"{TRUNK}:{PORT}",
            "officers_contact": f"127.0.0.3:{officers}",
            "database_url": database_url,
        }
        lines = (
            f"{key} = {value if isinstance(value, int | list) else f'{value}'!r}"
            for key, value in values.items()
        )
        (self.home / "settings.toml").write_text("\n".join(lines).replace("'", '"'))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, checkout: Path) -> None:
        """Run the programs of a checkout until they are ready."""
        environment = os.environ | {"PYTHONPATH": str(checkout), "HOTLINE_HOME": str(self.home)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "ops.cli", "up"), cwd=checkout, env=environment, stdout=log, stderr=log
            )
        until(self._is_ready, 90, f"{self.name} is ready: {self.log.read_text()[-600:]}")

    def drain(self) -> None:
        """As Ctrl-C: talks finish, new calls go elsewhere."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0

    def kill(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            self._process.send_signal(signal.SIGTERM)  # at once
            self._process.wait(30)

    def _is_ready(self) -> bool:
        assert self._process and self._process.poll() is None, self.log.read_text()[-600:]
        try:
            with urlopen(f"http://127.0.0.1:{self.web}/health/ready", timeout=3) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def until(done: Callable[[], bool], seconds: float, what: str) -> None:
    by = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < by, what
        time.sleep(0.2)


@pytest.fixture
def before() -> Iterator[Path]:
    """The checkout of the last release, which our users may read."""
    place = Path(mkdtemp(prefix="hotline-", dir="/tmp"))
    place.chmod(0o755)
    yield checkout_of(RELEASE, PARTS, place)
    shutil.rmtree(place, ignore_errors=True)


@contextmanager
def traffic(above: Path, like: Leaver, rate: float) -> Iterator[Callable[[], int]]:
    """Callers at the edge without a pause; what is yielded ends them: how many there were. None may fail."""
    folder = above / f"callers-{like.number}"
    folder.mkdir()
    numbers = "".join(f"{like.number}{number:06};{like.seconds * 1000:.0f}\n" for number in range(CALLERS))
    (folder / "callers.csv").write_text(f"SEQUENTIAL\n{numbers}")
    sip = free_port(CARRIER)
    command = (
        "sipp",
        f"{TRUNK}:{PORT}",
        "-sf",
        str(scenario(folder, like)),
        "-inf",
        "callers.csv",
        "-i",
        CARRIER,
        "-mi",
        CARRIER,
        "-p",
        str(sip),
        "-mp",
        str(sip + 1),
        "-r",
        f"{rate:g}",
        "-l",  # SIPp's own limit of calls at once does not count a pause of each caller's own
        str(CALLERS),
        "-nostdin",
        "-trace_err",
        "-error_file",
        "faults.log",
        "-timeout",
        "600s",
    )
    with (folder / "callers.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)

    def ended() -> int:
        process.send_signal(signal.SIGUSR1)  # no new calls; ends when the last one has
        process.wait(60)
        told = (folder / "callers.log").read_text(errors="replace")
        well, failed = (
            int(re.findall(rf"{what} call\s*\|\s*\d+\s*\|\s*(\d+)", told)[-1])
            for what in ("Successful", "Failed")
        )
        faults = folder / "faults.log"
        assert not failed, faults.read_text(errors="replace")[-2000:] if faults.exists() else like
        return well

    try:
        yield ended
    finally:
        process.kill()
        process.wait()


def test_resilience_47_nodes_are_upgraded_one_after_the_other_and_back(
    before: Path, postgres: Postgres, tmp_path: Path
) -> None:
    """No caller notices: not of the new schema beside old programs, nor of old programs over the new one. Who
    asks for a callback is promised one, by either release, and by one that ends meanwhile.
    """
    refuse_or_go_on()
    folder = before.parent / f"{before.name}-nodes"
    folder.mkdir(mode=0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database_url = stack.enter_context(postgres.database())
        nodes = [UpgradedNode(folder, name, database_url) for name in NODES]
        for node in nodes:
            stack.callback(node.kill)
            node.start(before)
        stack.enter_context(edge(folder, TRUNK, PHONES, NODES.values()))
        leavers = stack.enter_context(traffic(folder, *LEAVERS))
        promised = stack.enter_context(traffic(folder, *PROMISED))
        time.sleep(2 * SECONDS)
        for checkout in (CHECKOUT, before):
            for node in nodes:
                node.drain()
                share_keys(nodes)
                node.start(checkout)
                time.sleep(SECONDS)
        promises, well = promised(), leavers()
        for node in nodes:
            node.drain()
        ends = found(database_url, "SELECT end_reason, count(*) FROM call GROUP BY end_reason")
        ends.pop("system", 0)  # sent elsewhere by a node that drains
        assert ends == {"caller_hung_up": well + promises}
        assert found(database_url, "SELECT 'given', count(*) FROM callback") == {"given": promises}


def share_keys(nodes: list[UpgradedNode]) -> None:
    """As the guide asks: the file that the first node makes is copied to the others."""
    for source in nodes:
        for target in nodes:
            if (source.home / "keys").is_dir() and not (target.home / "keys").exists():
                subprocess.run(("cp", "-a", source.home / "keys", target.home / "keys"), check=True)


def found(database_url: str, asked: str) -> dict[str | None, int]:
    """Ask the database for numbers by a name. Of calls without an end the name is None."""
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(text(asked))}
    finally:
        engine.dispose()
