"""The rows of the directory as programs send them and files hold them, each kind declared once. Pure.

What a cell says in its own way is read where it stands, and only there: ``validate(..., context=CELLS)``. An
empty cell is the default of its column; a column without one must be filled in.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core.core_schema import ValidationInfo

from hotline import clock
from hotline.dialling import DialRules
from hotline.log_masking import is_text
from hotline.numbers import EXTENSION
from hotline.permissions import Role, roles_of
from hotline.phones import PhoneKind, phone
from hotline.places import DISTRICTS
from hotline.sheets.faults import SheetFaultKind, Unreadable

CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
EMAIL: Final = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9.-]{3,63}")
OFFICE: Final = re.compile(
    r"[a-z0-9][a-z0-9-]{0,31}/(?:liaison|quick-liaison|manager|control-officer)/[1-9][0-9]?"
)
LOGIN: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")
PLACE: Final = re.compile(r"[1-9][0-9]?")
CASE_KINDS: Final = ("quick", "notify", "petition")
"""Kinds of cases that a category may make (P3.3 to P3.5)."""
STAGE1_HOURS: Final = range(4, 25)
STAGE2_DAYS: Final = range(1, 15)
"""Limits of a quick category: what else it says is refused (P5.4.1)."""
CASE_KIND: Final = re.compile("|".join(CASE_KINDS))
IN_CHARGE: Final = re.compile(rf"({CODE.pattern})(?:/({CODE.pattern})?)?")
YES: Final = frozenset(("yes", "true", "1", "是"))
NO: Final = frozenset(("", "no", "false", "0", "否"))
CELLS: Final = {"from": "cells"}
"""The context in which cells of a file are read."""


def number(cell: str) -> str:
    """Reads a number that can be dialled, with the keys for the exchange that answers:
    ``(02)2960-3456轉5112``.

    As it is printed, however it is written. Of the short ones only those of services, 110 or 1999.
    """
    found = phone(cell)
    if found.kind is PhoneKind.SHORT or DialRules().line(found.number):
        return found.printed
    raise Unreadable(
        SheetFaultKind.NOT_OURS_TO_DIAL if found.number else SheetFaultKind.NO_NUMBER, {"cell": cell}
    )


def number_or_extension(cell: str) -> str:
    """Reads a number, or an extension of the directory."""
    return cell if EXTENSION.fullmatch(cell) else number(cell)


def yes_or_no(cell: str) -> bool:
    """Reads a yes or no; empty is no."""
    if cell.lower() not in YES | NO:
        raise Unreadable(SheetFaultKind.NEITHER_YES_NOR_NO, {"cell": cell})
    return cell.lower() in YES


def metres(cell: str) -> float | None:
    """Reads a length; empty is not known."""
    try:
        length = float(cell) if cell else None
    except ValueError:
        raise Unreadable(SheetFaultKind.NO_LENGTH, {"cell": cell}) from None
    if length is not None and not -10_000 <= length <= 10_000:
        raise Unreadable(SheetFaultKind.NOT_ON_A_FLOOR, {"cell": cell})
    return length


def roles(cell: str) -> list[str]:
    """Reads roles, between blanks or semicolons."""
    try:
        return sorted(roles_of(cell.replace(";", " ").split()))
    except ValueError:
        raise Unreadable(SheetFaultKind.NO_ROLE, {"cell": cell, "roles": tuple(map(str, Role))}) from None


def extensions(cell: str) -> str:
    """Reads extensions, between blanks, commas or semicolons."""
    found = re.split(r"[\s,;、，]+", cell.strip())
    for one in found:
        if not EXTENSION.fullmatch(one):
            raise Unreadable(SheetFaultKind.NO_EXTENSION, {"cell": one})
    return " ".join(found)


def instant(cell: str) -> datetime | None:
    """Reads a date, or a date and time; empty is none."""
    try:
        return clock.taipei(cell) if cell else None
    except ValueError:
        raise Unreadable(SheetFaultKind.NO_INSTANT, {"cell": cell}) from None


def day(cell: str) -> date | None:
    """Reads a date; empty is none."""
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        raise Unreadable(SheetFaultKind.NO_DAY, {"cell": cell}) from None


def hours(cell: str) -> int:
    """Reads hours of stage 1; empty is none."""
    return _limit(cell, STAGE1_HOURS, SheetFaultKind.NOT_STAGE1)


def days(cell: str) -> int:
    """Reads days of stage 2; empty is none."""
    return _limit(cell, STAGE2_DAYS, SheetFaultKind.NOT_STAGE2)


def _limit(cell: str, allowed: range, wrong: SheetFaultKind) -> int:
    value = int(cell) if cell.isascii() and cell.isdecimal() and len(cell) < 9 else -1
    if value and value not in allowed:
        raise Unreadable(wrong, {"cell": cell, "clause": "P5.4.1"})
    return value


def in_charge(cell: str) -> str:
    """Reads who is in charge by district: 板橋區=pwd/pwd-road, between blanks, commas or semicolons."""
    found = dict[str, str]()
    for one in filter(None, re.split(r"[\s,;、，；]+", cell)):
        district, _, who = one.partition("=")
        if district not in DISTRICTS or not IN_CHARGE.fullmatch(who) or district in found:
            raise Unreadable(SheetFaultKind.NOBODY_IN_CHARGE, {"cell": one})
        found[district] = who.removesuffix("/")
    return " ".join(f"{district}={found[district]}" for district in DISTRICTS if district in found)


def by_district(text: str) -> dict[str, str]:
    """Agency, or agency/section, by district, of a text that ``in_charge`` made."""
    return {district: who for district, _, who in (one.partition("=") for one in text.split())}


@dataclass(frozen=True, slots=True)
class Refers:
    """Mark of a column that names a row by its key; ``kind`` is that row's."""

    kind: str


@dataclass(frozen=True, slots=True)
class Example:
    """Mark of a column whose words have a form; ``shown`` is said to who writes another."""

    shown: str


def _pattern(form: re.Pattern[str], *, or_none: bool = False) -> StringConstraints:
    return StringConstraints(pattern=f"^({form.pattern})?$" if or_none else f"^{form.pattern}$")


def _printable(text: str) -> str:
    if not (text.isprintable() or is_text(text)):
        raise ValueError("it holds a character that cannot be kept; remove it")
    return text


DateT = TypeVar("DateT", date, datetime)
YEARS: Final = range(2000, 2100)
"""As commands: none that lies beyond every calendar."""


def this_century(at: DateT) -> DateT:
    """Take a date or an instant of this century. Raises ValueError."""
    if at.year not in YEARS:
        raise ValueError("the year is not of this century; write for example 2026-12-01T00:00:00+08:00")
    return at


def _cell(read: Callable[[str], Any]) -> BeforeValidator:
    """Reads what a cell says; what a program sends is no cell."""

    def value(given: Any, info: ValidationInfo) -> Any:
        return read(given) if info.context is CELLS else given

    return BeforeValidator(value)


Instant = Annotated[AwareDatetime, AfterValidator(this_century)]
Text = Annotated[str, StringConstraints(max_length=500), AfterValidator(_printable)]
Long = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_printable)]
Short = Annotated[str, StringConstraints(max_length=64), AfterValidator(_printable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
Place = Annotated[str, StringConstraints(max_length=32), AfterValidator(_printable)]
Number = Annotated[str, StringConstraints(max_length=32), AfterValidator(_printable)]
Telephone = Annotated[Number, _cell(number)]
Email = Annotated[str, _pattern(EMAIL, or_none=True), Example("name@city.example")]
_AS_CODE = Example("epb-air (small letters, digits, hyphens)")
Code = Annotated[str, _pattern(CODE), _AS_CODE]
SomeCode = Annotated[str, _pattern(CODE, or_none=True), _AS_CODE]
Extension = Annotated[str, _pattern(EXTENSION), Example("5112")]
SomeExtension = Annotated[str, _pattern(EXTENSION, or_none=True), Example("5112")]
Login = Annotated[str, _pattern(LOGIN), Example("liaison.epb")]
Office = Annotated[str, _pattern(OFFICE), Example("epb/liaison/1, or epb/liaison/2 for a deputy")]
DutyPlace = Annotated[str, _pattern(PLACE), Example("1")]
YesNo = Annotated[bool, _cell(yes_or_no)]
Metres = Annotated[float | None, _cell(metres)]
When = Annotated[datetime | None, _cell(instant)]
Day = Annotated[date | None, _cell(day)]
OfAgency = Annotated[Code, Refers("agency")]
SomeAgency = Annotated[SomeCode, Refers("agency")]
OfSection = Annotated[Code, Refers("section")]
SomeSection = Annotated[SomeCode, Refers("section")]
OfPerson = Annotated[Code, Refers("person")]
SomePerson = Annotated[SomeCode, Refers("person")]
OfDesk = Annotated[Extension, Refers("desk")]
SomeDesk = Annotated[SomeExtension, Refers("desk")]


class RequestModel(BaseModel):
    """Base of what a program or a line says: fields that we do not know are refused."""

    model_config = ConfigDict(extra="forbid")


class AgencySays(RequestModel):
    """An agency of the city (P2-a)."""

    name: Name
    off_site: YesNo = Field(False, description="has a switchboard of its own (P2-b)")
    number: Telephone = Field("", description="its switchboard")
    alternative: Telephone = Field("", description="rung while the switchboard fails (P4.9)")
    emergency: Telephone = Field("", description="phoned by an agent when nobody on duty answers")
    parent: SomeAgency = Field("", description="the agency above it")
    closed: YesNo = False
    successor: SomeAgency = Field("", description="who has its open cases once it is closed")


class SectionSays(RequestModel):
    """A section (科/組/室) of an agency."""

    agency: OfAgency
    name: Name
    closed: YesNo = False
    email: Email = ""


class PersonSays(RequestModel):
    """Person who works in a section, and the duties (P4.1.1)."""

    section: OfSection
    name: Name
    title: Short = ""
    duties: Text = ""
    email: Email = ""


class HolderSays(RequestModel):
    """Whose an extension is."""

    section: OfSection
    person: SomePerson = Field("", description="empty = nobody's own")
    name: Short = Field("", description="empty = the person's name")


class DeskSays(HolderSays):
    """An extension and where it stands, a column each."""

    floor: Place = ""
    x: Metres = None
    y: Metres = None
    number: Telephone = ""
    building: Place = ""
    neighbours: Annotated[str, _cell(extensions)] = ""


class BusinessSays(RequestModel):
    """A business in charge (業務職掌, P4.1.1)."""

    section: OfSection
    person: SomePerson = Field("", description="empty = the whole section's")
    name: Annotated[str, StringConstraints(min_length=1, max_length=128), AfterValidator(_printable)]
    keywords: Text = Field("", description="other words that citizens use for it")


class ContactSays(RequestModel):
    """Holder of an office of an agency; place 2 and on are deputies."""

    person: OfPerson


class BookingSays(RequestModel):
    """Absence of a whole section, and its reason (P5.1.2)."""

    cause: Name
    cover: SomeDesk = Field("", description="the extension that answers meanwhile")


class CategorySays(RequestModel):
    """A category of cases (P5.4.1)."""

    name: Name
    case_kind: Annotated[str, _pattern(CASE_KIND), Example("quick, notify or petition")]
    agency: OfAgency
    section: SomeSection = Field("", description="in charge where no district says otherwise")
    sections: Annotated[str, StringConstraints(max_length=4_000), _cell(in_charge)] = Field(
        "", description="who is in charge by district: 板橋區=pwd/pwd-road 三重區=sanchong"
    )
    manager: SomePerson = Field("", description="of this business; empty = the agency's (P5.4.5)")
    stage1_hours: Annotated[int, _cell(hours)] = Field(0, description="4 to 24, of a quick one")
    stage2_days: Annotated[int, _cell(days)] = Field(0, description="1 to 14, of a quick one")
    safety: YesNo = Field(False, description="public safety or resources: accepted unnamed (P5.4.11)")
    questions: Text = Field("", description="asked of the caller, between semicolons")
    keywords: Text = Field("", description="other words that citizens use for it")
    prevention: Text = Field("", description="the agency's prevention note (P5.4.9)")
    prevention_at: Day = Field(None, description="the day of the note")
    reviewed_at: Day = Field(None, description="the day of the latest yearly review (P5.4.1)")
    placeholder: YesNo = Field(False, description="stands here until the city says what is right")


def category_faults(says: Mapping[str, Any]) -> Iterator[tuple[str, Unreadable]]:
    """What the words of a category say together: limits belong to a quick one, and each of them to it."""
    is_quick = says["case_kind"] == "quick"
    for name, allowed, wrong in (
        ("stage1_hours", STAGE1_HOURS, SheetFaultKind.NOT_STAGE1),
        ("stage2_days", STAGE2_DAYS, SheetFaultKind.NOT_STAGE2),
    ):
        facts = {"cell": says[name] or "", "clause": "P5.4.1"}
        if is_quick and says[name] not in allowed:
            yield name, Unreadable(wrong, facts)
        elif not is_quick and says[name]:
            yield name, Unreadable(SheetFaultKind.ONLY_QUICK, facts)
    if bool(says["prevention"]) is not bool(says["prevention_at"]):
        yield "prevention_at", Unreadable(SheetFaultKind.NOTE_WITHOUT_DAY)


def category_places(says: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Column, agency and section of everybody who is in charge; the section is empty for a whole agency."""
    yield "section", says.get("agency", ""), says.get("section", "")
    for who in dict.fromkeys(by_district(says.get("sections") or "").values()):
        agency, _, section = who.partition("/")
        yield "sections", agency, section


def category_names(says: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Column, kind and key of who is in charge by district."""
    for column, agency, section in category_places(says):
        if column == "sections":
            yield column, "agency", agency
            if section:
                yield column, "section", section


class ForwardSays(RequestModel):
    """The extension that answers meanwhile (P5.1.2)."""

    target: OfDesk


class AbsenceSays(RequestModel):
    """Absence of a person, and its reason (P5.1.2)."""

    cause: Name


class DutySays(RequestModel):
    """Place on the roster of the city's duty officers (P5.1.3)."""

    name: Name
    number: Annotated[Number, _cell(number_or_extension)]


class MemberSays(RequestModel):
    """A member of the staff (spec §1)."""

    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=len(Role)), _cell(roles)]
    agency: SomeAgency = Field("", description="empty = the city")
    section: SomeSection = ""
    phone: Number = Field("", description="extension, or the name of a SIP phone")
    email: Email = ""
