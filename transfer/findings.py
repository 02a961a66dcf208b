"""Places where a hunt would find nobody: forwards in a circle, desks without a neighbour. Pure."""

from collections import Counter
from collections.abc import Iterator
from enum import StrEnum

from hotline.directory.findings import Finding, Severity
from hotline.directory.rules import Desk, Directory
from hotline.terms import named
from transfer.forwards import is_circle
from transfer.neighbours import absence

Place = tuple[str, str, str]
"""Agency, building, floor."""


@named("finding")
class HuntFault(StrEnum):
    """Kinds of faults of a hunt."""

    IN_A_CIRCLE = "in-a-circle"
    ALONE = "alone"


def findings(then: Directory) -> Iterator[Finding]:
    """Find faults by the same rules as a call."""
    for extension in sorted(then.forwards):
        if is_circle(then, extension):
            yield Finding(Severity.ERROR, "P5.1.2", f"forward:{extension}", HuntFault.IN_A_CIRCLE)
    present = {key: desk for key, desk in then.desks.items() if absence(then, desk) is None}
    sections = Counter(desk.section for desk in present.values())
    floors = Counter(_floor(then, desk) for desk in present.values() if desk.seat)
    for extension, desk in sorted(then.desks.items()):
        section = then.sections.get(desk.section)
        if section is None or section.closed:
            continue
        itself = extension in present
        others = sections[desk.section] - itself + (floors[_floor(then, desk)] - itself if desk.seat else 0)
        named = [one for one in desk.neighbours if one in present and one != extension]
        if not named and others == 0:
            yield Finding(Severity.WARNING, "P5.1.1", f"desk:{extension}", HuntFault.ALONE)


def _floor(then: Directory, desk: Desk) -> Place | None:
    section = then.sections.get(desk.section)
    return (section.agency if section else "", desk.seat.building, desk.seat.floor) if desk.seat else None
