"""Agencies, sections, persons and desks:
read as of an instant, searched, changed from a date of effect on, ended.
"""

from datetime import datetime
from typing import Any

from hotline.directory import register
from hotline.directory.files.importing import end_row
from hotline.directory.register import Register
from hotline.directory.rows import KINDS
from hotline.directory.rules import Agency, Business, Contact, Desk, Person, Seat, Section
from hotline.ledger.history import in_force
from hotline.ledger.periods import Period
from hotline.permissions import Action
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room
from web.api.models import (
    AgencyChange,
    At,
    BusinessChange,
    Change,
    CodePath,
    ContactChange,
    DeskChange,
    End,
    ExtensionPath,
    Listing,
    OfficePath,
    Page,
    PersonChange,
    SectionChange,
)

room = Room("directory", "Who sits where, in which office, since when")
SAID = frozenset(Change.model_fields)
"""Of a change's fields, those that are no words of the row."""


@room.read("/agencies", ANY_KEY, Page[models.Agency])
def agencies(query: Listing) -> Answer:
    """Agencies as of an instant."""
    return rows.listed("agency", query, _agency, models.Agency)


@room.read("/agencies/<code>", ANY_KEY, models.Agency)
def agency(path: CodePath, query: At) -> Answer:
    """An agency as of an instant."""
    return rows.one("agency", path.code, query, _agency)


@room.edit("/agencies/<code>", Action.DIRECTORY_CHANGE, models.Agency)
def change_agency(path: CodePath, body: AgencyChange) -> Answer:
    """An agency, from a date of effect on."""
    return _edited("agency", path.code, body, _agency, Agency(path.code, **_says(body)))


@room.end("/agencies/<code>", Action.DIRECTORY_CHANGE)
def end_agency(path: CodePath, query: End) -> Answer:
    """There is no such agency from then on."""
    return _ended("agency", path.code, query)


@room.read("/sections", ANY_KEY, Page[models.Section])
def sections(query: Listing) -> Answer:
    """Sections as of an instant."""
    return rows.listed("section", query, _section, models.Section)


@room.read("/sections/<code>", ANY_KEY, models.Section)
def section(path: CodePath, query: At) -> Answer:
    """A section as of an instant."""
    return rows.one("section", path.code, query, _section)


@room.edit("/sections/<code>", Action.DIRECTORY_CHANGE, models.Section)
def change_section(path: CodePath, body: SectionChange) -> Answer:
    """A section, from a date of effect on."""
    return _edited("section", path.code, body, _section, Section(path.code, **_says(body)))


@room.end("/sections/<code>", Action.DIRECTORY_CHANGE)
def end_section(path: CodePath, query: End) -> Answer:
    """There is no such section from then on."""
    return _ended("section", path.code, query)


@room.read("/persons", ANY_KEY, Page[models.Person])
def persons(query: Listing) -> Answer:
    """Persons as of an instant."""
    return rows.listed("person", query, _person, models.Person)


@room.read("/persons/<code>", ANY_KEY, models.Person)
def person(path: CodePath, query: At) -> Answer:
    """A person as of an instant."""
    return rows.one("person", path.code, query, _person)


@room.edit("/persons/<code>", Action.DIRECTORY_CHANGE, models.Person)
def change_person(path: CodePath, body: PersonChange) -> Answer:
    """A person, from a date of effect on."""
    return _edited("person", path.code, body, _person, Person(path.code, **_says(body)))


@room.end("/persons/<code>", Action.DIRECTORY_CHANGE)
def end_person(path: CodePath, query: End) -> Answer:
    """There is no such person from then on."""
    return _ended("person", path.code, query)


@room.read("/desks", ANY_KEY, Page[models.Desk])
def desks(query: Listing) -> Answer:
    """Extensions as of an instant; with words, those that people mean by them:
    names, duties, sections, numbers.
    """
    if not query.q:
        return rows.listed("desk", query, _desk, models.Desk)
    atlas = gate.house().atlas
    hits = atlas.index(atlas.at(query.at or gate.now())).find(query.q)
    found = [_row(hit.extension, query.at or gate.now()) for hit in hits]
    return rows.some([row for row in found if row], query, _desk, models.Desk)


@room.read("/desks/<extension>", ANY_KEY, models.Desk)
def desk(path: ExtensionPath, query: At) -> Answer:
    """An extension as of an instant."""
    return rows.one("desk", path.extension, query, _desk)


@room.edit("/desks/<extension>", Action.DIRECTORY_CHANGE, models.Desk)
def change_desk(path: ExtensionPath, body: DeskChange) -> Answer:
    """An extension, from a date of effect on."""
    says = _says(body)
    says["seat"] = Seat(**body.seat.model_dump()) if body.seat else None
    says["neighbours"] = tuple(body.neighbours)
    return _edited("desk", path.extension, body, _desk, Desk(path.extension, **says))


@room.end("/desks/<extension>", Action.DIRECTORY_CHANGE)
def end_desk(path: ExtensionPath, query: End) -> Answer:
    """There is no such extension from then on."""
    return _ended("desk", path.extension, query)


@room.read("/businesses", ANY_KEY, Page[models.Business])
def businesses(query: Listing) -> Answer:
    """Businesses in charge as of an instant."""
    return rows.listed("business", query, _business, models.Business)


@room.read("/businesses/<code>", ANY_KEY, models.Business)
def business(path: CodePath, query: At) -> Answer:
    """A business in charge as of an instant."""
    return rows.one("business", path.code, query, _business)


@room.edit("/businesses/<code>", Action.DIRECTORY_CHANGE, models.Business)
def change_business(path: CodePath, body: BusinessChange) -> Answer:
    """A business in charge, from a date of effect on."""
    return _edited("business", path.code, body, _business, Business(path.code, **_says(body)))


@room.end("/businesses/<code>", Action.DIRECTORY_CHANGE)
def end_business(path: CodePath, query: End) -> Answer:
    """There is no such business from then on."""
    return _ended("business", path.code, query)


@room.read("/offices", ANY_KEY, Page[models.Contact])
def offices(query: Listing) -> Answer:
    """Offices of the agencies, and who holds them, as of an instant."""
    return rows.listed("contact", query, _contact, models.Contact)


@room.read("/agencies/<agency>/offices/<role>/<int:place>", ANY_KEY, models.Contact)
def office(path: OfficePath, query: At) -> Answer:
    """Who holds an office of an agency as of an instant."""
    return rows.one("contact", _office(path).office, query, _contact)


@room.edit("/agencies/<agency>/offices/<role>/<int:place>", Action.DIRECTORY_CHANGE, models.Contact)
def change_office(path: OfficePath, body: ContactChange) -> Answer:
    """Who holds an office of an agency, from a date of effect on."""
    held = _office(path, body.person)
    return _edited("contact", held.office, body, _contact, held)


@room.end("/agencies/<agency>/offices/<role>/<int:place>", Action.DIRECTORY_CHANGE)
def end_office(path: OfficePath, query: End) -> Answer:
    """Nobody holds the office from then on."""
    return _ended("contact", _office(path).office, query)


def _office(path: OfficePath, person: str = "") -> Contact:
    return Contact(path.agency, path.role, path.place, person)


def _row(extension: str, at: datetime) -> Any:
    """The row of an extension at an instant; None where there is none."""
    return in_force(gate.session(), KINDS["desk"].table, extension, at)


def _says(body: Change) -> dict[str, Any]:
    return body.model_dump(exclude=set(SAID))


def _edited(name: str, key: str, body: Change, shows: rows.Shows[Any], row: Register) -> Answer:
    def deed(since: datetime) -> None:
        session = gate.session()
        for agency in register.agencies_of(session, name, key, row, since):
            gate.allow(Action.DIRECTORY_CHANGE, agency)
        period = Period(since, body.until)
        register.set_row(session, row, period, at=gate.now(), by=gate.me().login, reason=body.reason)

    return rows.edited(name, key, body, shows, deed)


def _ended(name: str, key: str, query: End) -> Answer:
    def deed(since: datetime) -> None:
        session = gate.session()
        row = register.present(session, name, key, since)
        for agency in register.agencies_of(session, name, key, row, since):
            gate.allow(Action.DIRECTORY_CHANGE, agency)
        end_row(session, name, key, since, at=gate.now(), by=gate.me().login, reason=query.reason)

    return rows.ended(name, key, query.since or gate.now(), deed)


def _agency(row: Any) -> models.Agency:
    return models.Agency(code=row.key, **row.says(), **rows.held(row))


def _section(row: Any) -> models.Section:
    return models.Section(code=row.key, **row.says(), **rows.held(row))


def _person(row: Any) -> models.Person:
    return models.Person(code=row.key, **row.says(), **rows.held(row))


def _business(row: Any) -> models.Business:
    return models.Business(code=row.key, **row.says(), **rows.held(row))


def _contact(row: Any) -> models.Contact:
    return models.Contact(**row.says() | {"place": int(row.place)}, **rows.held(row))


def _desk(row: Any) -> models.Desk:
    means: Desk = KINDS["desk"].means(row)
    seat = means.seat and models.SeatSays(
        floor=means.seat.floor, x=means.seat.x, y=means.seat.y, building=means.seat.building
    )
    return models.Desk(
        extension=row.key,
        section=row.section,
        person=row.person,
        name=row.name,
        seat=seat,
        number=row.number,
        neighbours=list(means.neighbours),
        **rows.held(row),
    )
