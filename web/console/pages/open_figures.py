"""The page of open figures: which months there are, what stands in them, and what is withheld."""

from typing import Any, Final

from flask import Response, request

from reporting.open_figures import LEAST, months
from web.console.answers import render
from web.console.gate import Everyone, Pages, read_session
from web.console.language import _l
from web.open_figures import PREFIX, addressed

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


@pages.read("/open", Everyone.PUBLIC)
def listed() -> Response:
    """Months with their files, the fields, and how small counts are withheld."""
    root = request.root_url.rstrip("/") + PREFIX
    with read_session() as session:
        found = [addressed(one, root) for one in months(session)]
    addresses = [(f"{root}/{one}", words) for one, words in ADDRESSES.items()]
    return render("open_figures/months.html", months=found, addresses=addresses, meant=MEANT, least=LEAST)
