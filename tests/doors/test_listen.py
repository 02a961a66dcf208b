"""The listener of spoken messages: what ends a message, and what is kept of it."""

import socket
import wave
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from agi_scripts.frames import FrameKind, frame
from agi_scripts.listen import MessageListener
from hotline.clock import monotonic
from recordings import vault
from recordings.policy import MessageEnd
from tests.doors.messages import FAULT, HANG_UP, NAME, WORDS, call, farewell, listening, speak, told, until
from tests.spoken_message import pcm as raw


def test_P5_1_1_silence_ends_a_message_and_it_is_kept(listener: MessageListener, tmp_path: Path) -> None:
    """Two seconds of words, then nothing comes at all: 2.5 s later the caller goes on, the file is whole."""
    with call(listener) as line:
        speak(line, raw(WORDS))
        began = monotonic()
        assert farewell(line) == HANG_UP
        assert 1.5 < monotonic() - began < 15
    seconds, ended = told(tmp_path)
    assert ended == MessageEnd.SILENCE and 4 < seconds < 17
    with wave.open(str(tmp_path / f"{NAME}.wav")) as file:
        assert file.getparams()[:3] == (1, 2, 8000)
        assert file.getnframes() / 8000 == pytest.approx(seconds, abs=0.01)
        kept = np.frombuffer(file.readframes(len(WORDS)), "<i2")
    said = np.frombuffer(raw(WORDS), "<i2")[: len(kept)]
    np.testing.assert_array_equal(kept[:4000], said[:4000])  # what comes late is silence, on a busy machine


@pytest.mark.parametrize("key", ["#", "5"])
def test_only_the_pound_key_ends_it(listener: MessageListener, tmp_path: Path, key: str) -> None:
    """Any other key is part of speaking; what was said before is kept."""
    with call(listener) as line:
        speak(line, raw(WORDS))
        began = monotonic()
        line.sendall(frame(FrameKind.KEY, key.encode()))
        assert farewell(line) == HANG_UP
        assert (monotonic() - began < 1.0) is (key == "#")
    assert told(tmp_path)[1] == (MessageEnd.KEY if key == "#" else MessageEnd.SILENCE)


def test_nothing_said_is_nothing_kept_also_when_no_sound_comes(
    listener: MessageListener, tmp_path: Path
) -> None:
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
    assert 1.0 < told(tmp_path)[0] < 3.3, "what came in that time; a busy machine sends it late"


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


def test_one_caller_never_waits_for_another(listener: MessageListener, tmp_path: Path) -> None:
    """Eight messages at once, each with its own words and its own end."""
    names = [f"test-{n}.1-message" for n in range(8)]

    def leave(name: str) -> None:
        with call(listener, name) as line:
            speak(line, raw(WORDS))
            line.sendall(frame(FrameKind.KEY, b"#"))
            assert farewell(line) == HANG_UP

    threads = [Thread(target=leave, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [told(tmp_path, name)[1] for name in names] == [MessageEnd.KEY] * 8
