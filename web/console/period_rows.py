"""Tables and pictures of a period of the history: a row for each hour, day or month, and the whole."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any, Final

from flask import url_for

from reporting.call_history import Figures, HistoryRow, Span, Step
from reporting.history_rows import OPENED
from reporting.queue_metrics import Part
from web.console.charts import Picture, chart, line_chart
from web.console.history_period import AGO, STEPS, ShownPeriod
from web.console.language import _
from web.console.queue_metric_words import Counted
from web.serving import house

Cell = tuple[str, str]
"""A number as it is read, and the address of what is behind it; empty where there is nothing to open."""
Before = tuple[str, Callable[[Figures], object]]
"""What was before, and the column of the rows behind it; of a share, those in its numerator."""
NONE_YET: Final = "–"


@dataclass(frozen=True, slots=True)
class Block:
    """Figures that belong together: pictures of some, a table of all, and how each is counted."""

    title: str
    pictures: Sequence[Picture]
    heads: Sequence[str]
    lines: Sequence[tuple[str, Sequence[Cell]]]
    counted: Counted


@dataclass(frozen=True, slots=True)
class PeriodRows:
    """The rows of a period, of which every block shows some figures; the whole is the last of each table.

    ``before`` are those of the same hours or days a while ago, and ``ago`` says how long.
    """

    wanted: ShownPeriod
    parts: Sequence[Part]
    head: str
    names: Sequence[str]
    figures: Sequence[Figures]
    whole: Figures
    before: Sequence[Figures]
    whole_before: Figures
    ago: str
    goal: int
    """Of the service level, in percent."""

    @classmethod
    def of(
        cls,
        wanted: ShownPeriod,
        found: Sequence[HistoryRow],
        whole: Figures,
        before: Sequence[Figures],
        whole_before: Figures,
    ) -> "PeriodRows":
        """With what they are held against."""
        head = str(STEPS[wanted.step])
        form = "%Y-%m" if wanted.step is Step.MONTH else "%m-%d"
        names = [f"{row.of:{form}}" if isinstance(row.of, date) else str(row.of) for row in found]
        ago, goal = str(AGO[wanted.span]), house().settings.service_level_goal
        figures, parts = [row.figures for row in found], [row.of for row in found]
        return cls(wanted, parts, head, names, figures, whole, before, whole_before, ago, goal)

    def bars(
        self,
        title: str,
        parts: Callable[[Figures], Sequence[float]],
        unit: str,
        legend: Sequence[str] = (),
        before: Callable[[Figures], float] | None = None,
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
        cells: Callable[[Figures], Sequence[object]],
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
        if wanted.step is Step.MONTH and part:
            of |= {"span": Span.MONTH, "day": part, "step": Step.DAY, "of": ""}
        address = url_for("history_rows.shown", **of, column=column, ago=wanted.span if ago else None)
        return str(cell), address

    def _compared(self) -> tuple[str, str]:
        """How it is told what was before."""
        return self.ago, _(
            "同樣的星期和鐘點，往前推一週（看一個月時推四週，看一年時推五十二週）；這段時間還沒過完的話，只算到當時的同一時刻"
        )


def _levels(figures: Sequence[Figures]) -> list[float | None]:
    """Service levels in percent."""
    return [None if one.level is None else one.level * 100 for one in figures]
