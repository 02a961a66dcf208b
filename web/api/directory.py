"""Agencies, sections, persons, desks: read as of an instant, searched, changed and ended from a date on."""

from datetime import datetime
from functools import partial
from typing import Any

from hotline.directory import register
from hotline.directory.files.importing import end_row
from hotline.directory.register import Register
from hotline.directory.rows import KINDS
from hotline.directory.rules import Agency, Business, Contact, Desk, Person, Seat, Section
from hotline.ledger.history import all_in_force
from hotline.ledger.periods import Period
from hotline.permissions import Action
from hotline.search import Match
from hotline.sheets.rows import AgencySays, BusinessSays, ContactSays, PersonSays, SectionSays
from web.api import gate, models, rows
from web.api.gate import ANY_KEY, Answer, Room
from web.api.models import ChangeBody, CodePath, ExtensionPath, ListQuery, OfficePath
from web.api.rows import DatedResource

room = Room("directory", "Who sits where, in which office, since when")
RULES = {"agency": Agency, "section": Section, "person": Person, "business": Business, "contact": Contact}


def _set(kind: str, path: Any, body: ChangeBody, since: datetime) -> None:
    session, row = gate.session(), _row_of(kind, path, body)
    for agency in register.agencies_of(session, kind, rows.key_of(path), row, since):
        gate.allow(Action.DIRECTORY_CHANGE, agency)
    register.set_row(session, row, Period(since, body.until), **gate.stamp(), reason=body.reason)


def _row_of(kind: str, path: Any, body: ChangeBody) -> Register:
    says = body.model_dump(exclude=set(ChangeBody.model_fields))
    if kind == "desk":
        seat = Seat(**says.pop("seat")) if says["seat"] else None
        return Desk(path.extension, **says | {"seat": seat, "neighbours": tuple(says["neighbours"])})
    row: Register = RULES[kind](*path.model_dump().values(), **says)
    return row


def _end(kind: str, key: str, reason: str, since: datetime) -> None:
    session = gate.session()
    row = register.present(session, kind, key, since)
    for agency in register.agencies_of(session, kind, key, row, since):
        gate.allow(Action.DIRECTORY_CHANGE, agency)
    end_row(session, kind, key, since, **gate.stamp(), reason=reason)


def _desk(row: Any) -> models.DeskRecord:
    means: Desk = KINDS["desk"].means(row)
    seat = means.seat and models.SeatSays.model_validate(means.seat, from_attributes=True)
    says = {name: getattr(row, name) for name in ("section", "person", "name", "number")}
    return models.DeskRecord(
        extension=row.key, seat=seat, neighbours=list(means.neighbours), **says, **rows.held(row)
    )


def _found(row: Any, match: Match | None) -> models.FoundDesk:
    return models.FoundDesk(**_desk(row).model_dump(), match=match)


of = partial(DatedResource, room, _set, _end)
kind = of("agency", "/agencies/<code>", CodePath, AgencySays)
kind.listed("/agencies", agencies="Agencies as of an instant.")
kind.one(agency="An agency as of an instant.")
kind.change(change_agency="An agency, from a date of effect on.")
kind.end(end_agency="There is no such agency from then on.")

kind = of("section", "/sections/<code>", CodePath, SectionSays)
kind.listed("/sections", sections="Sections as of an instant.")
kind.one(section="A section as of an instant.")
kind.change(change_section="A section, from a date of effect on.")
kind.end(end_section="There is no such section from then on.")

kind = of("person", "/persons/<code>", CodePath, PersonSays)
kind.listed("/persons", persons="Persons as of an instant.")
kind.one(person="A person as of an instant.")
kind.change(change_person="A person, from a date of effect on.")
kind.end(end_person="There is no such person from then on.")


@room.read("/desks", ANY_KEY, models.FoundPage[models.FoundDesk])
def desks(query: ListQuery) -> Answer:
    """Extensions as of an instant; with words, those that people mean by them:
    names, duties, sections, numbers.
    """
    session, table, at = gate.session(), KINDS["desk"].table, query.at or gate.now()
    if not query.q:
        every = [(row, None) for row in all_in_force(session, table, at)]
        return rows.found(every, query, _found, models.FoundDesk)
    atlas = gate.house().atlas
    hits = atlas.index(atlas.at(at)).find(query.q)
    known = {
        row.key: row
        for row in all_in_force(session, table, at, table.key.in_([hit.extension for hit in hits]))
    }
    found = [(known[hit.extension], hit.match) for hit in hits if hit.extension in known]
    return rows.found(found, query, _found, models.FoundDesk)


kind = of("desk", "/desks/<extension>", ExtensionPath, models.DeskBody, models.DeskRecord, _desk)
kind.one(desk="An extension as of an instant.")
kind.change(change_desk="An extension, from a date of effect on.")
kind.end(end_desk="There is no such extension from then on.")

kind = of("business", "/businesses/<code>", CodePath, BusinessSays)
kind.listed("/businesses", businesses="Businesses in charge as of an instant.")
kind.one(business="A business in charge as of an instant.")
kind.change(change_business="A business in charge, from a date of effect on.")
kind.end(end_business="There is no such business from then on.")

kind = of(
    "contact", "/agencies/<agency>/offices/<role>/<int:place>", OfficePath, ContactSays, models.OfficeContact
)
kind.listed("/offices", offices="Offices of the agencies, and who holds them, as of an instant.")
kind.one(office="Who holds an office of an agency as of an instant.")
kind.change(change_office="Who holds an office of an agency, from a date of effect on.")
kind.end(end_office="Nobody holds the office from then on.")
