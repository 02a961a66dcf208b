"""Accounts of the sign-language service over the API: masked, told whole for a reason, decided (P6.2)."""

from pathlib import Path

import pytest

from hotline.db import looking, transaction
from hotline.ledger.looks import looks_at
from hotline.video import accounts
from tests.doors.console import BEGINNING, Console, console
from tests.doors.programs import Program, program


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    pages = console(tmp_path / "home")
    with transaction(pages.house.factory) as session:
        accounts.apply(session, "王小明", "0912345678", BEGINNING, "203.0.113.9")
    return pages


@pytest.fixture
def supervisor(pages: Console) -> Program:
    return program(pages, "supervisor-1")


@pytest.mark.matrix
def test_P6_2_an_application_is_looked_at_and_decided(pages: Console, supervisor: Program) -> None:
    (shown,) = supervisor.asks("GET", "/video-accounts?state=applied").json["items"]
    assert (shown["name"], shown["contact"]) == ("王○○", "+886912***678")
    whole = supervisor.asks("GET", "/video-accounts/1?reason=審核").json
    assert (whole["name"], whole["contact"]) == ("王小明", "+886912345678")
    with looking(pages.house.factory) as session:
        assert [one.by for one in looks_at(session, "video-account:1")] == ["supervisor-1"]
    assert supervisor.asks("POST", "/video-accounts/1/approve").json["state"] == "active"
    again = supervisor.asks("POST", "/video-accounts/1/approve")
    assert (again.status_code, again.json["type"]) == (409, "urn:hotline:problem:video-account-not-in-state")
    locked = supervisor.asks("POST", "/video-accounts/1/lock", {"reason": "借給別人用"})
    assert locked.json["state"] == "locked"
    assert supervisor.asks("POST", "/video-accounts/1/unlock").json["state"] == "active"
    closed = supervisor.asks("POST", "/video-accounts/1/close", {"reason": "本人要求"})
    assert closed.json["state"] == "closed"
    assert supervisor.asks("GET", "/video-accounts/7").status_code == 404
