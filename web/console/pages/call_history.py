"""The call centre in a day, week, month or year that went by: pictures, tables and a file of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, zip_longest
from typing import Any, Final

from flask import Response, request, url_for

from calls.dispositions import NONE, ServiceType
from calls.topics import Topic
from calls.transfer_reasons import UNSTATED
from hotline.permissions import Action
from reporting import call_history as history
from reporting.history_rows import OPENED
from reporting.hour_sums.promises import promised
from reporting.hour_sums.rules import OTHERS, total
from reporting.hour_sums.service import PATIENCE, HoursNotSummed, sums
from reporting.queue_metrics import Part
from reporting.table import csv_text
from transfer.reasons import RungKind, TransferReason
from web.console.answers import csv_file, heads, render
from web.console.charts import Picture, chart, line_chart
from web.console.closing import topic_words
from web.console.date_fields import for_input
from web.console.forms import asked_one
from web.console.gate import Pages, may, now, read_session, today
from web.console.language import _, _l, names
from web.console.menu import FIGURES
from web.console.queue_metric_words import Counted, menu_counted, queue_counted, soon, wait_counted
from web.serving import house

pages = Pages("call_history")
pages.in_menu(FIGURES, _l("歷史統計"), "seen", Action.FLOOR_WATCH, place=1)
EARLIEST: Final = date(2000, 1, 1)
MOST_TOPICS: Final = 20
SPANS: Final[Mapping[history.Span, Any]] = {
    history.Span.DAY: _l("一天"),
    history.Span.WEEK: _l("一週"),
    history.Span.MONTH: _l("一個月"),
    history.Span.YEAR: _l("一年"),
}
STEPS: Final[Mapping[history.Step, Any]] = {
    history.Step.HOUR: _l("小時"),
    history.Step.DAY: _l("日期"),
    history.Step.MONTH: _l("年月"),
}
AGO: Final[Mapping[history.Span, Any]] = {
    history.Span.DAY: _l("一週前"),
    history.Span.WEEK: _l("一週前"),
    history.Span.MONTH: _l("四週前"),
    history.Span.YEAR: _l("五十二週前"),
}


@dataclass(frozen=True, slots=True)
class ShownPeriod:
    """Period that the page shows."""

    span: history.Span
    day: date
    step: history.Step
    today: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Its first instant, and the first that is no more in it."""
        return history.bounds(self.span, self.day)

    @property
    def days(self) -> list[date]:
        """Days of it that have come."""
        return [day for day in history.days_of(*self.bounds) if day <= self.today]

    @property
    def before(self) -> date | None:
        """A day of the span before this."""
        return None if self.days[0] <= EARLIEST else self.days[0] - timedelta(days=1)

    @property
    def after(self) -> date | None:
        """A day of the span after this; none in days to come."""
        following = self.days[-1] + timedelta(days=1)
        return following if following <= self.today else None

    @property
    def back(self) -> timedelta:
        """How long ago is what it is held against."""
        return history.earlier(self.span)


@dataclass(frozen=True, slots=True)
class Block:
    """Figures that belong together: pictures of some, a table of all, and how each is counted."""

    title: str
    pictures: Sequence[Picture]
    heads: Sequence[str]
    lines: Sequence[tuple[str, Sequence["Cell"]]]
    counted: Counted


def asked() -> ShownPeriod:
    """Period that the address asks for; what it says wrong is as if it said nothing."""
    span, step = asked_one("span", history.Span.DAY), asked_one("step", history.Step.HOUR)
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        day = today()
    day = min(max(day, EARLIEST), today())
    return ShownPeriod(span, day, _fitting(span, step), today())


def _fitting(span: history.Span, step: history.Step) -> history.Step:
    """The step of a span that has a few rows of it, and more than one."""
    if span is history.Span.DAY or step is history.Step.HOUR:
        return history.Step.HOUR
    return history.Step.MONTH if span is history.Span.YEAR else history.Step.DAY


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


Cell = tuple[str, str]
"""A number as it is read, and the address of what is behind it; empty where there is nothing to open."""
Before = tuple[str, Callable[[history.Figures], object]]
"""What was before, and the column of the rows behind it; of a share, those in its numerator."""
NONE_YET: Final = "–"


@pages.read("/history", Action.FLOOR_WATCH)
def seen() -> Response:
    """Pictures and tables; of a time that is still to be summed up, when it will be."""
    wanted = asked()
    try:
        found, whole = _gathered(wanted)
        rows = _Rows.of(wanted, found, whole)
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
        blocks=[*_blocks(rows), *_topics(rows)],
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


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a period, of which every block shows some figures; the whole is the last of each table.

    ``before`` are those of the same hours or days a while ago, and ``ago`` says how long.
    """

    wanted: ShownPeriod
    parts: Sequence[Part]
    head: str
    names: Sequence[str]
    figures: Sequence[history.Figures]
    whole: history.Figures
    before: Sequence[history.Figures]
    whole_before: history.Figures
    ago: str
    goal: int
    """Of the service level, in percent."""

    @classmethod
    def of(cls, wanted: ShownPeriod, found: Sequence[history.HistoryRow], whole: history.Figures) -> "_Rows":
        """With what they are held against."""
        head = str(STEPS[wanted.step])
        form = "%Y-%m" if wanted.step is history.Step.MONTH else "%m-%d"
        names = [f"{row.of:{form}}" if isinstance(row.of, date) else str(row.of) for row in found]
        ago, goal = str(AGO[wanted.span]), house().settings.service_level_goal
        figures, parts = [row.figures for row in found], [row.of for row in found]
        return cls(wanted, parts, head, names, figures, whole, *_before(wanted, found), ago, goal)

    def bars(
        self,
        title: str,
        parts: Callable[[history.Figures], Sequence[float]],
        unit: str,
        legend: Sequence[str] = (),
        before: Callable[[history.Figures], float] | None = None,
    ) -> Picture:
        """Draw a column for each row; before what was ``before``, where it is told how that is counted."""
        behind = [before(one) for one in self.before] if before else []
        drawn = chart(self.names, [parts(one) for one in self.figures], behind)
        return Picture(title, drawn, unit, legend, self.ago if before else "")

    def level(self) -> Picture:
        """Draw the service level as a line, against its goal and what it was before."""
        drawn = line_chart(self.names, _levels(self.figures), _levels(self.before), goal=self.goal, top=100.0)
        return Picture(_("服務水準"), drawn, "%", ago=self.ago, goal=self.goal)

    def block(
        self,
        title: str,
        pictures: Sequence[Picture],
        heads: Sequence[str],
        cells: Callable[[history.Figures], Sequence[object]],
        counted: Counted,
        before: Mapping[str, Before] | None = None,
        columns: Sequence[str] = (),
    ) -> Block:
        """Write a line for each row, with its cells below the heads; at its end what some were ``before``.

        ``columns``: of the cells, in their order, as a file of the history has them.
        """
        compared = dict(before or {})
        heads = (self.head, *heads, *(_("%(what)s（%(ago)s）", what=what, ago=self.ago) for what in compared))
        rows = zip(
            (*self.names, _("合計")),
            (*self.parts, ""),
            (*self.figures, self.whole),
            (*self.before, self.whole_before),
            strict=True,
        )
        lines = [
            (
                name,
                [
                    *(self.cell(*of, part) for of in zip_longest(cells(one), columns, fillvalue="")),
                    *(self.cell(told(then), column, part, ago=True) for column, told in compared.values()),
                ],
            )
            for name, part, one, then in rows
        ]
        return Block(title, pictures, heads, lines, (*counted, *([self._compared()] if compared else ())))

    def cell(self, cell: object, column: str, part: Part | str = "", *, ago: bool = False) -> Cell:
        """A number of a column, with what is behind it; of a part, or of the whole."""
        wanted = self.wanted
        if column not in OPENED or cell in (0, NONE_YET):
            return str(cell), ""
        of: dict[str, Any] = {"span": wanted.span, "day": wanted.day, "step": wanted.step, "of": part}
        if wanted.step is history.Step.MONTH and part:
            of |= {"span": history.Span.MONTH, "day": part, "step": history.Step.DAY, "of": ""}
        address = url_for("history_rows.shown", **of, column=column, ago=wanted.span if ago else None)
        return str(cell), address

    def _compared(self) -> tuple[str, str]:
        """How it is told what was before."""
        return self.ago, _(
            "同樣的星期和鐘點，往前推一週（看一個月時推四週，看一年時推五十二週）；這段時間還沒過完的話，只算到當時的同一時刻"
        )


def _blocks(rows: _Rows) -> list[Block]:
    return [
        _queue(rows),
        _waits(rows),
        _promises(rows),
        _services(rows),
        _put_through(rows),
        _special(rows),
        _placed(rows),
    ]


def _queue(rows: _Rows) -> Block:
    legend = (_("已接"), _("放棄"), _("已登記回電"))
    calls = rows.bars(
        _("進入佇列的來電"),
        lambda one: (one.answered, one.abandoned, one.called_back),
        _("通"),
        legend,
        before=lambda one: one.answered + one.abandoned + one.called_back,
    )
    return rows.block(
        _("來電與服務水準"), (calls, rows.level()),
        (_("來電"), _("聽完資訊"), _("選單中離開"), _("進入佇列"), _("已接"), _("已登記回電"), _("放棄"), _("%(soon)d 秒內", soon=soon()), _("服務水準")),
        lambda one: (one.calls, one.informed, one.left, one.queued, one.answered, one.called_back, one.abandoned, one.soon, _share(one.level)),
        (
            *queue_counted()[:1], *menu_counted(), *queue_counted()[1:],
            (_("目標"), _("系統設定裡「服務水準的目標」現在的值：%(goal)d %%", goal=rows.goal)),
        ),
        {
            _("進入佇列"): ("queued", lambda one: one.queued),
            _("服務水準"): ("within_20_s", lambda one: _share(one.level)),
        },
        "calls informed left_before queued answered promised_callback abandoned within_20_s".split(),
    )  # fmt: skip


def _waits(rows: _Rows) -> Block:
    waits = rows.bars(_("平均等候"), lambda one: (one.mean_wait or 0.0,), _("秒"))
    talks = rows.bars(_("平均通話"), lambda one: (one.mean_talk or 0.0,), _("秒"))
    return rows.block(
        _("等候與通話時間"), (waits, talks),
        (_("平均等候（秒）"), _("95 % 等候（秒）"), _("最長等候（秒）"), _("平均通話（秒）"), _("通話合計（分）")),
        lambda one: (*map(_tenth, (one.mean_wait, one.slow_wait, one.longest_wait, one.mean_talk)), f"{one.talk / 60:.1f}"),
        (
            wait_counted(),
            (_("95 % 等候"), _("已接的來電中，百分之九十五不超過這個秒數")),
            (_("通話"), _("民眾與話務人員或承辦人交談的時間，每通合計；沒有交談的不列入平均")),
        ),
    )  # fmt: skip


def _promises(rows: _Rows) -> Block:
    legend = (_("守時"), _("逾時"), _("未到期"))
    return rows.block(
        _("已登記回電"),
        [rows.bars(_("已登記回電"), lambda one: (one.kept, one.broken, one.open), _("件"), legend)],
        (_("已登記回電"), _("守時"), _("逾時"), _("撤回"), _("未到期")),
        lambda one: (one.promised, one.kept, one.broken, one.withdrawn, one.open),
        (
            (_("已登記回電"), _("在這段時間登記的回電，依現在的狀況分成以下四種")),
            (_("守時"), _("期限內打了第一次；展期不影響")),
            (_("逾時"), _("期限過後才打第一次，或期限過了還沒打")),
            (_("撤回"), _("期限前取消，沒有打過")),
        ),
        columns="promises promises_kept promises_broken promises_withdrawn promises_open".split(),
    )


def _services(rows: _Rows) -> Block:
    kinds = {**names(ServiceType), NONE: _("沒有服務")}
    legend = (_("有服務"), _("沒有服務"), _("未結案"))
    shown = rows.bars(
        _("結案情形"), lambda one: (one.served, one.services[NONE], one.untagged), _("通"), legend
    )
    return rows.block(
        _("服務類型"),
        [shown],
        (*kinds.values(), _("未結案"), _("問答有解答"), _("問答沒有解答")),
        lambda one: (
            *(one.services[kind] for kind in kinds),
            one.untagged,
            one.book_answered,
            one.book_failed,
        ),
        (
            (_("服務類型"), _("話務人員結案時選的；一通可以有幾種，所以合計會比來電多")),
            (_("未結案"), _("有話務人員接聽，還沒有人說是什麼服務的")),
            (_("問答有解答"), _("話務人員查了問答集，至少一次有解答；只查到沒有解答的算在「問答沒有解答」")),
        ),
        columns=(
            *(f"service_{kind.name.lower()}" for kind in ServiceType),
            *("service_none", "untagged", "book_answered", "book_failed"),
        ),
    )


def _calls_about(topic: str, wanted: ShownPeriod) -> str:
    """The calls about a topic in their list, for who may see it."""
    if not may(Action.CALL_READ):
        return ""
    since, until = wanted.bounds
    last = until - timedelta(minutes=1)
    return url_for("calls.listed", topic=topic, since=for_input(since), until=for_input(last))


def _topics(rows: _Rows) -> list[Block]:
    """What was called about most; nothing while no call is closed."""
    topics = rows.whole.topics
    if not topics:
        return []
    with read_session() as session:
        most = [
            (topic_words(session, Topic.of(topic), now()), [(str(count), _calls_about(topic, rows.wanted))])
            for topic, count in islice(topics.items(), MOST_TOPICS)
        ]
    lines = [*most, (_("合計"), [rows.cell(sum(topics.values()), "with_topic")])]
    counted = (
        (
            _("主題"),
            _("話務人員結案時選的，一通一個；列出最多的 %(most)d 項，全部的在月報", most=MOST_TOPICS),
        ),
    )
    return [Block(_("來電主題"), (), (_("主題"), _("通數")), lines, counted)]


def _put_through(rows: _Rows) -> Block:
    takers = {
        RungKind.DESK: _("要找的分機接"),
        RungKind.NEIGHBOUR: _("鄰座接"),
        OTHERS: _("跟隨、值日等接"),
    }
    reasons = {**names(TransferReason), UNSTATED: _("還沒說明理由")}
    answered = rows.bars(
        _("轉接的來電"),
        lambda one: (*(one.taken[by] for by in takers), one.put_through - one.connected),
        _("通"),
        (*takers.values(), _("沒有人接聽")),
        before=lambda one: one.put_through,
    )
    by_neighbours = rows.bars(
        _("鄰座接的來電"),
        lambda one: (0, one.taken[RungKind.NEIGHBOUR]),  # in the colour that neighbours have beside it
        _("通"),
        before=lambda one: one.taken[RungKind.NEIGHBOUR],
    )
    return rows.block(
        _("轉接與鄰座"),
        (answered, by_neighbours),
        (_("轉接的來電"), *takers.values(), _("沒有人接聽"), *reasons.values()),
        lambda one: (
            one.put_through,
            *(one.taken[by] for by in takers),
            one.put_through - one.connected,
            *(one.reasons[reason] for reason in reasons),
        ),
        (
            (_("轉接的來電"), _("至少響過一支機關分機、鄰座、跟隨或值日電話的來電；一通只算一次")),
            (
                _("誰接"),
                _("最先接起來的那支電話：要找的分機本身、它的鄰座，或跟隨、值日、機關總機等其他電話"),
            ),
            (_("沒有人接聽"), _("響過的電話沒有一支接起來")),
            (
                _("轉接的理由"),
                _("話務人員轉接時選的；用話機按鍵轉接的在結案時才問，還沒有說的算在「還沒說明理由」"),
            ),
        ),
        {
            _("轉接的來電"): ("put_through", lambda one: one.put_through),
            _("鄰座接"): ("put_through_answered_by_neighbour", lambda one: one.taken[RungKind.NEIGHBOUR]),
        },
        (
            "put_through",
            *(f"put_through_answered_by_{by}" for by in takers),
            "put_through_in_vain",
            *(f"transfer_{reason}" for reason in reasons),
        ),
    )


def _special(rows: _Rows) -> Block:
    ends = (_("未依規定結束"), _("依規定結束"))
    special = rows.bars(
        _("特殊來電"),
        lambda one: (max(0, one.special - one.ended_by_rule), one.ended_by_rule),
        _("通"),
        ends,
        before=lambda one: one.special,
    )
    return rows.block(
        _("特殊來電"),
        (special,),
        (_("特殊來電"), _("依規定結束")),
        lambda one: (one.special, one.ended_by_rule),
        (
            (_("特殊來電"), _("經主管授權，或名單上的來電者沒有事由，而曾經計時的來電")),
            (_("依規定結束"), _("因三次引導無效或時限到而由系統結束的來電")),
        ),
        {_("特殊來電"): ("special", lambda one: one.special)},
        ("special", "ended_by_rule"),
    )


def _placed(rows: _Rows) -> Block:
    legend = (_("有人接聽"), _("沒有人接聽"))
    return rows.block(
        _("1999 撥出的電話"),
        [rows.bars(_("撥出"), lambda one: (one.reached, one.placed - one.reached), _("通"), legend)],
        (_("撥出"), _("其中回電"), _("其中有人接聽"), _("通話合計（分）")),
        lambda one: (one.placed, one.to_keep, one.reached, f"{one.placed_talk / 60:.1f}"),
        (
            (_("撥出"), _("從 1999 撥出的通報、身分查證和回電；自己的電話沒有接起也算；不算在上面的來電、通話和轉接裡")),
            (_("其中回電"), _("為了登記的回電打給民眾的；用別的電話打的不算")),
            (_("其中有人接聽"), _("有機關或民眾接起而通話的")),
            (_("機關接聽的統計"), _("通報時響過的每支分機，和轉接一樣算進各機關三響內接聽的月報；撥打的人自己的電話和民眾的電話不算")),
        ),
        columns=("placed", "placed_to_call_back", "placed_reached"),
    )  # fmt: skip


def _levels(figures: Sequence[history.Figures]) -> list[float | None]:
    """Service levels in percent."""
    return [None if one.level is None else one.level * 100 for one in figures]


def _share(of: float | None) -> str:
    return NONE_YET if of is None else f"{of:.1%}"


def _tenth(of: float | None) -> str:
    return NONE_YET if of is None else f"{of:.1f}"
