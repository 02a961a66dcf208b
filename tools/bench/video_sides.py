"""The sides of sign-language sessions, from the accept until each hears the other: by the real line, its
messages asked as browsers ask, and by whatever way carries the pictures.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from ops.wiring import House
from tools.bench.pages import employ
from tools.bench.processes import rest
from tools.bench.turn_client import Address, TurnClient
from tools.bench.video_caller import VideoCaller
from tools.faults import CannotMeasure

SESSIONS: Final = 10
FRAMES, PAYLOAD = 25, bytes(1180)
"""With five packets a picture 1.2 Mbit/s each way, as two Chromium send it at 640 by 480."""
WAITS, SOON, GATHERS = 1.0, 0.25, 0.05
"""Seconds between two questions of a page that waits, and of one that arranges its picture (asking.js), and
for which a page gathers what it tells the other (media.js).
"""
OPEN: Final = taipei("2026-11-24T10:00")
PATIENCE: Final = 60.0
VideoMedia = TurnClient | VideoCaller


@dataclass
class BenchSide:
    """One browser: its media, and when the first packet of the other side came."""

    house: House
    number: int
    side: Side
    began: float
    media: VideoMedia = field(init=False)
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
            self.house.video_line.watch(self.house.factory, self.number, self.side, self.now)
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

    def meets(self, way: "Way") -> None:
        """Take the way to the other side, and send until it is heard."""
        self.media = way(self)
        while self.is_in_time():
            self.media.send(PAYLOAD)
            with suppress(TimeoutError):
                self.media.receive(1 / FRAMES)
                self.first = clock.monotonic()
                break
        self.media.send(PAYLOAD)  # who was heard is ready for this side, and may not have heard it yet

    def is_in_time(self) -> bool:
        """Whether it is worth waiting longer."""
        return clock.monotonic() < self.began + PATIENCE

    def now(self) -> datetime:
        """A moment of a day on which the service is open."""
        return OPEN + timedelta(seconds=clock.monotonic() - self.began)


Way = Callable[[BenchSide], VideoMedia]


def set_up(house: House, name: str, way: Way) -> tuple[list[BenchSide], list[float]]:
    """Let ten interpreters accept at one moment; seconds until both sides of each were heard."""
    logins = [f"{name}-{number}" for number in range(SESSIONS)]
    employ(house.factory, logins, Role.INTERPRETER)
    began = clock.monotonic()
    waiting = [_arrives(house, login) for login in logins]
    together = Barrier(2 * SESSIONS)
    dice = Random(1999)  # noqa: S311 - the same moments in every run

    def accepts(login: str) -> tuple[BenchSide, float]:
        together.wait()
        pressed = clock.monotonic()
        with transaction(house.factory) as session:
            number = house.video_line.accept(session, login, OPEN).id
        one = BenchSide(house, number, Side.INTERPRETER, began)
        one.meets(way)
        return one, pressed

    def comes(number: int, phase: float) -> BenchSide:
        together.wait()
        rest(phase)
        one = BenchSide(house, number, Side.CITIZEN, began)
        while (
            house.video_line.watch(house.factory, number, Side.CITIZEN, one.now).state != SessionState.ACTIVE
        ):
            rest(WAITS)
        one.meets(way)
        return one

    with ThreadPoolExecutor(2 * SESSIONS) as pool:
        citizens = [pool.submit(comes, number, dice.uniform(0, WAITS)) for number in waiting]
        found = [one.result() for one in [pool.submit(accepts, login) for login in logins]]
        others = {one.number: one for one in (each.result() for each in citizens)}
    took = [max(one.first, others[one.number].first) - pressed for one, pressed in found]
    return [*(one for one, _pressed in found), *(others[one.number] for one, _pressed in found)], took


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
