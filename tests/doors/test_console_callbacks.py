"""Promises on the pages: an officer sees and keeps those of the own agency,
and a number is not looked at in passing.
"""

import os
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from calls import originating_leg
from calls.originating_leg import OwnPhone
from calls.store import CallRow, Leg
from hotline.callbacks.events import made_anew
from hotline.callbacks.find import of_call
from hotline.callbacks.outbound_lock import OutboundLock
from hotline.callbacks.ownership import Ownership, place_of
from hotline.callbacks.service import callback as promise
from hotline.callbacks.wishes import Wish
from hotline.callbacks.work import CallbackWork
from hotline.db import transaction
from hotline.ledger.looks import IN_HAND, looks_at
from hotline.retention.kinds import DeletionGround
from ops.jobs.sealing import seal_all
from ops.wiring import House
from recordings.service import Recordings, expect_message
from recordings.store import Recording
from tests.doors.console import Console, console
from tests.sound import speech, write_wav

NUMBER, SHOWN, MASKED = "+886912345678", "0912345678", "0912***678"


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home")


def promised(pages: Console, extension: str = "5112", matter: str = "路燈不亮", number: str = NUMBER) -> int:
    with transaction(pages.house.factory) as session:
        place = place_of(session, extension, pages.clock.at) if extension else None
        wish = (
            Wish(number, "zh-TW", "desk", place, matter, "")
            if place
            else Wish(number, "zh-TW", "desk", matter=matter)
        )
        return pages.house.callbacks.open(session, wish, "agent-1", pages.clock.at).id


def state(pages: Console, number: int) -> str:
    with transaction(pages.house.factory) as session:
        return promise(session, number).state


def test_an_officer_sees_the_own_agency_s_promises_with_masked_numbers(pages: Console) -> None:
    """And none of another agency, neither in the list nor by its address."""
    ours, theirs = promised(pages), promised(pages, "5301", "道路坑洞", "+886922000111")
    officer = pages.signed_in("officer-5112")
    listed = officer.get("/callbacks").text
    assert "路燈不亮" in listed and "道路坑洞" not in listed
    assert MASKED in listed and SHOWN not in listed and NUMBER not in listed
    assert officer.get(f"/callbacks/{ours}").status_code == 200
    assert officer.get(f"/callbacks/{theirs}").status_code == 403


def test_P4_12_the_call_centre_s_own_promises_are_no_agency_s(pages: Console) -> None:
    """Neither their page nor their number, by whatever deed; agents have them."""
    number = promised(pages, "")
    officer, path = pages.signed_in("officer-5112"), f"/callbacks/{number}"
    assert officer.get(path).status_code == 403
    for deed in ("claim", "call", "number", "attempt", "close", "hand-over"):
        told = officer.post(
            f"{path}/{deed}", {"reason": "好奇", "outcome": "reached", "result": "x", "to": "officer-5113"}
        )
        assert told.status_code == 403 and SHOWN not in told.text, deed
    assert state(pages, number) == "OPEN"
    assert pages.signed_in("agent-1").post(f"{path}/claim").status_code == 302


def test_people_agencies_and_languages_are_called_by_their_names(pages: Console) -> None:
    """Not by what the rows call them, in the list and on the page of one."""
    number = promised(pages)
    with transaction(pages.house.factory) as session:
        session.add(CallRow(id="before-1.1", caller=NUMBER, started_at=pages.clock.at, agent="agent-1"))
    officer = pages.signed_in("officer-5112")
    officer.post(f"/callbacks/{number}/claim")
    listed, one = officer.get("/callbacks").text, officer.get(f"/callbacks/{number}").text
    assert "示範承辦人" in listed and ">officer-5112<" not in listed
    assert "環保局 · 環境清潔科 · 5112 · 示範承辦人" in one and "（國語）" in one
    assert (
        "來電，示範話務員一" in one
        and ">示範承辦人</td>" in one
        and "epb" not in re.sub(r'value="[^"]*"', "", one)
    )


def test_one_owner_at_a_time(pages: Console) -> None:
    """The second who wants it is told who has it, and nothing changes."""
    number = promised(pages)
    first, second = pages.signed_in("officer-5112"), pages.signed_in("officer-5113")
    assert first.post(f"/callbacks/{number}/claim").status_code == 302
    refused = second.post(f"/callbacks/{number}/claim")
    assert refused.status_code == 422 and "officer-5112 正在處理這件" in refused.text
    assert second.get(f"/callbacks/{number}").status_code == 200
    assert first.post(f"/callbacks/{number}/release").status_code == 302
    assert second.post(f"/callbacks/{number}/claim").status_code == 302


def test_whoever_works_on_it_sees_the_number_and_others_say_why(pages: Console) -> None:
    """A look at personal data leaves a trace with its reason; without a reason there is no look."""
    number = promised(pages)
    officer, colleague = pages.signed_in("officer-5112"), pages.signed_in("officer-5113")
    officer.post(f"/callbacks/{number}/claim")
    assert SHOWN in officer.get(f"/callbacks/{number}").text
    assert SHOWN not in colleague.get(f"/callbacks/{number}").text
    assert colleague.post(f"/callbacks/{number}/number", {"reason": ""}).status_code == 422
    shown = colleague.post(f"/callbacks/{number}/number", {"reason": "民眾來電詢問進度"})
    assert shown.status_code == 200 and SHOWN in shown.text
    assert SHOWN not in colleague.get(f"/callbacks/{number}").text
    with transaction(pages.house.factory) as session:
        looks = looks_at(session, f"callback:{number}")
        assert [(look.by, look.reason) for look in looks] == [
            ("officer-5112", IN_HAND),
            ("officer-5113", "民眾來電詢問進度"),
        ]


def test_a_promise_is_kept_from_the_page(pages: Console) -> None:
    """Taken, attempted, extended, closed with what the citizen was told."""
    number = promised(pages)
    officer = pages.signed_in("officer-5112")
    officer.post(f"/callbacks/{number}/claim")
    officer.post(f"/callbacks/{number}/attempt", {"outcome": "busy", "note": "忙線"})
    assert state(pages, number) == "ATTEMPTED"
    assert (
        officer.post(
            f"/callbacks/{number}/extend", {"until": "2026-11-25T10:00", "reason": "等現場回報"}
        ).status_code
        == 302
    )
    again = officer.post(f"/callbacks/{number}/extend", {"until": "2026-11-26T10:00", "reason": "再等"})
    assert again.status_code == 422 and "已經展延過一次" in again.text
    assert officer.post(f"/callbacks/{number}/close", {"result": ""}).status_code == 422
    assert officer.post(f"/callbacks/{number}/close", {"result": "已派工修復"}).status_code == 302
    assert state(pages, number) == "DONE"
    assert "已派工修復" in officer.get(f"/callbacks/{number}").text


def test_what_is_wrong_in_a_form_changes_nothing(pages: Console) -> None:
    """No such outcome, no such time, nobody to hand it to: each said in one sentence."""
    number = promised(pages)
    officer = pages.signed_in("officer-5112")
    officer.post(f"/callbacks/{number}/claim")
    for deed, form in (
        ("attempt", {"outcome": "no"}),
        ("extend", {"until": "x", "reason": "y"}),
        ("hand-over", {"to": "nobody", "reason": "z"}),
    ):
        assert officer.post(f"/callbacks/{number}/{deed}", form).status_code == 422
    assert state(pages, number) == "WORKING"
    assert officer.get("/callbacks/999").status_code == 404


def test_without_a_telephone_nobody_is_called(pages: Console) -> None:
    """Who has no phone of ours is told so, and the citizen's line stays free."""
    number = promised(pages, "")
    duty = pages.signed_in("agent-1")
    with transaction(pages.house.factory) as session:
        promise(session, number).number = "anonymous"
    answer = duty.post(f"/callbacks/{number}/call")
    assert answer.status_code == 422 and "沒有可以撥打的號碼；請先聽留言" in answer.text


def test_resilience_2_7_an_officer_hears_the_message_and_enters_the_number(pages: Console) -> None:
    """A list of its own; a number that is not dialled is refused in words, a right one can be called."""
    with transaction(pages.house.factory) as session:
        for call, number in (("call-1", "anonymous"), ("call-2", NUMBER)):
            pages.house.callbacks.promise(session, call, number, "zh-TW", "caller", pages.clock.at, "5112")
        wanted = of_call(session, "call-1")
        assert wanted
        number = wanted.id
    officer = pages.signed_in("officer-5112")
    listed = officer.get("/callbacks?whose=without-number").text
    assert f'href="/callbacks/{number}"' in listed and MASKED not in listed
    officer.post(f"/callbacks/{number}/claim")
    assert "打給民眾</button>" not in officer.get(f"/callbacks/{number}").text
    refused = officer.post(f"/callbacks/{number}/give-number", {"citizen": "0204-123-456"})
    assert refused.status_code == 422 and "付費號碼" in refused.text
    assert officer.post(f"/callbacks/{number}/give-number", {"citizen": "0912-000-111"}).status_code == 302
    page = officer.get(f"/callbacks/{number}").text
    assert "打給民眾</button>" in page and "填入回電號碼" in page and "來電者另留的號碼" in page


def test_P4_12_who_works_on_a_promise_hears_its_message_plain_and_sealed(pages: Console) -> None:
    """The same sound before and after it was encrypted, from any place; another machine's is told as such."""
    house, ended_at, call = pages.house, pages.clock.at, "ntpc1-1795572000.1"
    path = write_wav(house.settings.messages / f"{call}-message.wav", speech(2))
    os.utime(path, (ended_at.timestamp(),) * 2)
    with transaction(house.factory) as session:
        house.callbacks.promise(session, call, NUMBER, "zh-TW", "caller", ended_at, "5112")
        expect_message(session, f"{call}-message", house.settings.node, 2.0, ended_at, ended="silence")
        house.callbacks.keep_message(session, call, f"{call}-message", 2.0, ended_at)
        wanted = of_call(session, call)
        assert wanted
        number = wanted.id
    Recordings(house.factory, house.folders).check(ended_at + timedelta(seconds=10))
    officer, said = pages.signed_in("officer-5112"), path.read_bytes()
    address = f"/callbacks/{number}/message/{call}-message.wav"
    assert f'src="{address}"' in officer.get(f"/callbacks/{number}").text
    whole, part = {"Range": "bytes=0-"}, {"Range": "bytes=20000-20999"}
    assert officer.get(address, headers=whole).data == said
    lies_at(house, call, "ntpc2")
    page = officer.get(f"/callbacks/{number}").text
    assert "這段錄音還在主機 ntpc2 上" in page and address not in page
    lies_at(house, call, house.settings.node)
    assert seal_all(house, ended_at + timedelta(minutes=2)).sealed == 1 and not path.exists()
    assert officer.get(address, headers=whole).data == said
    assert officer.get(address, headers=part).data == said[20000:21000]
    house.archive.destroy(call, "message", DeletionGround.ERASURE, ended_at)
    assert officer.get(address, headers=whole).status_code == 404
    page = officer.get(f"/callbacks/{number}").text
    assert "已銷毀（當事人請求刪除）" in page and address not in page


def lies_at(house: House, call: str, node: str) -> None:
    """The message of a call lies on a machine's disk."""
    with transaction(house.factory) as session:
        session.get_one(Recording, (call, "message")).node = node


def test_the_first_page_counts_what_is_overdue(pages: Console) -> None:
    """Of one's own agency; the most urgent first."""
    promised(pages)
    promised(pages, "5301", "道路坑洞", "+886922000111")
    pages.clock.goes_on(timedelta(hours=5))
    officer = pages.signed_in("officer-5112").get("/").text
    supervisor = pages.signed_in("supervisor-1").get("/").text
    assert "<strong>1</strong>" in officer and "<strong>2</strong>" not in officer
    assert "<strong>2</strong>" in supervisor


def test_hostile_words_of_a_citizen_stay_words(pages: Console) -> None:
    """A name or matter with tags is shown as it was said (resilience.md row 34)."""
    number = promised(pages, matter="<script>alert(1)</script>")
    text = pages.signed_in("officer-5112").get(f"/callbacks/{number}").text
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text


@pytest.mark.parametrize("login", ["admin-1", "supervisor-1", "officer-5112", "approver-1"])
def test_every_figure_of_the_first_page_leads_where_one_may_go(pages: Console, login: str) -> None:
    """No link ends before a closed door,
    and an administrator's figures of the directory all lead somewhere.
    """
    visitor = pages.signed_in(login)
    cards = visitor.get("/").text.partition('<ul class="figures">')[2].partition("</main>")[0]
    links = re.findall(r'href="([^"]+)"', cards)
    assert {visitor.get(unescape(link)).status_code for link in links} <= {200}
    if login == "admin-1":
        assert {"/check", "/switchboards", "/changes", "/callbacks"} <= set(links)


def test_P9_2_each_phone_that_was_rung_for_a_promise_is_on_its_page(pages: Console) -> None:
    """One's own with its extension and the citizen's, what came of each;
    the number of the citizen is not among them.
    """
    number, at = promised(pages), pages.clock.at
    with transaction(pages.house.factory) as session:
        call = OutboundLock(pages.house.callbacks).seize(session, number, "officer-5112", at).own_call
        originating_leg.begin(session, call, "ntpc1", OwnPhone("PJSIP/5112@officers"), Ownership("epb"), at)
        session.add(
            Leg(
                channel="c",
                call_id=call,
                phone="trunk",
                kind="citizen",
                started_at=at + timedelta(seconds=9),
                outcome="noanswer",
                ring_seconds=12.0,
            )
        )
    page = pages.signed_in("officer-5112").get(f"/callbacks/{number}").text
    rung = page.partition("從 1999 撥出")[2].partition("</tr>")[0]
    assert (
        "自己的電話 5112：響鈴中，響鈴 0.0 秒" in rung and "民眾：沒有人接，響鈴 12.0 秒，通話 0.0 秒" in rung
    )
    assert SHOWN not in rung


def test_a_restored_promise_says_on_every_page_that_it_may_be_kept_already(pages: Console) -> None:
    """In the list, on its own page, in both languages; no more once it is kept."""
    number = promised(pages)
    officer = pages.signed_in("officer-5112")
    assert "還原" not in officer.get("/callbacks").text
    with transaction(pages.house.factory) as session:
        row = promise(session, number)
        row.restored_at = pages.clock.at
        made_anew(session, row, row.state, pages.clock.at)
    assert "（還原）" in officer.get(f"/callbacks/{number}").text
    assert "還原：先查證" in officer.get("/callbacks").text
    assert "可能已經回覆過，請先查證再回電" in officer.get(f"/callbacks/{number}").text
    officer.post("/language?after=/callbacks", {"language": "en"}, page="/account")
    assert "Restored: check first" in officer.get("/callbacks").text
    assert "It may be kept already: check first" in officer.get(f"/callbacks/{number}").text
    with transaction(pages.house.factory) as session:
        CallbackWork(pages.house.callbacks).close(session, number, "已說明", "officer-5112", pages.clock.at)
    assert "check first" not in officer.get(f"/callbacks/{number}").text


def test_P5_1_1_a_promise_made_by_key_asks_for_its_matter_first(pages: Console) -> None:
    """The list says so, the page asks for it alone, and what else is sent is refused in words."""
    with transaction(pages.house.factory) as session:
        pages.house.callbacks.promise(session, "call-1", NUMBER, "zh-TW", "officer", pages.clock.at, "5112")
        wanted = of_call(session, "call-1")
        assert wanted
        number = wanted.id
    officer = pages.signed_in("officer-5112")
    assert "請先寫事由" in officer.get("/callbacks").text
    page = officer.get(f"/callbacks/{number}").text
    assert "請先寫下民眾要問的事" in page
    assert "由我處理</button>" not in page and "結案</button>" not in page and "移交</button>" in page
    refused = officer.post(f"/callbacks/{number}/claim")
    assert refused.status_code == 422 and "請先寫下事由" in refused.text
    assert officer.post(f"/callbacks/{number}/matter", {"matter": ""}).status_code == 422
    assert officer.post(f"/callbacks/{number}/matter", {"matter": "中正路路燈不亮"}).status_code == 302
    page = officer.get(f"/callbacks/{number}").text
    assert "中正路路燈不亮" in page and "由我處理</button>" in page and "寫下事由" in page
    assert "請先寫事由" not in officer.get("/callbacks").text
