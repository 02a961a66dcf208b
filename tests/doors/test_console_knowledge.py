"""The pages of the book: found, written, looked at, asked for;
whose it is, and what stands in whose way (P4.1.1, P4.4, P4.5).
"""

from datetime import timedelta
from pathlib import Path

import pytest

from hotline.db import transaction
from hotline.knowledge import requests, reviews, service
from hotline.outbox.service import notices
from tests.doors.console import Console, Visitor, console

SAID = {
    "question": "家電要丟哪裡？",
    "answer": "請打電話給清潔隊約時間。",
    "keywords": "冰箱 電視",
    "place": "s/epb-clean",
    "aloud": "y",
    "reason": "",
    "seen": "",
}
"""An entry as the form sends it."""


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home", has_book=True)


@pytest.fixture
def liaison(pages: Console) -> Visitor:
    return pages.signed_in("liaison-epb")


def entry(pages: Console, number: str) -> service.FaqRow:
    with transaction(pages.house.factory) as session:
        return service.entry(session, number, pages.clock.at)


def test_an_agent_finds_an_entry_while_a_caller_waits(pages: Console) -> None:
    """In pinyin, across agencies; what is not there leads to asking an agency."""
    agent = pages.signed_in("agent-1")
    assert "路燈不亮" in agent.get("/knowledge?q=ludeng").text
    nothing = agent.get("/knowledge?q=火星旅遊簽證申辦").text
    assert "沒有找到" in nothing and "/knowledge/requests/new?question=" in nothing


def test_what_is_only_similar_is_folded_below_what_fits(pages: Console) -> None:
    """Each says how it was found; where nothing fits it is open, and an agency can be asked too."""
    agent = pages.signed_in("agent-1")
    sure, _, similar = agent.get("/knowledge?q=敬老卡掉了").text.partition("相近的")
    assert (
        "敬老卡掉了怎麼補？" in sure and "字面 · " in sure and "requests/new?question=" not in sure + similar
    )
    assert "<details" in sure and '<details class="govuk-details" open>' not in sure and "相近 · " in similar
    sure, _, similar = agent.get("/knowledge?q=罰單分期付款").text.partition("相近的 ")
    assert "沒有完全符合的" in sure and '<details class="govuk-details" open>' in sure
    assert "交通罰單太多，可以分期繳嗎？" in similar and "requests/new?question=" in similar


def test_the_desk_and_programs_are_told_how_an_entry_was_found(pages: Console) -> None:
    """The same entries, what is sure and what is similar apart."""
    found = pages.signed_in("agent-1").get("/desk/knowledge?q=罰單分期付款").json
    assert found and {(one["match"], one["sure"]) for one in found} == {("相近", False)}
    found = pages.signed_in("agent-1").get("/desk/knowledge?q=ludeng").json
    assert found and {(one["match"], one["sure"]) for one in found} == {("同音", True)}


def test_P4_1_1_a_liaison_writes_an_entry_of_the_own_agency(pages: Console, liaison: Visitor) -> None:
    """And changes it; both versions are on its page, with who and when."""
    made = liaison.post("/knowledge/new?agency=epb", SAID, page="/knowledge/new?agency=epb")
    assert made.status_code == 302
    number = made.location.rpartition("/")[2]
    row = entry(pages, number)
    assert (row.agency, row.section, row.aloud, row.author) == ("epb", "epb-clean", True, "liaison-epb")
    pages.clock.goes_on(timedelta(minutes=1))
    changed = SAID | {"answer": "每週三收。", "aloud": "", "reason": "改日子", "seen": str(row.id)}
    assert liaison.post(f"/knowledge/{number}/edit", changed).status_code == 302
    shown = liaison.get(f"/knowledge/{number}").text
    assert "每週三收。" in shown and "請打電話給清潔隊約時間。" in shown and "改日子" in shown
    assert "還不能直接唸" in shown


def test_P2_a_nobody_writes_for_another_agency(pages: Console, liaison: Visitor) -> None:
    """Neither anew nor over what is there, nor by reviewing it, ending it, taking a change back."""
    light = next(row.key for row in entries(pages, "pwd") if "路燈不亮" in row.question)
    for path, form in (
        ("/knowledge/new?agency=pwd", SAID),
        (f"/knowledge/{light}/edit", SAID),
        (f"/knowledge/{light}/review", {}),
        ("/knowledge/review", {"agency": "pwd"}),
        (f"/knowledge/{light}/end", {"reason": "x"}),
        (f"/knowledge/{light}/undo/1", {}),
    ):
        assert liaison.post(path, form).status_code == 403, path
    assert "修改" not in liaison.get(f"/knowledge/{light}").text.partition("<main")[2].partition("<h2")[0]


def entries(pages: Console, agency: str = "epb") -> list[service.FaqRow]:
    with transaction(pages.house.factory) as session:
        return service.entries(session, pages.clock.at, agency=agency)


def test_two_editors_of_an_entry_the_second_sees_the_conflict(pages: Console, liaison: Visitor) -> None:
    """With what it says now, and what was typed kept in the form; saved again it goes through."""
    row = entries(pages)[0]
    admin = pages.signed_in("admin-1")
    mine = SAID | {"seen": str(row.id), "answer": "聯繫窗口寫的。"}
    assert liaison.post(f"/knowledge/{row.key}/edit", mine).status_code == 302
    theirs = SAID | {"seen": str(row.id), "answer": "管理員寫的。"}
    refused = admin.post(f"/knowledge/{row.key}/edit", theirs)
    assert refused.status_code == 422
    assert (
        "liaison-epb 在" in refused.text
        and "聯繫窗口寫的。" in refused.text
        and "管理員寫的。" in refused.text
    )
    now_seen = entry(pages, row.key).id
    pages.clock.goes_on(timedelta(seconds=1))
    assert f'value="{now_seen}"' in refused.text
    assert admin.post(f"/knowledge/{row.key}/edit", theirs | {"seen": str(now_seen)}).status_code == 302
    assert entry(pages, row.key).answer == "管理員寫的。"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": ""}, "請填寫這一欄。"),
        ({"answer": "字" * 2001}, "最多 2000 個字"),
        ({"answer": "a\x07"}, "無法儲存的字元"),
    ],
)
def test_an_unfit_entry_is_refused_at_its_field(liaison: Visitor, change: dict[str, str], said: str) -> None:
    """Nothing is written, and what was typed stays."""
    refused = liaison.post("/knowledge/new?agency=epb", SAID | change)
    assert refused.status_code == 422 and said in refused.text and "冰箱 電視" in refused.text


def test_P4_4_the_months_review_is_a_press(pages: Console, liaison: Visitor) -> None:
    """Of one entry, of all of an agency; the list of what is left grows shorter."""
    pages.clock.goes_on(timedelta(days=30))  # the next month
    liaison = pages.signed_in("liaison-epb")
    mine = [row.key for row in entries(pages)]
    assert f"本月還有 {len(mine)} 則沒檢視" in liaison.get("/knowledge").text
    liaison.post(f"/knowledge/{mine[0]}/review")
    assert f"本月還有 {len(mine) - 1} 則沒檢視" in liaison.get("/knowledge").text
    assert f"{len(mine) - 1} 則 · " in liaison.get("/knowledge?agency=epb&review=due").text
    liaison.post("/knowledge/review", {"agency": "epb"})
    assert "本月都檢視過了" in liaison.get("/knowledge").text
    with transaction(pages.house.factory) as session:
        assert reviews.reviews_of(session, mine[0])[0].by == "liaison-epb"


def test_an_entry_is_ended_with_a_reason_and_stays_readable(pages: Console, liaison: Visitor) -> None:
    """It warns whoever still opens it, and stands among those that were taken out."""
    number = entries(pages)[0].key
    assert liaison.post(f"/knowledge/{number}/end", {"reason": " "}).status_code == 422
    pages.clock.goes_on(timedelta(seconds=1))
    assert liaison.post(f"/knowledge/{number}/end", {"reason": "停辦"}).status_code == 302
    shown = liaison.get(f"/knowledge/{number}").text
    assert "請不要再照著回答" in shown and "停辦" in shown
    assert f"/knowledge/{number}" in liaison.get("/knowledge?agency=epb").text
    assert liaison.post(f"/knowledge/{number}/review").status_code == 422
    assert liaison.get("/knowledge/9999").status_code == 404


def test_a_change_is_taken_back_on_its_page(pages: Console, liaison: Visitor) -> None:
    """The entry says again what it said; a change of another entry is not taken back from here."""
    row = entries(pages)[0]
    pages.clock.goes_on(timedelta(seconds=1))
    liaison.post(f"/knowledge/{row.key}/edit", SAID | {"seen": str(row.id)})
    with transaction(pages.house.factory) as session:
        change = service.versions(session, row.key)[-1].change
    other = entries(pages)[1].key
    assert liaison.post(f"/knowledge/{other}/undo/{change}").status_code == 422
    pages.clock.goes_on(timedelta(seconds=1))
    assert liaison.post(f"/knowledge/{row.key}/undo/{change}").status_code == 302
    assert entry(pages, row.key).question == row.question


def test_P4_5_an_agency_is_asked_and_replies_with_a_new_entry(pages: Console, liaison: Visitor) -> None:
    """Asked by an agent with the time of the call; due on the page with its arithmetic;
    the reply is the entry.
    """
    agent = pages.signed_in("agent-1")
    form = {
        "agency": "epb",
        "question": "電池要丟哪裡？",
        "channel": "phone",
        "asked_at": "2026-11-24T09:30",
        "call_id": "c-1",
    }
    asked = agent.post("/knowledge/requests/new", form)
    assert asked.status_code == 302
    shown = liaison.get(asked.location).text
    assert "2026-11-26 17:30" in shown and "精進計畫四（五）" in shown and "待回覆" in shown
    assert agent.post(asked.location, {"number": "", "words": "好"}).status_code == 403
    assert liaison.post(asked.location, {"number": "", "words": ""}).status_code == 422
    new = "/knowledge/new?request=1"
    assert "電池要丟哪裡？" in liaison.get(new).text
    made = liaison.post(new, SAID | {"question": "電池要丟哪裡？"})
    assert made.status_code == 302
    assert "已回覆" in liaison.get(asked.location).text and made.location in liaison.get(asked.location).text
    with transaction(pages.house.factory) as session:
        (row,) = requests.requests(session, is_open=False)
        assert (row.replied_by, row.late_at, row.call_id) == ("liaison-epb", None, "c-1")
        assert [notice.template for notice in notices(session)] == ["N-11"]
    assert "電池要丟哪裡？" in agent.get("/knowledge/requests?state=replied").text


def test_what_an_agency_owes_stands_on_the_first_page(pages: Console, liaison: Visitor) -> None:
    """A late reply is wrong at once; reviews are from the 20th on."""
    form = {
        "agency": "epb",
        "question": "問",
        "channel": "phone",
        "asked_at": "2026-11-24T09:30",
        "call_id": "",
    }
    pages.signed_in("agent-1").post("/knowledge/requests/new", form)
    assert "逾期未回覆的徵詢" not in wrong(liaison)
    pages.clock.goes_on(timedelta(days=3))
    again = pages.signed_in("liaison-epb")
    assert "逾期未回覆的徵詢" in wrong(again)
    with transaction(pages.house.factory) as session:
        requests.reply(session, 1, "歸別的機關。", at=pages.clock.at, by="liaison-epb")
    assert "逾期未回覆的徵詢" not in wrong(again)


def wrong(visitor: Visitor) -> str:
    """What the first page says is to be done."""
    return visitor.get("/").text.partition("要處理的事")[2].partition("其他數字")[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": " "}, "請填寫這一欄。"),
        ({"asked_at": "2026-11-24T23:00"}, "這個時間還沒到"),
        ({"asked_at": "soon"}, "這不是日期和時間"),
        ({"asked_at": ""}, "請填打電話或寄信的時間"),
    ],
)
def test_P4_5_an_unfit_question_is_refused_at_its_field(
    pages: Console, change: dict[str, str], said: str
) -> None:
    """The time of the call is asked for, and must have come."""
    form = {
        "agency": "epb",
        "question": "問",
        "channel": "email",
        "asked_at": "2026-11-24T09:30",
        "call_id": "",
    }
    refused = pages.signed_in("agent-1").post("/knowledge/requests/new", form | change)
    assert refused.status_code == 422 and said in refused.text


def test_resilience_34_hostile_words_are_shown_as_they_are(pages: Console, liaison: Visitor) -> None:
    """In question, answer and keywords; nothing of it becomes part of a page."""
    evil = '<script>alert("1")</script>'
    form = SAID | {"question": evil, "answer": evil, "keywords": f'"><img src=x>{evil}'[:90]}
    made = liaison.post("/knowledge/new?agency=epb", form)
    for path in (made.location, "/knowledge", f"{made.location}/edit", f"/knowledge?q={evil}"):
        text = liaison.get(path).text
        assert "<script>alert" not in text and "<img src=x>" not in text, path
