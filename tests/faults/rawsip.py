"""A caller who writes their own SIP, byte for byte, as only an attacker does."""

import heapq
import re
import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from hotline.clock import monotonic
from tests.live.system import CARRIER, System

NUMBERS = count(1)
SOUND = "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 29999 RTP/AVP 0\r\n"
PATIENCE = 3.0
"""Seconds after which no answer will come: a packet that is no SIP gets none."""


@dataclass
class Attempt:
    """One INVITE with user parts, a name and a Diversion as they shall be on the wire; ``status``:
    how it was answered.
    """

    target: str
    user: str = "0912345678"
    name: str = ""
    diversion: str = ""
    call_id: str = field(default_factory=lambda: f"raw-{next(NUMBERS)}")
    status: int = 0
    to: str = "<sip:1999@hotline>"

    def invite(self, here: str, there: str) -> bytes:
        """The call."""
        diverted = (
            [f"Diversion: <sip:{self.diversion}@{here}>;reason=unconditional"] if self.diversion else []
        )
        more = [f"Contact: <sip:raw@{here}>", *diverted, "Content-Type: application/sdp"]
        return self._request(
            "INVITE", f"sip:{self.target}@{there}", here, "INVITE", more, SOUND.format(CARRIER)
        )

    def acknowledge(self, here: str, there: str) -> bytes:
        """The end of the INVITE, be it answered or refused."""
        branch = "ACK" if self.status < 300 else "INVITE"
        return self._request("ACK", f"sip:{there}", here, branch)

    def bye(self, here: str, there: str) -> bytes:
        """The end of the call."""
        return self._request("BYE", f"sip:{there}", here, "BYE")

    def _request(
        self, method: str, uri: str, here: str, branch: str, more: Sequence[str] = (), body: str = ""
    ) -> bytes:
        name = f'"{self.name}" ' if self.name else ""
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK-{self.call_id}-{branch}",
            f"From: {name}<sip:{self.user}@{here}>;tag={self.call_id}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {2 if method == 'BYE' else 1} {method}",
            "Max-Forwards: 70",
            *more,
            f"Content-Length: {len(body)}",
        ]
        return ("\r\n".join([*lines, "", ""]) + body).encode("utf-8", "surrogateescape")


def attack(system: System, attempts: Sequence[Attempt], rate: float, stay: float) -> None:
    """Place them all, ``rate`` a second; an answered call is hung up after ``stay`` seconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((CARRIER, 0))
        line.connect((system.settings.sip_address, system.settings.sip_port))
        _Attacker(line, {one.call_id: one for one in attempts}, system.sip).run(rate, stay)


class _Attacker:
    def __init__(self, line: socket.socket, attempts: dict[str, Attempt], there: str) -> None:
        self._line, self._attempts, self._there = line, attempts, there
        self._here = f"{CARRIER}:{line.getsockname()[1]}"
        self._byes: list[tuple[float, str]] = []

    def run(self, rate: float, stay: float) -> None:
        waiting, next_at = deque(self._attempts.values()), monotonic()
        quiet_since = next_at
        self._line.settimeout(0.2 / rate)
        while waiting or self._byes or monotonic() < quiet_since + PATIENCE:
            now = monotonic()
            if waiting and now >= next_at:
                self._line.send(waiting.popleft().invite(self._here, self._there))
                next_at, quiet_since = next_at + 1 / rate, now
            while self._byes and self._byes[0][0] <= now:
                _, ended = heapq.heappop(self._byes)
                self._line.send(self._attempts[ended].bye(self._here, self._there))
            self._hear(stay)

    def _hear(self, stay: float) -> None:
        try:
            heard = self._line.recv(65536)
        except TimeoutError:
            return
        answer = re.match(rb"SIP/2\.0 (\d{3}) ", heard)
        fields = dict(re.findall(rb"(?m)^(Call-ID|To|CSeq): ([^\r\n]*)", heard))
        attempt = self._attempts.get(fields.get(b"Call-ID", b"").decode())
        if not answer or not attempt or not fields[b"CSeq"].endswith(b"INVITE") or int(answer[1]) < 200:
            return
        if not attempt.status and int(answer[1]) < 300:
            heapq.heappush(self._byes, (monotonic() + stay, attempt.call_id))
        attempt.status, attempt.to = int(answer[1]), fields[b"To"].decode()
        self._line.send(attempt.acknowledge(self._here, self._there))
