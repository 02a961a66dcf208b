"""The listener of spoken messages: what it takes, what it keeps, and what it refuses."""

import json
import os
import signal
import socket
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from uuid import UUID, uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi_scripts.frames import LARGEST, SIZES, BadFrame, Frames, Kind, frame
from agi_scripts.listen import HUSH, Listener
from agi_scripts.server import Gate
from hotline.clock import monotonic
from ops.baresip import free_port
from ops.readiness import listens
from recordings import vault
from recordings.messages import Messages, socket_id
from recordings.policy import MessageEnd
from tests.spoken_message import at_level, prompt
from tests.spoken_message import pcm as raw

NAME = "test-1.1-message"
HANG_UP, FAULT = frame(Kind.HANG_UP), frame(Kind.FAULT)
WORDS = at_level(prompt("zh-TW/V-08"), -24.0)[: 2 * 8000]


@contextmanager
def listening(
    folder: Path, *, longest: float = 20.0, at_once: int = 20, peers: str = "127.0.0.0/8"
) -> Iterator[Listener]:
    """A listener until the block ends; no message is left under way."""
    gate = Gate(at_once, 1000, monotonic)
    listener = Listener(
        ("127.0.0.1", 0), Messages(folder), gate, peers=(peers,), longest=longest, elapsed=monotonic
    )
    Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield listener
    finally:
        listener.stop_listening()
        until(lambda: gate.inside == 0)


def until(true: object, seconds: float = 20) -> None:
    """Wait for something that must come."""
    end, pause = monotonic() + seconds, Event()
    while not true():  # type: ignore[operator]
        assert monotonic() < end, "it never came"
        pause.wait(0.01)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    with listening(tmp_path) as one:
        yield one


def connect(listener: Listener) -> socket.socket:
    return socket.create_connection(listener.server_address[:2], 10)


@contextmanager
def call(listener: Listener, name: str = NAME) -> Iterator[socket.socket]:
    """Asterisk's side of an announced message."""
    listener.messages.announce(name)
    with connect(listener) as line:
        line.sendall(frame(Kind.ID, socket_id(name).bytes))
        yield line


def speak(line: socket.socket, sound: bytes, *, pace: float = 0.02) -> None:
    """In frames of 20 ms, as a telephone sends them."""
    pause = Event()
    for at in range(0, len(sound) - 319, 320):
        line.sendall(frame(Kind.SOUND, sound[at : at + 320]))
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


# --- what ends a message -----------------------------------------------------------------------------


def test_P5_1_1_silence_ends_a_message_and_it_is_kept(listener: Listener, tmp_path: Path) -> None:
    """Two seconds of words, then nothing comes at all: 2.5 s later the caller goes on, the file is whole."""
    with call(listener) as line:
        speak(line, raw(WORDS))
        began = monotonic()
        assert farewell(line) == HANG_UP
        assert 1.5 < monotonic() - began < 5
    seconds, ended = told(tmp_path)
    assert ended == MessageEnd.SILENCE and 4 < seconds < 6
    with wave.open(str(tmp_path / f"{NAME}.wav")) as file:
        assert file.getparams()[:3] == (1, 2, 8000)
        assert file.getnframes() / 8000 == pytest.approx(seconds, abs=0.01)
        kept = np.frombuffer(file.readframes(len(WORDS)), "<i2")
    np.testing.assert_array_equal(kept[:15000], np.frombuffer(raw(WORDS), "<i2")[:15000])


@pytest.mark.parametrize("key", ["#", "5"])
def test_only_the_pound_key_ends_it(listener: Listener, tmp_path: Path, key: str) -> None:
    """Any other key is part of speaking; what was said before is kept."""
    with call(listener) as line:
        speak(line, raw(WORDS))
        began = monotonic()
        line.sendall(frame(Kind.KEY, key.encode()))
        assert farewell(line) == HANG_UP
        assert (monotonic() - began < 1.0) is (key == "#")
    assert told(tmp_path)[1] == (MessageEnd.KEY if key == "#" else MessageEnd.SILENCE)


def test_nothing_said_is_nothing_kept_also_when_no_sound_comes(listener: Listener, tmp_path: Path) -> None:
    """A telephone that sends no frame at all: six seconds by the clock on the wall."""
    with call(listener) as line:
        began = monotonic()
        assert farewell(line) == HANG_UP
        assert 5.5 < monotonic() - began < 8
    assert not list(tmp_path.glob("*.wav")) and not list(tmp_path.glob("*.json"))
    assert listener.messages.heard(NAME).ended is MessageEnd.EMPTY


def test_the_longest_time_is_by_the_clock_on_the_wall(tmp_path: Path) -> None:
    """Whoever talks on is ended; also whoever sends only now and then."""
    with listening(tmp_path, longest=3.0) as listener, call(listener) as line:
        began = monotonic()
        with suppress(ConnectionError):
            speak(line, raw(np.tile(WORDS, 3)), pace=0.02)
        assert farewell(line)[-3:] == HANG_UP
        assert 2.5 < monotonic() - began < 8
    assert told(tmp_path)[1] == MessageEnd.LONGEST
    assert told(tmp_path)[0] == pytest.approx(3.0, abs=0.3)


@pytest.mark.parametrize("how", ["hang-up frame", "end", "reset", "fault frame"])
def test_who_hangs_up_keeps_what_was_said(listener: Listener, tmp_path: Path, how: str) -> None:
    """The caller's end, however Asterisk tells it."""
    with call(listener) as line:
        speak(line, raw(WORDS))
        match how:
            case "hang-up frame":
                line.sendall(HANG_UP)
            case "fault frame":
                line.sendall(FAULT)
            case "reset":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    until(lambda: (tmp_path / f"{NAME}.json").exists())
    seconds, ended = told(tmp_path)
    assert ended == MessageEnd.CUT and seconds == pytest.approx(2.0, abs=0.4)
    assert vault.head(tmp_path / f"{NAME}.wav").is_whole


def test_one_caller_never_waits_for_another(listener: Listener, tmp_path: Path) -> None:
    """Eight messages at once, each with its own words and its own end."""
    names = [f"test-{n}.1-message" for n in range(8)]

    def leave(name: str) -> None:
        with call(listener, name) as line:
            speak(line, raw(WORDS))
            line.sendall(frame(Kind.KEY, b"#"))
            assert farewell(line) == HANG_UP

    threads = [Thread(target=leave, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [told(tmp_path, name)[1] for name in names] == [MessageEnd.KEY] * 8


# --- what is refused ---------------------------------------------------------------------------------


HOSTILE = {
    "no id first": frame(Kind.SOUND, bytes(320)),
    "a short id": b"\x01\x00\x08" + bytes(8),
    "a long id": b"\x01\xff\xff" + bytes(300),
    "an unknown kind": b"\x7f\x00\x00",
    "http": b"GET / HTTP/1.1\r\n\r\n",
    "agi": b"agi_network: yes\n",
    "an id nobody announced": frame(Kind.ID, uuid4().bytes),
    "an id that is a path": frame(Kind.ID, b"../../../../etc/"),
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_asterisks_is_refused_and_leaves_nothing(
    listener: Listener, tmp_path: Path, words: bytes
) -> None:
    """A fault frame, so that Asterisk would record by itself; the announced message is still to be had."""
    listener.messages.announce(NAME)
    with connect(listener) as line:
        line.sendall(words)
        assert rest(line) == FAULT
    assert {path.name for path in tmp_path.iterdir()} == {"announced"}
    assert listener.messages.claim(socket_id(NAME)) == NAME


def test_a_message_is_taken_once(listener: Listener, tmp_path: Path) -> None:
    """Whoever overheard the id is too late: nothing is written over."""
    with call(listener) as first:
        speak(first, raw(WORDS[:8000]))
        with connect(listener) as second:
            second.sendall(frame(Kind.ID, socket_id(NAME).bytes))
            assert rest(second) == FAULT
        first.sendall(frame(Kind.KEY, b"#"))
        assert farewell(first) == HANG_UP
    assert told(tmp_path)[1] == MessageEnd.KEY


def test_a_file_that_is_there_is_never_written_over(listener: Listener, tmp_path: Path) -> None:
    """Not even through a link that somebody laid."""
    precious = tmp_path / "precious"
    precious.write_text("words")
    (tmp_path / f"{NAME}.wav").symlink_to(precious)
    with call(listener) as line:
        assert rest(line) == FAULT
    assert precious.read_text() == "words"


@pytest.mark.parametrize(
    "words", [b"\x10\x00\x01\0", b"\x10\xff\xff", b"\x22\x00\x00", frame(Kind.ID, bytes(16))]
)
def test_a_bad_frame_in_a_message_ends_it_and_keeps_what_was_said(
    listener: Listener, tmp_path: Path, words: bytes
) -> None:
    """Half a sample, a frame of 64 KiB, an unknown kind, a second id."""
    with call(listener) as line:
        speak(line, raw(WORDS))
        line.sendall(words)
        assert farewell(line) == FAULT
    assert told(tmp_path)[1] == MessageEnd.CUT


def test_a_flood_is_ended(tmp_path: Path) -> None:
    """Sound faster than any telephone: no longer and no bigger than the longest message."""
    with listening(tmp_path, longest=5.0) as listener, call(listener) as line:
        words = raw(WORDS)
        sound = b"".join(frame(Kind.SOUND, words[at : at + LARGEST]) for at in range(0, len(words), LARGEST))
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
                line.sendall(frame(Kind.KEY, b"1") * 4000)
        until(lambda: listener.gate.inside == 0)


def test_slow_and_silent_connections_end_by_themselves(tmp_path: Path) -> None:
    """Who says nothing, and who drips an id byte by byte."""
    with listening(tmp_path) as listener, ExitStack() as stack:
        silent, dripping = (stack.enter_context(connect(listener)) for _ in range(2))
        began, pause = monotonic(), Event()
        with suppress(ConnectionError):
            for byte in frame(Kind.ID, uuid4().bytes):
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
            line.sendall(frame(Kind.KEY, b"#"))
            assert farewell(line) == HANG_UP


def test_other_networks_are_refused(tmp_path: Path) -> None:
    """The socket knows no password."""
    with listening(tmp_path, peers="192.0.2.0/24") as listener, connect(listener) as line:
        assert rest(line) == b""


def test_a_full_disk_gives_the_caller_back(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be kept: a fault, at once, and the thread is free."""
    real = os.write

    def full(file: int, words: bytes) -> int:
        if len(words) == 320:
            raise OSError(28, "No space left on device")
        return real(file, words)

    monkeypatch.setattr("recordings.messages.os.write", full)
    with call(listener) as line:
        line.sendall(frame(Kind.SOUND, raw(WORDS)[:320]))
        assert farewell(line) == FAULT
    until(lambda: listener.gate.inside == 0)


# --- frames ------------------------------------------------------------------------------------------

KINDS = st.sampled_from(list(Kind)).flatmap(
    lambda kind: st.sampled_from(list(SIZES[kind])[:40]).map(lambda size: (kind, bytes(size)))
)


@given(st.lists(KINDS, max_size=8), st.data())
def test_frames_come_back_however_they_are_cut(sent: list[tuple[Kind, bytes]], chance: st.DataObject) -> None:
    """TCP knows no frames."""
    words, parser, got = b"".join(frame(*one) for one in sent), Frames(), []
    while words:
        cut = chance.draw(st.integers(1, len(words)))
        got += list(parser.feed(words[:cut]))
        words = words[cut:]
    assert got == sent


@given(st.binary(max_size=400))
def test_any_bytes_are_frames_or_refused(words: bytes) -> None:
    """Never anything else, and never a frame of a size that its kind does not have."""
    try:
        for kind, payload in Frames().feed(words):
            assert len(payload) in SIZES[kind]
    except BadFrame:
        pass


# --- a process of its own ----------------------------------------------------------------------------


@contextmanager
def process(home: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {**os.environ, "HOTLINE_HOME": str(home), "HOTLINE_MESSAGE_PORT": str(port)}
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    command = [sys.executable, "-m", "agi_scripts.listen"]
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
        one.send_signal(signal.SIGSTOP)
        assert not listens("127.0.0.1", port)
        one.send_signal(signal.SIGCONT)
        until(lambda: listens("127.0.0.1", port))
        messages.announce(NAME)
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(frame(Kind.ID, socket_id(NAME).bytes))
            speak(line, raw(WORDS[:8000]))
            one.send_signal(signal.SIGTERM)
            until(lambda: not listens("127.0.0.1", port))
            speak(line, raw(WORDS[8000:]))
            line.sendall(frame(Kind.KEY, b"#"))
            assert farewell(line) == HANG_UP
        assert one.wait(20) == 0
    assert messages.heard(NAME).ended is MessageEnd.KEY


def test_a_killed_process_leaves_what_was_said(tmp_path: Path) -> None:
    """The head is mended by whoever looks next; nobody but the listener could tell the end."""
    port, messages = free_port("127.0.0.1"), Messages(tmp_path / "messages")
    with process(tmp_path, port) as one:
        messages.announce(NAME)
        with socket.create_connection(("127.0.0.1", port), 10) as line:
            line.sendall(frame(Kind.ID, socket_id(NAME).bytes))
            speak(line, raw(WORDS))
            one.kill()
            one.wait()
    heard = messages.heard(NAME)
    assert heard.ended is MessageEnd.CUT and heard.seconds == pytest.approx(2.0, abs=0.4)
    path = messages.path(NAME)
    assert not vault.head(path).is_whole and vault.repair(path) and vault.head(path).is_whole


def test_the_id_of_nobody_is_a_probe(listener: Listener) -> None:
    """Readiness asks with it, and no alarm is raised."""
    with connect(listener) as line:
        line.sendall(frame(Kind.ID, UUID(int=0).bytes))
        assert rest(line) == FAULT
