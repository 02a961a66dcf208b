"""What is typed at the desk and on the board, and no database or terminal could keep:
said in words, nothing is written.
"""

import pytest

from calls.store import CallRow
from hotline.callbacks.store import Callback
from hotline.db import transaction
from hotline.ledger.store import AuditRow
from hotline.staff.store import Agent
from tests.doors.console import Console, console

CALL = "ntpc1-1795600000.12"
DEEDS = [
    ("agent-1", "/desk/break", "reason", {}),
    ("agent-1", f"/desk/call/{CALL}/callback", "matter", {}),
    ("agent-1", f"/desk/call/{CALL}/callback", "name", {}),
    ("agent-1", f"/desk/call/{CALL}/do", "reason", {"kind": "asked"}),
    ("agent-1", f"/desk/call/{CALL}/answered", "entry", {}),
    ("supervisor-1", f"/board/call/{CALL}/judge", "reason", {"kind": "refused"}),
    ("supervisor-1", "/board/agent/agent-1", "reason", {"deed": "off"}),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    made = console(tmp_path_factory.mktemp("typed") / "home")
    at = made.clock.at
    with transaction(made.house.factory) as session:
        session.add(CallRow(id=CALL, caller="+886912345678", started_at=at, agent="agent-1", agent_at=at))
    return made


@pytest.mark.parametrize("typed", ["路\0燈", "路\N{RIGHT-TO-LEFT OVERRIDE}燈", "路燈" * 6000])
def test_what_nobody_could_read_is_not_taken(pages: Console, typed: str) -> None:
    """PostgreSQL keeps no NUL, and a mark that turns the direction makes another text of what follows."""
    for login in ("agent-1", "supervisor-1"):
        visitor = pages.signed_in(login)
        with transaction(pages.house.factory) as session:
            before = session.query(AuditRow).count()
        for who, path, field, more in DEEDS:
            if who == login:
                answer = visitor.post(path, {**more, field: typed}, page="/account")
                told = str(answer.json) if answer.is_json else answer.text
                assert answer.status_code == 422 and ("控制字元" in told or "請縮短" in told), path
        with transaction(pages.house.factory) as session:
            assert session.query(AuditRow).count() == before
            assert session.query(Callback).count() == 0 and session.get_one(Agent, "agent-1").paused == ""
