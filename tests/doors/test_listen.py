"""The listener of spoken messages: what ends a message, and what is kept of it."""

import socket
import wave
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from agi_scripts.frames import FrameKind, frame
from agi_scripts.listen import HUSH, MessageListener
from recordings import vault
from recordings.messages import Messages
from recordings.policy import MessageEnd
from tests.doors.messages import FAULT, HANG_UP, NAME, WORDS, call, farewell, listening, speak, told, until
from tests.spoken_message import pcm as raw


class Seconds:
    """Time of a listener that stands still until a test moves it on: no frame is late on a busy machine."""

    def __init__(self) -> None:
        self.gone = 0.0

    def __call__(self) -> float:
        return self.gone


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def timed(tmp_path: Path, seconds: Seconds) -> Iterator[MessageListener]:
    """A listener whose time the test moves on."""
    with listening(tmp_path, elapsed=seconds) as one:
        yield one


def taken(line: socket.socket) -> None:
    """Wait until the listener counts the seconds of this message."""
    assert line.recv(len(HUSH), socket.MSG_WAITALL) == HUSH


def said(line: socket.socket, folder: Path) -> None:
    """Two seconds of words, and they are heard."""
    speak(line, raw(WORDS), pace=0.0)
    until(lambda: written(folder) == 2.0)


def is_told(folder: Path) -> bool:
    """Tell whether the message has ended."""
    return (folder / f"{NAME}.json").exists()


def written(folder: Path) -> float:
    """Seconds of sound in the file of the message so far."""
    return ((Messages(folder).size(NAME) or 44) - 44) / 16_000


def test_P5_1_1_silence_ends_a_message_and_it_is_kept(
    timed: MessageListener, seconds: Seconds, tmp_path: Path
) -> None:
    """Two seconds of words, then nothing comes at all: 2.5 s later the caller goes on, the file is whole."""
    with call(timed) as line:
        said(line, tmp_path)
        seconds.gone = 4.0
        until(lambda: written(tmp_path) > 3.5)
        assert not is_told(tmp_path)
        seconds.gone = 5.0
        assert farewell(line) == HANG_UP
    length, ended = told(tmp_path)
    assert ended == MessageEnd.SILENCE and length == pytest.approx(4.5, abs=0.3)
    with wave.open(str(tmp_path / f"{NAME}.wav")) as file:
        assert file.getparams()[:3] == (1, 2, 8000)
        assert file.getnframes() / 8000 == pytest.approx(length, abs=0.01)
        kept = np.frombuffer(file.readframes(len(WORDS)), "<i2")
    np.testing.assert_array_equal(kept, np.frombuffer(raw(WORDS), "<i2"))


@pytest.mark.parametrize("key", ["#", "5"])
def test_only_the_pound_key_ends_it(
    timed: MessageListener, seconds: Seconds, tmp_path: Path, key: str
) -> None:
    """Any other key is part of speaking; what was said before is kept."""
    with call(timed) as line:
        said(line, tmp_path)
        line.sendall(frame(FrameKind.KEY, key.encode()))
        if key != "#":
            seconds.gone = 10.0
        assert farewell(line) == HANG_UP
    assert told(tmp_path)[1] == (MessageEnd.KEY if key == "#" else MessageEnd.SILENCE)


def test_nothing_said_is_nothing_kept_also_when_no_sound_comes(
    timed: MessageListener, seconds: Seconds, tmp_path: Path
) -> None:
    """A telephone that sends no frame at all: six seconds, and not less."""
    with call(timed) as line:
        taken(line)
        seconds.gone = 5.8
        until(lambda: written(tmp_path) > 5.5)
        assert timed.gate.inside == 1
        seconds.gone = 6.5
        assert farewell(line) == HANG_UP
    assert not list(tmp_path.glob("*.wav")) and not list(tmp_path.glob("*.json"))
    assert timed.messages.heard(NAME).ended is MessageEnd.EMPTY


@pytest.mark.parametrize("heard", [2.0, 0.4])
def test_the_longest_time_ends_it(tmp_path: Path, seconds: Seconds, heard: float) -> None:
    """Whoever talks on is ended; also whoever sends only now and then."""
    with listening(tmp_path, longest=3.0, elapsed=seconds) as listener, call(listener) as line:
        taken(line)
        words = raw(WORDS)[: int(heard * 16_000)]
        while not is_told(tmp_path):
            with suppress(ConnectionError):
                speak(line, words, pace=0.0)
            until(lambda: is_told(tmp_path) or written(tmp_path) > seconds.gone - 0.5)
            seconds.gone += 0.5
        assert farewell(line)[-3:] == HANG_UP
    assert told(tmp_path)[1] == MessageEnd.LONGEST
    assert told(tmp_path)[0] == pytest.approx(3.0, abs=0.5)


@pytest.mark.parametrize("how", ["hang-up frame", "end", "reset", "fault frame"])
def test_who_hangs_up_keeps_what_was_said(tmp_path: Path, how: str) -> None:
    """The caller's end, however Asterisk tells it. Time stands still: what is late counts as silence."""
    with listening(tmp_path, elapsed=lambda: 0.0) as listener, call(listener) as line:
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
    broke = MessageEnd.CUT if how == "fault frame" else MessageEnd.HANG_UP
    assert ended == broke and 1.6 < seconds <= 2.0
    assert vault.head(tmp_path / f"{NAME}.wav").is_whole


def test_one_caller_never_waits_for_another(timed: MessageListener, tmp_path: Path) -> None:
    """Eight messages at once, each with its own words and its own end."""
    names = [f"test-{n}.1-message" for n in range(8)]

    def leave(name: str) -> None:
        with call(timed, name) as line:
            speak(line, raw(WORDS))
            line.sendall(frame(FrameKind.KEY, b"#"))
            assert farewell(line) == HANG_UP

    threads = [Thread(target=leave, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [told(tmp_path, name)[1] for name in names] == [MessageEnd.KEY] * 8
