"""Agents that a day needs by half-hours, who is on the roster, and where it falls short (P4.3)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from flask import Response, request

from hotline.permissions import Action
from hotline.staff.shifts import shift_names
from reporting.staffing import HalfHour
from reporting.staffing_day import StaffingDay, staffing_day
from reporting.table import Row, csv_text
from web.console.answers import csv_file, render
from web.console.charts import chart
from web.console.date_fields import asked_day
from web.console.gate import Pages, now, read_session, today
from web.console.language import _, _l, percent
from web.console.menu import TODAY
from web.console.queue_metric_words import Counted, level_counted, soon
from web.serving import staffing_terms

pages = Pages("staffing")
pages.in_menu(TODAY, _l("人力預估"), "shown", Action.SHIFT_CHANGE, place=8)
MOST_TIMES: Final = 20.0


@pages.read("/staffing", Action.SHIFT_CHANGE)
def shown() -> Response:
    """A day's plan: a picture, a table, and how it is counted."""
    planned, times = _planned()
    with read_session() as session:
        people = shift_names(session, planned.roster, now())
    return render(
        "staffing/day.html",
        plan=planned,
        before=planned.day - timedelta(days=1),
        after=planned.day + timedelta(days=1),
        asked_closed=bool(request.args.get("closed")),
        times=times,
        drawn=chart(
            [f"{one.at:%H:%M}" for one in planned.halves],
            [(one.rostered,) for one in planned.halves],
            [one.needed for one in planned.halves],
        ),
        heads=_heads(),
        rows=[_cells(one) for one in planned.halves],
        people=people,
        counted=_counted(planned),
        soon=soon(),
        most_times=MOST_TIMES,
    )


@pages.read("/staffing.csv", Action.SHIFT_CHANGE)
def file() -> Response:
    """The same half-hours for a spreadsheet."""
    planned, _times = _planned()
    rows = [_cells(one) for one in planned.halves]
    return csv_file(csv_text(_heads(), rows), f"1999-staffing-{planned.day:%Y%m%d}")


def _planned() -> tuple[StaffingDay, float | None]:
    """The plan that the address asks for, and how many times the usual calls it says."""
    day, times = asked_day("day") or today() + timedelta(days=1), _times()
    is_closed = bool(request.args.get("closed"))
    with read_session() as session:
        return staffing_day(session, day, now(), staffing_terms(), is_closed=is_closed, times=times), times


def _times() -> float | None:
    """Times that were typed; None for what is no such number."""
    try:
        typed = float(request.args.get("times", ""))
    except ValueError:
        return None
    return typed if 0 < typed <= MOST_TIMES else None


def _heads() -> list[str]:
    return [
        _("半小時"),
        _("預估來電"),
        _("其中已預告"),
        _("需要幾人"),
        _("班表幾人"),
        _("還缺幾人"),
        _("照班表的服務水準"),
    ]


def _cells(one: HalfHour) -> Row:
    return (
        f"{one.at:%H:%M}",
        f"{one.expected:.1f}",
        f"{one.announced:.1f}",
        str(one.needed),
        str(one.rostered),
        str(one.short),
        "" if one.level is None else percent(one.level),
    )


def _counted(planned: StaffingDay) -> Counted:
    goal = round(planned.target.goal * 100)
    return (
        (_("預估來電"), _usual(planned.learnt)),
        (_("其中已預告"), _("機關預告的來電，照平常的來電分到每一天、每半小時")),
        (_("停班停課"), _closed(planned)),
        (
            _("需要幾人"),
            _(
                "要在 %(soon)d 秒內接起 %(goal)d%% 的來電，至少要幾人，以等候理論的公式計算；每通占用 %(seconds)d 秒：最近兩週的平均通話，加上話後處理最長的時間",
                soon=soon(),
                goal=goal,
                seconds=round(planned.target.handling),
            ),
        ),
        (
            _("預估誤差"),
            _(
                "最近四週的每一天，只用那天以前的來電和當時已預告的重新預估，再和實際比：每半小時相差的通數加起來，是實際來電的百分之幾；整天則是每天相差的"
            ),
        ),
        (_("班表幾人"), _("排了班的話務人員，各語言合計；只在一部分時間的照比例，捨去小數。休息時間不扣")),
        (_("照班表的服務水準"), level_counted()),
    )


def _usual(learnt: Sequence[date]) -> str:
    days = "、".join(f"{one:%m-%d}" for one in learnt) or _("還沒有")
    return _(
        "進入佇列的來電；過去同樣星期、同樣上班或放假的日子（%(days)s），每半小時去掉最多和最少的，再平均。同樣的日子不到兩天時，所有上班（或放假）的日子都算；停班停課的日子不算",
        days=days,
    )


def _closed(planned: StaffingDay) -> str:
    times = f"{planned.closed.times:.1f}"
    if planned.closed.known:
        return _(
            "平常的 %(times)s 倍：過去 %(days)d 個停班停課日，和之前四週同樣星期比",
            times=times,
            days=planned.closed.known,
        )
    return _("平常的 %(times)s 倍：還沒有停班停課日可以比，這是假設；可以自己填", times=times)
