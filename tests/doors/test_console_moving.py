"""Supervisors move agents: languages, breaks, off duty; for a reason, on record, kept by the server."""

from datetime import timedelta
from pathlib import Path

import pytest

from control.presence import changes
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.staff.agent_state import SIGNED_OFF
from hotline.staff.browsers import is_browser
from hotline.staff.store import Agent
from tests.doors.console import Console, Visitor, console


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


@pytest.fixture
def supervisor(pages: Console) -> Visitor:
    return pages.signed_in("supervisor-1")


def agent(pages: Console, phone: str = "agent-1") -> Agent:
    with transaction(pages.house.factory) as session:
        found = session.get(Agent, phone)
    assert found
    return found


def told(pages: Console, phone: str = "agent-1") -> list[tuple[str, str, str]]:
    with transaction(pages.house.factory) as session:
        return [(one.by, one.action, one.reason) for one in audit_rows(session, subject=f"agent:{phone}")]


def test_an_agent_is_rung_first_for_other_languages(pages: Console, supervisor: Visitor) -> None:
    """Those kept stand first; the queues follow; nothing is written when nothing changes."""
    before = agent(pages).languages
    form = {"deed": "languages", "language": [before[0], "ja"], "reason": "日語來電多"}
    for _twice in range(2):
        assert supervisor.post("/board/agent/agent-1", form).status_code == 302
    assert "電話系統恢復後會照辦" in supervisor.get("/board").text
    assert agent(pages).languages == [before[0], "ja"]
    penalties = {fields["Queue"]: fields["Penalty"] for _, fields in changes([], [agent(pages)])}
    assert penalties["agents-ja"] == penalties[f"agents-{before[0]}"] == 0 < penalties["agents-hak-TW"]
    assert told(pages) == [("supervisor-1", "agent.move", "日語來電多")]


def test_a_break_begins_and_ends_for_a_reason(pages: Console, supervisor: Visitor) -> None:
    """Both reasons stay on record."""
    supervisor.post("/board/agent/agent-1", {"deed": "break", "reason": "訓練"})
    assert agent(pages).paused == "訓練"
    supervisor.post("/board/agent/agent-1", {"deed": "resume", "reason": "訓練取消"})
    assert agent(pages).paused == ""
    assert sorted(told(pages)) == [
        ("supervisor-1", "agent.break", "訓練"),
        ("supervisor-1", "agent.break", "訓練取消"),
    ]


def test_an_agent_who_is_signed_off_has_no_telephone_and_rests(pages: Console, supervisor: Visitor) -> None:
    """The page that was the telephone says who did it and why; the agent comes back by signing on again."""
    desk = pages.signed_in("agent-1")
    secret = desk.post("/desk/on").json["password"]
    supervisor.post("/board/agent/agent-1", {"deed": "off", "reason": "下班忘了下線"})
    assert not is_browser(agent(pages), pages.clock.at + timedelta(seconds=1))
    assert agent(pages).paused == SIGNED_OFF
    for path, form in (("/desk/stay", {"secret": secret}), ("/desk/on", {"left": "yes"})):
        answer = desk.post(path, form)
        assert (answer.status_code, agent(pages).paused) == (409, SIGNED_OFF), "not undone by a page alone"
        assert answer.json["fault"] == "主管 示範督導 請您下線了（下班忘了下線）；要再接電話，請重新上線。"
    assert desk.post("/desk/on").json["password"] and agent(pages).paused == ""


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"deed": "languages", "reason": "x"}, "至少要留一種語言"),
        ({"deed": "languages", "language": ["tlh"], "reason": "x"}, "至少要留一種語言"),
        ({"deed": "languages", "language": ["ja"]}, "請寫下理由"),
        ({"deed": "break", "reason": " "}, "請寫下理由"),
        ({"deed": "resume"}, "請寫下理由"),
        ({"deed": "off"}, "請寫下理由"),
        ({"deed": "dismiss", "reason": "x"}, "請選擇要做什麼"),
    ],
)
def test_what_is_not_fit_changes_nothing(
    pages: Console, supervisor: Visitor, form: dict[str, object], said: str
) -> None:
    """The form comes back with a sentence."""
    before = agent(pages)
    answer = supervisor.post("/board/agent/agent-1", form)
    assert answer.status_code == 422 and said in answer.text
    after = agent(pages)
    assert (after.languages, after.paused) == (before.languages, before.paused) and told(pages) == []


def test_agents_do_not_move_each_other(pages: Console, supervisor: Visitor) -> None:
    """Nor does anybody move a phone that is no agent's."""
    form = {"deed": "off", "reason": "x"}
    assert pages.signed_in("agent-2").post("/board/agent/agent-1", form).status_code == 403
    answer = supervisor.post("/board/agent/agent-99", form)
    assert answer.status_code < 500 and told(pages, "agent-99") == []
