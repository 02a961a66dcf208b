"""Who a petitioner is, on the pages and by a program: no field takes a number, a refusal is one (P8.2)."""

from pathlib import Path

import pytest

from calls.store import CallRow
from hotline import clock
from hotline.callbacks.rules import Outcome
from hotline.db import transaction
from hotline.dialling import DialRules
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.rules import OutboundEvent, Phase
from ops.wiring import House
from tests.doors.console import Console, Visitor, console
from tests.doors.programs import program

CALL = "ntpc1-1795600000.12"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home", browser_phones=True)
    with transaction(made.house.factory) as session:
        at = made.clock.at
        session.add(CallRow(id=CALL, caller="+886912345678", started_at=at, agent="agent-1", agent_at=at))
    return made


@pytest.fixture
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


def answered(house: House, number: int) -> None:
    """The citizen was called back and answered."""
    with transaction(house.factory) as session:
        at = clock.now()
        _, call = caller_verification.begin_call(session, number, 1, DialRules(), by="agent-1", at=at)
        service.heard(session, OutboundEvent(call.token, Phase.ANSWERED, 1, Outcome.REACHED, at))


def test_P8_2_a_check_from_the_desk_to_its_decision(pages: Console, agent: Visitor) -> None:
    """Begun for a call, called back (Asterisk is away: said), decided by what the calls bear out."""
    assert 'action="/verify/open"' in agent.get("/desk").text
    form = {"call": CALL, "touches": "reputation", "matter": "鄰居違建"}
    told = agent.post("/verify/open", form, headers={"Accept": "application/json"})
    assert told.json["address"] == "/verify/1"  # type: ignore[index]
    page = agent.get("/verify/1").text
    assert "待查證" in page and "0912***678" in page and "0912345678" not in page
    away = agent.post("/verify/1/call", {"number": "0987654321"})
    assert away.status_code == 422 and "電話系統沒有回應" in away.text
    early = agent.post("/verify/1/decide", {"ground": "affirmed"})
    assert early.status_code == 422 and "請先回撥" in early.text
    answered(pages.house, 1)
    assert agent.post("/verify/1/decide", {"ground": "affirmed"}).status_code == 302
    assert "已確認" in agent.get("/verify").text and "回撥到上限" not in agent.get("/verify/1").text


def test_P8_2_a_refusal_forgets_the_matter(agent: Visitor) -> None:
    """The page tells that it was not filed, and nothing of the accused."""
    agent.post("/verify/open", {"call": CALL, "touches": "property", "matter": "王大明"})
    assert "王大明" in agent.get("/verify/1").text
    assert agent.post("/verify/1/decide", {"ground": "withdrawn"}).status_code == 302
    page = agent.get("/verify/1").text
    assert "不立案" in page and "王大明" not in page


def test_what_cannot_be_is_said(pages: Console, agent: Visitor) -> None:
    """Nothing chosen, no such call, no such check; officers do not check petitioners."""
    wrong = agent.post("/verify/open", {"call": CALL}, headers={"Accept": "application/json"})
    assert wrong.status_code == 422 and "涉及特定人" in wrong.json["fault"]  # type: ignore[index]
    assert "沒有這一件查證" in agent.post("/verify/1/decide", {"ground": "affirmed"}).text
    assert agent.get("/verify/7").status_code == 404
    assert pages.signed_in("officer-5112").get("/verify").status_code == 403


def test_P8_2_by_a_program(pages: Console) -> None:
    """The same, and a caller who is not needed to be called back."""
    agent = program(pages, "supervisor-1")
    assert agent.reads("/verifications")["items"] == []
    sent = {"call_id": CALL, "touches": "livelihood", "matter": "攤商"}
    opened = agent.asks("POST", "/verifications", sent).json
    assert opened["state"] == "PENDING" and "***" in opened["citizen"]
    denied = agent.asks("POST", "/verifications/1/decide", {"ground": "denied"})
    assert denied.status_code == 422 and "does not agree with the calls" in denied.json["detail"]
    answered(pages.house, 1)
    assert agent.asks("POST", "/verifications/1/decide", {"ground": "denied"}).json["state"] == "FAILED"
    nobody = agent.asks("POST", "/verifications", sent | {"touches": None}).json
    assert nobody["state"] == "NOT_NEEDED"
    called = agent.asks("POST", "/verifications/1/call")
    assert called.status_code == 409 and "neither called for nor changed" in called.json["detail"]
