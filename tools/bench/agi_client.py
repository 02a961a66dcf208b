"""Client that plays Asterisk's side of AGI against one port: ``python -m tools.bench.agi_client --port P``.

A call is three questions: it arrives, 1 is pressed, 4 is pressed. The head is sent
line by line, as Asterisk sends it. A decision lasts from before the connection
to its end, since AGI() returns only then. Closed loop: N under way always. Open
loop: so many a second at random, whatever the answers take.
"""

import argparse
import json
import random
import select
import socket
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from hotline import clock
from ops.machine.priority import raise_priority
from tools.bench.report import percentile

KEYS = (
    "channel language type uniqueid version callerid calleridname callingpres callingani2 callington "
    "callingtns dnid rdnis context extension priority enhanced accountcode threadid"
).split()
EVENTS = (("arrived", "0912345678", "1999", "zh-TW"), ("pressed", "1"), ("pressed", "4"))
LIMIT = 10.0


@dataclass
class Caller:
    """One call between two questions; ``state`` travels as in the dialplan."""

    uniqueid: str
    state: str = ""
    turn: int = 0

    def head(self, port: int) -> list[bytes]:
        """Head of a request as Asterisk would write it, line by line."""
        known = {"channel": "PJSIP/trunk-00000001", "language": "en", "type": "PJSIP", "version": "22.10.1",
                 "callerid": "0912345678", "calleridname": "unknown", "dnid": "1999", "rdnis": "unknown",
                 "context": "line", "extension": "turn", "priority": "4", "enhanced": "0.0",
                 "threadid": "140000000000000", "uniqueid": self.uniqueid}  # fmt: skip
        lines = ["agi_network: yes", "agi_network_script: turn", f"agi_request: agi://127.0.0.1:{port}/turn"]
        lines += [f"agi_{key}: {known.get(key, '0')}" for key in KEYS]
        arguments = (self.state, *EVENTS[self.turn])
        lines += [f"agi_arg_{n}: {text}" for n, text in enumerate(arguments, 1)]
        return [f"{line}\n".encode() for line in [*lines, ""]]

    def hear(self, command: bytes) -> bool:
        """Take the answer up; whether it was a decision."""
        verb, _, value = command.decode("utf-8", "replace").partition('"')
        if not verb.startswith("SET VARIABLE "):
            return False
        self.state = value.partition(",")[0]
        self.turn += 1
        return True


@dataclass
class AgiQuestion:
    """One question under way."""

    caller: Caller
    connection: socket.socket
    began: float
    got: bytes = b""
    made: bool = False


@dataclass
class Client:
    """Client that asks and counts."""

    port: int
    poll: select.epoll = field(default_factory=select.epoll)
    sessions: dict[int, AgiQuestion] = field(default_factory=dict)
    idle: deque[Caller] = field(default_factory=deque)
    took: list[float] = field(default_factory=list)
    failed: int = 0
    names: Iterator[str] = field(default_factory=lambda: _names())

    def ask(self) -> None:
        """Begin one more session."""
        caller = self.idle.popleft() if self.idle else Caller(next(self.names))
        began = clock.monotonic()
        try:
            connection = socket.create_connection(("127.0.0.1", self.port), LIMIT)
        except OSError:
            self.failed += 1
            return
        session = AgiQuestion(caller, connection, began)
        self.sessions[connection.fileno()] = session
        with suppress(OSError):  # refused: its end is read later
            for line in caller.head(self.port):
                connection.send(line)
        connection.setblocking(False)
        self.poll.register(connection, select.EPOLLIN)

    def hear(self, wait: float) -> int:
        """Take up what came; how many sessions ended."""
        ended = 0
        for number, _ in self.poll.poll(max(0.0, wait)):
            ended += self._read(self.sessions[number])
        return ended

    def _read(self, session: AgiQuestion) -> int:
        try:
            piece = session.connection.recv(8192)
        except OSError:
            piece = b""
        session.got += piece
        if piece and not session.made and session.got.endswith(b"\n"):
            session.made = session.caller.hear(session.got)
            with suppress(OSError):
                session.connection.send(b"200 result=1\n")
        if not piece:
            self._end(session)
        return 0 if piece else 1

    def _end(self, session: AgiQuestion) -> None:
        self.poll.unregister(session.connection)
        del self.sessions[session.connection.fileno()]
        session.connection.close()
        if not session.made:
            self.failed += 1
            return
        self.took.append(clock.monotonic() - session.began)
        if session.caller.turn < len(EVENTS):
            self.idle.append(session.caller)

    def finish(self) -> None:
        """Wait for what is under way, at most LIMIT."""
        until = clock.monotonic() + LIMIT
        while self.sessions and clock.monotonic() < until:
            self.hear(0.1)
        self.failed += len(self.sessions)


def _names() -> Iterator[str]:
    stem, number = int(clock.now().timestamp()), random.randrange(10**6) * 1000  # noqa: S311 - only a name
    while True:
        number += 1
        yield f"ntpc1-{stem}.{number}"


def closed_loop(client: Client, at_once: int, seconds: float) -> float:
    """Keep ``at_once`` under way; the seconds it ran."""
    began = clock.monotonic()
    while clock.monotonic() - began < seconds:
        for _ in range(at_once - len(client.sessions)):
            client.ask()
        client.hear(0.1)
    took = clock.monotonic() - began
    client.finish()
    return took


def open_loop(client: Client, rate: float, seconds: float) -> float:
    """Begin ``rate`` a second at random moments; the seconds it ran."""
    dice = random.Random(1999)  # noqa: S311 - the same moments in every run
    began = clock.monotonic()
    due = began + dice.expovariate(rate)
    while due - began < seconds:
        wait = due - clock.monotonic()
        if wait > 0:
            client.hear(wait)
            continue
        client.ask()
        due += dice.expovariate(rate)
    client.finish()
    return clock.monotonic() - began


def main() -> None:
    """Run one load and write what was found as JSON."""
    parser = argparse.ArgumentParser(prog="agi_client")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=1.0)
    asked = parser.parse_args()
    raise_priority(0)  # as the Asterisk that it plays
    client = Client(asked.port)
    if asked.rate:
        seconds = open_loop(client, asked.rate, asked.seconds)
    else:
        seconds = closed_loop(client, asked.at_once, asked.seconds)
    took = client.took or [float("nan")]
    found = {
        "decisions": len(client.took),
        "failed": client.failed,
        "seconds": seconds,
        "p50_ms": percentile(took, 50) * 1000,
        "p99_ms": percentile(took, 99) * 1000,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
