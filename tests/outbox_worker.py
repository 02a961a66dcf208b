"""A worker of the outbox as a process of its own: ``python -m tests.outbox_worker URL FILE NAME AT [DIES]``.

Sends by adding a line with the letter's key to FILE, as of the instant AT. With DIES it is killed after so
many letters, between the sending and the note of it. Says that it is ready, and begins at a line on its
standard input.
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from hotline.db import connect, sessions
from hotline.outbox.message import Letter
from hotline.outbox.service import Post
from tests.conftest import WAIT
from tests.keys import RING


class Lines:
    """A line a letter; one write each, so that lines of several workers never mix."""

    def __init__(self, file: Path, name: str, dies: int) -> None:
        self._file, self._name, self._dies, self._sent = file, name, dies, 0

    def send(self, letter: Letter) -> str:
        with self._file.open("a") as file:
            file.write(f"{letter.key} {letter.recipient} {self._name}\n")
        self._sent += 1
        if self._sent == self._dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return f"line-{letter.number}"


def main(url: str, file: str, name: str, at: str, dies: str = "0") -> None:
    """Deliver what is due at the instant, then end."""
    engine = connect(url, wait=WAIT, keys=RING)
    post = Post(sessions(engine), Lines(Path(file), name, int(dies)), name)
    os.write(1, b"ready\n")
    sys.stdin.readline()
    post.deliver(datetime.fromisoformat(at))
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
