"""The listener of spoken messages: what it refuses, and what comes to an end by itself."""

import os
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event
from uuid import UUID, uuid4

import pytest

from agi_scripts.frames import LARGEST, FrameKind, frame
from agi_scripts.listen import MessageListener
from hotline.clock import monotonic
from recordings.messages import socket_id
from recordings.policy import MessageEnd
from tests.doors.messages import (
    FAULT,
    HANG_UP,
    NAME,
    WORDS,
    call,
    connect,
    farewell,
    listening,
    rest,
    speak,
    told,
    until,
)
from tests.spoken_message import pcm as raw

HOSTILE = {
    "no id first": frame(FrameKind.SOUND, bytes(320)),
    "a short id": b"\x01\x00\x08" + bytes(8),
    "a long id": b"\x01\xff\xff" + bytes(300),
    "an unknown kind": b"\x7f\x00\x00",
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "agi": b"agi_network: yes\n",
    "an id nobody announced": frame(FrameKind.ID, uuid4().bytes),
    "an id that is a path": frame(FrameKind.ID, b"../../../../etc/"),
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_asterisks_is_refused_and_leaves_nothing(
    listener: MessageListener, tmp_path: Path, words: bytes
) -> None:
    """A fault frame, so that Asterisk would record by itself; the announced message is still to be had."""
    listener.messages.announce(NAME)
    with connect(listener) as line:
        line.sendall(words)
        assert rest(line) == FAULT
    assert {path.name for path in tmp_path.iterdir()} == {"announced"}
    assert listener.messages.claim(socket_id(NAME)) == NAME


def test_a_message_is_taken_once(listener: MessageListener, tmp_path: Path) -> None:
    """Whoever overheard the id is too late: nothing is written over."""
    with call(listener) as first:
        speak(first, raw(WORDS[:8000]))
        with connect(listener) as second:
            second.sendall(frame(FrameKind.ID, socket_id(NAME).bytes))
            assert rest(second) == FAULT
        first.sendall(frame(FrameKind.KEY, b"#"))
        assert farewell(first) == HANG_UP
    assert told(tmp_path)[1] == MessageEnd.KEY


def test_a_file_that_is_there_is_never_written_over(listener: MessageListener, tmp_path: Path) -> None:
    """Not even through a link that somebody laid."""
    precious = tmp_path / "precious"
    precious.write_text("words")
    (tmp_path / f"{NAME}.wav").symlink_to(precious)
    with call(listener) as line:
        assert rest(line) == FAULT
    assert precious.read_text() == "words"


@pytest.mark.parametrize(
    "words", [b"\x10\x00\x01\0", b"\x10\xff\xff", b"\x22\x00\x00", frame(FrameKind.ID, bytes(16))]
)
def test_a_bad_frame_in_a_message_ends_it_and_keeps_what_was_said(tmp_path: Path, words: bytes) -> None:
    """Half a sample, a frame of 64 KiB, an unknown kind, a second id; no silence ends it before."""
    with listening(tmp_path, elapsed=lambda: 0.0) as listener, call(listener) as line:
        speak(line, raw(WORDS))
        line.sendall(words)
        assert farewell(line) == FAULT
    assert told(tmp_path)[1] == MessageEnd.CUT


def test_a_flood_is_ended(tmp_path: Path) -> None:
    """Sound faster than any telephone: no longer and no bigger than the longest message."""
    with listening(tmp_path, longest=5.0) as listener, call(listener) as line:
        words = raw(WORDS)
        sound = b"".join(
            frame(FrameKind.SOUND, words[at : at + LARGEST]) for at in range(0, len(words), LARGEST)
        )
        began = monotonic()
        with suppress(ConnectionError, TimeoutError):
            while monotonic() - began < 10:
                line.sendall(sound)
        until(lambda: listener.gate.inside == 0)
    assert (tmp_path / f"{NAME}.wav").stat().st_size <= 5 * 16000 + 2 * LARGEST + 44


def test_keys_without_end_are_ended(tmp_path: Path) -> None:
    """A flood that is no sound counts against the bytes of a connection."""
    with listening(tmp_path, longest=5.0) as listener, call(listener) as line:
        with suppress(ConnectionError, TimeoutError):
            while True:
                line.sendall(frame(FrameKind.KEY, b"1") * 4000)
        until(lambda: listener.gate.inside == 0)


def test_slow_and_silent_connections_end_by_themselves(tmp_path: Path) -> None:
    """Who says nothing, and who drips an id byte by byte."""
    with listening(tmp_path) as listener, ExitStack() as stack:
        silent, dripping = (stack.enter_context(connect(listener)) for _ in range(2))
        began, pause = monotonic(), Event()
        with suppress(ConnectionError):
            for byte in frame(FrameKind.ID, uuid4().bytes):
                dripping.sendall(bytes((byte,)))
                pause.wait(0.3)
        assert rest(silent) == FAULT and rest(dripping) in (FAULT, b"")
        assert monotonic() - began < 10


def test_who_does_not_read_is_left(tmp_path: Path) -> None:
    """Silence that nobody takes does not keep a thread: the message ends at its longest time."""
    with listening(tmp_path, longest=4.0) as listener, call(listener) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        speak(line, raw(WORDS))
        until(lambda: listener.gate.inside == 0, 15)


def test_beyond_the_limit_asterisk_is_told_at_once(tmp_path: Path) -> None:
    """Those under way are not disturbed."""
    with listening(tmp_path, at_once=2) as listener, ExitStack() as stack:
        lines = [stack.enter_context(call(listener, f"test-{n}.1-message")) for n in range(2)]
        until(lambda: listener.gate.inside == 2)
        with call(listener, "test-9.1-message") as late:
            assert rest(late) == FAULT
        for line in lines:
            line.sendall(frame(FrameKind.KEY, b"#"))
            assert farewell(line) == HANG_UP


def test_other_networks_are_refused(tmp_path: Path) -> None:
    """The socket knows no password."""
    with listening(tmp_path, peers="192.0.2.0/24") as listener, connect(listener) as line:
        assert rest(line) == b""


def test_a_full_disk_gives_the_caller_back(
    listener: MessageListener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be kept: a fault, at once, and the thread is free."""
    real = os.write

    def full(file: int, words: bytes) -> int:
        if len(words) == 320:
            raise OSError(28, "No space left on device")
        return real(file, words)

    monkeypatch.setattr("recordings.messages.os.write", full)
    with call(listener) as line:
        line.sendall(frame(FrameKind.SOUND, raw(WORDS)[:320]))
        assert farewell(line) == FAULT
    until(lambda: listener.gate.inside == 0)


def test_the_id_of_nobody_is_a_probe(listener: MessageListener) -> None:
    """Readiness asks with it, and no alarm is raised."""
    with connect(listener) as line:
        line.sendall(frame(FrameKind.ID, UUID(int=0).bytes))
        assert rest(line) == FAULT
