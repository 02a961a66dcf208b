"""The pages of open figures: which months there are, what stands in each, and what is withheld."""

from typing import Any, Final, cast

from flask import Response, current_app, request

from reporting.open_figures import ALL, COLUMNS, LEAST, OpenTable, months
from web.console.answers import render
from web.console.gate import Everyone, Pages, read_session
from web.console.language import _l
from web.open_figures import PREFIX, addressed, count, published

pages = Pages("open_figures")
MEANT: Final[dict[str, Any]] = {
    "month": _l("件數成案的月份"),
    "by": _l("這一列是什麼：全市、類別、行政區或機關"),
    "code": _l("類別或機關的代碼，或行政區的名稱；空白是沒有類別、沒有地點或還沒有機關"),
    "name": _l("名稱"),
    "requests": _l("當月成案的件數，併案的也各算一件"),
    "open": _l("計算時還在處理的件數"),
    "closed": _l("計算時已處理的件數"),
    "cancelled": _l("計算時已取消的件數"),
    "mean_hours": _l("已處理的，從成案到處理完平均幾小時"),
}
"""Fields by their names in the files."""
ADDRESSES: Final[dict[str, Any]] = {
    "months.json": _l("所有月份和檔案的網址"),
    "requests/2026-10.csv": _l("一個月的統計"),
    "requests/2026-10.json": _l("一個月的統計"),
}


TITLES: Final[dict[OpenTable, Any]] = {
    OpenTable.CATEGORY: _l("各類別"),
    OpenTable.DISTRICT: _l("各行政區"),
    OpenTable.AGENCY: _l("各機關"),
}
UNNAMED: Final[dict[str, Any]] = {
    ALL: _l("全市"),
    OpenTable.CATEGORY: _l("沒有類別"),
    OpenTable.DISTRICT: _l("沒有地點"),
    OpenTable.AGENCY: _l("還沒有機關"),
}
"""Names of rows that have no code."""
HEADS: Final = (_l("成案"), _l("處理中"), _l("已處理"), _l("已取消"), _l("平均處理時間（時）"))


@pages.before_request
def counted() -> None:
    """Count a look together with those at the files. Raises AskedTooOften."""
    count(cast(Any, current_app).open_figures.rates)


@pages.read("/open", Everyone.PUBLIC)
def listed() -> Response:
    """Months with their files, the fields, and how small counts are withheld."""
    root = _root()
    with read_session() as session:
        found = [addressed(one, root) for one in months(session)]
    addresses = [(f"{root}/{one}", words) for one, words in ADDRESSES.items()]
    return render("open_figures/months.html", months=found, addresses=addresses, meant=MEANT, least=LEAST)


@pages.read("/open/<month>", Everyone.PUBLIC)
def one(month: str) -> Response:
    """A month: the whole city, then each category, district and agency. Raises NoOpenMonth."""
    found = published(month)
    return render(
        "open_figures/month.html",
        files=addressed(found, _root()),
        whole=_cells(found.figures[0]),
        tables={TITLES[of]: [_cells(row) for row in found.figures if row["by"] == of] for of in OpenTable},
        heads=HEADS,
        least=LEAST,
    )


def _root() -> str:
    return request.root_url.rstrip("/") + PREFIX


def _cells(row: dict[str, Any]) -> tuple[str, list[Any]]:
    """Name of a row, and its numbers; None is withheld."""
    name = row["name"] or row["code"] or str(UNNAMED[row["by"]])
    return name, [row[column] for column in (*COLUMNS, "mean_hours")]
