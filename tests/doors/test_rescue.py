"""A listener that hangs is noticed by what stands still, and the caller is led on; nobody else is touched."""

import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from agi_scripts.frames import FrameKind, frame
from demo.baresip import free_port
from hotline.clock import monotonic
from hotline.errors import HotlineError
from ops.jobs.hung_messages import ALONE, CUT, EVERY, Rescue, hangs, listens
from ops.jobs.open_calls import AsteriskChannel
from recordings import vault
from recordings.messages import MessageFile, Messages, socket_id
from recordings.policy import MessageEnd
from tests.doors.messages import NAME, WORDS, halt, speak, until
from tests.doors.test_listen_process import process
from tests.spoken_message import pcm as raw

CALLER = AsteriskChannel("test-1.1", "test-1.1", "PJSIP/trunk-00000001", application="AudioSocket")


class Manager:
    """Asterisk, with one caller."""

    def __init__(self, *there: AsteriskChannel) -> None:
        self.there, self.is_away, self.asked = list(there), False, 0
        self.led: list[tuple[str, str]] = []

    def channels(self) -> Sequence[AsteriskChannel]:
        self.asked += 1
        if self.is_away:
            raise HotlineError("no answer")
        return self.there

    def lead(self, channel: AsteriskChannel, exten: str) -> None:
        self.led.append((channel.name, exten))


@pytest.fixture
def manager() -> Manager:
    return Manager(CALLER)


def watch(messages: Messages, manager: Manager, port: int) -> Rescue:
    return Rescue(messages, manager, lambda: hangs("127.0.0.1", port), 120.0)  # type: ignore[arg-type]


def looks(rescue: Rescue, until: float) -> int:
    """The job, as often as it runs; how many were led on."""
    led = 0
    while not led and monotonic() < until:
        led = rescue.run(monotonic())
        sleep(EVERY.total_seconds())
    return led


@contextmanager
def speaking(messages: Messages, port: int, rescue: Rescue) -> Iterator[socket.socket]:
    """A message under way: announced, seen by the job while the caller is invited, and begun."""
    messages.announce(NAME)
    rescue.run(monotonic())
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(frame(FrameKind.ID, socket_id(NAME).bytes))
        yield line


def test_who_speaks_to_a_hung_listener_goes_on_within_four_seconds(tmp_path: Path, manager: Manager) -> None:
    """What was said before is kept and told as cut; nothing of it changes when the listener wakes."""
    port, messages = free_port("127.0.0.1"), Messages(tmp_path / "messages")
    rescue = watch(messages, manager, port)
    with process(tmp_path, port) as one:
        with speaking(messages, port, rescue) as line:
            speak(line, raw(WORDS), pace=0.0)  # at once: on a busy machine no silence comes between
            until(lambda: (messages.size(NAME) or 0) > 30_000)
            halt(one)
            stopped = monotonic()
            assert any(rescue.run(stopped + second) for second in range(1, 5))
            assert manager.led == [(CALLER.name, CUT)]
            heard, sound = messages.heard(NAME), messages.path(NAME).read_bytes()
            assert heard.ended is MessageEnd.CUT and heard.seconds > 1.6  # what comes late is silence between
            assert vault.head(messages.path(NAME)).is_whole
            speak(line, raw(WORDS))
        one.send_signal(signal.SIGCONT)
        until(lambda: listens("127.0.0.1", port))
        one.send_signal(signal.SIGTERM)
        one.wait(30)
    assert messages.path(NAME).read_bytes() == sound and messages.heard(NAME) == heard


def test_who_comes_to_a_listener_that_hangs_already_is_recorded_by_asterisk(
    tmp_path: Path, manager: Manager
) -> None:
    """It has taken nothing, and takes nothing of this message any more."""
    port, messages = free_port("127.0.0.1"), Messages(tmp_path / "messages")
    rescue = watch(messages, manager, port)
    with process(tmp_path, port) as one:
        halt(one)
        with speaking(messages, port, rescue):
            assert looks(rescue, monotonic() + 20) == 1
        assert manager.led == [(CALLER.name, ALONE)]
        one.send_signal(signal.SIGCONT)
        until(lambda: listens("127.0.0.1", port))
    assert messages.size(NAME) is None


def test_a_listener_that_lives_keeps_its_callers(tmp_path: Path, manager: Manager) -> None:
    """Also one whose telephone sends nothing: silence is written, and the file grows."""
    port, messages = free_port("127.0.0.1"), Messages(tmp_path / "messages")
    rescue = watch(messages, manager, port)
    with process(tmp_path, port), speaking(messages, port, rescue):
        assert looks(rescue, monotonic() + 4) == 0
    assert manager.led == []


@pytest.fixture
def hung(tmp_path: Path, manager: Manager) -> tuple[Rescue, Messages]:
    """A message that stands still, and a listener that does not answer."""
    messages = Messages(tmp_path)
    messages.announce(NAME)
    assert messages.claim(socket_id(NAME)) == NAME
    messages.announce(NAME)
    MessageFile(messages.path(NAME)).write(raw(WORDS))
    return Rescue(messages, manager, lambda: True, 120.0), messages  # type: ignore[arg-type]


def test_a_caller_who_is_elsewhere_is_left_there(hung: tuple[Rescue, Messages], manager: Manager) -> None:
    """Invited, but not in the socket yet; or out of it already."""
    rescue, _ = hung
    manager.there = [AsteriskChannel(CALLER.id, CALLER.id, CALLER.name, application="Read")]
    assert sum(rescue.run(float(second)) for second in range(20)) == 0 and manager.led == []
    manager.there = [CALLER]
    assert rescue.run(20.0) == 1


def test_while_the_manager_is_away_nobody_is_led(hung: tuple[Rescue, Messages], manager: Manager) -> None:
    """The dialplan's own limit holds; once it answers, the caller is led on."""
    rescue, _ = hung
    manager.is_away = True
    assert sum(rescue.run(float(second)) for second in range(20)) == 0
    manager.is_away = False
    assert rescue.run(20.0) == 1 and rescue.run(21.0) == 0


def test_a_listener_that_answers_after_all_is_believed(
    manager: Manager, hung: tuple[Rescue, Messages]
) -> None:
    """Slow is not hung."""
    _, messages = hung
    slow = Rescue(messages, manager, lambda: False, 120.0)  # type: ignore[arg-type]
    assert sum(slow.run(float(second)) for second in range(20)) == 0


def test_without_a_message_nothing_is_asked(tmp_path: Path, manager: Manager) -> None:
    """An idle hotline spends nothing on it."""
    rescue = Rescue(Messages(tmp_path), manager, lambda: True, 120.0)  # type: ignore[arg-type]
    assert rescue.run(0.0) == 0 and manager.asked == 0


def test_where_nobody_said_a_word_no_message_is_kept(tmp_path: Path, manager: Manager) -> None:
    """A file of silence is none."""
    messages = Messages(tmp_path)
    messages.announce(NAME)
    MessageFile(messages.path(NAME)).write(bytes(32_000))
    rescue = Rescue(messages, manager, lambda: True, 120.0)  # type: ignore[arg-type]
    rescue.run(0.0)
    rescue.run(0.1)
    assert rescue.run(5.0) == 1 and manager.led == [(CALLER.name, CUT)]
    assert messages.heard(NAME).ended is MessageEnd.EMPTY and messages.size(NAME) is None
