"""Time until an agent sees who calls: from the ringing of the agent's phone to the card on the desk, among
thirty agents.
"""

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import select

from calls.store import CallRow
from control.passwords import new
from demo.seed import seed
from hotline import clock
from hotline.db import Sessions, looking, transaction
from hotline.permissions import Role
from hotline.staff.store import Agent
from ops import wiring
from tools.bench.asking import asking, figure, table
from tools.bench.boards import WATCHER
from tools.bench.homes import BenchHome, bench_home
from tools.bench.pages import connection, employ, pages, signed_in
from tools.bench.plan import BenchPlan
from tools.bench.processes import free_port, rest, told_by
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, ratio, shown
from tools.bench.sipp import SippCallers
from tools.bench.switchboard import PHONES, TRUNK, BenchSwitchboard, switch

AGENTS: Final = 30
ON_DUTY: Final = 6.0
"""Seconds until all are registered and the queues know it."""
TALK: Final = 5.0
RTP_PORTS: Final = 2000
IDLE_CARDS: Final = 50


def measure(plan: BenchPlan, scratch: Path, cache: Path) -> BenchPart:
    """Calls at a rate, each to an agent whose page fetches the card, and who may ask a supervisor;
    then the same card idle.
    """
    first = 20000 + os.getpid() % 10 * RTP_PORTS
    values = {
        "cache": cache,
        "rtp_from": first,
        "rtp_to": first + RTP_PORTS,
        "browser_phones": True,
        "browser_port": free_port(),
    }
    with ExitStack() as stack:
        home = stack.enter_context(bench_home(scratch / "cards", **values))
        house = wiring.workshop(home.settings, "bench")
        stack.callback(house.engine.dispose)
        accounts = hire(house.factory)
        home.start_agi(2)
        with looking(house.factory) as session:
            everybody = list(session.scalars(select(Agent)))
        running = stack.enter_context(switch(home, 0, everybody))
        home.start_jobs()
        stack.enter_context(pages(home))
        cookies = {one["phone"]: one["cookie"] for one in accounts}
        with asking(home, house.factory, signed_in(house.factory, WATCHER), cookies) as asked:
            found = _called(plan, home, running, scratch, accounts)
        idle = _idle(home, house.factory, accounts[0]["cookie"])
    return BenchPart((_table(plan, found, idle), table(asked)), (*_figures(plan, found), figure(asked)))


def hire(factory: Sessions, agents: int = AGENTS) -> Sequence[dict[str, str]]:
    """Agents with a phone's password, and a browser in which each has signed in."""
    logins = [f"desk-{n}" for n in range(1, agents + 1)]
    with transaction(factory) as session:
        hired = [Agent(phone=one, name=f"示範 {one}", secret=new(), languages=["zh-TW"]) for one in logins]
        secrets = {one.phone: one.secret for one in hired}
        session.add_all(hired)
        session.flush()
        seed(session, clock.now())
    employ(factory, logins, Role.AGENT)
    employ(factory, (WATCHER,), Role.SUPERVISOR)
    return [{"phone": one, "password": secrets[one], "cookie": signed_in(factory, one)} for one in logins]


def _called(
    plan: BenchPlan,
    home: BenchHome,
    running: BenchSwitchboard,
    scratch: Path,
    accounts: Sequence[dict[str, str]],
) -> dict[str, float]:
    calls = int(plan.card_rate * plan.card_seconds)
    callers = SippCallers(running.address, TRUNK, "1999", scratch)
    with (
        on_duty(home, running, scratch, accounts, plan.card_seconds + TALK + 5) as desks,
        callers.staying("stayer", plan.card_rate, calls, TALK, "-key", "first", "0"),
    ):
        pass
    return desks.result() | {"calls": calls}


@contextmanager
def on_duty(
    home: BenchHome,
    running: BenchSwitchboard,
    scratch: Path,
    accounts: Sequence[dict[str, str]],
    seconds: float,
    talk: float = 0.0,
) -> Iterator[Future[dict[str, float]]]:
    """Desks that take calls for so long; the block begins when the queues know them."""
    file = scratch / "accounts.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(accounts), "utf-8")
    given = {
        "to": running.address,
        "local": PHONES,
        "accounts": file,
        "console": home.settings.console_port,
        "seconds": ON_DUTY + seconds,
        "talk": talk,
    }
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    with ThreadPoolExecutor(1) as background:
        desks = background.submit(told_by, "tools.bench.desks", *words, patience=ON_DUTY + seconds + 30)
        rest(ON_DUTY)
        yield desks


def _idle(home: BenchHome, factory: Sessions, cookie: str) -> Sequence[float]:
    """Seconds of one card after the other, while nobody calls."""
    with looking(factory) as session:
        call = session.scalars(select(CallRow.id).limit(1)).first()
    took = []
    line = connection(home)
    for _card in range(IDLE_CARDS if call else 0):
        began = clock.monotonic()
        line.request("GET", f"/desk/call/{call}", headers={"Cookie": cookie})
        line.getresponse().read()
        took.append(clock.monotonic() - began)
    line.close()
    return took


def _table(plan: BenchPlan, found: dict[str, float], idle: Sequence[float]) -> BenchTable:
    head = ("cards", "registered", "calls", "rings", "cards", "p50 s", "p95 s", "longest s", "x idle")
    times: list[float | None] = [found[f"p{percent}_s"] for percent in (50, 95, 100)]
    rows: list[tuple[Any, ...]] = [
        (
            f"{AGENTS} agents, {plan.card_rate:g} calls/s",
            *(f"{found[name]:.0f}" for name in ("registered", "calls", "rings", "cards")),
            *map(shown, times),
            shown(ratio(times[0], median(idle) if idle else None)),
        ),
    ]
    if idle:
        quiet = (shown(percentile(idle, percent)) for percent in (50, 95, 100))
        rows.append(("nobody on the line", "-", "-", "-", str(len(idle)), *quiet, shown(1.0)))
    note = "From the INVITE at an agent's phone to the whole card, over HTTP, beside pages' streams."
    return BenchTable("(h) The card on the agent's desk", head, tuple(rows), note)


def _figures(plan: BenchPlan, found: dict[str, float]) -> tuple[BenchFigure, ...]:
    lacks = found["rings"] - found["cards"]
    note = f"{lacks:.0f} rings without a card" if lacks > 0 else ""
    late = found["p95_s"] if found["cards"] else None
    return (BenchFigure(f"card on the desk, {AGENTS} agents, p95", late, "s", 1.0, note=note),)
