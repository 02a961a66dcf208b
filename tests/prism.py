"""Prism on a free port: it answers as Twilio's own description says, and refuses what breaks it.

The description is Twilio's and is not kept here: it lies in the file that TWILIO_OPENAPI names, else in
``shared/twilio/`` beside the checkout. What is served is made of it for each run by ``twilio/excerpt.mjs``.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

from hotline.clock import monotonic
from ops.run.processes import dying_with_us
from tests.ports import free_port

HOME: Final = Path(__file__).parent / "twilio"
PRISM: Final = HOME / "node_modules" / ".bin" / "prism"
BESIDE: Final = Path(__file__).parents[2] / "shared" / "twilio" / "twilio_api_v2010.yaml"
NAMED: Final = "TWILIO_OPENAPI"
PATIENCE = 240.0
PAUSE = Event()


class CannotRun(Exception):
    """Prism or Twilio's description is not there, or Prism does not start; under CI that is a failure."""

    def __init__(self, why: str) -> None:
        self.is_failure = os.environ.get("CI", "").lower() == "true"
        super().__init__(why)


@contextmanager
def running() -> Iterator[str]:
    """Start it; the address at which it plays Twilio's API. Raises CannotRun."""
    node = shutil.which("node")
    if not PRISM.exists() or node is None:
        raise CannotRun("Prism is not installed; install it by: ops/bootstrap.sh test")
    with tempfile.TemporaryDirectory() as folder:
        contract = Path(folder) / "contract.yaml"
        _cut(node, description(), contract)
        with _serving(node, contract) as address:
            yield address


def description() -> Path:
    """Twilio's published description of its API of 2010-04-01. Raises CannotRun."""
    file = Path(os.environ.get(NAMED) or BESIDE)
    if not file.is_file():
        raise CannotRun(
            f"no description of Twilio's API at {file}; set {NAMED} to Twilio's published twilio_api_v2010.yaml"
        )
    return file


def _cut(node: str, whole: Path, contract: Path) -> None:
    command = [node, str(HOME / "excerpt.mjs"), str(whole), str(contract)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise CannotRun(f"{whole} is no description of Twilio's API: {done.stderr[-500:]}")


@contextmanager
def _serving(node: str, contract: Path) -> Iterator[str]:
    port = str(free_port())
    command = dying_with_us(node, str(PRISM), "mock", "--port", port, str(contract))
    with tempfile.TemporaryFile("w+") as said:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as process:
            try:
                if not _listens(int(port), process):
                    said.seek(0)
                    raise CannotRun(f"Prism does not start: {said.read()[-500:]}")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.kill()


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    until = monotonic() + PATIENCE
    while monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            PAUSE.wait(0.1)
    return False
