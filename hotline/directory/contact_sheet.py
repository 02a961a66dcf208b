"""The contact sheet for when the system is down: whom agents phone for each agency (P5.4.3). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hotline.directory.rules import Agency, Directory, DutyOfficer
from hotline.permissions import Role
from hotline.staff.rules import Staff

OFFICES: Final = (Role.QUICK_LIAISON, Role.LIAISON, Role.MANAGER)
"""Offices on the sheet, in the order in which they are phoned."""


@dataclass(frozen=True, slots=True)
class SheetContact:
    """Somebody to phone; ``place`` 1 holds the office, 2 and on are deputies."""

    role: Role
    place: int
    name: str
    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetAgency:
    """An agency on the sheet; ``phones``: its switchboard as it works now, and its emergency contact."""

    code: str
    name: str
    phones: tuple[str, ...]
    contacts: tuple[SheetContact, ...]


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """The sheet as of an instant."""

    at: datetime
    duty: tuple[DutyOfficer, ...]
    agencies: tuple[SheetAgency, ...]


def contact_sheet(then: Directory, staff: Sequence[Staff]) -> ContactSheet:
    """Make the sheet from the directory of an instant and its staff, by name of agency."""
    open_ones = sorted((one for one in then.agencies.values() if not one.closed), key=lambda one: one.name)
    return ContactSheet(then.at, then.duty, tuple(_agency(then, staff, one) for one in open_ones))


def _agency(then: Directory, staff: Sequence[Staff], one: Agency) -> SheetAgency:
    switchboard = one.alternative if one.fault and one.alternative else one.number
    phones = dict.fromkeys(number for number in (switchboard, one.emergency) if number)
    contacts = tuple(contact for role in OFFICES for contact in _office(then, staff, one.code, role))
    return SheetAgency(one.code, one.name, tuple(phones), contacts)


def _office(then: Directory, staff: Sequence[Staff], agency: str, role: Role) -> Iterator[SheetContact]:
    """Holders of an office by the directory; where it names nobody, those who have the role."""
    held = sorted(
        (one for one in then.contacts.values() if (one.agency, one.role) == (agency, role)),
        key=lambda one: one.place,
    )
    if held:
        for contact in held:
            person = then.persons.get(contact.person)
            name = person.name if person else contact.person
            yield SheetContact(role, contact.place, name, _phones(then, contact.person))
        return
    members = [one for one in staff if one.agency == agency and role in one.roles]
    for place, member in enumerate(members, 1):
        yield SheetContact(role, place, member.name, (member.phone,) if member.phone else ())


def _phones(then: Directory, person: str) -> tuple[str, ...]:
    """Numbers of a person's desks: an extension of the city's exchange, or an outside number and keys."""
    desks = (one for one in then.desks.values() if one.person == person)
    return tuple(f"{one.number} #{one.extension}" if one.number else one.extension for one in desks)
