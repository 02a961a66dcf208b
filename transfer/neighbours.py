"""Neighbours of a desk, and absences: pure over the directory of an instant (P5.1.1)."""

from math import dist, inf

from hotline.directory.rules import Desk, Directory, Seat
from transfer.reasons import RungReason, WhyNot, WhyRung


def neighbours(directory: Directory, desk: Desk) -> list[tuple[Desk, RungReason]]:
    """Those named for the desk, in their order; then by seat: the same section first, then the same floor of
    the same agency, nearest first. Never the desk itself.

    Of the own section also those on other floors or without a seat, after the others.
    """
    ordered = [directory.desks[one] for one in desk.neighbours if one in directory.desks]
    first = {other.extension: (other, RungReason(WhyRung.ORDERED)) for other in ordered if other != desk}
    found = []
    groups = directory.groups
    floor = groups.by_floor.get((desk.seat.building, desk.seat.floor), []) if desk.seat else []
    beside = (other for other in floor if other.section != desk.section)
    for other in (*groups.by_section.get(desk.section, ()), *beside):
        metres = distance(desk.seat, other.seat)
        same_section = other.section == desk.section
        if other.extension == desk.extension or not (same_section or _shares_floor(directory, desk, other)):
            continue
        why = RungReason(WhyRung.SAME_SECTION if same_section else WhyRung.SAME_FLOOR, metres=metres)
        near = inf if metres is None else metres
        found.append((not same_section, near, other.extension, other, why))
    found.sort(key=lambda candidate: candidate[:3])
    return [*first.values(), *((other, why) for *_, other, why in found if other.extension not in first)]


def distance(one: Seat | None, other: Seat | None) -> float | None:
    """Metres between two seats of one floor of one building; None when nobody can say."""
    if one is None or other is None or one.floor != other.floor or one.building != other.building:
        return None
    return dist((one.x, one.y), (other.x, other.y))


def absence(directory: Directory, desk: Desk, *, may_follow: bool = False) -> tuple[WhyNot, str] | None:
    """Reason why nobody answers at a desk, if so: section closed, person away, or its extension follows
    elsewhere.

    ``may_follow``: where it follows to has been dealt with already.
    """
    section = directory.sections.get(desk.section)
    if section and section.closed:
        return WhyNot.CLOSED, section.name or section.code
    if desk.person in directory.away:
        return WhyNot.AWAY, directory.away[desk.person]
    target = directory.forwards.get(desk.extension, desk.extension)
    if target != desk.extension and not may_follow:
        return WhyNot.FOLLOWS, target
    return None


def _shares_floor(directory: Directory, desk: Desk, other: Desk) -> bool:
    """Tell whether both sit on one floor of one agency: two agencies may call different floors alike."""
    if distance(desk.seat, other.seat) is None:
        return False
    sections = (directory.sections.get(one.section) for one in (desk, other))
    return len({section.agency if section else "" for section in sections}) == 1
