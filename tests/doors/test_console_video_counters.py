"""Pages of counters: register, photograph, tests, misuse, the month's report (P6.1 to P6.7)."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.doors.console import Console, console

PLAZA = {
    "agency": "pwd",
    "state": "in-use",
    "location": "市民廣場 1 樓 3 號櫃檯",
    "equipment": "平板電腦",
    "program": "Chrome",
    "helper": "王小明",
    "reason": "登記",
    "expected": "",
}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def picture() -> BytesIO:
    file = BytesIO()
    Image.new("RGB", (64, 48), "blue").save(file, "JPEG")
    return BytesIO(file.getvalue())


def test_a_counter_is_registered_photographed_tested_and_ended(pages: Console) -> None:
    """By an administrator; an agent reads and changes nothing."""
    admin, agent = pages.signed_in("admin-1"), pages.signed_in("agent-1")
    gap = agent.get("/video/counters").text
    assert "還沒有登記的機關" in gap and "登記視訊點" not in gap
    lacking = admin.post("/video/counters/new", {**PLAZA, "helper": ""}, page="/video/counters/new")
    assert lacking.status_code == 422
    assert admin.post("/video/counters/new", PLAZA, page="/video/counters/new").status_code == 302
    told = agent.get("/video/counters").text
    assert "市民廣場 1 樓 3 號櫃檯" in told and "缺照片" in told
    sent = {"photo_on": "2026-11-20", "photo": (picture(), "sign.jpg")}
    assert admin.post("/video/counters/1/photo", sent, page="/video/counters/1").status_code == 302
    assert agent.get("/video/counters/1/photo.jpg").data.startswith(b"\xff\xd8")
    undated = {"photo_on": "", "photo": (picture(), "sign.jpg")}
    assert "拍攝日期" in admin.post("/video/counters/1/photo", undated, page="/video/counters/1").text
    device = {"contact": "counter@pwd.example"}
    assert admin.post("/video/counters/1/account", device, page="/video/counters/1").status_code == 302
    assert "counter-1" in agent.get("/video/counters/1").text
    test = {
        "at": "2026-11-24T09:30",
        "tester": "陳測試",
        "connected": "yes",
        "seconds": "12",
        "picture": "good",
        "sound": "poor",
    }
    assert admin.post("/video/counters/1/tests", test, page="/video/counters/1").status_code == 302
    ahead = {**test, "at": "2026-11-24T23:30"}
    assert admin.post("/video/counters/1/tests", ahead, page="/video/counters/1").status_code == 422
    assert "陳測試" in admin.get("/video/counters/1").text and "12 秒" in admin.get("/video/tests").text
    pages.clock.goes_on(timedelta(days=200))
    admin = pages.signed_in("admin-1")
    assert "逾期" in admin.get("/video/tests").text
    end = {"reason": "搬遷"}
    assert admin.post("/video/counters/1/end", end, page="/video/counters/1").status_code == 302
    assert "已停用" in admin.get("/video/counters/1").text
    assert admin.get("/video/counters/9").status_code == 404


def test_misuse_is_written_down_and_counted_in_the_months_report(pages: Console) -> None:
    """Own devices have a row of their own; as a table for a spreadsheet too."""
    admin = pages.signed_in("admin-1")
    admin.post("/video/counters/new", PLAZA, page="/video/counters/new")
    incident = {"counter": "1", "at": "2026-11-24T09:00", "what": "同仁用來談私事"}
    assert admin.post("/video/misuse", incident, page="/video/misuse").status_code == 302
    assert "同仁用來談私事" in admin.get("/video/misuse").text
    report = admin.get("/reports?kind=video&month=2026-11").text
    assert "民眾自己的裝置" in report and "服務人次" in report
    assert "工務局,0,0,0,0,1" in admin.get("/reports.csv?kind=video&month=2026-11").text
