"""The application of Open311: its addresses, what every request passes, and where errors become answers."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, cast

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from hotline.accounts import keys
from hotline.accounts.keys import KeyHolder, KeyScope
from hotline.cases import incoming, public
from hotline.cases.rules import CaseState
from hotline.categories.service import UnknownCategory
from hotline.db import is_away
from hotline.errors import HotlineError
from hotline.ledger.revisions import revision
from hotline.log_masking import is_text
from hotline.staff.service import NotPermitted
from hotline.texts import UnfitText
from web.api.app import HEADERS, REFUSALS
from web.api.problems import RequestRemark
from web.api.rates import Rates, address_of
from web.open311 import asking
from web.open311.answers import JSON, MEDIA, XML, answer
from web.open311.remarks import (
    FORM,
    AskedTooOften,
    HelpRemark,
    NoReportKey,
    NoticeRemark,
    NotMadeACase,
    NotPublic,
    NotSentAsForm,
    Open311Refused,
    ReportsClosed,
    SeveralRefused,
    UnknownToken,
)
from web.open311.sending import SentForm
from web.open311.telling import Teller
from web.parts import Parts
from web.serving import house, now, read_session, write_session
from wording import CHINESE, ENGLISH, sentence

log = structlog.get_logger()
PREFIX: Final = "/open311/v2"
SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
LARGEST: Final = 64 * 1024
"""Bytes of a report."""
TAGS: Final = {CHINESE: "zh-Hant-TW", ENGLISH: "en"}
_FIELDS: Final = {
    "matter": "description",
    "place": "address_string",
    "name": "first_name, last_name",
}
"""Fields of a draft by the names of the standard."""
_ANY: Final = f"<any({XML}, {JSON}):form>"


class Open311App(Flask):
    """The application of Open311, with what serves its requests."""

    house: Parts
    clock: Callable[[], datetime]
    rates: Rates


def create_open311(house: Parts, clock: Callable[[], datetime]) -> Open311App:
    """The application over the parts of a process."""
    app = Open311App("web.open311", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.house, app.clock, app.rates = house, clock, Rates(house.settings.api_rate)
    for rule, view in _RULES.items():
        app.add_url_rule(rule, view_func=view)
    app.add_url_rule(f"/requests.{_ANY}", view_func=send, methods=["POST"])
    app.before_request(_come_in)
    app.after_request(_finish)
    app.register_error_handler(HotlineError, lambda error: _wrong([error]))
    app.register_error_handler(SeveralRefused, lambda error: _wrong(error.errors))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _unforeseen)
    return app


def discovery(form: str) -> Response:
    """Where this is served, what it understands, and how programs get a key."""
    ours = cast(Open311App, current_app)
    with read_session() as session:
        changed = f"{revision(session):012d}"
    is_open = ours.house.settings.open311_reports
    told = {
        "changeset": changed,
        "contact": sentence(HelpRemark("contact"), asking.language()),
        "key_service": sentence(HelpRemark("key" if is_open else "key-closed"), asking.language()),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": request.root_url.rstrip("/"),
                "changeset": changed,
                "type": "production",
                "formats": [kind.partition(";")[0] for kind in MEDIA.values()],
            }
        ],
    }
    return answer(form, "discovery", told)


def services(form: str) -> Response:
    """What may be reported."""
    with read_session() as session:
        return answer(form, "services", _teller(session).listed())


def service(code: str, form: str) -> Response:
    """What is asked of who reports it. Raises UnknownCategory."""
    with read_session() as session:
        return answer(form, "service_definition", _teller(session).definition(code))


def requests(form: str) -> Response:
    """Cases by their numbers, or of a time, the latest first."""
    wanted = asking.wanted(now())
    with read_session() as session:
        found = (
            public.of_numbers(session, wanted.numbers)
            if wanted.numbers
            else public.listed(session, wanted.search, skip=wanted.skip, most=wanted.most)
        )
        return answer(form, "service_requests", _teller(session).requests(found))


def one(number: str, form: str) -> Response:
    """One case. Raises NotPublic."""
    with read_session() as session:
        found = public.of_numbers(session, [number])
        if not found:
            raise NotPublic(number)
        return answer(form, "service_requests", _teller(session).requests(found))


def token(token: str, form: str) -> Response:
    """The number of a report; none while nobody has filed it. Raises UnknownToken, NotMadeACase."""
    with read_session() as session:
        row = incoming.of_token(session, token) if is_text(token) else None
        if row is None:
            raise UnknownToken
        if row.state == CaseState.NOT_FILED:
            raise NotMadeACase
        told = {"service_request_id": row.number, "token": token}
    return answer(form, "service_requests", [told])


def send(form: str) -> Response:
    """Take a report: a draft, which a person reads and files. Sent again within a day it is the same one.

    Raises ReportsClosed, NoReportKey, NotSentAsForm, SeveralRefused, NotPermitted and what drafts refuse.
    """
    if not house().settings.open311_reports:
        raise ReportsClosed
    key: KeyHolder | None = g.key
    if key is None or key.scope is not KeyScope.OPEN311:
        raise NoReportKey
    if request.mimetype != FORM:
        raise NotSentAsForm
    report = incoming.sent(key.key, request.get_data())
    at, by = now(), key.staff.login
    with write_session() as session:
        given = incoming.token_of(session, report, at)
        if not given:
            fields = SentForm(request.form, _teller(session).service).fields()
            row = house().case_filing.receive(session, fields, by, at)
            given = incoming.give_token(session, row, report, at)
        if key.is_due_a_note:
            keys.note_use(session, key.key, at)
    notice = sentence(NoticeRemark("person"), asking.language())
    return answer(form, "service_requests", [{"token": given, "service_notice": notice, "account_id": None}])


_RULES: Final[dict[str, Callable[..., Response]]] = {
    f"/discovery.{_ANY}": discovery,
    f"/services.{_ANY}": services,
    f"/services/<code>.{_ANY}": service,
    f"/requests.{_ANY}": requests,
    f"/requests/<number>.{_ANY}": one,
    f"/tokens/<token>.{_ANY}": token,
}
"""What may be read, by everybody."""


def _teller(session: Session) -> Teller:
    return Teller(house(), session, now(), asking.language())


def _come_in() -> None:
    """Count a request, by its key or its address, and see which city it means.

    Raises AskedTooOften, OtherJurisdiction.
    """
    g.key = None
    ours = cast(Open311App, current_app)
    if request.method == "POST":
        request.get_data()  # kept as it came, before the form is read from it
        g.key = _key()
    wait = ours.rates.wait(f"key {g.key.key}" if g.key else address_of(request), now())
    if wait is not None:
        raise AskedTooOften(int(wait.total_seconds()) + 1)
    asking.refuse_other_city(
        ours.house.settings.open311_jurisdiction, request.values.get("jurisdiction_id", "")
    )


def _key() -> KeyHolder | None:
    """Whose key came with a report, in its form or, as for the API, in a header."""
    named = request.headers.get("Authorization", "").removeprefix("Bearer ")
    key = (request.form.get("api_key") or named).strip()
    if not key.startswith(keys.MARK):
        return None
    with read_session() as session:
        return keys.holder(session, key, now())


def _finish(response: Response) -> Response:
    """What is read may be read by pages of any origin; it stands for a minute."""
    is_read = request.method in ("GET", "HEAD", "OPTIONS")
    if is_read:
        response.headers["Access-Control-Allow-Origin"] = "*"
        lasts = response.status_code == 200 and "/tokens/" not in request.path
        response.headers["Cache-Control"] = "public, max-age=60" if lasts else "no-store"
    response.headers["Content-Language"] = TAGS[asking.language()]
    response.vary.add("Accept-Language")
    for name, text in HEADERS.items():
        response.headers.setdefault(name, text)
    return response


def _form() -> str:
    return JSON if request.path.endswith(f".{JSON}") else XML


def _said(errors: Iterable[tuple[int, str]], status: int) -> Response:
    """The standard's errors: each a code and what people read."""
    told = [{"code": code, "description": text} for code, text in errors]
    return answer(_form(), "errors", told, status)


def _wrong(errors: Iterable[HotlineError]) -> Response:
    told = [(_status(error), _sentence(error)) for error in errors]
    response = _said(told, max((status for status, _text in told if status != 404), default=404))
    for error in errors:
        if isinstance(error, Open311Refused):
            response.headers.update(error.headers)
    return response


def _sentence(error: HotlineError) -> str:
    """What people read; of a text that cannot be kept with the name of its field."""
    said = sentence(error, asking.language())
    return f"{_FIELDS.get(error.field, error.field)}: {said}" if isinstance(error, UnfitText) else said


def _status(error: HotlineError) -> int:
    match error:
        case Open311Refused():
            return error.status
        case UnknownCategory():
            return 404
        case NotPermitted():
            return 403
        case _:
            return 400


def _refused(error: HTTPException) -> Response:
    status = error.code or 500
    remark = RequestRemark(REFUSALS.get(status, "unreadable"), LARGEST)
    response = _said([(status, sentence(remark, asking.language()))], status)
    methods = getattr(error, "valid_methods", None)
    if methods:
        response.headers["Allow"] = ", ".join(sorted(methods))
    return response


def _unforeseen(error: Exception) -> Response:
    """Ours; the program is told that nothing was changed, the log why."""
    if is_away(error):
        log.warning("open311.database_away", path=request.path, why=str(error).partition("\n")[0])
        response = _said([(503, sentence(RequestRemark("away"), asking.language()))], 503)
        response.headers["Retry-After"] = "5"
        return response
    log.exception("open311.failed", path=request.path)
    return _said([(500, sentence(RequestRemark("fault"), asking.language()))], 500)
