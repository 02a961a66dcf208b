"""Time from INVITE to the first sound of a prompt: ``python -m tools.bench.probe --to A:P --local L --number
N``.

Each call sends a little sound of its own, as a phone does, since Asterisk waits
for it after answering; the first loud packet ends the call. Arrivals are stamped
by the kernel, so that a busy probe measures no delay of its own. A proxy may stand
between: what belongs to a call goes the way that its answer tells. Who is refused
(503) is counted apart; who is neither heard nor refused met silence. With
``--beside A:P`` every second call goes there, so that two ways are compared in the
same moments.
"""

import argparse
import json
import random
import select
import socket
import struct
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from hotline import clock
from tools.bench.report import percentile

SO_TIMESTAMPNS = 35
SILENT = frozenset(b"\xff\x7f\xfe\x7e\xd5\x55")
PATIENCE = 8.0
CALLER = 987654321


@dataclass
class Probe:
    """One call; ``sound`` is its RTP socket."""

    number: int
    sound: socket.socket
    invited: float
    caller: str
    remote: tuple[str, int]
    to: str = ""
    target: str = ""
    way: tuple[str, ...] = ()
    answered: bool = False


@dataclass
class Prober:
    """Client that places calls and measures."""

    remotes: tuple[tuple[str, int], ...]
    """Where calls go, in turn."""
    local: str
    dialled: str
    signal: socket.socket = field(init=False)
    poll: select.epoll = field(default_factory=select.epoll)
    calls: dict[int, Probe] = field(default_factory=dict)
    by_sound: dict[int, Probe] = field(default_factory=dict)
    callers: int = 1
    """So many numbers call in turn."""
    took: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    made: int = 0
    refused: int = 0

    def __post_init__(self) -> None:
        self.signal = self._bound()

    def _bound(self) -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        one.setblocking(False)
        one.bind((self.local, 0))
        self.poll.register(one, select.EPOLLIN)
        return one

    def dial(self) -> None:
        """One INVITE."""
        self.made += 1
        sound = self._bound()
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {self.local}\r\ns=-\r\nc=IN IP4 {self.local}\r\nt=0 0\r\n"
            f"m=audio {sound.getsockname()[1]} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )
        caller = f"0{CALLER + self.made % self.callers}"
        remote = self.remotes[self.made % len(self.remotes)]
        probe = Probe(self.made, sound, clock.now().timestamp(), caller, remote)
        self.calls[probe.number] = self.by_sound[sound.fileno()] = probe
        self._send(probe, "INVITE", 1, sdp)

    def _send(self, probe: Probe, method: str, sequence: int, body: str = "", part_of: str = "") -> None:
        host, port = self.signal.getsockname()
        target = f"sip:{self.dialled}@{probe.remote[0]}:{probe.remote[1]}"
        lines = [
            f"{method} {probe.target or target} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{probe.number}.{part_of or method}",
            *(f"Route: {one}" for one in probe.way),
            f"From: <sip:{probe.caller}@{host}:{port}>;tag=p{probe.number}",
            f"To: {probe.to or f'<{target}>'}",
            f"Call-ID: p{probe.number}@{host}:{port}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:{probe.caller}@{host}:{port}>",
            "Max-Forwards: 70",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        with suppress(BlockingIOError):
            self.signal.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), probe.remote)

    def hear(self, wait: float) -> None:
        """Take up what came."""
        for number, _ in self.poll.poll(max(0.0, wait)):
            with suppress(BlockingIOError, ConnectionError):
                if number == self.signal.fileno():
                    self._signalled(self.signal.recv(4096).decode("utf-8", "replace"))
                elif probe := self.by_sound.get(number):
                    self._sounded(probe)

    def _signalled(self, text: str) -> None:
        lines = text.split("\r\n\r\n")[0].split("\r\n")[1:]
        head = dict(line.split(": ", 1) for line in lines if ": " in line)
        probe = self.calls.get(int(head["Call-ID"][1:].partition("@")[0]))
        if not probe or head["CSeq"] != "1 INVITE" or probe.answered:
            return
        if text.startswith("SIP/2.0 503"):
            probe.to = head["To"]
            self._send(probe, "ACK", 1, part_of="INVITE")
            self.refused += 1
            self._forget(probe)
        elif text.startswith("SIP/2.0 200"):
            probe.answered, probe.to = True, head["To"]
            probe.target = head["Contact"].partition("<")[2].partition(">")[0]
            ways = (line.partition(": ")[2] for line in lines if line.startswith("Record-Route: "))
            probe.way = tuple(way.strip() for line in ways for way in line.split(","))[::-1]
            self._send(probe, "ACK", 1)
            self._speak(probe, _sound_of(text))

    def _speak(self, probe: Probe, to: tuple[str, int]) -> None:
        for n in range(3):
            packet = struct.pack("!BBHII", 0x80, 0, n, n * 160, probe.number) + b"\x2a" * 160
            probe.sound.sendto(packet, to)

    def _sounded(self, probe: Probe) -> None:
        packet, notes, _, _ = probe.sound.recvmsg(2048, 64)
        if set(packet[12:]) <= SILENT:
            return
        seconds, nanoseconds = struct.unpack("qq", notes[0][2][:16])
        self.took[probe.remote].append(seconds + nanoseconds / 1e9 - probe.invited)
        self._send(probe, "BYE", 2)
        self._forget(probe)

    def _forget(self, probe: Probe) -> None:
        del self.calls[probe.number], self.by_sound[probe.sound.fileno()]
        self.poll.unregister(probe.sound)
        probe.sound.close()

    def run(self, rate: float, seconds: float) -> None:
        """Dial at random moments, ``rate`` a second, and wait for the last."""
        dice = random.Random(1999)  # noqa: S311 - the same moments in every run
        began = clock.monotonic()
        due = began + dice.expovariate(rate)
        while due - began < seconds:
            if (wait := due - clock.monotonic()) > 0:
                self.hear(wait)
                continue
            self.dial()
            due += dice.expovariate(rate)
        until = clock.monotonic() + PATIENCE
        while self.calls and clock.monotonic() < until:
            self.hear(0.1)
        self._part()

    def _part(self) -> None:
        for probe in list(self.calls.values()):
            self._send(probe, "BYE", 2)


def _sound_of(answer: str) -> tuple[str, int]:
    """Where an answer wants its sound."""
    address = answer.split("\nc=IN IP4 ", 1)[1].split("\r\n", 1)[0]
    return address, int(answer.split("m=audio ", 1)[1].split(" ", 1)[0])


def _told(took: Sequence[float]) -> dict[str, float]:
    all_ = took or [float("nan")]
    return {"p50_ms": percentile(all_, 50) * 1000, "p99_ms": percentile(all_, 99) * 1000}


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    """Run and write what was found as JSON."""
    parser = argparse.ArgumentParser(prog="probe")
    parser.add_argument("--to", required=True, type=_address)
    parser.add_argument("--beside", type=_address)
    parser.add_argument("--local", required=True)
    parser.add_argument("--number", required=True)
    parser.add_argument("--rate", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--callers", type=int, default=1)
    asked = parser.parse_args()
    remotes = (asked.to, asked.beside) if asked.beside else (asked.to,)
    prober = Prober(remotes, asked.local, asked.number, callers=asked.callers)
    prober.run(asked.rate, asked.seconds)
    found = {
        "calls": prober.made,
        "heard": sum(map(len, prober.took.values())),
        "refused": prober.refused,
        **_told(prober.took[asked.to]),
    }
    if asked.beside:
        found |= {f"beside_{name}": value for name, value in _told(prober.took[asked.beside]).items()}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
