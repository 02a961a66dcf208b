"""The softphone does what a hand at a telephone does;
here two of them call each other, without an exchange.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from demo import baresip
from demo.baresip import INSTALL, PhoneFault, free_port
from demo.phone import Answers, Behaviour, Busy, NoAnswer, PhoneEventKind, Softphone, behaviour
from demo.sound import SAMPLES_A_SECOND, Tape, murmur, read_wav, write_wav
from hotline.clock import monotonic

pytestmark = pytest.mark.skipif(not shutil.which("baresip"), reason=INSTALL)
DESK = "127.0.0.12"
PIECE = SAMPLES_A_SECOND // 20
"""Samples that are looked for together: 50 ms."""
Desk = Callable[..., tuple[Softphone, str]]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def caller(stack: ExitStack, tmp_path: Path) -> Softphone:
    return stack.enter_context(Softphone("0912345678", home=tmp_path / "caller"))


@pytest.fixture
def desk(stack: ExitStack, tmp_path: Path) -> Desk:
    def place(behaves: Behaviour = NoAnswer(), voice: Path | None = None) -> tuple[Softphone, str]:  # noqa: B008
        port = free_port(DESK)
        home = tmp_path / "desk"
        phone = Softphone("5123", home=home, address=DESK, behaves=behaves, voice=voice, sip_port=port)
        return stack.enter_context(phone), f"sip:5123@{DESK}:{port}"

    return place


@pytest.mark.parametrize(
    ("text", "meant"),
    [("busy", Busy()), ("silent", NoAnswer()), ("answer:3", Answers(3)), ("answer:0.5:8", Answers(0.5, 8))],
)
def test_behaviour_in_words(text: str, meant: Behaviour) -> None:
    """A behaviour is written busy, silent, answer:RING or answer:RING:TALK."""
    assert behaviour(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "answer",
        "answer:soon",
        "asleep",
        "answer:1:2:3",
        "answer:-1",
        "answer:nan",
        "answer:1:inf",
        "answer:",
    ],
)
def test_unknown_behaviour_is_refused(text: str) -> None:
    """Any other word is refused, never guessed, and told how it is written."""
    with pytest.raises(ValueError, match="write for example|is not busy"):
        behaviour(text)


def test_busy_phone_refuses_with_486(caller: Softphone, desk: Desk) -> None:
    """A busy phone refuses at once; the caller is told 486."""
    _, uri = desk(Busy())
    caller.dial(uri)
    assert caller.wait_for(PhoneEventKind.CLOSED, 5).code == 486


def test_silent_phone_rings_until_the_caller_gives_up(caller: Softphone, desk: Desk) -> None:
    """A silent phone rings and is never established."""
    phone, uri = desk(NoAnswer())
    caller.dial(uri)
    caller.wait_for(PhoneEventKind.REMOTE_RINGS, 5)
    assert phone.wait_for(PhoneEventKind.RINGING, 5).peer.startswith("sip:0912345678@")
    caller.hang_up()
    assert phone.wait_for(PhoneEventKind.CLOSED, 5).code is None
    assert not phone.talking


def test_phone_answers_after_its_time_and_ends_after_its_talk(caller: Softphone, desk: Desk) -> None:
    """``answer:RING:TALK`` rings at least RING seconds and talks at least TALK seconds."""
    phone, uri = desk(Answers(0.4, 0.6))
    caller.dial(uri)
    rang, up = phone.wait_for(PhoneEventKind.RINGING, 5), phone.wait_for(PhoneEventKind.ESTABLISHED, 5)
    over = phone.wait_for(PhoneEventKind.CLOSED, 5)
    assert up.at - rang.at >= 0.4
    assert over.at - up.at >= 0.6
    assert caller.wait_for(PhoneEventKind.CLOSED, 5).code is None


def test_keys_arrive_in_order(caller: Softphone, desk: Desk) -> None:
    """Keys are telephone-events: each arrives once, in order, also the same key twice."""
    phone, uri = desk(Answers(0))
    caller.dial(uri)
    caller.wait_for(PhoneEventKind.ESTABLISHED, 5)
    caller.press("1155*#")
    assert [phone.wait_for(PhoneEventKind.KEY, 2).reason for _ in range(6)] == list("1155*#")


def test_what_is_said_is_heard_and_each_call_has_its_tape(
    caller: Softphone, desk: Desk, tmp_path: Path
) -> None:
    """The recording holds the other side's voice, sample for sample within mu-law, and one file a call.

    A full machine sends a frame late now and then, and what follows is heard behind a gap.
    """
    voice = tmp_path / "voice.wav"
    write_wav(voice, murmur(1.0, level=-18))
    phone, uri = desk(Answers(0), voice)
    for _ in range(2):
        caller.dial(uri)
        caller.wait_for(PhoneEventKind.ESTABLISHED, 5)
        sound = heard(caller, 1.6)
        pieces = read_wav(voice)[:4000].reshape(-1, PIECE)
        assert np.quantile([likeness(sound, one) for one in pieces], 0.3) > 0.98
        caller.hang_up()
        caller.wait_for(PhoneEventKind.CLOSED, 5)
        phone.wait_for(PhoneEventKind.CLOSED, 5)
    assert [path.name for path in caller.recordings] == ["heard-1.wav", "heard-2.wav", "heard-3.wav"]


def test_refused_registration_is_said(stack: ExitStack, tmp_path: Path) -> None:
    """A phone whose exchange does not answer says so instead of waiting for calls that never come."""
    nobody = f"{DESK}:{free_port(DESK)}"
    phone = Softphone("5124", home=tmp_path / "lost", address=DESK, password="x", registrar=nobody)
    with pytest.raises(PhoneFault, match="5124"):
        stack.enter_context(phone).register(within=1)


def test_no_two_programs_are_given_one_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nothing listens yet on what each was given."""
    few = range(19960, 20000)
    monkeypatch.setattr(baresip, "PORTS", few)
    draws = f"""
from demo import baresip
baresip.PORTS = {few!r}
print(*(baresip.free_port("{DESK}") for _ in range(8)), flush=True)
input()
"""
    command = (sys.executable, "-c", draws)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        given = [*map(int, other.stdout.readline().split()), *(free_port(DESK) for _ in range(8))]
        other.communicate("\n")
    assert len(given) == len(set(given)) == 16


def test_phone_ends_with_its_program(tmp_path: Path) -> None:
    """A killed program leaves no phone behind, even when a passing thread had started it."""
    script = (
        "import sys, threading, pathlib; from demo.phone import Softphone\n"
        "phone = Softphone('1', home=pathlib.Path(sys.argv[1]))\n"
        "start = threading.Thread(target=phone.__enter__); start.start(); start.join()\n"
        "print(phone.pid, flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "orphan")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        phone = int(program.stdout.readline())
        assert alive(phone)
        program.send_signal(signal.SIGKILL)
        program.wait()
        until = monotonic() + 5
        while alive(phone) and monotonic() < until:
            threading.Event().wait(0.01)
        assert not alive(phone)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z" and os.getpid() != pid


def heard(phone: Softphone, seconds: float) -> np.ndarray:
    """Wait until the phone has recorded so much, at most five seconds longer than that takes."""
    tape, until, sound = Tape(phone.heard), monotonic() + seconds + 5, np.zeros(0, np.int16)
    while len(sound) < seconds * SAMPLES_A_SECOND and monotonic() < until:
        sound = np.concatenate([sound, tape.new()])
        threading.Event().wait(0.05)
    return sound


def likeness(sound: np.ndarray, wanted: np.ndarray) -> float:
    """The normalised correlation where the wanted piece fits best."""
    there, piece = sliding_window_view(sound.astype(float), len(wanted)), wanted.astype(float)
    loudness = np.maximum(np.linalg.norm(there, axis=1), 1.0)
    return float((there @ piece / loudness).max() / np.linalg.norm(piece))
