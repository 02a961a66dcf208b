"""Asterisk's side of a spoken message, as the listener is told one in tests."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from agi_scripts.frames import FrameKind, frame
from agi_scripts.listen import HUSH, MessageListener
from agi_scripts.server import Admission
from hotline.clock import monotonic
from recordings.messages import Messages, socket_id
from tests.spoken_message import at_level, prompt

NAME = "test-1.1-message"
HANG_UP, FAULT = frame(FrameKind.HANG_UP), frame(FrameKind.FAULT)
WORDS = at_level(prompt("zh-TW/V-08"), -24.0)[: 2 * 8000]


@contextmanager
def listening(
    folder: Path,
    *,
    longest: float = 20.0,
    at_once: int = 20,
    peers: str = "127.0.0.0/8",
    elapsed: Callable[[], float] = monotonic,
) -> Iterator[MessageListener]:
    """A listener until the block ends; no message is left under way."""
    gate = Admission(at_once, 1000, monotonic)
    listener = MessageListener(
        ("127.0.0.1", 0), Messages(folder), gate, peers=(peers,), longest=longest, elapsed=elapsed
    )
    Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield listener
    finally:
        listener.stop_listening()
        until(lambda: gate.inside == 0)


def until(true: object, seconds: float = 60) -> None:
    """Wait for something that must come."""
    end, pause = monotonic() + seconds, Event()
    while not true():  # type: ignore[operator]
        assert monotonic() < end, "it never came"
        pause.wait(0.01)


def halt(process: "subprocess.Popen[bytes]") -> None:
    """Stop a child, and return when all its threads stand still."""
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED)


def connect(listener: MessageListener) -> socket.socket:
    return socket.create_connection(listener.server_address[:2], 10)


@contextmanager
def call(listener: MessageListener, name: str = NAME) -> Iterator[socket.socket]:
    """Asterisk's side of an announced message."""
    listener.messages.announce(name)
    with connect(listener) as line:
        line.sendall(frame(FrameKind.ID, socket_id(name).bytes))
        yield line


def speak(line: socket.socket, sound: bytes, *, pace: float = 0.02) -> None:
    """In frames of 20 ms, as a telephone sends them."""
    pause = Event()
    for at in range(0, len(sound) - 319, 320):
        line.sendall(frame(FrameKind.SOUND, sound[at : at + 320]))
        pause.wait(pace)


def rest(line: socket.socket) -> bytes:
    """All that is said until the connection ends."""
    line.settimeout(30)
    said = b""
    with suppress(ConnectionError):
        while more := line.recv(65536):
            said += more
    return said


def farewell(line: socket.socket) -> bytes:
    """The last frame; everything before it is silence, in whole frames."""
    said = rest(line)
    assert said[:-3].replace(HUSH, b"") == b""
    return said[-3:]


def told(folder: Path, name: str = NAME) -> tuple[float, str]:
    body = json.loads((folder / f"{name}.json").read_text())
    return body["seconds"], body["ended"]
