"""Ten sessions of sign language by TURN, ten through Asterisk: what each costs, and how soon it stands.

Encoded video is replayed by the sizes and times of its packets, for an encoder would be most of what is
measured; both sides of each session need the server, which is the worst case. Both ways stand at once and
are replayed by turns.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hotline import clock
from ops import wiring
from ops.run import turn
from tools.bench.homes import bench_home
from tools.bench.plan import BenchPlan
from tools.bench.processes import cpu_ms, free_port, rest
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, ratio, shown
from tools.bench.switchboard import switch
from tools.bench.video_caller import PICTURE, new_identity
from tools.bench.video_polls import polled
from tools.bench.video_sides import FRAMES, PAYLOAD, BenchSide, set_up
from tools.bench.video_ways import ENDPOINT, MEETING, by_call, by_turn, coturn, own_address

ROUNDS, TRIES = 4, 20
RTP_PORTS: Final = 400
AT_MOST: Final = 3.0
CPU, SET_UP = "video: TURN's CPU a session", "video: set-up, p95"


@dataclass
class VideoHalf:
    """Ten sessions by one way, and what they have cost its server so far."""

    pid: int
    sides: Sequence[BenchSide]
    took: Sequence[float]
    spent: float = 0.0
    seconds: float = 0.0
    sent: int = 0
    came: int = 0

    def replay(self, seconds: float) -> None:
        """Let every side send its video."""
        for one in self.sides:
            one.media.drain()
        before, began = cpu_ms(self.pid), clock.monotonic()
        for frame in range(round(seconds * FRAMES)):
            for _packet in range(PICTURE):
                for one in self.sides:
                    one.media.send(PAYLOAD)
                self.sent += len(self.sides)
                self.came += sum(one.media.drain() for one in self.sides)
            rest(max(0.0, began + (frame + 1) / FRAMES - clock.monotonic()))
        rest(0.2)
        self.came += sum(one.media.drain() for one in self.sides)
        self.spent += cpu_ms(self.pid) - before
        self.seconds += clock.monotonic() - began

    def delays(self) -> Iterator[float]:
        """Milliseconds from one side to the other of single packets, the way otherwise empty."""
        half = len(self.sides) // 2
        for here, there in zip(self.sides[:half], self.sides[half:], strict=True):
            there.media.drain()
            for _try in range(TRIES):
                began = clock.monotonic()
                here.media.send(PAYLOAD)
                with suppress(TimeoutError):
                    there.media.receive(1.0)
                    yield (clock.monotonic() - began) * 1000

    @property
    def cost(self) -> float:
        """CPU of the server for a session, in per cent of a core."""
        return self.spent / self.seconds / 10 / len(self.took)


def measure(plan: BenchPlan, scratch: Path, cache: Path) -> BenchPart:
    """Set up ten sessions at once by each way, then replay video through all of them."""
    address = own_address()
    if not turn.program() or not address:
        why = "coturn is not installed: ./ops/bootstrap.sh turn" if address else "no network but loopback"
        return BenchPart(figures=tuple(BenchFigure(name, None, note=why) for name in (CPU, SET_UP)))
    first = 30000 + os.getpid() % 10 * RTP_PORTS
    ports = {"rtp_from": first, "rtp_to": first + RTP_PORTS, "browser_port": free_port()}
    settings = {"turn_address": address, "turn_port": free_port(), "video_hours": "00:00-23:59"}
    with ExitStack() as ends:
        folder = scratch / "video"
        home = ends.enter_context(bench_home(folder, cache=cache, browser_phones=True, **ports, **settings))
        house = wiring.workshop(home.settings, "bench")
        ends.callback(house.engine.dispose)
        server = ends.enter_context(coturn(house))
        more = {"pjsip.conf": ENDPOINT, "extensions.conf": MEETING}
        running = ends.enter_context(switch(home, 0, more=more))
        called = by_call(new_identity(folder / "identity"), ends)
        halves = (
            VideoHalf(server.pid, *set_up(house, "turned", by_turn(ends))),
            VideoHalf(running.child.pid, *set_up(house, "called", called)),
        )
        delays = [list(one.delays()) for one in halves]
        for _round in range(ROUNDS):
            for one in halves:
                one.replay(plan.video_seconds / ROUNDS)
        numbers = {one.number for one in halves[0].sides}
        asked = polled(home, house, numbers, round(plan.video_seconds / 2))
    return _part(halves, delays, asked)


def _part(
    halves: Sequence[VideoHalf], delays: Sequence[Sequence[float]], asked: tuple[float, Sequence[float]]
) -> BenchPart:
    turned, called = halves
    pages, answers = asked
    rows = (
        ("sessions at once", *(f"{len(one.took)}" for one in halves)),
        ("set-up, median (s)", *(shown(percentile(one.took, 50)) for one in halves)),
        ("set-up, p95 (s)", *(shown(percentile(one.took, 95)) for one in halves)),
        ("CPU a session (% of a core)", *(shown(one.cost) for one in halves)),
        ("packets that came (%)", *(shown(100 * one.came / one.sent) for one in halves)),
        ("a packet's way, median (ms)", *(shown(percentile(one, 50)) for one in delays)),
        ("a packet's way, p95 (ms)", *(shown(percentile(one, 95)) for one in delays)),
        ("CPU of the pages a session (% of a core)", shown(pages), ""),
        ("an answer of the pages, p95 (ms)", shown(percentile(answers, 95)), ""),
    )
    note = (
        "Set-up: from the accept to the first packet at both sides. Browsers add ICE, and by TURN"
        "\ntheir handshake too. The pages answer both sides of ten sessions each second."
    )
    head = ("", "both sides by TURN", "through Asterisk")
    times = ratio(called.cost, turned.cost)
    return BenchPart(
        (BenchTable("Sign-language sessions, two ways", head, rows, note),),
        (
            BenchFigure(CPU, turned.cost, "% of a core", at_most=10),
            BenchFigure(SET_UP, percentile(turned.took, 95), "s", at_most=AT_MOST),
            BenchFigure("video: Asterisk's CPU a session, times TURN's", times),
            BenchFigure("video: pages' CPU a session", pages, "% of a core"),
        ),
    )
