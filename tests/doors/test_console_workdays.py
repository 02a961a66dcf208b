"""The working calendar in the pages: which limits move is seen before a closure is confirmed,
and is what then happens.
"""

import html
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import holidays
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from hotline.bulletins import alerts
from hotline.callbacks.service import callback
from hotline.cases.store import Case, CaseDeadline
from hotline.clock import taipei
from hotline.db import looking, transaction
from hotline.directory.calendar import overrides
from hotline.knowledge import requests
from hotline.knowledge.rules import Channel
from hotline.worktime import workdays
from tests.case_office import elsewhere
from tests.doors.console import Console, Visitor, console
from tests.doors.test_announcements import murmur, wav

ADMIN, LIAISON = "admin-1", "liaison-epb"
STORM = {
    "what": "closed",
    "day": "2026-11-24",
    "since": "",
    "reason": "颱風停班",
    "announcement": "typhoon",
    "tells": "yes",
    "agency": "epb",
}
"""Today, a Tuesday; it is ten o'clock."""


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Console]:
    made = console(tmp_path / "home")
    yield made
    made.house.engine.dispose()


def promised(pages: Console, number: int = 1) -> None:
    """A citizen was promised a callback at ten: due at two."""
    with transaction(pages.house.factory) as session:
        pages.house.callbacks.promise(
            session, f"test-{number}.1", f"+88691234567{number}", "zh-TW", "caller", pages.clock.at, "5112"
        )


def due(pages: Console) -> str:
    """The due time of the first promise, in Taipei."""
    with looking(pages.house.factory) as session:
        return f"{callback(session, 1).due_at.astimezone(taipei('2026-11-24').tzinfo):%Y-%m-%d %H:%M}"


def looks(visitor: Visitor, form: dict[str, str], path: str = "/calendar/declare") -> TestResponse:
    """The first step."""
    return visitor.get(path, query_string=form)


def confirms(
    visitor: Visitor, shown: TestResponse, form: dict[str, str], path: str = "/calendar/declare"
) -> TestResponse:
    """The second step, as the page shows it."""
    seen = re.search(r'name="seen" value="(\w*)"', shown.text)
    assert seen, shown.text
    return visitor.post(path, {**form, "seen": seen[1]})


def test_spec_2_what_moves_is_shown_before_and_is_what_happens(pages: Console) -> None:
    """A look changes nothing; the confirmation does exactly what was shown."""
    promised(pages)
    admin = pages.signed_in(ADMIN)
    shown = looks(admin, STORM)
    assert "2026-11-24 14:00" in shown.text and "2026-11-25 12:30" in shown.text
    assert due(pages) == "2026-11-24 14:00"
    answer = confirms(admin, shown, STORM)
    assert (answer.status_code, answer.location) == (303, "/calendar/closures/1")
    assert due(pages) == "2026-11-25 12:30"
    said = admin.get(answer.location).text
    assert "2026-11-24（二） 整天停止上班；1 個期限已重算" in said
    month = admin.get("/calendar").text
    assert "颱風停班" in month and "停班生效中" in month and "2026-11-24（二） 整天停止上班" in month


def heard(pages: Console) -> tuple[str, ...]:
    """What callers hear before the menu."""
    return pages.house.bulletins.on()


def bulletins_on(pages: Console) -> list[tuple[str, str]]:
    """What agents have before them: title and text."""
    with looking(pages.house.factory) as session:
        return [(row.title, row.text) for row in alerts(session, is_on=True)]


def test_P4_8_a_typhoon_is_one_path_there_and_back(pages: Console) -> None:
    """Day, limits, what callers hear and agents read are seen with their date, confirmed at once, found in
    one place, and taken back at once.
    """
    promised(pages)
    admin = pages.signed_in(ADMIN)
    shown = looks(admin, STORM).text
    for told in (
        ">2026-11-24（二） 整天停止上班</strong>",
        "2026-11-25 12:30",
        "颱風警報期間",
        "緊急通告：2026-11-24（二）",
    ):
        assert told in shown, told
    assert (heard(pages), bulletins_on(pages)) == ((), [])
    place = confirms(admin, looks(admin, STORM), STORM).location
    assert heard(pages) == ("V-03.typhoon",)
    assert bulletins_on(pages) == [
        (
            "2026-11-24（二） 整天停止上班",
            "2026-11-24（二） 整天停止上班（颱風停班）。1999 照常服務；承辦單位上班後再與民眾聯繫。",
        )
    ]
    text = pages.signed_in(LIAISON).get(place).text
    assert "停班生效中" in text and "播放中" in text and "全部撤回" not in text
    assert admin.post(place, {"do": "undo", "reason": ""}).status_code == 422
    assert admin.post(place, {"do": "undo", "reason": "颱風轉向"}).status_code == 303
    assert (heard(pages), bulletins_on(pages), due(pages)) == ((), [], "2026-11-24 14:00")
    text = admin.get(place).text
    assert (
        "已結束" in text and "照常上班；1 個期限已重算" in text and "全部撤回，照常上班</button>" not in text
    )
    assert "停班生效中" not in admin.get("/calendar").text
    assert "先前已經結束" in admin.post(place, {"do": "undo", "reason": "x"}).text
    assert "請選擇機關" in looks(admin, {**STORM, "agency": ""}).text
    silent = {**STORM, "announcement": "-", "tells": "no", "agency": ""}
    shown = looks(admin, silent).text
    assert "民眾聽不到公告" in shown and "不會出現通告" in shown


def test_P4_8_a_day_that_is_over_stays_closed_when_its_announcement_ends(pages: Console) -> None:
    """The next morning nothing moves back; what was switched off meanwhile is left alone."""
    admin = pages.signed_in(ADMIN)
    place = confirms(admin, looks(admin, STORM), STORM).location
    pages.clock.goes_on(timedelta(days=1))
    admin.signs_in(ADMIN)
    admin.post("/alerts/voice", {"name": "typhoon", "switch": "off"})
    text = admin.get(place).text
    assert "全部撤回，照常上班" not in text and "只停公告和通告" in text
    admin.post(place, {"do": "undo", "reason": "停班已結束"})
    assert (heard(pages), bulletins_on(pages)) == ((), [])
    with looking(pages.house.factory) as session:
        assert not pages.house.callbacks.worktime(session).calendar.is_working(date(2026, 11, 24))


def test_P4_8_an_announcement_is_made_on_the_path_and_heard_before(pages: Console) -> None:
    """What was filled in comes along and back; what nobody has listened to is not switched on."""
    admin = pages.signed_in(ADMIN)
    sound = {"file": (io.BytesIO(wav(murmur(2.5))), "notice.wav"), "words": "明天停止上班。"}
    made = admin.post(
        "/alerts/voice/record",
        sound,
        query_string={**STORM, "for": "closure"},
        content_type="multipart/form-data",
    )
    page = admin.get(made.location).text
    back = html.unescape(re.search(r'href="(/calendar/declare[^"]*)"', page)[1])  # type: ignore[index]
    shown = admin.get(back)
    assert (
        "明天停止上班。" in shown.text
        and "請先聽過每一種語言" in shown.text
        and "2026-11-24（二）" in shown.text
    )
    name = parse_qs(urlsplit(back).query)["announcement"][0]
    form = {**STORM, "announcement": name}
    refused = confirms(admin, shown, form)
    assert (
        refused.status_code == 422
        and "請先聽過" in refused.text
        and (heard(pages), due_days(pages)) == ((), 0)
    )
    with admin.get(f"/alerts/voice/{name}/zh-TW.wav") as played:
        assert played.status_code == 200
    assert confirms(admin, admin.get(back), form).status_code == 303
    assert heard(pages) == (f"V-03.{name}",)


def due_days(pages: Console) -> int:
    """How many days are declared."""
    with looking(pages.house.factory) as session:
        return len(overrides(session, pages.clock.at))


def test_from_an_hour_on_the_morning_counts(pages: Console) -> None:
    """Closed from one o'clock on: three of four hours are over by then, the last one is tomorrow's."""
    promised(pages)
    admin, form = pages.signed_in(ADMIN), {**STORM, "since": "13:00"}
    confirms(admin, looks(admin, form), form)
    assert due(pages) == "2026-11-25 09:30"
    assert "08:30-13:00" in admin.get("/calendar").text


@pytest.mark.parametrize("since", ["", "13:00"])
def test_a_closure_is_lifted_and_everything_is_as_before(pages: Console, since: str) -> None:
    """By the same two steps."""
    promised(pages)
    admin, form, back = pages.signed_in(ADMIN), {**STORM, "since": since}, {**STORM, "what": "open"}
    confirms(admin, looks(admin, form), form)
    shown = looks(admin, back)
    assert "2026-11-24 14:00" in shown.text
    confirms(admin, shown, back)
    assert due(pages) == "2026-11-24 14:00"
    assert "本來就上班" in looks(admin, back).text or since == "13:00"


def test_nobody_confirms_what_they_have_not_seen(pages: Console) -> None:
    """A promise made between the two steps is shown first."""
    promised(pages)
    admin = pages.signed_in(ADMIN)
    shown = looks(admin, STORM)
    promised(pages, 2)
    answer = confirms(admin, shown, STORM)
    assert answer.status_code == 422 and "和剛才看到的不同" in answer.text
    assert due(pages) == "2026-11-24 14:00"
    assert confirms(admin, answer, STORM).status_code == 303


def test_P4_5_replies_of_agencies_move_too(pages: Console) -> None:
    """Asked on Tuesday, due on Thursday; with Wednesday off on Friday."""
    with transaction(pages.house.factory) as session:
        worktime = pages.house.callbacks.worktime(session)
        requests.ask(
            session,
            requests.FaqQuestion("epb", "垃圾車幾點來？", Channel.PHONE, pages.clock.at),
            worktime,
            pages.house.reply_limit,
            at=pages.clock.at,
            by="admin-1",
        )
    shown = looks(pages.signed_in(ADMIN), {**STORM, "day": "2026-11-25"})
    assert "2026-11-26 17:30" in shown.text and "2026-11-27 17:30" in shown.text


def test_spec_2_deadlines_of_cases_move_too(pages: Console) -> None:
    """A petition due on Wednesday; with Wednesday off on Thursday. Shown before, counted with the rest."""
    due_at = taipei("2026-11-25T17:30")
    with transaction(pages.house.factory) as session:
        elsewhere(session, "11411240001", pages.clock.at)
        row = session.scalars(select(Case)).one()
        row.number, row.due_at, row.agency = "115112400001", due_at, "epb"
        reply = CaseDeadline(case_id=row.id, kind="reply", clause="P5.2.1", begins_at=pages.clock.at)
        reply.clock, reply.amount, reply.due_at, reply.set_at = "WD", 1, due_at, pages.clock.at
        session.add(reply)
    admin, off = pages.signed_in(ADMIN), {**STORM, "day": "2026-11-25"}
    shown = looks(admin, off)
    assert "案件 115112400001" in shown.text and "2026-11-26 17:30" in shown.text
    assert confirms(admin, shown, off).status_code == 303
    with transaction(pages.house.factory) as session:
        assert session.scalars(select(Case)).one().due_at == taipei("2026-11-26T17:30")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"day": ""}, "請輸入日期"),
        ({"day": "soon"}, "這不是日期"),
        ({"reason": ""}, "請寫下原因"),
        ({"since": "20:00"}, "不在辦公時間內"),
        ({"since": "late"}, "這不是時刻"),
        ({"what": "perhaps"}, "govuk-error-summary"),
        ({"what": "open"}, "本來就上班"),
        ({"day": "2026-11-28", "since": "13:00"}, "不在辦公時間內"),
    ],
)
def test_what_is_not_fit_is_said_and_cannot_be_confirmed(
    pages: Console, wrong: dict[str, str], told: str
) -> None:
    """Neither in the first step nor past it."""
    admin, form = pages.signed_in(ADMIN), {**STORM, **wrong}
    shown = looks(admin, form)
    assert told in shown.text and "確認並生效" not in shown.text
    assert admin.post("/calendar/declare", {**form, "seen": ""}).status_code == 422


def test_office_hours_change_from_a_day_on(pages: Console) -> None:
    """With a break the promise of ten is due at three."""
    promised(pages)
    admin = pages.signed_in(ADMIN)
    form = {
        "day": "2026-11-24",
        "opens": "08:30",
        "closes": "17:30",
        "rests": "12:30",
        "returns": "13:30",
        "reason": "午休",
    }
    shown = looks(admin, form, "/calendar/hours")
    assert "2026-11-24 15:00" in shown.text
    assert confirms(admin, shown, form, "/calendar/hours").status_code == 303
    assert due(pages) == "2026-11-24 15:00"
    assert "12:30-13:30" in admin.get("/calendar").text
    crooked = looks(admin, {**form, "returns": ""}, "/calendar/hours").text
    assert "午休兩欄都填或都不填" in crooked and "確認並生效" not in crooked


@pytest.mark.parametrize(
    ("opens", "closes"), [("", "17:30"), ("08:30", ""), ("08:30", "08:30"), ("17:30", "08:30")]
)
def test_row_30_empty_opening_hours_are_refused_and_the_last_good_ones_hold(
    pages: Console, opens: str, closes: str
) -> None:
    """Without one office hour no promise would ever be due:
    neither shown for confirmation nor taken past it.
    """
    admin = pages.signed_in(ADMIN)
    form = {"day": "2026-11-24", "opens": opens, "closes": closes, "rests": "", "returns": "", "reason": "x"}
    shown = looks(admin, form, "/calendar/hours")
    assert "govuk-error-summary" in shown.text and "確認並生效" not in shown.text
    assert admin.post("/calendar/hours", {**form, "seen": ""}).status_code == 422
    promised(pages)
    assert due(pages) == "2026-11-24 14:00"


def test_spec_20_next_year_is_loaded_or_said_to_be_missing(
    pages: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A month beyond the official calendar is shown as such, not guessed."""
    admin = pages.signed_in(ADMIN)
    assert "2027 年的辦公日曆已載入" in admin.get("/calendar?month=x").text
    official = type(holidays.country_holidays("TW", years=()))
    with monkeypatch.context() as patched:
        patched.setattr(official, "end_year", 2026)
        workdays._official.cache_clear()
        missing = admin.get("/calendar?month=2027-01").text
    workdays._official.cache_clear()
    assert "2027 年的辦公日曆尚未載入" in missing and "未載入</span>" in missing


def test_everybody_looks_and_only_administrators_declare(pages: Console) -> None:
    """A liaison sees the month without the switch."""
    liaison = pages.signed_in(LIAISON)
    text = liaison.get("/calendar").text
    assert "2026 年 11 月" in text and "/calendar/declare" not in text
    assert liaison.get("/calendar/declare").status_code == 403
