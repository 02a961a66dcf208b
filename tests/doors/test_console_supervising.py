"""A supervisor at an agent's talk, from the pages: who may, what is said, and that the agent always knows."""

from pathlib import Path

import pytest

from calls.monitor import AttemptOutcome, begin, ended
from calls.store import CallRow
from control.monitor import Mode, SupervisorAtTalk, listening, own_phone
from control.supervisor_webrtc import accounts
from hotline.accounts.endings import end_staff
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff.browsers import STAYS
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.doors.console import Console, console


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    at = made.clock.at
    talk = CallRow(
        id="a-1.1", caller="+886911000001", started_at=at, queued_at=at, agent="agent-1", agent_at=at
    )
    with transaction(made.house.factory) as session:
        session.add(talk)
    return made


def test_the_board_offers_it_at_a_talk(pages: Console) -> None:
    """To supervisors, where somebody talks; to administrators not at all."""
    seen = pages.signed_in("supervisor-1").get("/board").text
    assert 'action="/board/agent/agent-1/supervise" class="actions" data-supervise>' in seen
    assert 'action="/board/agent/agent-2/supervise" class="actions" data-supervise hidden>' in seen
    assert "/supervise" not in pages.signed_in("admin-1").get("/board").text


@pytest.mark.parametrize("login", ["agent-1", "admin-1", "officer-5112"])
def test_only_supervisors_come_to_a_talk(pages: Console, login: str) -> None:
    """Nobody else, whatever they send."""
    answer = pages.signed_in(login).post("/board/agent/agent-2/supervise", {"mode": "listen"})
    assert answer.status_code == 403


@pytest.mark.parametrize(("mode", "said"), [("record", "請選擇聆聽"), ("listen", "電話系統沒有回應")])
def test_what_was_not_done_is_said_and_not_on_record(pages: Console, mode: str, said: str) -> None:
    """No such mode; Asterisk away."""
    supervisor = pages.signed_in("supervisor-1")
    assert supervisor.post("/board/agent/agent-1/supervise", {"mode": mode}).status_code in (302, 303)
    assert said in supervisor.get("/board").text
    with transaction(pages.house.factory) as session:
        assert list(audit_rows(session, subject="call:a-1.1")) == []


def test_a_script_is_answered_in_a_sentence_and_stays_on_the_page(pages: Console) -> None:
    """What was not done, and whether the page may be the telephone that there is not."""
    boss = pages.signed_in("supervisor-1")
    asks = {"headers": {"Accept": "application/json"}}
    refused = boss.post("/board/agent/agent-1/supervise", {"mode": "listen"}, page="/board", **asks)
    assert refused.json and "電話系統沒有回應" in refused.json["said"]
    assert (refused.json["calling"], refused.json["offers"]) == (False, False)
    at = pages.clock.at
    one = Staff("boss-2", "無話機督導", frozenset((Role.SUPERVISOR,)))
    with transaction(pages.house.factory) as session:
        set_staff(session, one, Period(at), at=at, by="admin-1")
    without = pages.signed_in("boss-2").post(
        "/board/agent/agent-1/supervise", {"mode": "listen"}, page="/board", **asks
    )
    assert without.json and without.json["offers"] and "沒有登記電話" in without.json["said"]


def ears() -> list[SupervisorAtTalk]:
    """As Asterisk might tell."""
    return [SupervisorAtTalk("supervisor-1", "agent-1", Mode.WHISPER)]


def test_the_agent_sees_who_is_at_the_talk(pages: Console) -> None:
    """By name and in words; other agents see nothing, nor does anybody while Asterisk is away."""
    agents = {login: pages.signed_in(login) for login in ("agent-1", "agent-2")}
    assert agents["agent-1"].get("/desk/supervised").json == []
    pages.house.live_state.listeners = ears
    assert agents["agent-1"].get("/desk/supervised").json == ["示範督導在跟您耳語，民眾聽不到。"]
    assert agents["agent-2"].get("/desk/supervised").json == []


def test_the_board_shows_how_it_stands_with_everybody(pages: Console) -> None:
    """At the talk, by Asterisk's word; ringing; who did not come, with the reason.
    A deed that led on is not ringing.
    """
    at = pages.clock.at
    pages.house.live_state.listeners = ears
    with transaction(pages.house.factory) as session:
        led = begin(session, "a-1.1", by="supervisor-1", agent="agent-1", mode="join", at=at)
        begin(session, "a-1.1", by="supervisor-2", agent="agent-1", mode="listen", at=at)
        vain = begin(session, "a-2.1", by="supervisor-3", agent="agent-2", mode="listen", at=at)
        ended(session, vain, AttemptOutcome.BUSY, at)
        ended(session, led, AttemptOutcome.THERE, at)
    page = pages.signed_in("supervisor-1").get("/board").text
    assert "data-listener>示範督導正在耳語；supervisor-2的電話響鈴中<" in page
    assert "data-listener>supervisor-3的電話忙線，沒有開始<" in page


def test_listeners_are_read_from_the_channels() -> None:
    """Only who came by name: not the tone or V-20, which are whispered too, nor other applications."""
    spy = {"Application": "ChanSpy", "AccountCode": "supervisor-1"}
    seen = [
        {"Response": "Success"},
        spy | {"Data": "PJSIP/agent-12-0000002a,qBE"},
        spy | {"Data": "PJSIP/agent-1-00000001,qwE", "AccountCode": ""},
        spy | {"Data": "PJSIP/agent-1-00000001,qE", "Application": "Playback"},
    ]
    assert listening(seen) == [SupervisorAtTalk("supervisor-1", "agent-12", Mode.JOIN)]


@pytest.mark.parametrize(
    ("login", "phone", "rung"),
    [
        ("supervisor-1", "agent-2", "PJSIP/agent-2"),
        ("supervisor-1", "1990", "PJSIP/supervisor-1"),
        ("supervisor-2", "5112", "PJSIP/5112@officers"),
    ],
)
def test_the_phone_that_rings_is_the_supervisors_own(
    pages: Console, login: str, phone: str, rung: str
) -> None:
    """The agent's phone of a supervisor who answers too, else the SIP phone of that login,
    else the extension.
    """
    at = pages.clock.at
    one = Staff(login, "示範督導", frozenset((Role.SUPERVISOR,)), phone=phone)
    with transaction(pages.house.factory) as session:
        set_staff(session, one, Period(at), at=at, by="admin-1")
        assert own_phone(session, login, pages.house.pbx.supervisors, at) == rung


def test_the_latest_page_of_the_board_is_the_telephone(tmp_path: Path) -> None:
    """Theirs alone; the one before is told so and takes nothing back;
    none is one that is silent or whose role ended.
    """
    here = console(tmp_path / "home", browser_phones=True)
    boss = here.signed_in("supervisor-1")
    first, second = (boss.post("/board/telephone", page="/board").json for _page in range(2))
    assert first and second and first["user"] == "page-supervisor-1"
    refused = boss.post("/board/telephone/stay", {"secret": first["password"]})
    assert refused.status_code == 409 and "另一個分頁或瀏覽器" in refused.json["fault"]  # type: ignore[index]
    boss.post("/board/telephone/off", {"secret": first["password"]})
    assert known(here) == {"page-supervisor-1": second["password"]}
    here.clock.goes_on(STAYS)
    assert known(here) == {}
    assert boss.post("/board/telephone/stay", {"secret": second["password"]}).status_code == 200
    assert known(here) == {"page-supervisor-1": second["password"]}
    with transaction(here.house.factory) as session:
        end_staff(session, "supervisor-1", here.clock.at, at=here.clock.at, by="admin-1")
    assert known(here) == {}


def known(here: Console) -> dict[str, str]:
    """The accounts of supervisors' pages as Asterisk is told them now."""
    with transaction(here.house.factory) as session:
        return accounts(session, here.clock.at)


def test_a_page_of_the_board_that_signs_off_is_no_telephone(tmp_path: Path) -> None:
    """Nobody but a supervisor gets one, and none where pages do not telephone."""
    here = console(tmp_path / "home", browser_phones=True)
    boss = here.signed_in("supervisor-1")
    given = boss.post("/board/telephone", page="/board").json
    assert given
    boss.post("/board/telephone/off", {"secret": given["password"]})
    assert known(here) == {}
    assert here.signed_in("agent-1").post("/board/telephone", page="/desk").status_code == 403
    silent = console(tmp_path / "other").signed_in("supervisor-1")
    assert silent.post("/board/telephone", page="/board").status_code == 404


def test_a_ring_says_to_whose_talk_it_would_bring(pages: Console) -> None:
    """By name and how, to whoever asked for it and to nobody else."""
    with transaction(pages.house.factory) as session:
        begin(session, "a-1.1", by="supervisor-1", agent="agent-1", mode="whisper", at=pages.clock.at)
    supervisor = pages.signed_in("supervisor-1")
    told = supervisor.get("/desk/supervises/agent-1").json
    assert told is not None and told["ringing"] == "接起來就對示範話務員一耳語，民眾聽不到"
    assert supervisor.get("/desk/supervises/agent-2").status_code == 404
    assert pages.signed_in("agent-2").get("/desk/supervises/agent-1").status_code == 403
