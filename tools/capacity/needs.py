"""Needs of a day: agents, lines, cores and disk, by arithmetic from measured costs. Pure."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from reporting import erlang
from tools.capacity.demand import HOUR, Day

GOAL, WITHIN = 0.8, 20.0
"""Share of calls that agents answer within so many seconds (P4.3)."""
BUSY: Final = 0.001
"""Share of callers who may find every line busy in the busiest hour."""
FULL: Final = 0.6
"""Share of a machine's cores that calls may take: the rest is for pages, reports, and the next storm."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs of a call, measured by the bench; docs/figures.md has the machine."""

    call_ms: float = 11.8
    """CPU of a call of two turns, Asterisk and ours."""
    talks_a_core: float = 201.0
    """Recorded talks that one core carries at once."""
    sealed_kib_a_minute: float = 565.0
    """What is kept of a minute of talk: FLAC, where one speaks at a time. Opus keeps 165."""
    row_kib: float = 26.0
    """What a call with an agent leaves in the database; two thirds are the event log."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the busiest hour of a day needs, and what the day leaves behind."""

    busiest: float
    """Calls an hour."""
    load: float
    """Erlangs of talk."""
    agents: int
    lines: int
    cores: float
    sound_gib: float
    rows_gib: float


def needs(day: Day, costs: Costs) -> Needs:
    """What serves such a day without a queue worth the name."""
    asking = day.busiest * (1 - day.informed)
    load = asking * day.talk / HOUR
    calls = day.busiest * day.menu / HOUR + load + asking * WITHIN / HOUR
    cores = day.busiest / HOUR * costs.call_ms / 1000 + load / costs.talks_a_core
    minutes = day.calls * (1 - day.informed) * day.talk / 60
    return Needs(
        busiest=day.busiest,
        load=load,
        agents=erlang.needed(load, day.talk, WITHIN, GOAL),
        lines=lines(calls),
        cores=cores / FULL,
        sound_gib=minutes * costs.sealed_kib_a_minute / 2**20,
        rows_gib=day.calls * costs.row_kib / 2**20,
    )


def lines(load: float) -> int:
    """The fewest lines on which no more than ``BUSY`` of all callers find all busy (Erlang B)."""
    number, blocked = 0, 1.0
    while blocked > BUSY and number < ceil(load * 3) + 50:
        number += 1
        blocked = load * blocked / (number + load * blocked)
    return number
