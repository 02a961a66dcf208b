"""The directory in lines to read: an extension, a section, a history, what is lacking."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from hotline import history
from hotline.clock import TAIPEI
from hotline.directory.entries import TABLES
from hotline.directory.rules import Desk, Directory
from hotline.directory.service import Unknown
from hotline.history import Dated
from hotline.staff.rules import Role, Staff

OF_AN_EXTENSION = ("desk", "forward")
"""The kinds of rows whose key is an extension."""


def extension_lines(then: Directory, extension: str) -> Iterator[str]:
    """All that is known of one extension. Raises Unknown."""
    desk = then.desks.get(extension)
    if desk is None:
        raise Unknown("desk", extension)
    section = then.sections.get(desk.section)
    agency = then.agencies.get(section.agency) if section else None
    person = then.persons.get(desk.person)
    yield f"extension  {extension}" + (f" behind {desk.number}" if desk.number else "")
    yield f"agency     {agency.name} ({agency.code})" if agency else "agency     not known"
    if agency and agency.emergency:
        yield f"emergency  {agency.emergency}, phoned by an agent when nobody on duty answers (§9.1)"
    yield (
        f"section    {section.name} ({section.code})" if section else f"section    {desk.section}, not known"
    )
    if desk.name or person:
        yield f"name       {' '.join(filter(None, (desk.name, person.title if person else '')))}"
    if person and person.duties:
        yield f"duties     {person.duties}"
    for business in sorted(then.businesses.values(), key=lambda one: one.code):
        if (
            business.person == desk.person
            and desk.person
            or business.section == desk.section
            and not business.person
        ):
            yield f"business   {business.name} ({business.code})"
    if desk.seat:
        house = f"{desk.seat.building}, " if desk.seat.building else ""
        yield f"seat       {house}{desk.seat.floor}, {desk.seat.x:g} m, {desk.seat.y:g} m"
    if desk.neighbours:
        yield f"neighbours {' '.join(desk.neighbours)}, rung in this order"
    yield from _hindrances(then, desk)


def _hindrances(then: Directory, desk: Desk) -> Iterator[str]:
    section = then.sections.get(desk.section)
    agency = then.agencies.get(section.agency) if section else None
    if desk.extension in then.forwards:
        yield f"follows    {then.forwards[desk.extension]} (P5.1.2)"
    if desk.person in then.away:
        yield f"away       {then.away[desk.person]}"
    if booking := then.bookings.get(desk.section):
        yield f"booked     the section is away, {booking.cause}" + (
            f"; {booking.cover} answers" if booking.cover else ""
        )
    elif section and section.closed:
        yield "closed     nobody of the section answers"
    if agency and agency.fault:
        yield f"fault      the switchboard fails; {agency.alternative} is rung (P4.9)"


def section_lines(then: Directory) -> Iterator[str]:
    """Every extension, by agency and section."""
    for section in sorted(then.sections.values(), key=lambda section: (section.agency, section.code)):
        agency = then.agencies.get(section.agency)
        yield f"{agency.name if agency else section.agency} {section.name} ({section.code})"
        for desk in sorted(then.desks.values(), key=lambda desk: desk.extension):
            if desk.section == section.code:
                marks = "; ".join(" ".join(line.split()) for line in _hindrances(then, desk))
                yield f"  {desk.extension}  {desk.name}  {marks}".rstrip()


def history_lines(session: Session, kind: str, key: str) -> Iterator[str]:
    """Every row ever written of a key, in the order of writing. Raises Unknown."""
    kinds = (kind,) if kind in TABLES else OF_AN_EXTENSION if not kind else ()
    rows = [(name, row) for name in kinds for row in history.history(session, TABLES[name], key)]
    if not rows:
        raise Unknown(kind or "desk", key)
    for name, row in sorted(rows, key=lambda pair: (pair[1].recorded_at, pair[1].id)):
        yield _row_line(name, row)


def _row_line(kind: str, row: Dated) -> str:
    says = " ".join(f"{name}={value}" for name, value in row.says().items() if value not in ("", None, False))
    until = _when(row.valid_to) if row.valid_to else "open"
    replaced = f"; replaced {_when(row.replaced_at)}" if row.replaced_at else ""
    why = f", {row.reason}" if row.reason else ""
    return (
        f"{_when(row.recorded_at)} {row.author}: {kind} {_when(row.valid_from)} to {until}: "
        f"{says}{why}{replaced}"
    )


def _when(at: datetime) -> str:
    return f"{at.astimezone(TAIPEI):%Y-%m-%d %H:%M:%S}"


def defect_lines(then: Directory, staff: Iterable[Staff]) -> Iterator[str]:
    """What the register lacks: each with its clause and what to do."""
    led = {member.agency for member in staff if Role.LIAISON in member.roles}
    for code, agency in sorted(then.agencies.items()):
        if code not in led:
            yield f"P4.1 {code} {agency.name}: no 1999 liaison; name one: hotline staff add"
        if agency.off_site and not agency.alternative:
            yield f"P4.9 {code} {agency.name}: off site without an alternative number; add it to agencies.csv"
    staffed = {desk.section for desk in then.desks.values()}
    for code, section in sorted(then.sections.items()):
        if not section.closed and code not in staffed:
            yield f"P2-a {code} {section.name}: no extension to ring; add one to desks.csv or close the section"
    yield from _dangling(then)
    if not then.duty:
        yield "P5.1.3 nobody is on the roster of duty officers; give a place: hotline directory duty"


def _dangling(then: Directory) -> Iterator[str]:
    for extension, desk in sorted(then.desks.items()):
        if desk.section not in then.sections:
            yield f"P2-a {extension}: its section {desk.section} is not in force; move it by desks.csv"
    for extension, target in sorted(then.forwards.items()):
        if target not in then.desks:
            yield f"P5.1.2 {extension} follows {target}, which is no extension; end the forward"
