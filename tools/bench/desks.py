"""Agents' desks: registered phones, each with the page beside it.
``python -m tools.bench.desks --to A:P ...``.

A desk holds the stream that every page holds. When its phone rings it fetches the card of the call which the
ring names, as the page does, and lifts the receiver once it has it. With ``--talk`` the agent hangs up, after
so many seconds in the mean. What was found goes out as JSON when the seconds are over.
"""

import argparse
import json
import re
import selectors
import socket
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import md5
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from hotline import clock
from tools.bench.processes import rest
from tools.bench.report import percentile

REALM: Final = re.compile(r'(realm|nonce|opaque)="([^"]*)"')
KEPT: Final = ("Via", "From", "Call-ID", "CSeq", "Record-Route")
"""What an answer repeats of its question."""
TRIES: Final = 5
BRIDGED: Final = 2.0
"""Seconds of the shortest talk: an agent who is gone before the caller hears anybody is taken for lost."""
STAYS: Final = 3600
"""Seconds of a registration: longer than any run."""
PAUSE: Final = 0.4
"""How often, and how long apart, a page asks for a card that is not there yet."""


@dataclass
class DeskPage:
    """One agent: the phone's socket and the page's cookie."""

    phone: str
    password: str
    cookie: str
    console: int
    there: tuple[str, int]
    local: str
    talk: float = 0.0
    """Mean seconds before this agent hangs up, more than ``BRIDGED``; 0: the caller does."""
    line: socket.socket = field(init=False)
    page: HTTPConnection = field(init=False)
    stream: HTTPConnection = field(init=False)
    is_registered: bool = False
    rings: int = 0
    took: list[float] = field(default_factory=list)
    numbers: Any = field(default_factory=lambda: count(1))
    chance: Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.phone)
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind((self.local, 0))
        self.line.connect(self.there)
        self.page, self.stream = (HTTPConnection("127.0.0.1", self.console, timeout=10) for _line in range(2))
        self.stream.request("GET", "/events", headers={"Cookie": self.cookie})

    @property
    def here(self) -> str:
        host, port = self.line.getsockname()
        return f"{host}:{port}"

    def registers(self, challenge: str = "") -> None:
        """Register once without a password, then with it."""
        number, uri = next(self.numbers), f"sip:{self.there[0]}"
        more = [f"Contact: <sip:{self.phone}@{self.here}>", f"Expires: {STAYS}"]
        if challenge:
            more.append(f"Authorization: {self._proves('REGISTER', uri, dict(REALM.findall(challenge)))}")
        self._send(
            f"REGISTER {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.here};branch=z9hG4bK{self.phone}-{number}",
            f"From: <sip:{self.phone}@{self.there[0]}>;tag={self.phone}",
            f"To: <sip:{self.phone}@{self.there[0]}>",
            f"Call-ID: {self.phone}@{self.here}",
            f"CSeq: {number} REGISTER",
            "Max-Forwards: 70",
            *more,
        )

    def _proves(self, method: str, uri: str, given: Mapping[str, str]) -> str:
        """Digest, as RFC 2617 has it."""
        one, two = _md5(f"{self.phone}:{given['realm']}:{self.password}"), _md5(f"{method}:{uri}")
        proof = _md5(f"{one}:{given['nonce']}:00000001:bench:auth:{two}")
        said = {
            "username": self.phone,
            **given,
            "uri": uri,
            "response": proof,
            "cnonce": "bench",
            "algorithm": "MD5",
        }
        quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
        return f"Digest {quoted}, qop=auth, nc=00000001"

    def hears(self, pool: ThreadPoolExecutor) -> None:
        """One packet."""
        at, text = clock.monotonic(), self.line.recv(8192).decode("utf-8", "replace")
        first, _, rest_of_it = text.partition("\r\n")
        head = dict(
            one.split(": ", 1) for one in rest_of_it.split("\r\n\r\n")[0].split("\r\n") if ": " in one
        )
        match first.split(" ")[:2]:
            case ["SIP/2.0", "401"]:
                self.registers(head["WWW-Authenticate"])
            case ["SIP/2.0", "200"]:
                self.is_registered = True
            case ["INVITE", _] if "tag=" not in head["To"]:
                self.rings += 1
                self.answers(head, "180 Ringing")
                pool.submit(self._rings, head, at)
            case ["INVITE" | "BYE" | "OPTIONS", _]:
                self.answers(head, "200 OK")
            case ["CANCEL", _]:
                self.answers(head, "200 OK")
                self.answers(head | {"CSeq": head["CSeq"].replace("CANCEL", "INVITE")}, "487 Gone")

    def _rings(self, head: Mapping[str, str], at: float) -> None:
        if self.has_card(head["X-Hotline-Call"]):
            self.took.append(clock.monotonic() - at)
        host, port = self.line.getsockname()
        sound = (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )
        self.answers(head, "200 OK", sound)
        if self.talk:
            rest(BRIDGED + self.chance.expovariate(1 / (self.talk - BRIDGED)))
            self.hangs_up(head)

    def hangs_up(self, head: Mapping[str, str]) -> None:
        """End the call of this INVITE."""
        there = head["Contact"].strip("<>")
        self._send(
            f"BYE {there} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.here};branch=z9hG4bK{self.phone}-{next(self.numbers)}",
            f"From: {head['To']};tag={self.phone}",
            f"To: {head['From']}",
            f"Call-ID: {head['Call-ID']}",
            "CSeq: 1 BYE",
            "Max-Forwards: 70",
        )

    def has_card(self, call: str) -> bool:
        """Ask whether the page was told of the call, as often as it asks."""
        for _try in range(TRIES):
            with suppress(OSError, HTTPException, ValueError):
                self.page.request("GET", f"/desk/call/{call}", headers={"Cookie": self.cookie})
                answer = self.page.getresponse()
                body = answer.read()
                if answer.status == 200 and json.loads(body)["number"]:
                    return True
            rest(PAUSE)
        return False

    def answers(self, head: Mapping[str, str], status: str, sound: str = "") -> None:
        """A question of Asterisk's."""
        to = head["To"] if "tag=" in head["To"] else f"{head['To']};tag={self.phone}"
        more = [f"Contact: <sip:{self.phone}@{self.here}>"]
        if sound:
            more.append("Content-Type: application/sdp")
        kept = (f"{name}: {head[name]}" for name in KEPT if name in head)
        self._send(f"SIP/2.0 {status}", *kept, f"To: {to}", *more, body=sound)

    def _send(self, *lines: str, body: str = "") -> None:
        with suppress(ConnectionError):
            self.line.send(("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]) + body).encode())


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def run(desks: list[DeskPage], seconds: float) -> None:
    """Keep all on duty for so long."""
    by = clock.monotonic() + seconds
    with selectors.DefaultSelector() as chosen, ThreadPoolExecutor(len(desks)) as pool:
        for desk in desks:
            chosen.register(desk.line, selectors.EVENT_READ, desk)
            desk.registers()
        while clock.monotonic() < by:
            for key, _ in chosen.select(0.2):
                with suppress(ConnectionError, KeyError):
                    key.data.hears(pool)


def main() -> None:
    """Play them, and tell."""
    parser = argparse.ArgumentParser(prog="desks")
    parser.add_argument("--to", required=True)
    parser.add_argument("--local", required=True)
    parser.add_argument("--accounts", type=Path, required=True)
    parser.add_argument("--console", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--talk", type=float, default=0.0)
    asked = parser.parse_args()
    host, _, port = asked.to.rpartition(":")
    desks = [
        DeskPage(**one, console=asked.console, there=(host, int(port)), local=asked.local, talk=asked.talk)
        for one in json.loads(asked.accounts.read_text("utf-8"))
    ]
    run(desks, asked.seconds)
    took = [one for desk in desks for one in desk.took]
    found: dict[str, float] = {
        "registered": sum(desk.is_registered for desk in desks),
        "rings": sum(desk.rings for desk in desks),
        "cards": len(took),
    }
    for percent in (50, 95, 100):
        found[f"p{percent}_s"] = percentile(took or [float("nan")], percent)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
