"""Models of requests and answers, described once; pydantic makes the OpenAPI document of them."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    create_model,
)

from hotline.search import Match
from hotline.sheets import rows
from hotline.sheets.rows import Code as Code
from hotline.sheets.rows import Extension as Extension
from hotline.sheets.rows import Instant as Instant
from hotline.sheets.rows import Login as Login
from hotline.sheets.rows import Long as Long
from hotline.sheets.rows import Name as Name
from hotline.sheets.rows import Number as Number
from hotline.sheets.rows import RequestModel as RequestModel
from hotline.sheets.rows import Short as Short
from hotline.sheets.rows import SomeCode as SomeCode
from hotline.sheets.rows import Text as Text
from hotline.sheets.rows import this_century

Day = Annotated[date, AfterValidator(this_century)]
Language = Literal["zh-TW", "nan-TW", "hak-TW", "en", "ja"]
CaseNumber = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
RowKey = Annotated[str, Field(validation_alias="key")]
"""The key of a row, by another name."""


class Reason(RequestModel):
    """Reason, for the record."""

    reason: Text = Field(min_length=1)


class MaybeReason(RequestModel):
    """Reason, for the record, if there is one."""

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


class FoundPage(Page[Item], Generic[Item]):
    """Some of a list that may be searched: what surely fits, and apart from it what is only similar."""

    similar: list[Item] = Field(description="the best first; neither in items nor in total")


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


Told = TypeVar("Told", bound=BaseModel)


def filled(model: type[Told], row: object, **told: Any) -> Told:
    """A model of a row: what is not told beside it is read from it by its name."""
    return model(**{name: getattr(row, name) for name in model.model_fields if name not in told}, **told)


def listing(name: str, item: type[BaseModel], about: str) -> type[BaseModel]:
    """A model of all things of a kind."""
    return create_model(name, __doc__=about, items=(list[item], ...))  # type: ignore[valid-type]


class SeatSays(RequestModel):
    """A place on a floor plan, in metres."""

    floor: rows.Place = Field(min_length=1)
    x: float = Field(ge=-10_000, le=10_000)
    y: float = Field(ge=-10_000, le=10_000)
    building: rows.Place = ""


class DeskBody(rows.HolderSays):
    """An extension: whose it is and where it stands."""

    seat: SeatSays | None = None
    number: Number = Field("", description="outside number whose exchange takes the extension as keys")
    neighbours: list[Extension] = Field([], max_length=30, description="rung first for it, in this order")


class SwitchboardSays(RequestModel):
    """A switchboard that fails (P4.9)."""

    alternative: Number = Field("", description="rung instead; empty = the one on file")


class DeskRecord(DeskBody, DatedRecord):
    extension: str


class FoundDesk(DeskRecord):
    """An extension, and how it was found."""

    match: Match | None = Field(None, description="null = not searched for")


class OfficeContact(rows.ContactSays, DatedRecord):
    agency: str
    role: str
    place: int


class Duty(rows.DutySays, DatedRecord):
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


class NamePath(RequestModel):
    name: Name


class PhonePath(RequestModel):
    phone: Name


class NumberPath(RequestModel):
    number: int = Field(ge=1, le=2**31 - 1)


class CasePath(RequestModel):
    """A case by its number."""

    number: CaseNumber


class LoginPath(RequestModel):
    login: Login
