"""The call centre in a day, week, month or year that went by: pictures, tables and a file of them."""

from collections.abc import Sequence

from flask import Response

from hotline.permissions import Action
from reporting import call_history as history
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import total
from reporting.hour_sums.service import PATIENCE, HoursNotSummed, sums
from reporting.table import csv_text
from web.console.answers import csv_file, heads, render
from web.console.gate import Pages, now, read_session
from web.console.history_blocks import blocks
from web.console.history_period import SPANS, STEPS, ShownPeriod, asked
from web.console.language import _, _l
from web.console.menu import FIGURES
from web.console.period_rows import PeriodRows
from web.console.queue_metric_words import soon

pages = Pages("call_history")
pages.in_menu(FIGURES, _l("歷史統計"), "seen", Action.FLOOR_WATCH, place=1)


def _gathered(wanted: ShownPeriod) -> tuple[list[history.HistoryRow], history.Figures]:
    """The rows, and the whole."""
    since, until = wanted.bounds
    with read_session() as session:
        calls = sums(session, since, until, PATIENCE)
        promises = promised(session, since, until, now())
    found = history.by_part(wanted.step, calls, promises)
    return history.rows(wanted.step, wanted.days, found), history.measure(total(found.values()))


def _before(
    wanted: ShownPeriod, found: Sequence[history.HistoryRow]
) -> tuple[list[history.Figures], history.Figures]:
    """What each row is held against, and the whole of it: of a day that goes on, up to the same minute."""
    since, until = wanted.bounds
    with read_session() as session:
        calls = sums(session, since - wanted.back, min(until, now()) - wanted.back, PATIENCE)
    before = history.by_part(wanted.step, calls, back=wanted.back)
    return history.against(found, before), history.measure(total(before.values()))


@pages.read("/history", Action.FLOOR_WATCH)
def seen() -> Response:
    """Pictures and tables; of a time that is still to be summed up, when it will be."""
    wanted = asked()
    try:
        found, whole = _gathered(wanted)
        rows = PeriodRows.of(wanted, found, whole, *_before(wanted, found))
    except HoursNotSummed as waits:
        return render("call_history/history.html", wanted=wanted, spans=SPANS, steps=STEPS, waits=waits)
    return render(
        "call_history/history.html",
        wanted=wanted,
        whole=whole,
        before=rows.whole_before,
        ago=rows.ago,
        goal=rows.goal,
        spans=SPANS,
        steps=STEPS,
        soon=soon(),
        is_empty=not (whole.calls or whole.promised or whole.placed),
        blocks=blocks(rows),
    )


@pages.read("/history.csv", Action.FLOOR_WATCH)
def file() -> Response:
    """The rows, and the whole as the last one, for a spreadsheet."""
    wanted = asked()
    found, whole = _gathered(wanted)
    *rows, (_every, *sums) = history.rows_of(found, whole)
    rows.append([_("合計"), *sums])
    name = f"1999-{wanted.span}-{wanted.days[0]:%Y%m%d}-{wanted.step}"
    return csv_file(csv_text(heads([wanted.step, *history.COLUMNS]), rows), name)
