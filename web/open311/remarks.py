"""Errors of Open311, each with its status, and what is said beside facts; ``wording`` has the sentences."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Final, Literal

from hotline.errors import HotlineError, Remark

FORM: Final = "application/x-www-form-urlencoded"
"""How a report is sent."""

STANDARD: Final[Mapping[str, str]] = {
    word: word
    for word in (
        "jurisdiction_id service_code lat long address_string address_id media_url api_key token start_date "
        "end_date open closed"
    ).split()
} | {"form": FORM}
"""Words of the standard that sentences of every language name."""


class Open311Refused(HotlineError):
    """A request that the standard or the city's own rules refuse."""

    status: ClassVar[int] = 400
    facts: ClassVar[Mapping[str, str]] = STANDARD

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer."""
        return {}


class SeveralRefused(Exception):
    """All that is wrong with one request."""

    def __init__(self, errors: Sequence[HotlineError]) -> None:
        super().__init__(", ".join(map(str, errors)))
        self.errors = errors


class OtherJurisdiction(Open311Refused, code="other-jurisdiction"):
    """A jurisdiction that is not this city."""

    jurisdiction: str
    ours: str
    status = 404


class NotPublic(Open311Refused, code="not-public"):
    """A number that no case has, or one that may not be told; which of the two is not said."""

    number: str
    status = 404


class UnknownToken(Open311Refused, code="unknown-token"):
    """A token that was never given."""

    status = 404


class NotMadeACase(Open311Refused, code="not-made-a-case"):
    """A report that was looked at and not filed."""

    status = 404


class FieldMissing(Open311Refused, code="field-missing", varies_by="field"):
    """A report without something that it needs."""

    field: Literal["service_code", "location", "point"]


class AddressIdAlone(Open311Refused, code="address-id-alone"):
    """A place by a number of an address register, of which we have none."""


class FieldTwice(Open311Refused, code="field-twice"):
    """A field that was sent more than once."""

    name: str


class NotAValue(Open311Refused, code="not-a-value", varies_by="kind"):
    """A value of the address that cannot be read."""

    name: str
    value: str
    kind: Literal["instant", "status", "page"]


class SpanUnfit(Open311Refused, code="span-unfit", varies_by="why"):
    """A time that ends before it begins, or is longer than the standard has it."""

    why: Literal["reversed", "long"]
    days: int


class TooManyAsked(Open311Refused, code="too-many-asked"):
    """More numbers at once than are answered."""

    most: int


class NoSuchAttribute(Open311Refused, code="no-such-attribute"):
    """An answer to a question that the service does not ask."""

    attribute: str
    service: str


class UnfitMedia(Open311Refused, code="unfit-media"):
    """An address of a photograph that is none of the web."""

    most: int


class NotSentAsForm(Open311Refused, code="not-a-form"):
    """A report that is not sent as a form."""


class ReportsClosed(Open311Refused, code="reports-closed"):
    """Reports by programs, while the city takes none."""

    status = 403


class NoReportKey(Open311Refused, code="no-report-key"):
    """A report without a key for reports."""

    status = 403


class AskedTooOften(Open311Refused, code="asked-too-often"):
    """A key or an address that asks more often than it may."""

    seconds: int
    status = 429

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.seconds)}


class ServiceRemark(Remark, code="open-service", varies_by="kind"):
    """What a category is, in a sentence."""

    kind: Literal["quick", "notify", "placeholder"]
    hours: int = 0
    days: int = 0


class StatusRemark(Remark, code="open-status", varies_by="what"):
    """How a case stands, for everybody."""

    what: Literal[
        "received",
        "sent-on",
        "outside",
        "worked",
        "more-time",
        "done",
        "no-action",
        "closed",
        "cancelled",
        "reviewed",
    ]


class NoticeRemark(Remark, code="open-notice", varies_by="what"):
    """What is going to happen with a report or a case."""

    what: Literal["person", "due", "late"]
    due_at: datetime | None = None
    facts: ClassVar[Mapping[str, str]] = STANDARD


class SentRemark(Remark, code="open-sent", varies_by="what"):
    """What was sent with a report, as its draft tells it."""

    what: Literal["media", "address_id"]


class HelpRemark(Remark, code="open-help", varies_by="what"):
    """What the discovery file tells people."""

    what: Literal["contact", "key", "key-closed"]
