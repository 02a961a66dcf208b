"""Facts of agencies, sections, persons and desks for pages: pure looks at the directory of an instant."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hotline.directory.rules import Agency, Business, City, Contact, Desk, Directory, Person, Section
from hotline.ledger.entries import Key
from hotline.ledger.periods import Period
from hotline.permissions import OFFICES, Role
from hotline.staff.rules import Staff
from web.console.language import _


@dataclass(frozen=True, slots=True)
class Mark:
    """A state with its word and its colour."""

    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class AgencyCount:
    """An agency in the tree: how deep, and how much is below it."""

    agency: Agency
    depth: int
    sections: int
    desks: int


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office of an agency: who holds it, and the deputies."""

    role: Role
    holders: Sequence[tuple[Contact, Person | None, str]]
    """With the extension of each."""
    accounts: Sequence[Staff]
    """Who has its role as an account."""

    @property
    def next_place(self) -> int:
        """The place that is free."""
        return max((contact.place for contact, *_ in self.holders), default=0) + 1


def tree(then: Directory) -> list[AgencyCount]:
    """List every agency below the one above it."""
    sections, desks = dict[str, int](), dict[str, int]()
    for code, section in then.sections.items():
        sections[section.agency] = sections.get(section.agency, 0) + 1
        desks[section.agency] = desks.get(section.agency, 0) + len(then.groups.by_section.get(code, ()))
    below = dict[str, list[Agency]]()
    for agency in then.agencies.values():
        below.setdefault(agency.parent if agency.parent in then.agencies else "", []).append(agency)

    def walk(parent: str, depth: int) -> Iterator[AgencyCount]:
        for agency in sorted(below.pop(parent, ()), key=lambda one: (one.closed, one.code)):
            yield AgencyCount(agency, depth, sections.get(agency.code, 0), desks.get(agency.code, 0))
            yield from walk(agency.code, depth + 1)

    found = list(walk("", 0))
    circles = [code for code in below if code]  # told by hand: they hang below themselves
    return found + [one for code in circles for one in walk(code, 0)]


def sections_of(then: Directory, agency: str) -> list[Section]:
    """Sections of an agency, those that are open first."""
    mine = [section for section in then.sections.values() if section.agency == agency]
    return sorted(mine, key=lambda one: (one.closed, one.code))


def desks_of(then: Directory, section: str) -> list[Desk]:
    """Desks of a section, by extension."""
    return sorted(then.groups.by_section.get(section, ()), key=lambda desk: desk.extension)


def deskless(then: Directory, section: str) -> list[Person]:
    """Persons of a section without a desk."""
    seated = {desk.person for desk in then.desks.values()}
    mine = [one for one in then.persons.values() if one.section == section and one.code not in seated]
    return sorted(mine, key=lambda one: one.code)


def extensions_of(then: Directory, person: str) -> list[str]:
    """Extensions of a person."""
    return sorted(desk.extension for desk in then.desks.values() if person and desk.person == person)


def businesses_of(then: Directory, section: str, person: str = "") -> list[Business]:
    """Businesses of a section; of a person, also those that are the whole section's."""
    mine = [
        one
        for one in then.businesses.values()
        if one.section == section and (not person or one.person in ("", person))
    ]
    return sorted(mine, key=lambda one: one.code)


def offices(then: Directory, agency: str, staff: Iterable[Staff]) -> list[OfficeLine]:
    """List every office of an agency, also those that nobody holds."""
    mine = [member for member in staff if member.agency == agency]
    found = dict[str, list[Contact]]()
    for contact in then.contacts.values():
        if contact.agency == agency:
            found.setdefault(contact.role, []).append(contact)
    return [
        OfficeLine(
            role,
            [_holder(then, one) for one in sorted(found.get(role, ()), key=lambda one: one.place)],
            [member for member in mine if role in member.roles],
        )
        for role in OFFICES
    ]


def _holder(then: Directory, contact: Contact) -> tuple[Contact, Person | None, str]:
    phones = extensions_of(then, contact.person)
    return contact, then.persons.get(contact.person), phones[0] if phones else ""


def marks_of_desk(then: Directory, desk: Desk) -> list[Mark]:
    """Reasons why a phone does not ring as one would think; none when it does."""
    section = then.sections.get(desk.section)
    agency = then.agencies.get(section.agency) if section else None
    marks = []
    if target := then.forwards.get(desk.extension):
        marks.append(Mark(_("跟隨 %(target)s", target=target), "blue"))
    if desk.person in then.away:
        marks.append(Mark(_("不在：%(cause)s", cause=then.away[desk.person]), "yellow"))
    if section:
        marks += marks_of_section(then, section)
    if agency and agency.fault:
        marks.append(Mark(_("總機故障"), "red"))
    return marks


def marks_of_section(then: Directory, section: Section) -> list[Mark]:
    """The whole section away, or closed."""
    if booking := then.bookings.get(section.code):
        if booking.cover:
            text = _("全科不在：%(cause)s，由 %(cover)s 代接", cause=booking.cause, cover=booking.cover)
            return [Mark(text, "yellow")]
        return [Mark(_("全科不在：%(cause)s，無人代接", cause=booking.cause), "red")]
    return [Mark(_("已停用"), "grey")] if section.closed else []


def marks_of_agency(agency: Agency) -> list[Mark]:
    """Closed, off site, its switchboard out of order."""
    marks = []
    if agency.closed:
        marks.append(Mark(_("已裁撤"), "grey"))
    if agency.off_site:
        marks.append(Mark(_("府外機關"), "blue"))
    if agency.fault:
        marks.append(Mark(_("總機故障，改撥 %(number)s", number=agency.alternative), "red"))
    return marks


@dataclass(frozen=True, slots=True)
class Stretch:
    """Row that holds for a time: a forward, an absence, a booking."""

    means: Any
    period: Period
    is_planned: bool


def stretches(city: City, place: str, key: str, then: Directory) -> list[Stretch]:
    """Rows that hold at an instant or are planned after it, in their order."""
    rows = [(value, period) for name, value, period in city.rows.get(place, ()) if name == key]
    return [
        Stretch(value, period, then.at < period.since)
        for value, period in sorted(rows, key=lambda row: row[1].since)
        if period.until is None or then.at < period.until
    ]


def keys_of_desk(desk: Desk) -> list[Key]:
    """Everything whose history is a desk's history too."""
    keys = [("desk", desk.extension), ("forward", desk.extension), ("booking", desk.section)]
    return keys + ([("absence", desk.person)] if desk.person else [])
