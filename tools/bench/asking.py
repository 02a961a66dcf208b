"""Time until a supervisor is alerted: from an agent's press at the desk to the whole picture of an open board
(P7.1).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from threading import Event, Thread
from typing import Final

from sqlalchemy import select

from calls.store import CallRow
from hotline import clock
from hotline.db import Sessions, looking
from tools.bench.boards import BoardReader, read
from tools.bench.homes import BenchHome
from tools.bench.pages import connection
from tools.bench.report import BenchFigure, BenchTable, percentile, shown
from tools.faults import CannotMeasure

EVERY: Final = 1.0
"""Seconds between two presses."""
TOKEN: Final = re.compile(r'data-csrf="([^"]+)"')


@dataclass
class AlertTimes:
    """Moments at which each call's agent pressed, and at which the board showed it."""

    pressed: dict[str, float] = field(default_factory=dict)
    shown: Mapping[str, float] = field(default_factory=dict)

    @property
    def took(self) -> Sequence[float]:
        """Seconds of those that were shown."""
        return [self.shown[call] - at for call, at in self.pressed.items() if call in self.shown]


@contextmanager
def asking(
    home: BenchHome, factory: Sessions, watcher: str, cookies: Mapping[str, str]
) -> Iterator[AlertTimes]:
    """Agents of talks that go on ask, one after the other;
    ``watcher`` is the cookie of a supervisor's board.
    """
    board, desk, ending, found = connection(home), connection(home), Event(), AlertTimes()
    board.request("GET", "/board/events", headers={"Cookie": watcher, "Accept": "text/event-stream"})
    reader = BoardReader(board.sock, "judged")
    found.shown = reader.seen
    tokens = dict[str, str]()

    def goes_on() -> None:
        while not ending.wait(EVERY):
            if row := _talk(factory, found.pressed):
                cookie = cookies[row.agent]
                if cookie not in tokens:
                    tokens[cookie] = _token(desk, cookie)
                _press(desk, row.id, cookie, tokens[cookie], found.pressed)

    threads = [Thread(target=read, args=((reader,), ending)), Thread(target=goes_on)]
    for one in threads:
        one.start()
    try:
        yield found
    finally:
        ending.set()
        for one in threads:
            one.join()
        board.close()
        desk.close()


def _talk(factory: Sessions, pressed: Mapping[str, float]) -> CallRow | None:
    """The latest one of which nobody asked."""
    chosen = select(CallRow).where(
        CallRow.agent_at.is_not(None), CallRow.ended_at.is_(None), CallRow.id.not_in(pressed)
    )
    with looking(factory) as session:
        return session.scalars(chosen.order_by(CallRow.agent_at.desc()).limit(1)).first()


def _token(desk: HTTPConnection, cookie: str) -> str:
    """Token with which that agent's page proves that an act is its own."""
    desk.request("GET", "/desk", headers={"Cookie": cookie})
    found = TOKEN.search(desk.getresponse().read().decode())
    if found is None:
        raise CannotMeasure("An agent's desk does not open. Run the bench again")
    return found[1]


def _press(desk: HTTPConnection, call: str, cookie: str, token: str, pressed: dict[str, float]) -> None:
    """Press the key; a call that has ended meanwhile is not counted."""
    began = clock.monotonic()
    headers = {"Cookie": cookie, "X-csrf": token, "Content-Type": "application/x-www-form-urlencoded"}
    desk.request("POST", f"/desk/call/{call}/do", "kind=asked", headers)
    answer = desk.getresponse()
    answer.read()
    if answer.status == 200:
        pressed[call] = began


def table(found: AlertTimes) -> BenchTable:
    """Table of how many were shown, and how soon."""
    times = [shown(percentile(found.took, percent)) if found.took else "-" for percent in (50, 95, 100)]
    rows = ((str(len(found.pressed)), str(len(found.took)), *times),)
    note = "From the press at a desk, over HTTP and Asterisk's manager, to the board's stream, beside the calls of (h)."
    return BenchTable(
        "(i) A supervisor is asked to judge a call",
        ("presses", "alerts", "p50 s", "p95 s", "longest s"),
        rows,
        note,
    )


def figure(found: AlertTimes) -> BenchFigure:
    """Figure with its goal of one second."""
    lacks = len(found.pressed) - len(found.took)
    late = percentile(found.took, 95) if found.took else None
    return BenchFigure(
        "alert of a supervisor, p95",
        late,
        "s",
        1.0,
        note=f"{lacks} presses without an alert" if lacks else "",
    )
