"""Rows behind a number of the call centre's history: calls, promises, calls that 1999 placed."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from flask import Response, request, url_for

from hotline.permissions import Action
from reporting.call_history import Span, Step, earlier
from reporting.history_rows import OPENED, months_behind, part_of, rows_of_history
from reporting.queue_metrics import Part
from web.console.answers import heads, render
from web.console.gate import Pages, now, read_session
from web.console.history_period import AGO, asked
from web.console.language import _l, day
from web.console.paging import page_of
from web.console.period_rows import Cell
from web.console.rows_behind import LISTED, shown_rows

pages = Pages("history_rows")
ALONE: Final[Mapping[str, Any]] = {"put_through_in_vain": _l("沒有人接聽"), "with_topic": _l("來電主題")}
"""Columns that no file has."""


@pages.read("/history/behind", Action.FLOOR_WATCH)
def shown() -> Response:
    """What a number counts, of an hour or a day of the period, or of all of it; of a year, its months."""
    wanted, column, ago = asked(), request.args.get("column", ""), _ago()
    back = earlier(ago) if ago else timedelta(0)
    since, until = wanted.bounds
    time = since - back, min(until, now()) - back, now()
    of = part_of(request.args.get("of", ""))
    told: dict[str, Any] = {
        "wanted": wanted,
        "head": _head(column),
        "of": _of(of),
        "ago": AGO[ago] if ago else "",
    }
    if wanted.span is Span.YEAR:
        with read_session() as session:
            months = [
                _month(*one, column, of, ago) for one in months_behind(session, *time, column, of, back)
            ]
        return render("call_history/months.html", months=months, **told)
    with read_session() as session:
        found = rows_of_history(session, *time, column, of - back if isinstance(of, date) else of)
    page = page_of(found.ids, LISTED)
    return render(
        "call_history/behind.html", page=page, shown=shown_rows(found, page), what=found.kind, **told
    )


def _month(first: date, many: int, column: str, of: Part | None, ago: Span | None) -> tuple[str, Cell]:
    """A month of a year, and its part of the number."""
    step = Step.DAY if of is None else Step.HOUR
    more: dict[str, Any] = {"day": first, "step": step, "column": column, "of": of, "ago": ago}
    address = url_for("history_rows.shown", span=Span.MONTH, **more) if many else ""
    return f"{first:%Y-%m}", (str(many), address)


def _ago() -> Span | None:
    """The span whose number is that of a while ago; None for one of its own time."""
    asked = request.args.get("ago", "")
    return Span(asked) if asked in frozenset(Span) else None


def _of(part: Part | None) -> str:
    if part is None:
        return ""
    return f"{part:02}:00" if isinstance(part, int) else day(part)


def _head(column: str) -> str:
    if column in ALONE:
        return str(ALONE[column])
    return heads([column])[0] if column in OPENED else ""
