"""Erlang C: how many agents a load of calls needs, and how soon callers are answered then. Pure.

Calls come at random, wait in order and are patient; a load is in erlangs, calls a second times the seconds
each takes.
"""

from math import exp


def waiting(agents: int, load: float) -> float:
    """Share of calls that wait at all; 1 where the agents cannot carry the load."""
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = _one_more(blocked, number, load)
    return _waiting(blocked, agents, load)


def level(agents: int, load: float, handling: float, within: float) -> float:
    """Share of calls answered ``within`` seconds, by agents whose calls take ``handling`` seconds each."""
    return _level(waiting(agents, load), agents, load, within / handling)


def needed(load: float, handling: float, within: float, goal: float) -> int:
    """The fewest agents with whom this share of calls is answered ``within`` seconds; none for no load."""
    agents, blocked = 0, 1.0
    while load > 0 and _level(_waiting(blocked, agents, load), agents, load, within / handling) < goal:
        agents += 1
        blocked = _one_more(blocked, agents, load)
    return agents


def _one_more(blocked: float, agents: int, load: float) -> float:
    """Erlang B with one agent more, from that with one less: no factorial grows beyond what a float holds."""
    return load * blocked / (agents + load * blocked)


def _waiting(blocked: float, agents: int, load: float) -> float:
    return 1.0 if agents <= load else agents * blocked / (agents - load * (1 - blocked))


def _level(waiting: float, agents: int, load: float, within: float) -> float:
    return 0.0 if agents <= load else 1 - waiting * exp(-(agents - load) * within)
