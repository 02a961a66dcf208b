"""The pages of sign-language accounts: masked, whole for a reason, decided (P6.2, P6.6)."""

from pathlib import Path

import pytest

from hotline.db import transaction
from hotline.video import accounts
from tests.doors.console import BEGINNING, Console, Visitor, console


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    pages = console(tmp_path / "home")
    with transaction(pages.house.factory) as session:
        accounts.apply(session, "王小明", "0912345678", BEGINNING, "203.0.113.9")
    return pages


@pytest.fixture
def supervisor(pages: Console) -> Visitor:
    return pages.signed_in("supervisor-1")


def test_P6_2_an_application_is_approved_locked_and_closed(supervisor: Visitor) -> None:
    shown = supervisor.get("/video/accounts").text
    assert "王○○" in shown and "0912***678" in shown and "王小明" not in shown
    reason = {"reason": "核對申請資料"}
    whole = supervisor.post("/video/accounts/1/name", reason, page="/video/accounts/1").text
    assert "王小明" in whole and "0912345678" in whole and "核對申請資料" in whole
    assert supervisor.post("/video/accounts/1/approve", {}, page="/video/accounts/1").status_code == 302
    empty = supervisor.post("/video/accounts/1/lock", {}, page="/video/accounts/1/lock")
    assert empty.status_code == 422 and "請寫下理由" in empty.text
    for deed, state in (("lock", "已鎖定"), ("unlock", "使用中"), ("close", "已停用")):
        page = "/video/accounts/1" if deed == "unlock" else f"/video/accounts/1/{deed}"
        answer = supervisor.post(f"/video/accounts/1/{deed}", {"reason": "本人要求"}, page=page)
        assert (answer.status_code, answer.location) == (302, "/video/accounts/1")
        assert state in supervisor.get("/video/accounts/1").text
    again = supervisor.post("/video/accounts/1/refuse", {"reason": "理由"}, page="/video/accounts/1/refuse")
    assert again.status_code == 422 and "已停用" in again.text
