"""A small real line, for the model to be held against: SIPp calls, Asterisk queues, played agents answer."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select

from hotline.db import looking
from hotline.staff.store import Agent
from ops import wiring
from tools.bench.cards import RTP_PORTS, hire, on_duty
from tools.bench.homes import bench_home
from tools.bench.pages import pages
from tools.bench.processes import free_port, rest
from tools.bench.sipp import SippCallers
from tools.bench.switchboard import TRUNK, switch
from tools.capacity.agreement import Agreement, announced, compare, rang, recorded
from tools.capacity.line import SimulatedShift, Site
from tools.faults import CannotMeasure

WRAP_UP: Final = 3.0
"""``wrapuptime`` of the queues."""
FIRST_MUSIC: Final = 2.0
"""The queue's first slice."""
LOOKS: Final = 1.0
"""A waiting caller of a queue looks for a free agent once a second."""
SILENT_PHONES: Final = timedelta(minutes=5)
"""Played phones send no sound, and would be given up in a talk of half a minute."""
SETTLED: Final = 3.0
"""Seconds until the record of the last call is written."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Calls at a steady rate, for talks of so many seconds in the mean."""

    agents: int = 8
    rate: float = 0.57
    talk: float = 10.0
    calls: int = 200

    @property
    def seconds(self) -> float:
        """Long enough for the last in line."""
        return self.calls / self.rate + 6 * self.talk


def made(trial: Trial, scratch: Path, cache: Path) -> Agreement:
    """Make these calls, and simulate them. Raises CannotMeasure."""
    first = 20000 + os.getpid() % 10 * RTP_PORTS
    ports = {"rtp_from": first, "rtp_to": first + RTP_PORTS, "browser_port": free_port()}
    with ExitStack() as stack:
        home = stack.enter_context(
            bench_home(
                scratch / "trial", cache=cache, browser_phones=True, phone_silence=SILENT_PHONES, **ports
            )
        )
        house = wiring.workshop(home.settings, "bench")
        stack.callback(house.engine.dispose)
        accounts = hire(house.factory, trial.agents)
        home.start_agi(2)
        with looking(house.factory) as session:
            everybody = list(session.scalars(select(Agent)))
        running = stack.enter_context(switch(home, 0, everybody))
        home.start_jobs()
        stack.enter_context(pages(home))
        callers = SippCallers(running.address, TRUNK, "1999", scratch)
        with on_duty(home, running, scratch, accounts, trial.seconds, trial.talk):
            with callers.staying("patient", trial.rate, trial.calls, 6 * trial.talk, "-key", "first", "0"):
                pass
        rest(SETTLED)
        with looking(house.factory) as session:
            asked, waited = recorded(session)
            told, ringing = announced(session), rang(session)
    if len(asked) < trial.calls:
        raise CannotMeasure(f"{len(asked)} of {trial.calls} calls have a record with an agent")
    site = Site(
        (SimulatedShift(trial.agents),),
        ringing=ringing,
        wrap_up=WRAP_UP,
        looks=LOOKS,
        first_music=FIRST_MUSIC,
        music=home.settings.queue_slice.total_seconds(),
        announced=told,
    )
    return compare(asked, waited, site)
