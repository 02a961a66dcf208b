"""Faults as RFC 9457 tells them: a type, a title, what is wrong and what to do, field by field."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final, Literal

from flask import Response, g, request
from pydantic import BaseModel, Field, ValidationError

from hotline.errors import HotlineError, Remark
from hotline.sheets.faults import BadSheets
from ivr.menu_faults import BadMenus
from wording import CHINESE, ENGLISH, sentence

MEDIA: Final = "application/problem+json"
ZH: Final = ("zh-Hant-TW", "zh-TW", "zh")
_REFUSED: Final = "closed more-than-own not-permitted not-theirs"
_UNKNOWN: Final = (
    "key-destroyed "
    "no-agent no-announcement no-closure no-entry no-fault no-news no-proposal no-request no-row "
    "no-such-call no-such-callback no-such-case no-such-draft no-such-letter no-such-photo no-such-referral "
    "no-such-part no-such-placed no-such-retrieval no-such-verification no-ticket "
    "no-such-version not-recorded "
    "not-tunable nothing-to-review sound-destroyed sound-not-kept unknown unknown-category unknown-entry "
    "document-not-rendered no-counter-photo no-such-pack unknown-counter "
    "unknown-key unknown-shift unknown-special unknown-staff unknown-video-account "
    "unknown-video-session unknown-wallboard"
)
_NOT_NOW: Final = (
    "already-paused already-rings call-not-now case-is-attached case-needs-decision case-not-late "
    "case-not-now case-not-with-agency changed-since citizen-is-called closure-ended decided-already "
    "extended-already gate-not-now has-matter has-number held-by-another is-over is-replied is-undone "
    "last-administrator matter-missing needs-two no-more-attempts no-second no-talk not-approvable "
    "not-callable not-conferring not-confirmed not-given-up not-heard not-in-talk not-now not-open "
    "is-held not-paused not-recorded-here not-told-yet not-up nothing-cancelled notify-first open-already "
    "other-person other-than-shown own-referral own-retrieval own-second personal-limit "
    "placed-not-now quick-needs-name referral-not-now referred-already replied-by-another "
    "retrieval-not-now shift-overlaps still-on take-back-over "
    "the-founding ticket-not-now video-account-not-in-state video-nobody-waits video-not-online "
    "video-not-running notice-secret-gone"
)
_CHANGED: Final = (
    "already-there answer-changed-meanwhile case-changed changed-meanwhile moved-on value-moved-on"
)
_AWAY: Final = (
    "action-refused carrier-silent hours-not-summed manager-gone not-mailed not-picked-up not-set not-spoken "
    "sound-elsewhere storage-away voices-missing"
)
STATUS: Final[Mapping[str, int]] = {
    word: status
    for status, words in {403: _REFUSED, 404: _UNKNOWN, 409: _NOT_NOW, 412: _CHANGED, 503: _AWAY}.items()
    for word in words.split()
}
"""HTTP status of an error by its problem's word; any other is a request that cannot be done: 422."""
PYDANTIC: Final = {
    "missing": "missing",
    "extra_forbidden": "unknown",
    "string_pattern_mismatch": "pattern",
    "string_too_long": "long",
    "datetime_from_date_parsing": "instant",
    "timezone_aware": "instant",
    "value_error": "value",
}
"""The kind of a field's fault by pydantic's word for it; any other is ``other``."""


class Fault(BaseModel):
    """Fault of one field, and what to do."""

    field: str = Field(description="its name, with dots between levels; empty = the whole request")
    wrong: str
    do: str


class RequestRemark(Remark, code="request", varies_by="what"):
    """Remark on a request that reaches no use case, or comes to nothing there."""

    what: Literal["address", "method", "size", "media", "unreadable", "unfit", "menus", "away", "fault"]
    most: int = 0


class FieldRemark(Remark, code="request-field", varies_by="what"):
    """Remark on a field of a request: what is wrong, and what to do."""

    what: Literal["missing", "unknown", "pattern", "long", "instant", "value", "menus", "other"]


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(description="urn:hotline:problem: and a word that never changes")
    title: str
    status: int
    detail: str = Field(description="one sentence that says what to do")
    faults: list[Fault] = []


class RequestRefused(HotlineError):
    """A request that is refused before any use case sees it."""

    status: ClassVar[int] = 422

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of the answer."""
        return {}


def problem(
    status: int,
    word: str,
    detail: str,
    faults: Iterable[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A fault as an answer."""
    told = Problem(
        type=f"urn:hotline:problem:{word}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        faults=list(faults),
    )
    answer = Response(told.model_dump_json(), status, content_type=MEDIA)
    answer.headers.update(headers or {})
    return answer


def in_words(remark: Remark) -> str:
    """A sentence in the language that the program prefers."""
    return sentence(remark, _language())


def _language() -> str:
    prefers = request.accept_languages.best_match(("en", *ZH), "en")
    return CHINESE if prefers in ZH else ENGLISH


def of_error(error: HotlineError) -> Response:
    """An error of the house as an answer."""
    text = in_words(error)
    if isinstance(error, RequestRefused):
        return problem(error.status, error.code, text, headers=error.headers)
    status = STATUS.get(error.code, 422)
    if status == 404 and not _is_asked_for(error):
        status = 422  # something that the request names besides
    return problem(status, error.code, text, _faults(error) if status == 422 else ())


def of_menus(error: BadMenus) -> Response:
    """Menus that are not fit to answer: every fault at once, with the line where it lies."""
    _wrong, do = _parts(in_words(FieldRemark("menus")))
    faults = [Fault(field="sources", wrong=in_words(one), do=do) for one in error.faults]
    return problem(422, "bad-menus", in_words(RequestRemark("menus")), faults)


def of_validation(error: ValidationError) -> Response:
    """A request that does not fit its description: every fault at once."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return problem(422, "unfit", in_words(RequestRemark("unfit")), [_unfit(one) for one in found])


def _unfit(one: Any) -> Fault:
    """Fault of a field. In English pydantic says what is wrong, with the limits of the field."""
    wrong, do = _parts(in_words(FieldRemark(PYDANTIC.get(one["type"], "other"))))  # type: ignore[arg-type]
    return Fault(
        field=".".join(map(str, one["loc"])), wrong=one["msg"] if _language() == ENGLISH else wrong, do=do
    )


def _is_asked_for(error: HotlineError) -> bool:
    """Tell whether what is unknown is what the address names."""
    asked = {str(value) for value in (g.get("named") or {}).values()}
    facts = {str(fact) for fact in vars(error).values()}
    return not facts or not facts.isdisjoint(asked)


def _faults(error: HotlineError) -> list[Fault]:
    """A sentence says what is wrong, and behind a semicolon what to do; of files each line has one."""
    if isinstance(error, BadSheets):
        return [_fault(f"{one.file}:{one.line}:{one.column}", in_words(one.why)) for one in error.faults]
    return [_fault(_field_of(one), in_words(one)) for one in error.together]


def _field_of(error: HotlineError) -> str:
    """Name of what an error is about; empty when it names nothing."""
    names = (name for name in ("field", "column", "kind", "what") if hasattr(error, name))
    return next((str(getattr(error, name)) for name in names), "")


def _fault(field: str, text: str) -> Fault:
    wrong, do = _parts(text)
    return Fault(field=field, wrong=wrong, do=do or _parts(in_words(FieldRemark("other")))[1])


def _parts(text: str) -> tuple[str, str]:
    """Split a sentence into what is wrong and what to do."""
    wrong, _semicolon, do = text.replace("；", "; ").partition("; ")
    return wrong, do
