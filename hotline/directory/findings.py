"""Faults and gaps of the directory of an instant: each with its clause and what to do. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from enum import StrEnum

from hotline.directory.rules import Agency, City, Desk, Directory
from hotline.errors import Remark
from hotline.numbers import EXTENSION
from hotline.permissions import Role
from hotline.phones import phone
from hotline.staff.rules import Staff
from hotline.terms import named


class Severity(StrEnum):
    """The severity of a finding: a call goes wrong by it, or could."""

    ERROR = "error"
    WARNING = "warning"


@named("finding")
class RegisterFault(StrEnum):
    """Kinds of faults of the register."""

    ENDS_EARLY = "ends-early"
    TWO_ROWS = "two-rows"
    NO_SUCCESSOR = "no-successor"
    NO_ALTERNATIVE = "no-alternative"
    NO_PARENT = "no-parent"
    NO_LIAISON = "no-liaison"
    SECTION_WITHOUT_AGENCY = "section-without-agency"
    NO_EXTENSION = "no-extension"
    EVERYBODY_AWAY = "everybody-away"
    DESK_WITHOUT_SECTION = "desk-without-section"
    DESK_WITHOUT_PERSON = "desk-without-person"
    NO_SUCH_NEIGHBOUR = "no-such-neighbour"
    SEVERAL_DESKS = "several-desks"
    FOLLOWS_NOBODY = "follows-nobody"
    FOLLOWS_OUT = "follows-out"
    BUSINESS_WITHOUT_SECTION = "business-without-section"
    CONTACT_GONE = "contact-gone"
    CANNOT_COVER = "cannot-cover"
    NOBODY_COVERS = "nobody-covers"
    DUTY_RINGS_NOBODY = "duty-rings-nobody"
    NO_DUTY = "no-duty"


class Finding(Remark, code="finding", varies_by="wrong"):
    """Something wrong or lacking; ``subject`` is kind:key."""

    severity: Severity
    clause: str
    subject: str
    wrong: StrEnum
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def about(self) -> tuple[str, str]:
        """Kind and key of the subject."""
        kind, _, key = self.subject.partition(":")
        return kind, key


def findings(then: Directory, staff: Iterable[Staff]) -> Iterator[Finding]:
    """Find everything that the rows of one instant show."""
    for agency in (one for _, one in sorted(then.agencies.items())):
        yield from _of_agency(then, agency)
    yield from _without_liaison(then, staff)
    yield from _of_sections(then)
    for _, desk in sorted(then.desks.items()):
        yield from _of_desk(then, desk)
    yield from _at_two_desks(then)
    yield from _of_forwards(then)
    yield from _of_the_rest(then)


def of_rows(city: City, kinds: Mapping[str, str]) -> Iterator[Finding]:
    """Rows that claim one instant twice, or no instant: no command writes such, a hand might.

    ``kinds``: of the rows, by the name of their place in the city.
    """
    for place, rows in city.rows.items():
        last = dict[str, tuple[object, object]]()
        for key, _, period in rows:  # by their beginning
            subject = f"{kinds[place]}:{key}"
            if period.is_empty:
                yield _error("law 7", subject, RegisterFault.ENDS_EARLY, until=period.until)
            before = last.get(key)
            if before and (before[1] is None or before[1] > period.since):  # type: ignore[operator]
                yield _error("law 7", subject, RegisterFault.TWO_ROWS, since=period.since)
            last[key] = (period.since, period.until)


def _of_agency(then: Directory, agency: Agency) -> Iterator[Finding]:
    subject = f"agency:{agency.code}"
    if agency.closed:
        if agency.successor not in then.agencies:
            yield _error("P2-a", subject, RegisterFault.NO_SUCCESSOR)
        return
    if agency.off_site and not agency.alternative:
        yield _warning("P4.9", subject, RegisterFault.NO_ALTERNATIVE)
    if agency.parent and agency.parent not in then.agencies:
        yield _warning("P2-a", subject, RegisterFault.NO_PARENT, parent=agency.parent)


def _without_liaison(then: Directory, staff: Iterable[Staff]) -> Iterator[Finding]:
    led = {member.agency for member in staff if Role.LIAISON in member.roles}
    led |= {one.agency for one in then.contacts.values() if one.role == Role.LIAISON}
    for code, agency in sorted(then.agencies.items()):
        if code not in led and not agency.closed:
            yield _warning("P4.1", f"agency:{code}", RegisterFault.NO_LIAISON)


def _of_sections(then: Directory) -> Iterator[Finding]:
    desks, present = set[str](), set[str]()
    for desk in then.desks.values():
        desks.add(desk.section)
        if desk.person not in then.away:
            present.add(desk.section)
    for code, section in sorted(then.sections.items()):
        subject = f"section:{code}"
        if section.agency not in then.agencies:
            yield _error("P2-a", subject, RegisterFault.SECTION_WITHOUT_AGENCY, agency=section.agency)
        if section.closed:
            continue
        if code not in desks:
            yield _warning("P2-a", subject, RegisterFault.NO_EXTENSION)
        elif code not in present:
            yield _warning("P5.1.2", subject, RegisterFault.EVERYBODY_AWAY)


def _of_desk(then: Directory, desk: Desk) -> Iterator[Finding]:
    subject = f"desk:{desk.extension}"
    if desk.section not in then.sections:
        yield _error("P2-a", subject, RegisterFault.DESK_WITHOUT_SECTION, section=desk.section)
    if desk.person and desk.person not in then.persons:
        yield _warning("P2-a", subject, RegisterFault.DESK_WITHOUT_PERSON, person=desk.person)
    for extension in desk.neighbours:
        if extension not in then.desks:
            yield _warning("P5.1.1", subject, RegisterFault.NO_SUCH_NEIGHBOUR, extension=extension)


def _at_two_desks(then: Directory) -> Iterator[Finding]:
    for person, count in sorted(Counter(desk.person for desk in then.desks.values()).items()):
        if person and count > 1:
            phones = ", ".join(
                sorted(desk.extension for desk in then.desks.values() if desk.person == person)
            )
            yield _warning(
                "P2-a", f"person:{person}", RegisterFault.SEVERAL_DESKS, count=count, phones=phones
            )


def _of_forwards(then: Directory) -> Iterator[Finding]:
    for extension, target in sorted(then.forwards.items()):
        desk = then.desks.get(target)
        subject = f"forward:{extension}"
        if desk is None:
            yield _error("P5.1.2", subject, RegisterFault.FOLLOWS_NOBODY, target=target)
        elif desk.number and not _is_the_city_s(then, desk):
            yield _warning("P5.1.2", subject, RegisterFault.FOLLOWS_OUT, target=target, number=desk.number)


def _is_the_city_s(then: Directory, desk: Desk) -> bool:
    """Tell whether a desk's number is an agency's switchboard, or a fixed line in the area of 02."""
    number = phone(desk.number).number
    return number.startswith("+8862") or number in {
        phone(one.number).number for one in then.agencies.values()
    }


def _of_the_rest(then: Directory) -> Iterator[Finding]:
    for code, business in sorted(then.businesses.items()):
        if business.section not in then.sections:
            yield _warning(
                "P4.1.1", f"business:{code}", RegisterFault.BUSINESS_WITHOUT_SECTION, section=business.section
            )
    for office, contact in sorted(then.contacts.items()):
        if contact.person not in then.persons or contact.agency not in then.agencies:
            yield _warning("P4.1", f"contact:{office}", RegisterFault.CONTACT_GONE, person=contact.person)
    for code, booking in sorted(then.bookings.items()):
        cover = then.desks.get(booking.cover)
        if booking.cover and (cover is None or cover.section in then.bookings):
            yield _error("P5.1.2", f"booking:{code}", RegisterFault.CANNOT_COVER, cover=booking.cover)
        elif not booking.cover:
            yield _warning("P5.1.2", f"booking:{code}", RegisterFault.NOBODY_COVERS)
    for officer in then.duty:
        if EXTENSION.fullmatch(officer.number) and officer.number not in then.desks:
            yield _error(
                "P5.1.3", f"duty:{officer.order}", RegisterFault.DUTY_RINGS_NOBODY, number=officer.number
            )
    if not then.duty:
        yield _error("P5.1.3", "duty", RegisterFault.NO_DUTY)


def _error(clause: str, subject: str, wrong: RegisterFault, **facts: object) -> Finding:
    return Finding(Severity.ERROR, clause, subject, wrong, facts)


def _warning(clause: str, subject: str, wrong: RegisterFault, **facts: object) -> Finding:
    return Finding(Severity.WARNING, clause, subject, wrong, facts)
