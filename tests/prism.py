"""Prism on a free port: it answers as Twilio's own description says, and refuses what breaks it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from hotline.clock import monotonic
from ops.processes import dying_with_us

HOME = Path(__file__).parent / "twilio"
PRISM = HOME / "node_modules" / ".bin" / "prism"
PATIENCE = 60.0
PAUSE = Event()


class CannotRun(Exception):
    """Prism is not there or does not start; under CI that is a failure."""

    def __init__(self, why: str) -> None:
        self.is_failure = os.environ.get("CI", "").lower() == "true"
        super().__init__(f"{why}; install it by: ops/bootstrap.sh test")


@contextmanager
def running() -> Iterator[str]:
    """Start it; the address at which it plays Twilio's API. Raises CannotRun."""
    node = shutil.which("node")
    if not PRISM.exists() or node is None:
        raise CannotRun("Prism is not installed")
    port = str(_free_port())
    command = dying_with_us(node, str(PRISM), "mock", "--port", port, str(HOME / "contract.yaml"))
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


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
