"""What may stand where an AGI process should: a port that is deaf, full, curt, or dies in mid-sentence."""

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

from agi_scripts.head import AgiHead, read_head
from ops.run.readiness import answers
from tests.calls_at_once import ahead
from tests.live.system import System

HEAD_END = b"\n\n"


def port_of(system: System, which: int) -> int:
    """The port of ``agi-1`` or ``agi-2``."""
    return system.settings.agi_ports[which - 1]


def await_answers(system: System, *which: int) -> None:
    """Until these AGI processes decide again: before others on a busy machine, for callers wait."""
    for one in which:
        with suppress(LookupError):
            ahead(system.supervisor.pid(f"agi-{one}"))
        port = port_of(system, one)
        system.until(lambda port=port: answers("127.0.0.1", port), 30, f"agi-{one} decides again")


@contextmanager
def halted(system: System, *which: int) -> Iterator[None]:
    """These processes are down, their ports closed."""
    for one in which:
        system.supervisor.halt(f"agi-{one}")
    try:
        yield
    finally:
        for one in which:
            system.supervisor.resume(f"agi-{one}")
        await_answers(system, *which)


@contextmanager
def listening(port: int, backlog: int = 100) -> Iterator[socket.socket]:
    """A port taken over from a process that has just ended."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(backlog)
        yield listener


@contextmanager
def accepting_only(port: int) -> Iterator[None]:
    """Connections come up, and nobody ever reads: a process that hangs."""
    with listening(port):
        yield


@contextmanager
def full(port: int) -> Iterator[None]:
    """A backlog so full that the kernel lets no further connection come up."""
    with listening(port, 0) as listener, ExitStack() as stack:
        while True:
            filler = stack.enter_context(socket.socket())
            filler.settimeout(0.3)
            try:
                filler.connect(listener.getsockname())
            except TimeoutError:
                break
        yield


@contextmanager
def closing(port: int) -> Iterator[None]:
    """Every connection is closed at once, without a word."""
    with serving(port, lambda asker: None):
        yield


@contextmanager
def serving(port: int, serve: Callable[[socket.socket], None]) -> Iterator[None]:
    """``serve`` each connection in a thread of its own; it is closed afterwards."""
    with listening(port) as listener:
        listener.settimeout(0.1)
        going = [True]

        def one(asker: socket.socket) -> None:
            with asker, suppress(OSError):
                asker.settimeout(10)
                serve(asker)

        def accept() -> None:
            while going:
                with suppress(TimeoutError):
                    asker, _ = listener.accept()
                    Thread(target=one, args=(asker,), daemon=True).start()

        thread = Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield
        finally:
            going.clear()
            thread.join()


@dataclass
class Dies:
    """Passes a question on to a living process, and dies ``when``; ``asked`` counts the questions.

    ``unheard``: the head was read and nothing was asked of anybody. ``undelivered``: the decision was made,
    its facts are kept, and not a byte of it was told. ``torn``: half of it was told, and then the line was
    cut.
    """

    when: str
    to: int
    asked: int = 0

    def __call__(self, asker: socket.socket) -> None:
        question = _until(asker, HEAD_END)
        self.asked += 1
        if self.when == "unheard":
            return
        with socket.create_connection(("127.0.0.1", self.to), 10) as living:
            living.sendall(question)
            decision = _until(living, b"\n")
            living.sendall(b"200 result=1\n")
        if self.when == "torn":
            asker.sendall(decision[: len(decision) * 2 // 3])


@dataclass
class Tap:
    """Passes everything on and keeps what both sides said, a pair for each session."""

    to: int
    sessions: list[tuple[bytearray, bytearray]] = field(default_factory=list)

    def __call__(self, asker: socket.socket) -> None:
        said: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self.sessions.append(said)
        with socket.create_connection(("127.0.0.1", self.to), 10) as living:
            ends = {asker: (living, said[0]), living: (asker, said[1])}
            while True:
                for end in select.select([asker, living], [], [], 10)[0]:
                    piece = end.recv(65536)
                    if not piece:
                        return
                    other, kept = ends[end]
                    kept += piece
                    other.sendall(piece)

    def heads(self) -> list[AgiHead]:
        """What Asterisk asked, read strictly. Raises ForgedHead."""
        return [read_head(_Lines(bytes(asked)).readline) for asked, _ in list(self.sessions)]


class _Lines:
    def __init__(self, text: bytes) -> None:
        self._lines = text.splitlines(keepends=True)

    def readline(self, _limit: int) -> bytes:
        return self._lines.pop(0) if self._lines else b""


def _until(line: socket.socket, mark: bytes) -> bytes:
    text = b""
    while mark not in text and (piece := line.recv(65536)):
        text += piece
    return text
