"""Ten sessions of sign language by the relay: what they cost it, and how soon after the accept they stand.

Encoded video is replayed by the sizes and times of its packets, for an encoder would be most of what is
measured; both sides of each session need the relay, which is the worst case. The line and its messages are
real, asked as browsers ask.
"""

import json
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Final

from hotline import clock
from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.permissions import Role
from hotline.video import messages
from hotline.video.rules import SessionState, Side
from hotline.video.store import VideoAccount
from ops import wiring
from ops.run import turn
from ops.wiring import House
from tools.bench.homes import bench_home
from tools.bench.pages import employ
from tools.bench.plan import BenchPlan
from tools.bench.processes import Child, cpu_ms, free_port, rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, shown
from tools.bench.turn_client import Address, TurnClient, client
from tools.faults import CannotMeasure

SESSIONS: Final = 10
FRAMES, PACKETS, PAYLOAD = 25, 5, bytes(1180)
"""1.2 Mbit/s each way, as two Chromium send it at 640 by 480."""
WAITS, SOON, GATHERS = 1.0, 0.25, 0.05
"""Seconds between two questions of a page that waits, and of one that arranges its picture (asking.js), and
for which a page gathers what it tells the other (media.js).
"""
OPEN: Final = taipei("2026-11-24T10:00")
AT_MOST: Final = 3.0
PATIENCE: Final = 60.0


@dataclass
class BenchSide:
    """One browser: its allocation, and when the first packet of the other side came."""

    house: House
    number: int
    side: Side
    turn: TurnClient
    began: float
    last: int = 0
    first: float = 0.0

    def tells(self, what: str, address: Address = ("", 0)) -> None:
        """Send the other side a signal."""
        rest(GATHERS)
        with transaction(self.house.factory) as session:
            text = json.dumps({"what": what, "address": address})
            messages.put(
                session,
                self.house.keys,
                self.number,
                self.side,
                messages.MessageKind.SIGNAL,
                text,
                self.now(),
            )

    def waits_for(self, *wanted: str) -> Address:
        """Ask until the other side has sent one of these signals; its address."""
        while self.is_in_time():
            self.house.video_line.watch(self.house.factory, self.number, self.side, self.now())
            with looking(self.house.factory) as session:
                found = messages.after(session, self.house.keys, self.number, self.side, self.last)
            for one in found:
                self.last = one.number
                told = json.loads(one.text)
                if told["what"] in wanted:
                    host, port = told["address"]
                    return host, port
            rest(SOON)
        raise CannotMeasure(f"{self.side} of session {self.number} heard no {' or '.join(wanted)}")

    def meets(self, peer: Address) -> None:
        """Bind the other side's address, and send until it is heard."""
        self.turn.bind(peer)
        while self.is_in_time():
            self.turn.send(PAYLOAD)
            with suppress(TimeoutError):
                self.turn.receive(1 / FRAMES)
                self.first = clock.monotonic()
                break
        self.turn.send(PAYLOAD)  # who was heard has bound this side, and may not have heard it yet

    def is_in_time(self) -> bool:
        """Whether it is worth waiting longer."""
        return clock.monotonic() < self.began + PATIENCE

    def now(self) -> datetime:
        """A moment of a day on which the service is open."""
        return OPEN + timedelta(seconds=clock.monotonic() - self.began)


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Set up ten sessions at once, then replay video through all of them."""
    address = own_address()
    if not turn.program() or not address:
        why = "coturn is not installed: ./ops/bootstrap.sh turn" if address else "no network but loopback"
        return BenchPart(figures=tuple(BenchFigure(name, None, note=why) for name in (CPU, SET_UP)))
    with ExitStack() as ends:
        settings = {"turn_address": address, "turn_port": free_port(), "video_hours": "00:00-23:59"}
        home = ends.enter_context(bench_home(scratch / "video", **settings))
        house = wiring.workshop(home.settings, "bench")
        ends.callback(house.engine.dispose)
        server = ends.enter_context(_relay(house))
        sides, took = _set_up(house, ends)
        cost, carried = _replay(server.pid, sides, plan.video_seconds)
    return _part(took, cost, carried)


CPU, SET_UP = "video: relay's CPU a session", "video: set-up, p95"


def own_address() -> str:
    """The address by which this machine is reached; empty without a network."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.connect(("192.0.2.1", 9))
        return str(line.getsockname()[0])
    return ""


@contextmanager
def _relay(house: House) -> Iterator[Child]:
    settings = house.settings
    turn.write(settings, lambda _line: None)
    (spec,) = turn.specs(settings)
    child = Child.start("relay", spec.command, settings.home / "relay.log")
    try:
        child.await_(lambda: not list(turn.silent(settings.turn_address, settings.turn_port)))
        yield child
    finally:
        child.stop()


def _set_up(house: House, ends: ExitStack) -> tuple[list[BenchSide], list[float]]:
    """Let ten interpreters accept at one moment; seconds until both sides of each were heard."""
    logins = [f"hand-{number}" for number in range(SESSIONS)]
    employ(house.factory, logins, Role.INTERPRETER)
    began = clock.monotonic()
    waiting = [_arrives(house, login) for login in logins]
    together = Barrier(2 * SESSIONS)
    dice = Random(1999)  # noqa: S311 - the same moments in every run

    def side(number: int, which: Side) -> BenchSide:
        (server,) = house.turn.servers(f"{number}-{which}", clock.now())
        words = str(server["username"]), str(server["credential"])
        place = (house.settings.turn_address, house.settings.turn_port)
        return BenchSide(house, number, which, ends.enter_context(client(place, *words)), began)

    def accepts(login: str) -> tuple[BenchSide, float]:
        together.wait()
        pressed = clock.monotonic()
        with transaction(house.factory) as session:
            number = house.video_line.accept(session, login, OPEN).id
        one = side(number, Side.INTERPRETER)
        one.waits_for("hello")
        one.turn.allocate()
        one.tells("offer", one.turn.relayed)
        one.meets(one.waits_for("answer"))
        return one, pressed

    def comes(number: int, phase: float) -> BenchSide:
        together.wait()
        rest(phase)
        one = side(number, Side.CITIZEN)
        while (
            house.video_line.watch(house.factory, number, Side.CITIZEN, one.now()).state
            != SessionState.ACTIVE
        ):
            rest(WAITS)
        one.tells("hello")
        peer = one.waits_for("offer")
        one.turn.allocate()
        one.tells("answer", one.turn.relayed)
        one.meets(peer)
        return one

    with ThreadPoolExecutor(2 * SESSIONS) as pool:
        citizens = [pool.submit(comes, number, dice.uniform(0, WAITS)) for number in waiting]
        found = [one.result() for one in [pool.submit(accepts, login) for login in logins]]
        others = {one.number: one for one in (each.result() for each in citizens)}
    took = [max(one.first, others[one.number].first) - pressed for one, pressed in found]
    return [*(one for one, _pressed in found), *others.values()], took


def _arrives(house: House, login: str) -> int:
    """Somebody joins the line, and an interpreter comes on duty."""
    with transaction(house.factory) as session:
        account = VideoAccount(
            kind="citizen",
            login=f"citizen-{login}",
            name="示範",
            contact="",
            state="active",
            applied_at=OPEN,
            state_at=OPEN,
        )
        session.add(account)
        session.flush()
        house.video_line.sign_on(session, login, OPEN)
        return house.video_line.request(session, account, OPEN).id


def _replay(pid: int, sides: Sequence[BenchSide], seconds: float) -> tuple[float, float]:
    """CPU of the relay in per cent of a core for a session, and the part of the packets that came."""
    sent = came = 0
    for one in sides:
        one.turn.drain()
    before, began = cpu_ms(pid), clock.monotonic()
    for frame in range(round(seconds * FRAMES)):
        for _packet in range(PACKETS):
            for one in sides:
                one.turn.send(PAYLOAD)
            sent += len(sides)
            came += sum(one.turn.drain() for one in sides)
        rest(max(0.0, began + (frame + 1) / FRAMES - clock.monotonic()))
    rest(0.2)
    came += sum(one.turn.drain() for one in sides)
    spent = cpu_ms(pid) - before
    return spent / (clock.monotonic() - began) / 10 / (len(sides) / 2), came / sent


def _part(took: Sequence[float], cost: float, carried: float) -> BenchPart:
    rows = (
        ("sessions at once, both sides by the relay", f"{len(took)}"),
        ("set-up, median (s)", shown(percentile(took, 50))),
        ("set-up, p95 (s)", shown(percentile(took, 95))),
        ("relay's CPU a session (% of a core)", shown(cost)),
        ("packets that came (%)", shown(100 * carried)),
    )
    note = "Set-up: from the accept to the first relayed packet at both sides; browsers add their handshake."
    return BenchPart(
        (BenchTable("Sign-language sessions by the relay", ("", "measured"), rows, note),),
        (
            BenchFigure(CPU, cost, "% of a core", at_most=10),
            BenchFigure(SET_UP, percentile(took, 95), "s", at_most=AT_MOST),
        ),
    )
