"""What both pages of a running session ask each second, over HTTP: what it costs the pages' process."""

import secrets
from collections.abc import Collection, Iterator
from http.client import HTTPConnection

from hotline import clock
from hotline.accounts.seconds import digest
from hotline.db import transaction
from hotline.video.rules import SessionState
from hotline.video.store import VideoEntry, of_state, pulse
from ops.wiring import House
from tools.bench.homes import BenchHome
from tools.bench.pages import connection, pages, signed_in
from tools.bench.processes import cpu_ms, rest
from tools.faults import CannotMeasure
from web.console import browser


def polled(
    home: BenchHome, house: House, numbers: Collection[int], seconds: int
) -> tuple[float, list[float]]:
    """CPU of the pages for a session, in per cent of a core, and milliseconds of each answer."""
    took = list[float]()
    with pages(home) as child:
        line, asked = connection(home), list(_asked(house, numbers))
        for address, cookie in asked:  # the first answer of each compiles, and writes that it is there
            _ask(line, address, cookie)
        before, began = cpu_ms(child.pid), clock.monotonic()
        for second in range(seconds):
            took += [_ask(line, address, cookie) for address, cookie in asked]
            rest(max(0.0, began + second + 1 - clock.monotonic()))
        spent = (cpu_ms(child.pid) - before) / (clock.monotonic() - began) / 10
        line.close()
    return spent / len(numbers), took


def _asked(house: House, numbers: Collection[int]) -> Iterator[tuple[str, str]]:
    """Address and cookie of both pages of these sessions; all that run are brought to the present."""
    at = clock.now()
    with transaction(house.factory) as session:
        pulse(session, at).heard_at = at
        rows = of_state(session, SessionState.ACTIVE)
        for row in rows:
            row.citizen_seen_at = row.interpreter_seen_at = at
            row.block_ends_at = at + house.video_line.rules().block
        tokens = {row.id: secrets.token_urlsafe() for row in rows if row.id in numbers}
        session.add_all(
            VideoEntry(token=digest(tokens[row.id]), account=row.account, begun_at=at, seen_at=at)
            for row in rows
            if row.id in tokens
        )
    for row in rows:
        if row.id in tokens:
            after = f"state?after={row.messages}"
            yield f"/sign/room/{row.id}/{after}", f"{browser.VIDEO}={tokens[row.id]}"
            yield f"/video/{row.id}/{after}", signed_in(house.factory, row.interpreter)


def _ask(line: HTTPConnection, address: str, cookie: str) -> float:
    began = clock.monotonic()
    line.request("GET", address, headers={"Cookie": cookie})
    answer = line.getresponse()
    text = answer.read()
    if answer.status != 200 or b'"active"' not in text:
        raise CannotMeasure(f"{address} is answered {answer.status}: {text[:200]!r}")
    return (clock.monotonic() - began) * 1000
