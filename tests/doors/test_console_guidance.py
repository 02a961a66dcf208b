"""Difficult calls at the desk: when a call may be ended, what an agent is told of it,
and by what words (P7.1, P7.3).
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from calls.store import CallRow
from control.ami import ActionRefused, ManagerGone
from control.call_ownership import NotTheirs
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.special_callers.service import approve, propose
from hotline.special_callers.store import SpecialCall, SpecialEvent
from hotline.staff.listening_pages import sign_on
from hotline.staff.service import staff
from reporting.board import floor
from tests.browser.manager import Manager
from tests.doors.console import Console, Visitor, console

CALL, NUMBER = "ntpc1-1795600000.12", "+886912345678"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """An agent talks with a citizen."""
    made = console(tmp_path / "home")
    at = made.clock.at
    with transaction(made.house.factory) as session:
        session.add(
            CallRow(id=CALL, caller=NUMBER, started_at=at, queued_at=at, turn=3, agent="agent-1", agent_at=at)
        )
    return made


@pytest.fixture
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


def test_P7_1_how_a_difficult_call_stands_is_told(pages: Console, agent: Visitor) -> None:
    """Asked, refused with name and reason, authorised, guided to the end:
    when it may be ended, and by what.
    """
    path = f"/desk/call/{CALL}/guidance"

    def then(kind: str, who: str, reason: str = "") -> dict[str, object]:
        pages.clock.goes_on(timedelta(seconds=1))
        with transaction(pages.house.factory) as session:
            session.add(
                SpecialEvent(
                    key=f"{pages.clock.at}",
                    call_id=CALL,
                    at=pages.clock.at,
                    who=who,
                    kind=kind,
                    from_state="-",
                    to_state="-",
                    reason=reason,
                )
            )
        told = agent.get(path).json
        assert told
        return told

    def may(told: dict[str, object]) -> tuple[object, object]:
        return told["mayEnd"], told["mayHangUp"]

    first = agent.get(path).json
    assert first and (may(first), first["left"], first["given"]) == ((False, True), None, 0)
    assert (first["guide"], first["language"]) == ("請問有什麼市政問題，需要我們協助？", "zh-TW")
    assert may(then("asked", "agent-1")) == (False, False)
    refused = then("refused", "supervisor-1", "有事由")
    assert may(refused) == (False, True) and "沒有授權：有事由" in str(refused["says"])
    then("asked", "agent-1")
    special = then("authorised", "supervisor-1", "酒醉")
    assert may(special) == (False, False) and "已授權：酒醉" in str(special["says"])
    assert special["left"] == 15 * 60 - 4
    told = [then("guided", "agent-1") for _guidance in range(3)][-1]
    assert (may(told), told["given"], told["left"]) == ((True, False), 3, 10.0)
    ending = then("failed", "agent-1")
    assert may(ending) == (False, True) and "正在播放結語" in str(ending["says"])
    assert may(then("emergency", "agent-1")) == (False, True)


def test_P7_1_who_may_not_end_a_call_is_told_why(tmp_path: Path) -> None:
    """Nobody has authorised it: nothing is written."""
    manager = Manager(answered=0)
    made = console(tmp_path / "home", ami_port=manager.port)
    with transaction(made.house.factory) as session:
        at = made.clock.at
        session.add(CallRow(id=CALL, caller=NUMBER, started_at=at, turn=3, agent="agent-1", agent_at=at))
    answer = made.signed_in("agent-1").post(f"/desk/call/{CALL}/do", {"kind": "failed"})
    manager.close()
    assert answer.status_code == 422 and "還不能結束" in answer.json["fault"]  # type: ignore[index]
    with transaction(made.house.factory) as session:
        assert session.query(SpecialEvent).count() == 0


@pytest.fixture
def manager() -> Iterator[Manager]:
    """Asterisk's, with a phone of a supervisor that can be rung."""
    made = Manager(answered=0, there=["supervisor-1"])
    yield made
    made.close()


def in_talk(tmp_path: Path, manager: Manager) -> Console:
    """A console over it, and a call that agent-1 answered."""
    made = console(tmp_path / "home", ami_port=manager.port)
    with transaction(made.house.factory) as session:
        at = made.clock.at
        session.add(CallRow(id=CALL, caller=NUMBER, started_at=at, turn=3, agent="agent-1", agent_at=at))
    return made


def said(made: Console, kind: str, who: str = "agent-1") -> str:
    """What the page is told after a press."""
    answer = made.signed_in(who).post(f"/desk/call/{CALL}/do", {"kind": kind})
    told = answer.json
    assert told
    return str(told.get("said") or told["fault"])


def test_P7_1_an_emergency_says_who_is_rung(tmp_path: Path, manager: Manager) -> None:
    """The supervisor who is there by name, and who on duty follows;
    with nobody there the officers on duty, by name.
    """
    made = in_talk(tmp_path, manager)
    with transaction(made.house.factory) as session:
        name = staff(session, "supervisor-1", made.clock.at).name
    duty = "、".join(rung.name for rung in made.house.special_steps.on_duty(made.clock.at))
    assert duty and said(made, "emergency") == f"正在響 {name}；沒有人接就改響值日人員 {duty}。"
    (rung,) = manager.asked
    assert rung["Channel"] == "Local/s@supervisor/n" and "__RINGS_FOR=emergency" in rung["Variable"]
    alone = Manager(answered=0)
    made = in_talk(tmp_path / "alone", alone)
    assert said(made, "emergency") == f"沒有主管在線上，正在響值日人員 {duty}。"
    alone.close()


def test_P7_1_a_page_that_is_a_telephone_is_rung_too(tmp_path: Path) -> None:
    """Named once, though the supervisor's phone is there as well."""
    manager = Manager(answered=0, there=["supervisor-1", "page-supervisor-1"])
    made = in_talk(tmp_path, manager)
    with transaction(made.house.factory) as session:
        boss = staff(session, "supervisor-1", made.clock.at)
        sign_on(session, boss, made.clock.at)
    assert said(made, "emergency").count(boss.name) == 1
    manager.close()


def test_P7_1_110_and_119_join_from_the_page(tmp_path: Path, manager: Manager) -> None:
    """Each by one press, on record and in the audit log; no other number can be asked for."""
    made = in_talk(tmp_path, manager)
    assert said(made, "119").startswith("正在接 119")
    assert "沒有這個動作" in said(made, "118")
    assert [one["Channel"] for one in manager.asked] == ["Local/119@emergency-number/n"]
    with transaction(made.house.factory) as session:
        (row,) = session.query(SpecialEvent)
        (deed,) = [
            one for one in audit_rows(session, subject=f"call:{CALL}") if one.after.get("did") == "119"
        ]
    assert (row.kind, row.who, deed.action) == ("119", "agent-1", "call.emergency")


def test_P7_1_nobody_acts_in_another_agents_call_by_any_door(tmp_path: Path, manager: Manager) -> None:
    """The act itself refuses, so every door does; a supervisor may."""
    made = in_talk(tmp_path, manager)
    acts = made.house.special_steps
    for kind in ("emergency", "110", "asked", "guided", "topic"):
        with pytest.raises((NotTheirs, ManagerGone, ActionRefused)):
            acts.act(kind, CALL, by="agent-2", reason="", at=made.clock.at)
    assert manager.asked == []
    assert acts.act("emergency", CALL, by="supervisor-1", reason="", at=made.clock.at).helpers


def test_P7_1_an_emergency_is_first_on_the_board_and_on_every_supervisors_page(
    tmp_path: Path, manager: Manager
) -> None:
    """Before calls that wait for a judgement; an agent's page tells nobody's emergency."""
    made = in_talk(tmp_path, manager)
    boss, agent = made.signed_in("supervisor-1"), made.signed_in("agent-1")
    before = boss.get("/alerts/banner").json
    with transaction(made.house.factory) as session:
        at = made.clock.at
        session.add(CallRow(id="a-0.1", caller=NUMBER, started_at=at, agent="agent-2", agent_at=at))
        session.add(SpecialCall(call_id="a-0.1", state="REVIEW"))
    said(made, "emergency")
    board = boss.get("/board").text
    assert board.index("緊急來電") < board.index("等候中") and f"/board/call/{CALL}/emergency" in board
    with transaction(made.house.factory) as session:
        assert [one.id for one in floor(session, made.clock.at, {}).judged] == [CALL, "a-0.1"]
    told = boss.get("/alerts/banner").json
    assert before and told and told["on"] != before["on"] and CALL in told["on"]
    assert f'data-emergencies="{CALL}"' in told["html"]
    assert "緊急來電" not in agent.get("/alerts/banner").json["html"]  # type: ignore[index]
    joined = boss.post(f"/board/call/{CALL}/emergency", {"number": "110"})
    assert "正在接 110" in boss.get(joined.location).text


def test_P7_3_a_listed_caller_without_a_topic_is_one_press_away(pages: Console, agent: Visitor) -> None:
    """Offered only where an approved entry of the special list has the number;
    then no supervisor is named.
    """
    path, at = f"/desk/call/{CALL}/guidance", pages.clock.at
    assert agent.get(path).json["listed"] is False  # type: ignore[index]
    with transaction(pages.house.factory) as session:
        entry = propose(session, [NUMBER], "辱罵", [CALL], by="supervisor-1", at=at)
        approve(session, entry, level="市長", document="府研話字第1號", by="approver-1", at=at)
        session.add(
            SpecialEvent(
                key="l",
                call_id=CALL,
                at=at,
                who="agent-1",
                kind="no_topic",
                entry=entry,
                from_state="NORMAL",
                to_state="SPECIAL",
            )
        )
    pages.house.special_list.refresh()
    told = agent.get(path).json
    assert (
        told
        and told["listed"] is True
        and told["says"].startswith("特殊名單上的來電者，沒有具體事由。 再引導 3 次")
    )
