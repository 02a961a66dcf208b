"""Difficult calls at the desk: when a call may be ended, what an agent is told of it,
and by what words (P7.1, P7.3).
"""

from datetime import timedelta
from pathlib import Path

import pytest

from calls.store import CallRow
from hotline.db import transaction
from hotline.special_callers.service import approve, propose
from hotline.special_callers.store import SpecialEvent
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
