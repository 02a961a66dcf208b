"""Days that went by: page and file say what the rows say, whatever is asked for."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from calls.store import OUTGOING, CallRow, Leg
from hotline.db import transaction
from reporting.call_history import Span
from tests.doors.console import Console, console
from tests.doors.programs import program
from web.console.history_period import AGO


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """Ten calls yesterday at nine and ten,
    of which two give up and one waits half a minute; one call today.
    """
    made = console(tmp_path / "home")
    nine = made.clock.at - timedelta(days=1, hours=1)
    rows = [CallRow(id="today.1", started_at=made.clock.at, ended_at=made.clock.at)]
    for number in range(10):
        at = nine + timedelta(minutes=7 * number)
        row = CallRow(id=f"y-{number}.1", started_at=at, queued_at=at, ended_at=at + timedelta(minutes=5))
        if number > 1:
            row.queue_seconds = 30.0 if number == 9 else 4.0
            row.agent_at, row.talk_seconds = at + timedelta(seconds=row.queue_seconds), 120.0
        rows.append(row)
    with transaction(made.house.factory) as session:
        session.add_all(rows)
    return made


ENGLISH = {"Accept-Language": "en"}


def table(pages: Console, query: str) -> list[dict[str, str]]:
    text = pages.signed_in("supervisor-1").get(f"/history.csv?{query}", headers=ENGLISH).text
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    return [{name.replace(" ", "_"): value for name, value in row.items()} for row in rows]


def test_the_file_has_a_row_for_each_hour_and_the_whole(pages: Console) -> None:
    """Ten o'clock has the call that began at 10:03; means and shares are of all calls, not of the rows."""
    nine, ten, whole = table(pages, "span=day&day=2026-11-23&step=day")
    assert [(one["hour"], one["calls"], one["answered"], one["abandoned"]) for one in (nine, ten, whole)] == [
        ("9", "9", "7", "2"),
        ("10", "1", "1", "0"),
        ("All", "10", "8", "2"),
    ]
    assert (whole["service_level"], whole["mean_wait_s"], whole["p95_wait_s"]) == ("70.0%", "7.25", "30.0")
    assert (whole["talk_s"], whole["special"], whole["promises"]) == ("960.0", "0", "0")


def test_the_heads_of_a_file_are_in_the_language_of_its_page(pages: Console) -> None:
    """A clerk's spreadsheet has no word of ours."""
    head = pages.signed_in("supervisor-1").get("/history.csv").text.partition("\r\n")[0]
    assert head.startswith("\ufeff小時,來電,聽完資訊,先掛斷,進入佇列") and not re.search("[A-Za-z_]", head)


def test_a_week_has_its_days_up_to_today(pages: Console) -> None:
    """By the hour it is all days together."""
    days = table(pages, "span=week&day=2026-11-24&step=day")
    assert [(one["day"], one["calls"]) for one in days[:2]] == [("2026-11-23", "10"), ("2026-11-24", "1")]
    assert len(days) == 3 and days[-1]["calls"] == "11"
    assert [(one["hour"], one["calls"]) for one in table(pages, "span=week&day=2026-11-24&step=hour")] == [
        ("9", "9"),
        ("10", "2"),
        ("All", "11"),
    ]


def test_the_page_shows_pictures_tables_and_how_they_are_counted(pages: Console) -> None:
    """The same figures as the file; there is a way back and, up to today, forward."""
    page = pages.signed_in("supervisor-1").get("/history?span=day&day=2026-11-23").text
    assert ">70.0%<" in page and ">7.2<" in page and "怎麼算" in page
    assert page.count("<caption") == 7 and "<svg" in page and "style=" not in page
    assert "day=2026-11-22" in page and "day=2026-11-24" in page
    assert "後一段" not in pages.signed_in("supervisor-1").get("/history").text


def test_P1_b_a_day_is_held_against_the_week_before(pages: Console) -> None:
    """The same hours; of today only up to the same minute. The service level stands against its goal."""
    with transaction(pages.house.factory) as session:
        for number, back in enumerate(
            (timedelta(days=8, hours=1), timedelta(days=7), timedelta(days=7, hours=-1))
        ):
            at = pages.clock.at - back
            row = CallRow(id=f"w-{number}.1", started_at=at, queued_at=at, agent_at=at, ended_at=at)
            session.add(row)
            session.flush()
            for place, (kind, outcome) in enumerate((("desk", "busy"), ("neighbour", "answered"))):
                leg = Leg(
                    channel=f"w-{number}-{place}",
                    call_id=row.id,
                    phone="officers",
                    kind=kind,
                    outcome=outcome,
                )
                leg.started_at = at + timedelta(seconds=place)
                session.add(leg)
    visitor = pages.signed_in("supervisor-1")
    yesterday, today = visitor.get("/history?day=2026-11-23").text, visitor.get("/history").text
    assert "未達目標 80%；一週前 100.0%" in yesterday and 'class="line-goal"' in yesterday
    assert "一週前 1，鄰座接 1" in yesterday and "服務水準（一週前）" in yesterday
    assert "鄰座接 0；一週前 0，鄰座接 0" in today, "what came later in that day is not there yet"
    (*_, whole) = table(pages, "span=day&day=2026-11-16")
    assert (whole["put_through"], whole["put_through_answered_by_neighbour"]) == ("1", "1")


@pytest.mark.matrix
def test_P10_a_number_of_a_day_leads_to_its_calls(pages: Console) -> None:
    """Of an hour and of the whole; for a program too, for agents not, and whatever is asked is answered."""
    boss = pages.signed_in("supervisor-1")
    shown = boss.get("/history?day=2026-11-23").text
    addresses = [unescape(one) for one in re.findall(r'href="(/history/behind[^"]+)"', shown)]
    whole, nine = (
        next(one for one in addresses if "column=abandoned" in one and f"of={of}" in one.split("&"))
        for of in ("", "9")
    )
    for address, head in ((whole, "放棄"), (nine, "09:00")):
        page = boss.get(address).text
        assert re.findall(r">(y-\d\.1)<", page) == ["y-0.1", "y-1.1"] and head in page and "共 2 筆" in page
    told = program(pages, "supervisor-1").reads("/history/behind?day=2026-11-23&column=abandoned&of=10")
    assert (told["kind"], told["ids"]) == ("call", [])
    for query in ("", "column=service_level", "column=queued&of=2026-99-99&ago=1&span=month", "of=²"):
        assert boss.get(f"/history/behind?{query}").status_code == 200
    assert pages.signed_in("agent-1").get("/history/behind").status_code == 403


def addresses(page: str, **asked: str) -> list[str]:
    """Of numbers on a page that lead on, by what stands in them."""
    found = [unescape(one) for one in re.findall(r'href="(/history/behind[^"]+)"', page)]
    return [one for one in found if asked.items() <= dict(parse_qsl(urlsplit(one).query)).items()]


@pytest.mark.matrix
@pytest.mark.parametrize("step", ["month", "hour"])
def test_P10_a_number_of_a_year_leads_to_its_months_and_these_to_their_calls(
    pages: Console, step: str
) -> None:
    """The number of a month at once; that of an hour of all its days, or of the year, by the months."""
    boss = pages.signed_in("supervisor-1")
    year = boss.get(f"/history?span=year&step={step}").text
    if step == "month":
        (month,) = addresses(year, column="abandoned", span="month")
        assert re.findall(r">(y-\d\.1)<", boss.get(month).text) == ["y-0.1", "y-1.1"]
    of = {"of": "9"} if step == "hour" else {}
    whole = addresses(year, column="abandoned", span="year", **of)[-1]
    page = boss.get(whole).text
    (month,) = addresses(page, column="abandoned", day="2026-11-01", **of)
    assert "2026-01" in page and "2026-12" not in page and len(addresses(page)) == 1
    assert re.findall(r">(y-\d\.1)<", boss.get(month).text) == ["y-0.1", "y-1.1"]


@pytest.mark.matrix
@pytest.mark.parametrize(("span", "weeks"), [("day", 1), ("week", 1), ("month", 4), ("year", 52)])
def test_P10_what_was_before_leads_to_its_calls(pages: Console, span: str, weeks: int) -> None:
    """Of that time, and of today up to the same minute; a share of before to the calls that make it."""
    with transaction(pages.house.factory) as session:
        for number, minutes in enumerate((-1, 1)):
            at = pages.clock.at - timedelta(weeks=weeks) + timedelta(minutes=minutes)
            row = CallRow(id=f"b-{number}.1", started_at=at, queued_at=at, agent_at=at, ended_at=at)
            row.queue_seconds = 3.0
            session.add(row)
    boss = pages.signed_in("supervisor-1")
    page = boss.get(f"/history?span={span}").text
    for column in ("queued", "within_20_s"):
        *_parts, whole = addresses(page, column=column, ago=span)
        told = boss.get(whole).text
        if span == "year":
            (month,) = addresses(told, column=column, ago=span)
            told = boss.get(month).text
        assert re.findall(r">(b-\d\.1)<", told) == ["b-0.1"] and str(AGO[Span(span)]) in told


@pytest.mark.parametrize(
    "query", ["", "span=year&day=x&step=minute", "day=0001-01-01", "day=9999-12-31&span=month"]
)
def test_what_is_asked_wrongly_is_answered_all_the_same(pages: Console, query: str) -> None:
    """With today, or with the nearest day that there can be."""
    assert pages.signed_in("supervisor-1").get(f"/history?{query}").status_code == 200


def test_an_empty_day_says_so(pages: Console) -> None:
    """No empty pictures."""
    page = pages.signed_in("supervisor-1").get("/history?day=2020-01-05").text
    assert "這段時間沒有來電" in page and "<figure" not in page


def test_P1_b_what_is_still_summed_up_says_so(pages: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for a year after an upgrade: how many calls, how long, and what can be looked at."""
    monkeypatch.setattr("web.console.pages.call_history.PATIENCE", 9)
    visitor = pages.signed_in("supervisor-1")
    page = visitor.get("/history?span=month").text
    assert "還有 11 通來電正在整理，大約 2 分鐘後" in page and 'id="span"' in page and "<table" not in page
    assert "進入佇列" in visitor.get("/history").text
    assert "正在整理" in visitor.get("/history.csv?span=month").text


def test_the_figures_are_the_call_centres(pages: Console) -> None:
    """Agents and agencies see none of it."""
    for login in ("agent-1", "manager-epb"):
        visitor = pages.signed_in(login)
        assert {visitor.get(path).status_code for path in ("/history", "/history.csv")} == {403}


def test_P4_2_calls_that_1999_placed_have_figures_of_their_own(pages: Console) -> None:
    """And are in none of the others; the page says which figures count them."""
    with transaction(pages.house.factory) as session:
        at = pages.clock.at
        session.add(CallRow(id="placed-1", line=OUTGOING, started_at=at, ended_at=at, talk_seconds=90.0))
        session.add(CallRow(id="placed-2", line=OUTGOING, started_at=at, ended_at=at, agent_at=at))
        session.add(CallRow(id="callback-3", line=OUTGOING, started_at=at, ended_at=at, talk_seconds=30.0))
    (*_, whole) = table(pages, "span=day&day=2026-11-24")
    assert (whole["calls"], whole["talk_s"]) == ("1", "0")
    assert (whole["placed"], whole["placed_reached"], whole["placed_talk_s"]) == ("3", "2", "120.0")
    assert whole["placed_to_call_back"] == "1"
    page = pages.signed_in("supervisor-1").get("/history").text
    assert "不含 1999 撥出的電話" in page and "和轉接一樣算進各機關三響內接聽的月報" in page
