"""Models of requests and answers, described once; pydantic makes the OpenAPI document of them."""

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    create_model,
)

from hotline.log_masking import is_text
from hotline.numbers import EXTENSION

DateT = TypeVar("DateT", date, datetime)
YEARS = range(2000, 2100)
"""As commands: none that lies beyond every calendar."""


def _printable(text: str) -> str:
    if not is_text(text):
        raise ValueError("it holds a character that cannot be kept; remove it")
    return text


def _this_century(at: DateT) -> DateT:
    if at.year not in YEARS:
        raise ValueError("the year is not of this century; write for example 2026-12-01T00:00:00+08:00")
    return at


Day = Annotated[date, AfterValidator(_this_century)]
Instant = Annotated[AwareDatetime, AfterValidator(_this_century)]
Text = Annotated[str, StringConstraints(max_length=500), AfterValidator(_printable)]
Long = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(_printable)]
Short = Annotated[str, StringConstraints(max_length=64), AfterValidator(_printable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
Language = Literal["zh-TW", "nan-TW", "hak-TW", "en", "ja"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
SomeCode = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9-]{0,31})?$")]
Extension = Annotated[str, StringConstraints(pattern=f"^{EXTENSION.pattern}$")]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,63}$")]
Number = Annotated[str, StringConstraints(max_length=32), AfterValidator(_printable)]
RowKey = Annotated[str, Field(validation_alias="key")]
"""The key of a row, by another name."""


class RequestModel(BaseModel):
    """Base of what a program sends: fields that we do not know are refused."""

    model_config = ConfigDict(extra="forbid")


class Reason(RequestModel):
    """Why, for the record."""

    reason: Text = Field(min_length=1)


class MaybeReason(RequestModel):
    """Why, for the record, if there is something to say."""

    reason: Text = ""


class LookQuery(RequestModel):
    """Reason to be told somebody's data whole."""

    reason: Text = Field("", description="with a reason, which is kept, numbers and names are told whole")


class ChangeBody(RequestModel):
    """From when until when it holds, and why."""

    since: Instant | None = Field(None, description="from when on; now, if not given")
    until: Instant | None = Field(None, description="to before when; open, if not given")
    reason: Text = Field("", description="why, for the record")


class EndQuery(RequestModel):
    """From when on there is nothing of it, and why."""

    since: Instant | None = Field(None, description="from when on; now, if not given")
    reason: Text = Field("", description="why, for the record")


class AsOf(RequestModel):
    """Instant that is asked about."""

    at: Instant | None = Field(None, description="past or to come; now, if not given")


class PageQuery(RequestModel):
    """Page of a list that is asked for."""

    page: int = Field(1, ge=1, le=100_000)
    size: int = Field(50, ge=1, le=500)


class ListQuery(AsOf, PageQuery):
    """A list as of when, searched."""

    q: Text = Field("", description="only what holds these words")


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """Some of a list: which, of how many."""

    items: list[Item]
    page: int
    size: int
    total: int


class RowModel(BaseModel):
    """Base of what is told of a row of the database, by the names of its columns."""

    model_config = ConfigDict(from_attributes=True)


class NumberedRow(RowModel):
    """The same of a row that is known by its number."""

    number: int = Field(validation_alias="id")


class DatedRecord(RowModel):
    """Period in which a row holds."""

    valid_from: datetime
    valid_to: datetime | None = Field(None, description="null = until somebody says otherwise")


def listing(name: str, item: type[BaseModel], about: str) -> type[BaseModel]:
    """A model of all things of a kind."""
    return create_model(name, __doc__=about, items=(list[item], ...))  # type: ignore[valid-type]


class AgencySays(RequestModel):
    """An agency of the city (P2-a)."""

    name: Name
    off_site: bool = Field(False, description="has a switchboard of its own (P2-b)")
    number: Number = Field("", description="its switchboard")
    alternative: Number = Field("", description="rung while the switchboard fails (P4.9)")
    emergency: Number = Field("", description="phoned by an agent when nobody on duty answers")
    parent: SomeCode = Field("", description="the agency above it")
    closed: bool = False
    successor: SomeCode = Field("", description="who has its open cases once it is closed")


class SectionSays(RequestModel):
    """A section (科/組/室) of an agency."""

    agency: Code
    name: Name
    closed: bool = False
    email: Short = ""


class PersonSays(RequestModel):
    """Who works in a section, and at what (P4.1.1)."""

    section: Code
    name: Name
    title: Short = ""
    duties: Text = ""
    email: Short = ""


class SeatSays(RequestModel):
    """A place on a floor plan, in metres."""

    floor: Annotated[str, StringConstraints(min_length=1, max_length=32), AfterValidator(_printable)]
    x: float = Field(ge=-10_000, le=10_000)
    y: float = Field(ge=-10_000, le=10_000)
    building: Annotated[str, StringConstraints(max_length=32), AfterValidator(_printable)] = ""


class DeskSays(RequestModel):
    """An extension: whose it is and where it stands."""

    section: Code
    person: SomeCode = Field("", description="empty = nobody's own")
    name: Short = Field("", description="empty = the person's name")
    seat: SeatSays | None = None
    number: Number = Field("", description="outside number whose exchange takes the extension as keys")
    neighbours: list[Extension] = Field([], max_length=30, description="rung first for it, in this order")


class BusinessSays(RequestModel):
    """A business in charge (業務職掌, P4.1.1)."""

    section: Code
    person: SomeCode = Field("", description="empty = the whole section's")
    name: Name
    keywords: Text = Field("", description="other words that citizens use for it")


class ContactSays(RequestModel):
    """Who holds an office of an agency; place 2 and on are deputies."""

    person: Code


class BookingSays(RequestModel):
    """Why a whole section is away (P5.1.2)."""

    cause: Name
    cover: Annotated[str, StringConstraints(pattern=r"^([0-9]{2,6})?$")] = Field(
        "", description="the extension that answers meanwhile"
    )


class ForwardSays(RequestModel):
    """The extension that answers meanwhile (P5.1.2)."""

    target: Extension


class AbsenceSays(RequestModel):
    """Why a person is away (P5.1.2)."""

    cause: Name


class DutySays(RequestModel):
    """Who has a place on the roster of the city's duty officers (P5.1.3)."""

    name: Name
    number: Number


class SwitchboardSays(RequestModel):
    """A switchboard that fails (P4.9)."""

    alternative: Number = Field("", description="rung instead; empty = the one on file")


class Desk(DeskSays, DatedRecord):
    extension: str


class Contact(ContactSays, DatedRecord):
    agency: str
    role: str
    place: int


class Duty(DutySays, DatedRecord):
    place: int


class CodePath(RequestModel):
    code: Code


class ExtensionPath(RequestModel):
    extension: Extension


class PersonPath(RequestModel):
    person: Code


class AgencyPath(RequestModel):
    agency: Code


class SectionPath(RequestModel):
    section: Code


class OfficePath(RequestModel):
    agency: Code
    role: Literal["liaison", "quick-liaison", "manager", "control-officer"]
    place: int = Field(ge=1, le=99)


class PlacePath(RequestModel):
    place: int = Field(ge=1, le=99)


class CallPath(RequestModel):
    call_id: Name


class PhonePath(RequestModel):
    phone: Name


class NumberPath(RequestModel):
    number: int = Field(ge=1, le=2**31 - 1)


class LoginPath(RequestModel):
    login: Login
