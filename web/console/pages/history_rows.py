"""Rows behind a number of the call centre's history: calls, promises, calls that 1999 placed."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request

from hotline.permissions import Action
from reporting.history_rows import OPENED, part_of, rows_of_history
from web.console.answers import heads, render
from web.console.gate import Pages, now, read_session
from web.console.language import _l
from web.console.pages.call_history import asked
from web.console.paging import page_of
from web.console.rows_behind import LISTED, shown_rows

pages = Pages("history_rows")
ALONE: Final[Mapping[str, Any]] = {"put_through_in_vain": _l("沒有人接聽"), "with_topic": _l("來電主題")}
"""Columns that no file has."""


@pages.read("/history/behind", Action.FLOOR_WATCH)
def shown() -> Response:
    """What a number counts, of an hour or a day of the period, or of all of it."""
    wanted, column = asked(), request.args.get("column", "")
    since, until = wanted.bounds
    of = part_of(request.args.get("of", ""))
    with read_session() as session:
        found = rows_of_history(session, since, until, now(), column, of)
    page = page_of(found.ids, LISTED)
    return render(
        "call_history/behind.html",
        wanted=wanted,
        page=page,
        shown=shown_rows(found, page),
        what=found.kind,
        head=_head(column),
        of=f"{of:02}:00" if isinstance(of, int) else of,
    )


def _head(column: str) -> str:
    if column in ALONE:
        return str(ALONE[column])
    return heads([column])[0] if column in OPENED else ""
