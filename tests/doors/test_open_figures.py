"""Open figures over HTTP: months, files as CSV and JSON, their headers, and how often one may ask."""

import csv
import io
import itertools
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import transaction
from reporting.open_figures import COLUMNS, FIELDS, publish
from tests.doors.console import BASE, Console, console
from tests.page_tables import rows_of

pytestmark = pytest.mark.matrix


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """October has seventy cases of one kind, in every state, and one of another."""
    made = console(tmp_path / "home", api_rate=40)
    at = taipei("2026-10-20T10:00")
    blank = {"kind": "quick", "agency": "pwd", "drafted_at": at, "drafted_by": "a", "filed_at": at}
    blank |= {"state": "CLOSED", "done_at": taipei("2026-10-20T14:00"), "district": "板橋區"}
    states = ["CLOSED"] * 41 + ["SIGNED"] * 20 + ["CANCELLED"] * 10
    rows = [
        blank | {"number": f"115102{n:06d}", "category": "3003" if n else "3004", "state": state}
        for n, state in enumerate(states)
    ]
    with transaction(made.house.factory) as session:
        session.execute(insert(Case), rows)
    publish(made.house.factory, made.clock.at)
    return made


@pytest.mark.parametrize(("language", "withheld"), [("zh-TW", "–不公布"), ("en", "–withheld")])
def test_the_page_of_a_month_says_what_its_files_do(pages: Console, language: str, withheld: str) -> None:
    """Every cell of every row, in both languages; a withheld one is a word to who hears the page."""
    answer = pages.stranger().get("/open/2026-10", headers={"Accept-Language": language})
    told = pages.stranger().get("/open/v1/requests/2026-10.json").json
    assert answer.status_code == 200 and told
    wanted = [
        [withheld if row[name] is None else str(row[name]) for name in (*COLUMNS, "mean_hours")]
        for row in told["rows"]
    ]
    heads = [row for row in rows_of(answer.text) if len(row) == 6]
    shown = [row[1:] for row in heads if row[-1] not in ("平均處理時間（時）", "Mean time (hours)")]
    assert shown == wanted[1:] and len(heads) == len(shown) + 3
    whole = [re.sub("<[^>]*>", "", one) for one in re.findall(r"<strong>(.*?)</strong></li>", answer.text)]
    assert whole == wanted[0]
    assert "2026-10-01" not in answer.text and pages.stranger().get("/open/2026-09").status_code == 404


def test_the_page_leads_to_the_files_without_a_login(pages: Console) -> None:
    """Its addresses are those of the list; each answers."""
    page = pages.stranger().get("/open")
    (month,) = pages.stranger().get("/open/v1/months.json").json  # type: ignore[misc]
    assert page.status_code == 200 and month["month"] == "2026-10"
    assert 'href="/open/2026-10"' in page.text
    for address in (month["csv"], month["json"]):
        assert address in page.text
        assert pages.stranger().get(address.removeprefix(BASE)).status_code == 200


def test_csv_and_json_say_the_same(pages: Console) -> None:
    """What is withheld is empty in one and null in the other."""
    said = pages.stranger().get("/open/v1/requests/2026-10.json").json
    text = pages.stranger().get("/open/v1/requests/2026-10.csv").text
    lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert said is not None and said["least"] == 5
    assert [{name: one[name] for name in FIELDS} for one in lines] == [
        {name: "" if row[name] is None else str(row[name]) for name in FIELDS} for row in said["rows"]
    ]
    whole = said["rows"][0]
    assert (whole["by"], whole["requests"], whole["closed"], whole["mean_hours"]) == ("all", 71, 41, 4.0)
    assert [row["requests"] for row in said["rows"] if row["code"] == "3004"] == [None]


@pytest.mark.parametrize("month", ["2026-09", "2026-13", "x", "2026-10-01", "%E4%B8%80"])
def test_a_month_that_is_not_there(pages: Console, month: str) -> None:
    """One sentence, never a fault of ours."""
    answer = pages.stranger().get(f"/open/v1/requests/{month}.json")
    assert answer.status_code == 404 and answer.json and answer.json["error"]


def test_answers_may_be_kept_and_read_from_any_page(pages: Console) -> None:
    """Asked again with its mark, a file is not sent again."""
    first = pages.stranger().get("/open/v1/requests/2026-10.csv")
    assert first.headers["Access-Control-Allow-Origin"] == "*" and "max-age" in first.headers["Cache-Control"]
    marked = {"If-None-Match": first.headers["ETag"]}
    assert pages.stranger().get("/open/v1/requests/2026-10.csv", headers=marked).status_code == 304
    assert pages.stranger().get("/open/v1/none").status_code == 404
    assert "Set-Cookie" not in first.headers


def test_who_asks_too_often_is_told_when_to_ask_again(pages: Console) -> None:
    """By address, as at the other open doors: pages and files together; other pages are not shut."""
    asked = itertools.cycle(("/open/v1/months.json", "/open", "/open/2026-10"))
    answers = [pages.stranger().get(next(asked)).status_code for _ in range(45)]
    assert answers[:40] == [200] * 40 and answers[40:] == [429] * 5
    for address in ("/open/v1/months.json", "/open", "/open/2026-10"):
        refused = pages.stranger().get(address)
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
    assert "要求太多" in refused.text and pages.stranger().get("/track").status_code == 200
    pages.clock.goes_on(timedelta(minutes=1))
    assert pages.stranger().get("/open").status_code == 200
