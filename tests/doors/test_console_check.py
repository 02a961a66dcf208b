"""The page of what is wrong in the directory:
the same list as the command, in the page's words, with a place to mend it.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from control.reachability import Reach
from hotline.db import transaction
from hotline.directory.findings import Finding, Severity
from hotline.directory.register import set_row
from hotline.directory.rules import Agency
from hotline.directory.service import withdraw, write
from hotline.ledger.periods import Period
from tests.doors.console import Console, console

ADMIN, LIAISON, OFFICER = "admin-1", "liaison-epb", "officer-5112"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path / "home")
    yield made
    made.house.engine.dispose()


def follows(pages: Console, extension: str, target: str) -> None:
    """As only a hand or an old row could write it."""
    with transaction(pages.house.factory) as session:
        write(
            session,
            "forward",
            extension,
            {"target": target},
            Period(pages.clock.at),
            at=pages.clock.at,
            by="test",
        )


def test_the_minute_that_runs_is_now(pages: Console) -> None:
    """A page's field holds no seconds:
    what was written in this minute is shown also when the form is sent.
    """
    pages.clock.goes_on(timedelta(seconds=20))
    follows(pages, "5112", "9999")
    follows(pages, "5131", "5132")
    pages.clock.goes_on(timedelta(seconds=10))
    visitor = pages.signed_in(LIAISON)
    for when, is_told in (("2026-11-24T10:00", True), ("2026-11-24T09:59", False)):
        assert ("9999" in visitor.get(f"/check?at={when}").text) is is_told
        rungs = visitor.get(f"/directory/desk/5131?call={when}").text.partition('rungs"')[2]
        assert ("5132" in rungs.partition("</li>")[0]) is is_told


def test_an_error_stands_first_with_the_page_where_it_is_mended(pages: Console) -> None:
    """A forward to nobody, an empty roster, a number that lacks: each leads to its page."""
    follows(pages, "5112", "9999")
    with transaction(pages.house.factory) as session:
        for place in (1, 2, 3):
            withdraw(session, "duty", str(place), pages.clock.at, at=pages.clock.at, by="test")
        set_row(
            session,
            Agency("apo", "動保處", True, "(02)2960-3456"),
            Period(pages.clock.at),
            at=pages.clock.at,
            by="test",
        )
    text = pages.signed_in(ADMIN).get("/check").text
    assert "跟隨 9999，但那不是分機" in text and 'href="/directory/desk/5112"' in text
    assert "沒有人值日" in text and 'href="/duty"' in text
    assert text.index("跟隨 9999") < text.index("府外機關沒有替代號碼")


def test_a_list_is_narrowed_by_agency_severity_and_time(pages: Console) -> None:
    """And says so when nothing is left of it."""
    follows(pages, "5112", "9999")
    admin = pages.signed_in(ADMIN)
    assert "跟隨 9999" not in admin.get("/check?severity=warning").text
    assert "跟隨 9999" in admin.get("/check?agency=epb&severity=error").text
    assert "這個篩選條件下沒有項目" in admin.get("/check?agency=pwd&severity=error").text
    assert "跟隨 9999" not in admin.get("/check?at=2026-11-23T12:00").text
    assert admin.get("/check?at=nonsense&page=99&agency=x").status_code == 200


def test_P2_a_liaison_sees_what_is_wrong_in_its_own_agency(pages: Console) -> None:
    """What belongs to another agency is not theirs."""
    follows(pages, "5112", "9999")
    follows(pages, "5301", "9999")
    text = pages.signed_in(LIAISON).get("/check").text
    assert "/directory/desk/5112" in text and "/directory/desk/5301" not in text


def test_asterisk_is_asked_on_demand_and_its_silence_is_said(
    pages: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it cannot reach stands among the findings;
    while it is away the page says so, and shows the rest.
    """
    admin = pages.signed_in("admin-1")
    assert "電話系統沒有回應" in admin.get("/check?asterisk=yes").text
    finding = Finding(Severity.ERROR, "P11", "desk:5112", Reach.NO_WAY, {"number": "5112"})
    exchange = Finding(Severity.ERROR, "P11", "asterisk:officers", Reach.EXCHANGE_SILENT, {"count": 70})
    monkeypatch.setattr(
        "web.console.pages.check.of_asterisk", lambda _settings, _then: ([finding, exchange], None)
    )
    page = admin.get("/check?asterisk=yes").text
    assert "70 支分機都不會響" in page
    assert "電話系統撥不到 5112" in page and "電話系統沒有回應" not in page
    assert "Asterisk 撥不到" not in admin.get("/check").text
