"""Offices of each agency and who holds them, with the gaps: every agency has one of each (P4.1, P5.4.6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from hotline.directory.store import AgencyRow, ContactRow, PersonRow
from hotline.ledger import history
from hotline.permissions import OFFICES, Role
from hotline.staff.rules import Staff
from hotline.staff.service import everybody
from hotline.terms import named

HOLDER: Final = "1"
"""The place of who holds an office; the later ones are deputies."""


@named("office-gap")
class OfficeGap(StrEnum):
    """What is wrong with an office."""

    VACANT = "vacant"
    SEVERAL = "several"
    """More than one person has it."""
    NO_EMAIL = "no-email"
    """Messages reach nobody."""


@dataclass(frozen=True, slots=True)
class Office:
    """An office of an agency at an instant."""

    role: Role
    holder: str
    """Name of who holds it; empty = vacant."""
    email: str
    since: datetime | None
    """Of the directory's entry; None = by role alone."""
    deputies: tuple[str, ...]
    gaps: tuple[OfficeGap, ...]


@dataclass(frozen=True, slots=True)
class AgencyOffices:
    """The offices of an agency, in the order of ``OFFICES``."""

    agency: str
    name: str
    offices: tuple[Office, ...]

    @property
    def has_gap(self) -> bool:
        """Tell whether one of them is not as it should be."""
        return any(one.gaps for one in self.offices)


def offices(session: Session, at: datetime, agency: str = "") -> list[AgencyOffices]:
    """List the agencies that are not closed with their offices; one of them, if named."""
    held = dict[tuple[str, str], list[ContactRow]]()
    for row in history.all_in_force(session, ContactRow, at):
        held.setdefault((row.agency, row.role), []).append(row)
    persons = {row.key: row for row in history.all_in_force(session, PersonRow, at)} if held else {}
    staff = [one for one in everybody(session, at) if not one.roles.isdisjoint(OFFICES)]
    return [
        AgencyOffices(
            row.key,
            row.name,
            tuple(
                _office(role, held.get((row.key, role), ()), persons, _of(staff, row.key, role))
                for role in OFFICES
            ),
        )
        for row in sorted(history.all_in_force(session, AgencyRow, at), key=lambda one: one.key)
        if not row.closed and agency in ("", row.key)
    ]


def _of(staff: Iterable[Staff], agency: str, role: Role) -> list[Staff]:
    return [one for one in staff if one.agency == agency and role in one.roles]


def _office(
    role: Role, rows: Sequence[ContactRow], persons: dict[str, PersonRow], by_role: Sequence[Staff]
) -> Office:
    """Who is written to: the 1999 liaison by role, every other office by the directory, if it names anybody
    who is there; else the other way round.
    """
    ordered = [one for one in sorted(rows, key=lambda row: int(row.place)) if one.person in persons]
    deputies = tuple(persons[one.person].name for one in ordered if one.place != HOLDER)
    if ordered and role is not Role.LIAISON:
        by_role = ()
    if by_role:
        names, email, since = "、".join(one.name for one in by_role), by_role[0].email, None
    elif ordered:
        person = persons[ordered[0].person]
        names, email, since = person.name, person.email, ordered[0].valid_from
    else:
        return Office(role, "", "", None, (), (OfficeGap.VACANT,))
    wrong = [OfficeGap.SEVERAL] if len(by_role) > 1 else []
    wrong += [] if email else [OfficeGap.NO_EMAIL]
    return Office(role, names, email, since, deputies, tuple(wrong))
