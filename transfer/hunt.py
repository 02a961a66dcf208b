"""The hunt for one extension: its states (spec §9.1) and what follows what. Pure."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from transfer.ladder import HuntRules, Ladder, LadderPlan, Rung

LEAST_RING = timedelta(seconds=3)
"""Nobody reaches a phone that rings shorter: the hunt is given up instead."""


@dataclass(frozen=True, slots=True)
class PhoneRinging:
    """RINGING_PRIMARY, _FORWARD, _NEIGHBOUR or _DUTY, as its rung says, for ``ring`` at most."""

    rung: Rung
    ring: timedelta


class WhyBack(StrEnum):
    """Reason why a hunt found nobody."""

    NOBODY_LEFT = "nobody left"
    NO_TIME_LEFT = "no time left"


@dataclass(frozen=True, slots=True)
class ReturnToPerson:
    """RETURNED: the caller goes back to a person."""

    why: WhyBack


@dataclass(frozen=True, slots=True)
class MessageWanted:
    """MESSAGE: closed and not urgent (P5.1.3)."""


@dataclass(frozen=True, slots=True)
class NoSuchExtension:
    """An extension that does not stand in the directory."""


State = PhoneRinging | ReturnToPerson | MessageWanted | NoSuchExtension


def begin(ladder: Ladder, rules: HuntRules, words: timedelta) -> State:
    """From REQUESTED; ``words`` are said before the first ring."""
    match ladder.plan:
        case LadderPlan.UNKNOWN:
            return NoSuchExtension()
        case LadderPlan.MESSAGE:
            return MessageWanted()
        case LadderPlan.RING:
            return go_on(ladder, rules, (), timedelta(0), words)


def go_on(
    ladder: Ladder, rules: HuntRules, tried: Container[str], spent: timedelta, words: timedelta
) -> PhoneRinging | ReturnToPerson:
    """After a phone that was busy, silent or not to be reached: the next rung in what is left of the hunt.

    ``tried``: the extensions rung so far; ``spent`` since the hunt began; ``words`` are said before the ring.
    """
    rung = next((rung for rung in ladder.rungs if rung.extension not in tried), None)
    if rung is None:
        return ReturnToPerson(WhyBack.NOBODY_LEFT)
    ring = min(rung.ring, rules.longest - max(spent, timedelta(0)) - words)
    return PhoneRinging(rung, ring) if ring >= LEAST_RING else ReturnToPerson(WhyBack.NO_TIME_LEFT)
