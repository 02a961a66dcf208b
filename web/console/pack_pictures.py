"""Pictures of a monthly pack, alike on its page and in its document."""

from collections.abc import Mapping
from typing import Any

from reporting.packs.store import PackEdition
from web.console.charts import Picture, chart
from web.console.language import _


def pictures(edition: PackEdition) -> list[Picture]:
    """Calls a day, and cases in time and late by agency."""
    days, times = (edition.tables.get(name) for name in ("calls", "times"))
    found = []
    if days:
        columns = ("answered", "abandoned", "promised_callback")
        legend = (_("已接"), _("放棄"), _("已登記回電"))
        rows = [row for row in _read(days) if row["day"] != "all"]
        drawn = chart(
            [row["day"][5:] for row in rows], [[float(row[one] or 0) for one in columns] for row in rows]
        )
        found.append(Picture(_("進入佇列的來電"), drawn, _("通"), legend))
    if times:
        of: dict[str, list[float]] = {}
        for row in _read(times):
            if row["agency"] != "all":
                name = row["agency"].partition(" ")[2] or row["agency"]
                before = of.get(name, [0.0, 0.0])
                of[name] = [before[0] + float(row["on time"]), before[1] + float(row["late"])]
        drawn = chart(list(of), list(of.values()))
        found.append(Picture(_("案件準時與逾期"), drawn, _("案件"), (_("準時"), _("逾期"))))
    return [one for one in found if not one.drawn.is_empty]


def _read(frozen: Mapping[str, Any]) -> list[dict[str, str]]:
    return [dict(zip(frozen["head"], row, strict=True)) for row in frozen["rows"]]
