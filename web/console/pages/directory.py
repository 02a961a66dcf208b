"""The directory to look at: search, agency tree, an agency, a section, a person; as of any instant."""

from typing import Any, Final

from flask import Response, request

from hotline.directory.rules import Directory
from hotline.directory.search import MOST
from hotline.directory.service import Unknown
from hotline.errors import existing
from hotline.ledger.entries import Key
from hotline.ledger.versions import histories
from hotline.search import plain
from hotline.staff.service import everybody
from web.console import directory_presenters
from web.console.answers import lead_to, render
from web.console.as_of import instant, is_now, staying, then
from web.console.date_fields import for_input
from web.console.gate import Everyone, house, read_session
from web.console.language import _l
from web.console.menu import DIRECTORY
from web.console.paging import page_of
from web.console.record_links import authors, column_name, ending, kind_name, meaning, reason_of, thing

pages = staying("directory")
pages.in_menu(DIRECTORY, _l("查分機與目錄"), "search", Everyone.STAFF, place=1)
LONGEST: Final = 100
"""Characters of what is searched for; the rest is passed over."""
LINES: Final = 20
"""So many entries of a history stand on one page."""


@pages.app_context_processor
def _words() -> dict[str, object]:
    return {
        "kind_name": kind_name,
        "column_name": column_name,
        "ending": ending,
        "meaning": meaning,
        "reason_of": reason_of,
        "thing": thing,
        "instant": instant,
        "is_now": is_now,
        "for_input": for_input,
    }


@pages.read("/directory", Everyone.STAFF)
def search() -> Response:
    """Search for whom to ask, or the tree of agencies. An extension leads to its desk at once."""
    asked, known = request.args.get("q", "").strip()[:LONGEST], then()
    if plain(asked) in known.desks:
        return lead_to("desk.one", extension=plain(asked))
    hits = house().atlas.index(known).find(asked) if asked else []
    return render(
        "directory/search.html",
        asked=asked,
        hits=[hit for hit in hits if hit.match.is_sure],
        similar=[hit for hit in hits if not hit.match.is_sure],
        most=MOST,
        known=known,
        tree=() if asked else directory_presenters.tree(known),
        marks=directory_presenters,
    )


@pages.read("/directory/agency/<code>", Everyone.STAFF)
def agency(code: str) -> Response:
    """An agency: its facts, its offices, its sections. Raises Unknown."""
    known = then()
    found = existing(known.agencies.get(code), Unknown("agency", code))
    sections = directory_presenters.sections_of(known, code)
    booked = [section for section in sections if section.code in known.bookings]
    with read_session() as session:
        staff = everybody(session, instant())
    return render(
        "directory/agency.html",
        agency=found,
        sections=page_of(sections),
        booked=booked,
        offices=directory_presenters.offices(known, code, staff),
        **about(known, [("agency", code), ("switchboard", code)]),
    )


@pages.read("/directory/section/<code>", Everyone.STAFF)
def section(code: str) -> Response:
    """A section: its desks, persons, business, and when it is away. Raises Unknown."""
    known = then()
    found = existing(known.sections.get(code), Unknown("section", code))
    city = house().atlas.city(instant())
    return render(
        "directory/section.html",
        section=found,
        desks=page_of(directory_presenters.desks_of(known, code)),
        deskless=directory_presenters.deskless(known, code),
        businesses=directory_presenters.businesses_of(known, code),
        bookings=directory_presenters.stretches(city, "bookings", code, known),
        **about(known, [("section", code), ("booking", code)]),
    )


@pages.read("/directory/person/<code>", Everyone.STAFF)
def person(code: str) -> Response:
    """A person: where they sit, what they do, when they are away. Raises Unknown."""
    known = then()
    found = existing(known.persons.get(code), Unknown("person", code))
    city = house().atlas.city(instant())
    return render(
        "directory/person.html",
        person=found,
        extensions=directory_presenters.extensions_of(known, code),
        businesses=directory_presenters.businesses_of(known, found.section, code),
        **about(known, [("person", code), ("absence", code)]),
        contacts=[contact for contact in known.contacts.values() if contact.person == code],
        absences=directory_presenters.stretches(city, "away", code, known),
    )


def about(known: Directory, keys: list[Key]) -> dict[str, Any]:
    """Words of a page about some keys: the latest entries about them, and the names behind the logins."""
    with read_session() as session:
        lines = histories(session, keys)[:LINES]
        names = authors(session)
    return {"known": known, "marks": directory_presenters, "lines": lines, "names": names}
