"""Open figures for programs of others: months, and the rows of each as JSON or CSV, without a key.

The pages that show them are ``web/console/pages/open_figures.py``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from hotline.clock import TAIPEI
from hotline.db import is_away
from hotline.errors import HotlineError
from reporting.open_figures import FIELDS, LEAST, OpenMonth, months
from reporting.table import csv_text
from web.api.app import HEADERS
from web.api.rates import Rates, address_of
from web.open311.remarks import AskedTooOften
from web.parts import Parts
from web.serving import now, read_session
from wording import CHINESE, sentence

log = structlog.get_logger()
PREFIX: Final = "/open/v1"
LASTS: Final = "public, max-age=3600"


class NoOpenMonth(HotlineError, code="no-open-month"):
    """A month of which no figures are published."""

    month: str


class OpenFiguresApp(Flask):
    """The application of open figures, with what serves its requests."""

    house: Parts
    clock: Callable[[], datetime]
    rates: Rates


def create_open_figures(house: Parts, clock: Callable[[], datetime]) -> OpenFiguresApp:
    """The application over the parts of a process."""
    app = OpenFiguresApp("web.open_figures", static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.house, app.clock, app.rates = house, clock, Rates(house.settings.api_rate)
    app.add_url_rule("/months.json", view_func=listed)
    app.add_url_rule("/requests/<month>.<any(json, csv):form>", view_func=requests)
    app.before_request(partial(count, app.rates))
    app.after_request(_finish)
    app.register_error_handler(HotlineError, _wrong)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _unforeseen)
    return app


def listed() -> Response:
    """Months that are published, the latest first, with the addresses of their figures."""
    with read_session() as session:
        found = months(session)
    root = request.root_url.rstrip("/")
    return jsonify([addressed(one, root) for one in found])


def requests(month: str, form: str) -> Response:
    """The rows of a month. Raises NoOpenMonth."""
    row = published(month)
    answer = _json(row) if form == "json" else _csv(row)
    answer.set_etag(f"{row.month:%Y-%m}-{row.counted_at:%Y%m%d%H%M%S}-{form}")
    answer.make_conditional(request)
    return answer


def published(month: str) -> OpenMonth:
    """The figures of a month that is written as 2026-10. Raises NoOpenMonth."""
    with read_session() as session:
        row = session.get(OpenMonth, _first(month))
    if row is None:
        raise NoOpenMonth(month)
    return row


def addressed(one: OpenMonth, root: str) -> Mapping[str, str]:
    """A month with the addresses of its figures below an address."""
    name = f"{one.month:%Y-%m}"
    files = {form: f"{root}/requests/{name}.{form}" for form in ("json", "csv")}
    return {"month": name, "counted_at": _instant(one.counted_at), **files}


def _json(row: OpenMonth) -> Response:
    told = {"month": f"{row.month:%Y-%m}", "counted_at": _instant(row.counted_at), "least": LEAST}
    return jsonify({**told, "rows": row.figures})


def _csv(row: OpenMonth) -> Response:
    """A line a row; what is withheld is empty."""
    lines = [[f"{row.month:%Y-%m}", *_cells(one)] for one in row.figures]
    return Response(csv_text(("month", *FIELDS), lines), content_type="text/csv; charset=utf-8")


def _cells(row: Mapping[str, Any]) -> Sequence[str]:
    values: Iterable[Any] = (row[name] for name in FIELDS)
    return ["" if value is None else str(value) for value in values]


def _first(month: str) -> date:
    """Raises NoOpenMonth."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise NoOpenMonth(month) from None


def _instant(at: datetime) -> str:
    return at.astimezone(TAIPEI).isoformat(timespec="seconds")


def count(rates: Rates) -> None:
    """Count a request by its address, for files and pages together. Raises AskedTooOften."""
    wait = rates.wait(address_of(request), now())
    if wait is not None:
        raise AskedTooOften(int(wait.total_seconds()) + 1)


def _finish(response: Response) -> Response:
    """What is read may be read by pages of any origin."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = LASTS if response.status_code in (200, 304) else "no-store"
    for name, text in HEADERS.items():
        response.headers.setdefault(name, text)
    return response


def _wrong(error: HotlineError) -> Response:
    response = jsonify({"error": sentence(error, CHINESE)})
    response.status_code = 429 if isinstance(error, AskedTooOften) else 404
    if isinstance(error, AskedTooOften):
        response.headers.update(error.headers)
    return response


def _refused(error: HTTPException) -> Response:
    response = jsonify({"error": error.name})
    response.status_code = error.code or 500
    return response


def _unforeseen(error: Exception) -> Response:
    """Ours: the log says why."""
    is_ours = not is_away(error)
    if is_ours:
        log.exception("open_figures.failed", path=request.path)
    response = jsonify({"error": "Internal Server Error" if is_ours else "Service Unavailable"})
    response.status_code = 500 if is_ours else 503
    return response
