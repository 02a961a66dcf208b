"""Settings on the pages: set while calls go on, wrong ones refused, every one with who, when and why."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.runtime_settings import service as tuning
from hotline.runtime_settings.rules import TUNABLE
from hotline.settings import SECRETS, Settings
from ops.wiring import House, workshop
from tests.doors.console import Console, Visitor, console
from web.console.setting_words import GROUPS, MEANINGS

ADMIN, RING = "admin-1", "/settings/transfer_ring"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home", transfer_neighbour_ring=timedelta(seconds=9))


@pytest.fixture
def admin(pages: Console) -> Visitor:
    return pages.signed_in(ADMIN)


def process(pages: Console) -> House:
    """A process that answers calls over the same home, since before the change."""
    return workshop(Settings(home=pages.house.base.home, agi_ports=(1, 2)), "agi-test")


def looks(house: House, pages: Console) -> House:
    """A second passes."""
    house.tuned.refresh(house.factory, pages.clock.at + timedelta(seconds=1))
    return house


def values(pages: Console) -> dict[str, str]:
    with transaction(pages.house.factory) as session:
        return dict(tuning.what_is_set(session, pages.clock.at).values)


# --- what is shown -------------------------------------------------------------------------------------


def test_every_setting_has_its_words_and_its_place() -> None:
    """A new one is given them where it is declared tunable, or where it is not."""
    assert set(MEANINGS) == set(Settings.model_fields)
    assert set(TUNABLE) == {name for _, names in GROUPS for name in names}


def test_the_page_tells_values_origins_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's, the file's, the environment's, those set here."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "settings.toml").write_text("transfer_ring = 20\n", "utf-8")
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOTLINE_QUEUE_TALK", "300")
    pages = console(tmp_path / "home", smtp_password="open-sesame")
    admin = pages.signed_in(ADMIN)
    admin.post("/settings/callback_attempts", {"value": "5", "reason": "x", "since": ""}, page=RING)
    text = admin.get("/settings").text
    lines = {
        name: re.sub(r"<[^>]+>|\s+", " ", row)
        for name in TUNABLE
        for row in re.findall(r"<tr.*?</tr>", text, re.DOTALL)
        if f"/settings/{name}" in row
    }
    assert "20 秒" in lines["transfer_ring"] and "設定檔" in lines["transfer_ring"]
    assert "5 分鐘" in lines["queue_talk"] and "環境變數" in lines["queue_talk"]
    assert "在這裡設定" in lines["callback_attempts"] and "程式預設" in lines["notice_night"]
    assert "open-sesame" not in text and all(name in text for name in SECRETS)


# --- what is set ---------------------------------------------------------------------------------------


def test_a_setting_takes_effect_in_processes_that_run(pages: Console, admin: Visitor) -> None:
    """In whom a call rings and for how long, without a restart; and is taken back as easily."""
    running = process(pages)
    answer = admin.post(RING, {"value": "20", "reason": "分機響太短", "since": ""}, page=RING)
    assert answer.status_code == 303 and "設定已儲存" in admin.get(RING).text
    assert looks(running, pages).books.book().hunt.ring == timedelta(seconds=20)
    pages.clock.goes_on(timedelta(minutes=1))
    assert admin.post(f"{RING}/unset", {}, page=RING).status_code == 303
    assert looks(running, pages).books.book().hunt.ring == timedelta(seconds=15)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("transfer_ring", "1", "最少是 3 秒"),
        ("transfer_ring", "121", "最多是 2 分鐘"),
        ("transfer_ring", "很久", "必須是秒數"),
        ("transfer_neighbours", "2.5", "必須是整數"),
        ("callback_remind", "14400", "必須短於回電時限"),
        ("notice_night", "晚上", "格式不對"),
        ("notice_night", "25:00-09:00", "請參考下面的說明"),
    ],
)
def test_row_30_a_wrong_value_is_refused_and_the_last_good_one_runs(
    pages: Console, admin: Visitor, name: str, value: str, told: str
) -> None:
    """In a sentence of the page; what was typed and why is still there."""
    page = f"/settings/{name}"
    running = process(pages)
    answer = admin.post(page, {"value": value, "reason": "試試看", "since": ""}, page=page)
    assert answer.status_code == 422 and told in answer.text and "試試看" in answer.text
    assert f'value="{value}"' in answer.text and values(pages) == {}
    assert looks(running, pages).settings == running.base


def test_nothing_is_set_without_a_reason(pages: Console, admin: Visitor) -> None:
    """It stays on record."""
    answer = admin.post(RING, {"value": "20", "reason": "", "since": ""}, page=RING)
    assert answer.status_code == 422 and "請寫下更改的原因" in answer.text and values(pages) == {}
    admin.post(RING, {"value": "20", "reason": "分機響太短", "since": ""}, page=RING)
    with transaction(pages.house.factory) as session:
        (told,) = audit_rows(session, subject="setting:transfer_ring")
    assert (told.by, told.action, told.reason) == (ADMIN, "setting.change", "分機響太短")


def test_of_two_editors_the_second_is_told_what_it_is_now(pages: Console, admin: Visitor) -> None:
    """Also when the second sends the same form again."""
    admin.post(RING, {"value": "20", "reason": "一", "since": ""}, page=RING)
    for _again in range(2):
        answer = admin.post(RING, {"value": "30", "reason": "二", "since": ""}, page=RING)
        assert answer.status_code == 422 and "現在是 20 秒" in answer.text
    assert values(pages) == {"transfer_ring": "20"}


def test_one_click_brings_a_value_back(pages: Console, admin: Visitor) -> None:
    """From the list of what it was."""
    for value, since in (("20", ""), ("30", "20")):
        admin.post(RING, {"value": value, "reason": "試", "since": since}, page=RING)
        pages.clock.goes_on(timedelta(minutes=1))
    (number,) = re.findall(r"/settings/transfer_ring/restore/(\d+)", admin.get(RING).text)
    assert admin.post(f"{RING}/restore/{number}", {}, page=RING).status_code == 303
    assert values(pages) == {"transfer_ring": "20"}
    assert admin.post(f"{RING}/restore/999", {}, page=RING).status_code == 422


@pytest.mark.parametrize("name", ["special_cap", "database_url", "nonsense"])
def test_what_needs_a_start_is_not_set_here(pages: Console, admin: Visitor, name: str) -> None:
    """Neither looked at by itself nor sent past the page."""
    assert admin.get(f"/settings/{name}").status_code == 404
    answer = admin.post(f"/settings/{name}", {"value": "1", "reason": "x", "since": ""}, page=RING)
    assert answer.status_code == 422 and "不能在執行中更改" in answer.text
    assert admin.post(f"/settings/{name}/unset", {}, page=RING).status_code == 422
