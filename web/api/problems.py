"""Faults as RFC 9457 tells them: a type, a title, what is wrong and what to do, field by field."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Response, g
from pydantic import BaseModel, Field, ValidationError

from hotline.accounts.keys import UnknownKey
from hotline.callbacks.rules import HeldByAnother, NotNow
from hotline.callbacks.service import HasNumber, NoSuchCallback
from hotline.callbacks.work import ExtendedAlready
from hotline.directory.service import Unknown
from hotline.errors import HotlineError
from hotline.ledger.entries import ChangedSince, IsUndone, NoEntry, TheFounding
from hotline.ledger.find import NoRow
from hotline.ledger.versions import AlreadyThere, ChangedMeanwhile
from hotline.staff.role_grants import NeedsTwo
from hotline.staff.service import LastAdministrator, MoreThanOwn, NotPermitted, OtherPerson, UnknownStaff

MEDIA: Final = "application/problem+json"
STATUS: Final[Mapping[type[HotlineError], int]] = {
    NotPermitted: 403,
    MoreThanOwn: 403,
    Unknown: 404,
    UnknownStaff: 404,
    UnknownKey: 404,
    NoSuchCallback: 404,
    NoEntry: 404,
    NoRow: 404,
    NotNow: 409,
    HeldByAnother: 409,
    ExtendedAlready: 409,
    HasNumber: 409,
    IsUndone: 409,
    ChangedSince: 409,
    TheFounding: 409,
    LastAdministrator: 409,
    OtherPerson: 409,
    NeedsTwo: 409,
    ChangedMeanwhile: 412,
    AlreadyThere: 412,
}
"""What an error is to HTTP; any other is a request that cannot be done as it is: 422."""
DO: Final = {
    "missing": "give it",
    "extra_forbidden": "leave it out, or look for its right name in the OpenAPI document",
    "string_pattern_mismatch": "write it as the pattern in the OpenAPI document says",
    "string_too_long": "shorten it",
    "datetime_from_date_parsing": "write an instant with its zone, for example 2026-12-01T00:00:00+08:00",
    "timezone_aware": "write an instant with its zone, for example 2026-12-01T00:00:00+08:00",
    "value_error": "write something else",
}
OTHERWISE: Final = "see what it may be in the OpenAPI document"


class Fault(BaseModel):
    """What is wrong with one field, and what to do."""

    field: str = Field(description="its name, with dots between levels; empty = the whole request")
    wrong: str
    do: str


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(description="urn:hotline:problem: and a word that never changes")
    title: str
    status: int
    detail: str = Field(description="one sentence that says what to do")
    faults: list[Fault] = []


class Refused(HotlineError):
    """A request that is refused before any use case sees it."""

    def __init__(self, status: int, word: str, detail: str, **headers: str) -> None:
        self.status, self.word, self.headers = status, word, headers
        super().__init__(detail)


def problem(
    status: int,
    word: str,
    detail: str,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A fault as an answer."""
    told = Problem(
        type=f"urn:hotline:problem:{word}", title=HTTPStatus(status).phrase, status=status, detail=detail,
        faults=list(faults),
    )  # fmt: skip
    answer = Response(told.model_dump_json(), status, content_type=MEDIA)
    answer.headers.update(headers or {})
    return answer


def of_error(error: HotlineError) -> Response:
    """An error of the house as an answer."""
    if isinstance(error, Refused):
        headers = {name.replace("_", "-"): text for name, text in error.headers.items()}
        return problem(error.status, error.word, str(error), headers=headers)
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 422)
    if status == 404 and not _is_asked_for(error):
        status = 422  # something that the request names besides
    return problem(status, _word(type(error)), str(error), _faults(error) if status == 422 else ())


def of_validation(error: ValidationError) -> Response:
    """A request that does not fit its description: every fault at once."""
    faults = [
        Fault(
            field=".".join(str(part) for part in one["loc"]),
            wrong=one["msg"],
            do=DO.get(one["type"], OTHERWISE),
        )
        for one in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return problem(422, "unfit", "The request does not fit its description; see faults", faults)


def _is_asked_for(error: Any) -> bool:
    """Whether what is unknown is what the address names."""
    asked = {str(value) for value in (g.get("named") or {}).values()}
    key = getattr(error, "key", getattr(error, "login", getattr(error, "number", None)))
    return key is None or str(key) in asked


def _faults(error: HotlineError) -> list[Fault]:
    """Errors of the house say what is wrong, and behind a semicolon what to do."""
    wrong, _semicolon, do = str(error).partition("; ")
    field = next(
        (str(getattr(error, name)) for name in ("column", "kind", "what") if hasattr(error, name)), ""
    )
    return [Fault(field=field, wrong=wrong, do=do or OTHERWISE)]


def _word(kind: type[HotlineError]) -> str:
    """``ChangedMeanwhile`` is ``changed-meanwhile``."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind.__name__).lstrip(
        "-"
    )
