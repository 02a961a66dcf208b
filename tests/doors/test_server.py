"""The FastAGI listener: who may ask, how many at once,
and what each way of going wrong looks like outside.
"""

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Barrier, Event

import pytest
from prometheus_client import REGISTRY

from agi_scripts.head import AgiHead
from agi_scripts.server import Admission, AgiServer, Decide
from demo.baresip import free_port
from hotline.clock import monotonic
from ops.run.readiness import QUESTION, answers
from tests.doors.test_head import TRANSCRIPT, with_number
from tests.keys import put_keys

ANSWER = b'SET VARIABLE IVR_TURN "yes"\n'


def yes(head: AgiHead) -> str:
    return "yes"


@contextmanager
def served(
    decide: Decide = yes,
    *,
    gate: Admission | None = None,
    peers: tuple[str, ...] = ("127.0.0.1/32",),
    limit: float = 5,
) -> Iterator[AgiServer]:
    """A server that listens until the block ends."""
    gate = gate or Admission(100, 10_000, monotonic)
    server = AgiServer(("127.0.0.1", 0), decide, gate, peers=peers, limit=limit, elapsed=monotonic)
    server.start()
    try:
        yield server
    finally:
        server.stop_listening()
        until(lambda: server.gate.inside == 0)


def until(true: Callable[[], object]) -> None:
    """Wait for something that must come; never a measure of speed."""
    end, pause = monotonic() + 60, Event()
    while not true():
        assert monotonic() < end, "it never came"
        pause.wait(0.005)


def connect(server: AgiServer, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(server.server_address, 20, (source, 0))


def say(server: AgiServer, words: bytes = TRANSCRIPT, source: str = "127.0.0.1") -> bytes:
    """All that the server says to these words, to the end of the connection."""
    with connect(server, source) as line:
        with suppress(ConnectionError):
            line.sendall(words)
        return answered(line)


def answered(line: socket.socket) -> bytes:
    """All that is said, after its first line was acknowledged as Asterisk does."""
    with suppress(ConnectionError):
        if said := line.makefile("rb").readline():
            line.sendall(b"200 result=1\n")
            return said + rest(line)
    return b""


def rest(line: socket.socket) -> bytes:
    said = b""
    with suppress(ConnectionResetError):
        while piece := line.recv(4096):
            said += piece
    return said


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def counted() -> Iterator[Callable[[str], float]]:
    """How often a decision came to that end within this test."""
    ends = ("made", "gone", "failed", "forged", "probe", "over_limit", "abandoned")
    before = {end: count("hotline_decisions_total", result=end) for end in ends}
    yield lambda end: count("hotline_decisions_total", result=end) - before[end]


Counted = Callable[[str], float]


def test_a_question_is_answered_once_and_the_connection_ends(counted: Counted) -> None:
    """One command; counted and timed."""
    timed = count("hotline_decision_seconds_count")
    with served() as server, connect(server) as line:
        line.sendall(TRANSCRIPT)
        assert line.makefile("rb").readline() == ANSWER
        line.sendall(b"200 result=1\n")
        assert rest(line) == b""
    assert counted("made") == 1
    assert count("hotline_decision_seconds_count") == timed + 1


def test_every_session_has_a_thread_of_its_own(counted: Counted) -> None:
    """Twenty decisions that wait for one another all come to their end."""
    together = Barrier(20, timeout=20)

    def meet(head: AgiHead) -> str:
        together.wait()
        return "yes"

    with served(meet) as server, ExitStack() as open_lines:
        lines = [open_lines.enter_context(connect(server)) for _ in range(20)]
        for line in lines:
            line.sendall(TRANSCRIPT)
        assert [line.makefile("rb").readline() for line in lines] == [ANSWER] * 20
        for line in lines:
            line.sendall(b"200 result=1\n")
    assert counted("made") == 20


def test_a_stranger_hears_nothing() -> None:
    """FastAGI has no authentication: the address decides, and the refusal is a security event."""
    before = count("hotline_security_events_total", kind="agi_peer")
    with served(peers=("127.0.0.1/32", "10.0.0.0/8")) as server:
        assert say(server, source="127.0.0.2") == b""
        assert say(server, source="127.0.0.1") == ANSWER
    assert count("hotline_security_events_total", kind="agi_peer") == before + 1


def test_over_the_limit_a_caller_is_sent_on_at_once(counted: Counted) -> None:
    """Two may be under way; the third is closed, and a place that comes free is used again."""
    going, asked = Event(), []

    def wait(head: AgiHead) -> str:
        asked.append(head)
        going.wait(20)
        return "yes"

    with (
        served(wait, gate=Admission(2, 1000, monotonic)) as server,
        connect(server) as one,
        connect(server) as two,
    ):
        for line in (one, two):
            line.sendall(TRANSCRIPT)
        until(lambda: len(asked) == 2)
        assert say(server) == b""
        going.set()
        for line in (one, two):
            assert answered(line) == ANSWER
        until(lambda: server.gate.inside == 0)
        assert say(server) == ANSWER
    assert (counted("over_limit"), counted("made")) == (1, 3)


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_so_many_a_second_and_no_more() -> None:
    """Four a second: a fifth waits a quarter of a second; an idle hour saves up one second's worth."""
    watch = Watch()
    gate = Admission(1000, 4, watch)
    assert [gate.enter() for _ in range(5)] == [True, True, True, True, False]
    watch.at += 0.25
    assert [gate.enter() for _ in range(2)] == [True, False]
    watch.at += 3600
    assert [gate.enter() for _ in range(5)] == [True, True, True, True, False]


def test_a_client_that_says_nothing_ends_at_the_limit(counted: Counted) -> None:
    """It holds a thread no longer than a decision may take."""
    with served(limit=0.1) as server, connect(server) as line:
        assert rest(line) == b""
        until(lambda: counted("gone") == 1)


def test_a_client_that_drips_ends_at_the_limit_too(counted: Counted) -> None:
    """A byte now and then is no reason to wait longer: the limit is for all reading together."""
    with served(limit=0.3) as server, connect(server) as line:
        pause = Event()
        with suppress(ConnectionError):
            for _ in range(2_000):
                line.sendall(b"a")
                pause.wait(0.01)
    assert counted("gone") == 1


def test_a_client_that_never_acknowledges_ends_at_the_limit(counted: Counted) -> None:
    """The answer was sent, and nobody says that it was taken."""
    with served(limit=0.1) as server, connect(server) as line:
        line.sendall(TRANSCRIPT)
        assert rest(line) == ANSWER
    assert counted("gone") == 1


@pytest.mark.parametrize("first", [1, 300, 400, len(TRANSCRIPT) - 1])
def test_a_head_in_pieces_is_answered_when_it_is_whole(counted: Counted, first: int) -> None:
    """However it was cut: nobody waits for bytes that will not come."""
    began = monotonic()
    with served(limit=20) as server, connect(server) as line:
        line.sendall(TRANSCRIPT[:first])
        Event().wait(0.05)
        for place in range(first, len(TRANSCRIPT), 40):
            line.sendall(TRANSCRIPT[place : place + 40])
        assert answered(line) == ANSWER
    assert monotonic() - began < 10
    assert counted("made") == 1


def test_connections_that_close_at_once_cost_nothing(counted: Counted) -> None:
    """Probes, closed or reset: each is over at once, none leaves a thread that turns for ever."""
    with served() as server:
        for number in range(100):
            with connect(server) as line:
                if number % 2:
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: counted("probe") + counted("gone") >= 50)
        until(lambda: server.gate.inside == 0)
        before = sum(os.times()[:2])
        Event().wait(0.5)
        assert sum(os.times()[:2]) - before < 0.4
        assert say(server) == ANSWER


def test_a_running_decision_is_finished_and_new_ones_are_refused(counted: Counted) -> None:
    """Drain: the dialplan finds the port closed and asks the second process."""
    going, asked = Event(), Event()

    def wait(head: AgiHead) -> str:
        asked.set()
        going.wait(20)
        return "yes"

    with served(wait) as server, connect(server) as line:
        line.sendall(TRANSCRIPT)
        assert asked.wait(20)
        server.stop_listening()
        with pytest.raises(ConnectionRefusedError):
            connect(server)
        going.set()
        assert answered(line) == ANSWER
    assert counted("made") == 1


@pytest.mark.parametrize("error", [RuntimeError("broken"), OSError("disk"), TimeoutError(), EOFError()])
def test_a_decision_that_fails_closes_without_an_answer(counted: Counted, error: Exception) -> None:
    """Whatever it is, also a disk's fault: never mistaken for a caller who hung up."""

    def fail(head: AgiHead) -> str:
        raise error

    with served(fail) as server:
        assert say(server) == b""
    assert (counted("failed"), counted("gone"), counted("probe")) == (1, 0, 0)


def test_an_answer_that_asterisk_could_not_read_is_not_sent(counted: Counted) -> None:
    """Better none than half of one and the rest taken for a command."""
    with served(lambda head: "x" * 3000) as server:
        assert say(server) == b""
    assert counted("failed") == 1


def test_a_forged_head_is_a_security_event_and_no_decision(counted: Counted) -> None:
    """Closed without a word; the dialplan takes the caller to a person."""
    asked: list[AgiHead] = []
    before = count("hotline_security_events_total", kind="agi_head")

    def decide(head: AgiHead) -> str:
        asked.append(head)
        return "yes"

    with served(decide) as server:
        assert say(server, with_number(b"0912\nagi_arg_1: admin")) == b""
    assert (counted("forged"), asked) == (1, [])
    assert count("hotline_security_events_total", kind="agi_head") == before + 1


@pytest.mark.parametrize("goodbye", [b"", b"HANGUP\n"], ids=["closed", "HANGUP"])
def test_a_question_nobody_waits_for_leaves_no_trace(counted: Counted, goodbye: bytes) -> None:
    """It lay in the backlog too long: Asterisk has asked the other process by now."""
    asked: list[AgiHead] = []

    def decide(head: AgiHead) -> str:
        asked.append(head)
        return "yes"

    gate = Admission(9, 9, monotonic)
    server = AgiServer(("127.0.0.1", 0), decide, gate, peers=["127.0.0.1"], limit=5, elapsed=monotonic)
    line = connect(server)
    line.sendall(TRANSCRIPT + goodbye)
    if not goodbye:
        line.close()
    server.start()
    until(lambda: counted("abandoned") == 1)
    server.stop_listening()
    line.close()
    assert asked == []


def test_nothing_is_printed_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever goes wrong: a caller's words belong into no log that nobody masks."""

    def fail(head: AgiHead) -> str:
        raise RuntimeError("broken")

    with served(fail, limit=0.1) as server:
        for words in (TRANSCRIPT, b"", b"\0\xff\n", TRANSCRIPT[:50], with_number(b"1\n2")):
            assert say(server, words) == b""
    assert capfd.readouterr().err == ""


# --- the process itself --------------------------------------------------------------------------


@pytest.fixture
def process(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """``python -m ops.run.agi``, answering."""
    port = free_port("127.0.0.1")
    environment = {**os.environ, "HOTLINE_HOME": str(put_keys(tmp_path)), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["HOTLINE_DECISION_LIMIT"] = "20"
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    command = [sys.executable, "-m", "ops.run.agi", "--port", str(port)]
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as running:
        try:
            until(lambda: running.poll() is not None or answers("127.0.0.1", port))
            assert running.poll() is None, running.communicate()
            yield running, port
        finally:
            running.kill()


def test_a_process_that_was_halted_goes_on(process: tuple["subprocess.Popen[bytes]", int]) -> None:
    """A machine that slept, or SIGSTOP: nobody has told it to end."""
    running, port = process
    running.send_signal(signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(1.5)  # longer than it waits for a signal at a time
    running.send_signal(signal.SIGCONT)
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(1.5)
    assert answers("127.0.0.1", port)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_in_order(
    process: tuple["subprocess.Popen[bytes]", int], ending: signal.Signals
) -> None:
    """The question under way is answered, nobody else is let in, exit 0, not a word on standard error."""
    running, port = process
    with socket.create_connection(("127.0.0.1", port), 20) as line:
        line.sendall(QUESTION[:40])
        until(lambda: answers("127.0.0.1", port))  # who came before is inside
        until(
            lambda: running.send_signal(ending) or not answers("127.0.0.1", port)
        )  # also while it refreshes
        line.sendall(QUESTION[40:])
        assert answered(line) == b'SET VARIABLE IVR_TURN "ready"\n'
    _, errors = running.communicate(timeout=20)
    assert (running.returncode, errors) == (0, b"")
