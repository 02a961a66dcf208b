"""Whom to ring for an extension, in which order, and why: the ladder (spec §9.1). Pure."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class RungKind(StrEnum):
    """Why a phone is rung."""

    FORWARD = "forward"
    DESK = "desk"
    NEIGHBOUR = "neighbour"
    DUTY = "duty"
    ALTERNATIVE = "alternative"


@dataclass(frozen=True, slots=True)
class Rung:
    """One phone to ring. ``number`` empty: an extension of the city's exchange; else an outside number,
    digits only, whose exchange takes ``keys`` after the answer.
    """

    kind: RungKind
    extension: str
    ring: timedelta
    number: str = ""
    keys: str = ""
    section: str = ""
    agency: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class HuntRules:
    """The limits of a hunt (settings ``transfer_*``)."""

    ring: timedelta = timedelta(seconds=15)
    neighbour_ring: timedelta = timedelta(seconds=12)
    neighbours: int = 2
    longest: timedelta = timedelta(seconds=60)
