"""Counters by the API: the use cases of the pages (P6.1, P6.7)."""

from pathlib import Path

import pytest

from tests.doors.console import Console, console
from tests.doors.programs import program

PLAZA = {"agency": "pwd", "location": "1 樓 3 號櫃檯", "helper": "王小明", "reason": "登記"}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def test_a_program_keeps_counters(pages: Console) -> None:
    """What is told of an agency without one, the lot, a test, the misuse of it."""
    admin, agent = program(pages, "admin-1"), program(pages, "agent-1")
    lacking = [one["agency"] for one in agent.asks("GET", "/video-counters/lacking").json["items"]]
    assert "pwd" in lacking
    assert agent.asks("POST", "/video-counters", PLAZA).status_code == 403
    made = admin.asks("POST", "/video-counters", PLAZA)
    assert (made.status_code, made.json["number"], made.json["state"]) == (201, "1", "in-use")
    assert admin.asks("POST", "/video-counters", {**PLAZA, "helper": ""}).status_code == 422
    [drawn] = admin.asks("GET", "/video-counters/lot").json["items"]
    assert (drawn["counter"]["number"], drawn["photo_on"], drawn["is_overdue"]) == ("1", None, False)
    test = {"tester": "陳測試", "is_connected": True, "seconds": 12, "picture": "good", "sound": "poor"}
    assert admin.asks("POST", "/video-counters/1/tests", test).status_code == 201
    assert agent.asks("GET", "/video-counters/1/tests").json["items"][0]["seconds"] == 12
    incident = {"counter": "1", "what": "同仁用來談私事"}
    assert admin.asks("POST", "/video-misuse", incident).json["agency"] == "pwd"
    assert len(admin.asks("GET", "/video-misuse").json["items"]) == 1
