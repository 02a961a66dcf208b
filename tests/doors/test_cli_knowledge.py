"""``hotline faq``, ``news`` and ``ticket`` as they are read: what is due, who has seen, what waits (P4.1 to P4.10)."""

import pytest

from tests.doors.conftest import Typed

WRITE = "faq write --agency epb --by liaison-epb"
SOFA = ("--question", "大型家具怎麼丟？", "--answer", "請先打電話約時間。", "--keywords", "沙發 床墊")


@pytest.fixture
def book(typed: Typed) -> Typed:
    """With one entry, and one as it should not be written."""
    typed(WRITE, *SOFA, "--aloud")
    told = typed(WRITE, "--question", "低收怎麼辦？", "--answer", "請上 www.city.example 查詢")
    assert "hard to read aloud: link" in told.output
    return typed


def test_an_entry_is_found_and_shown_with_all_it_said(book: Typed) -> None:
    """By pinyin; versions in their order."""
    book(f"{WRITE} --entry 1 --reason 改", *SOFA[:2], "--answer", "每週三收。")
    assert "大型家具怎麼丟？" in book("faq find", "jiaju").output
    assert "no entry is found" in book("faq find", "xqxqxq").output
    shown = book("faq show 1").output
    assert (
        "每週三收。" in shown and "version 1" in shown and "version 2" in shown and "not yet marked" in shown
    )
    assert "no entry '9'" in book("faq show 9", refused=True).output


def test_P4_4_what_is_due_is_listed(book: Typed) -> None:
    """What was just written was just looked at."""
    assert "done" in book("faq list").output
    assert "all entries were looked at this month" in book("faq list --due").output
    assert "Name one ENTRY" in book("faq review --by liaison-epb", refused=True).output


def test_P4_5_a_request_tells_when_it_is_due_and_how_it_stands(book: Typed) -> None:
    """Until it is replied to; then only with --all."""
    asked = book(
        "faq ask --agency epb --over email --at 2026-09-24T15:00 --by agent-1", "--question", "電池？"
    )
    assert "due 2026-09-30 17:30" in asked.output and "REQUESTED" in asked.output
    assert "電池？" in book("faq requests").output
    book("faq reply 1 --text 丟回收車 --by liaison-epb")
    assert "nothing is asked for now" in book("faq requests").output
    assert "REPLIED" in book("faq requests --all").output


def test_P4_8_who_has_read_a_bulletin_is_told(typed: Typed) -> None:
    """And who has not."""
    typed("news alert --agency epb --title 停水 --text 停到今晚 --by liaison-epb")
    assert "! bulletin 1" in typed("news list").output
    told = typed("news seen 1 --by agent-1").output
    assert "agent-2          not yet" in told and "agent-1          not yet" not in told


def test_news_and_tickets_are_listed_with_what_they_lack(typed: Typed) -> None:
    """A surge without an entry; a measure without a day; empty lists say so."""
    for empty in ("news surges", "ticket list", "ticket notes", "ticket faults", "faq requests", "faq list"):
        assert len(typed(empty).output.splitlines()) == 1, empty
    typed(
        "news surge --agency epb --topic 帳單 --from 2036-12-01 --until 2036-12-02 --calls 9 --staff 甲 --by liaison-epb"
    )
    assert "! no entry of the book answers it" in typed("news surges").output
    typed("news measure --agency epb --title 新制 --material 說明 --training --by liaison-epb")
    assert "to be fixed: nobody yet" in typed("news measures").output
    typed("ticket open case 11411240001 --agency epb --problem 改派 --by agent-1")
    typed("ticket note epb 來電 --by agent-1")
    typed("ticket fault internet 無聲 --by agent-1")
    assert "改派" in typed("ticket list").output and "來電" in typed("ticket notes").output
    assert "information-centre" in typed("ticket faults").output
