"""Open figures over HTTP: months, files as CSV and JSON, their headers, and how often one may ask."""

import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import insert

from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import transaction
from reporting.open_figures import FIELDS, publish
from tests.doors.console import BASE, Console, console

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


def test_the_page_leads_to_the_files_without_a_login(pages: Console) -> None:
    """Its addresses are those of the list; each answers."""
    page = pages.stranger().get("/open")
    (month,) = pages.stranger().get("/open/v1/months.json").json  # type: ignore[misc]
    assert page.status_code == 200 and month["month"] == "2026-10"
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
    """By address, as at the other open doors."""
    answers = [pages.stranger().get("/open/v1/months.json").status_code for _ in range(45)]
    assert answers[:40] == [200] * 40 and answers[-1] == 429
    assert int(pages.stranger().get("/open/v1/months.json").headers["Retry-After"]) > 0
