"""The listener as a process of its own: it drains, hangs and is killed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agi_scripts.frames import FrameKind, frame
from demo.baresip import free_port
from ops.jobs.hung_messages import listens
from recordings import vault
from recordings.messages import Messages, socket_id
from recordings.policy import MessageEnd
from tests.doors.messages import HANG_UP, NAME, WORDS, farewell, halt, speak, until
from tests.spoken_message import pcm as raw


@contextmanager
def process(home: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "HOTLINE_HOME": str(home), "HOTLINE_MESSAGE_PORT": str(port)}
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    command = [sys.executable, "-m", "ops.run.listener"]
    one = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        until(lambda: listens("127.0.0.1", port), 60)
        yield one
    finally:
        one.kill()
        one.wait()


def test_a_process_drains_on_SIGTERM_and_a_hung_one_is_known(tmp_path: Path) -> None:
    """New messages are refused at once, the one under way goes on to its end."""
    port, messages = free_port("127.0.0.1"), Messages(tmp_path / "messages")
    with process(tmp_path, port) as one:
        halt(one)
        assert not listens("127.0.0.1", port)
        one.send_signal(signal.SIGCONT)
        until(lambda: listens("127.0.0.1", port))
        messages.announce(NAME)
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(frame(FrameKind.ID, socket_id(NAME).bytes))
            speak(line, raw(WORDS[:8000]))
            one.send_signal(signal.SIGTERM)

            def is_closed() -> bool:
                speak(line, raw(WORDS[:1600]))  # a pause that a busy machine makes would be an end
                return not listens("127.0.0.1", port)

            until(is_closed)
            speak(line, raw(WORDS[8000:]))
            line.sendall(frame(FrameKind.KEY, b"#"))
            assert farewell(line) == HANG_UP
        assert one.wait(20) == 0
    assert messages.heard(NAME).ended is MessageEnd.KEY


def test_a_killed_process_leaves_what_was_said(tmp_path: Path) -> None:
    """The head is mended by whoever looks next; nobody but the listener could tell the end."""
    port, messages = free_port("127.0.0.1"), Messages(tmp_path / "messages")
    with process(tmp_path, port) as one:
        messages.announce(NAME)
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(frame(FrameKind.ID, socket_id(NAME).bytes))
            speak(line, raw(WORDS), pace=0.0)
            until(lambda: messages.size(NAME) == 44 + len(raw(WORDS)))
            one.kill()
            one.wait()
    heard = messages.heard(NAME)
    assert heard.ended is MessageEnd.CUT and heard.seconds >= 2.0
    path = messages.path(NAME)
    assert not vault.head(path).is_whole and vault.repair(path) and vault.head(path).is_whole
