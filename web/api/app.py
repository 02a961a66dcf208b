"""The application of the API: its document, what every request passes, and where errors become problems."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import Any, Final, Literal

import structlog
from flask import Flask, Response, request
from flask_openapi3.models import Info, Server
from flask_openapi3.openapi import OpenAPI
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from hotline.db import is_away
from hotline.errors import HotlineError
from ivr.menu_faults import BadMenus
from web.api import gate
from web.api.problems import (
    MEDIA,
    Problem,
    RequestRemark,
    in_words,
    of_error,
    of_menus,
    of_validation,
    problem,
)
from web.api.rates import Rates
from web.parts import Parts

log = structlog.get_logger()
PREFIX: Final = "/api/v1"
LARGEST: Final = 256 * 1024
"""Bytes of a request's body: one row, or one deed."""
FAMILIES: Final = (
    "directory categories timed files changes calendar callbacks repeat_contacts calls call_records agents "
    "shifts staffing outbound_calls knowledge news announcements notices tickets special_callers "
    "video_accounts video_counters outages case_drafts cases case_moves exchange referrals "
    "reviews retrievals retention people access runtime_settings figures packs surveys"
)
"""Modules with routes, in the order of the document."""
ABOUT: Final = (
    "What the pages do, for programs: the directory as of any instant, changes from a date of effect on, promises, calls, "
    "agents, the book of questions, news, tickets, staff, the audit log, settings and menus, figures and reports. "
    "Administrators make keys on the page of a person. Edits send the ETag they were made from as If-Match; deeds may be named by an "
    "Idempotency-Key and are then done once. Faults are application/problem+json (RFC 9457)."
)
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
}


class ApiApp(OpenAPI):
    """The application of the API, with what serves its requests."""

    house: Parts
    clock: Callable[[], datetime]


def create_api(house: Parts, now: Callable[[], datetime]) -> ApiApp:
    """The API over the parts of a process."""
    app = ApiApp(
        "web.api",
        info=Info(title="1999 voice front end", version="1", description=ABOUT),
        security_schemes={"key": {"type": "http", "scheme": "bearer"}},
        servers=[Server(url=PREFIX)],
        validation_error_callback=of_validation,
        validation_error_model=Problem,
        doc_ui=False,
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.house, app.clock = house, now
    for family in FAMILIES.split():
        app.register_api(import_module(f"web.api.{family}").room)
    document = _document(app)
    app.add_url_rule("/openapi.json", "document", lambda: document)
    app.before_request(partial(gate.come_in, Rates(house.settings.api_rate)))
    app.after_request(_finish)
    _say_errors(app)
    return app


def _document(app: OpenAPI) -> dict[str, Any]:
    """OpenAPI 3.1, with the headers that edits and deeds carry; faults as what they are."""
    document: dict[str, Any] = app.api_doc
    for path in document["paths"].values():
        for method, operation in path.items():
            operation.setdefault("parameters", []).extend(_HEADERS.get(method, ()))
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                if int(status) >= 400 and "application/json" in content:
                    answer["content"] = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return document


def _header(name: str, about: str) -> dict[str, Any]:
    text = {"type": "string"}
    return {"name": name, "in": "header", "required": False, "description": about, "schema": text}


_VERSION: Final = (
    _header("If-Match", "the ETag of what was read; without it 428, after a change of another 412"),
    _header("If-None-Match", "* for what is to be new"),
)
_HEADERS: Final = {
    "put": _VERSION,
    "delete": _VERSION[:1],
    "post": (_header("Idempotency-Key", "a name of the deed, so that it is done once for a day"),),
}


def _finish(answer: Response) -> Response:
    for name, text in HEADERS.items():
        answer.headers.setdefault(name, text)
    return answer


def _say_errors(app: Flask) -> None:
    app.register_error_handler(HotlineError, of_error)
    app.register_error_handler(BadMenus, of_menus)
    app.register_error_handler(ValidationError, _unforeseen)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _unforeseen)


REFUSALS: Final[Mapping[int, Literal["address", "method", "size", "media"]]] = {
    404: "address",
    405: "method",
    413: "size",
    415: "media",
}
"""What HTTP itself refuses, by status; any other request cannot be read."""


def _refused(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    told = RequestRemark(REFUSALS.get(status, "unreadable"), LARGEST)
    methods = getattr(error, "valid_methods", None)
    allowed = {"Allow": ", ".join(sorted(methods))} if methods else {}
    return problem(status, "request", in_words(told), headers=allowed)


def _unforeseen(error: Exception) -> Response:
    """Ours; the program is told that nothing was changed, the log why."""
    if is_away(error):
        log.warning("api.database_away", path=request.path, why=str(error).partition("\n")[0])
        return problem(503, "database-away", in_words(RequestRemark("away")), headers={"Retry-After": "5"})
    log.exception("api.failed", path=request.path)
    return problem(500, "fault", in_words(RequestRemark("fault")))
