"""The pages of news and tickets: told, read, answered;
a stream that tells every open page (P4.1.2, P4.3, P4.7, P4.8, P4.10, P11).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from hotline import bulletins as alerts
from hotline.accounts.rules import IDLE
from hotline.db import transaction
from hotline.news.messages import messages
from hotline.news.store import MessageRow
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from tests.case_office import elsewhere
from tests.doors.console import Console, Visitor, console
from web.console.server_sent_events import AGAIN, OVER, Broadcast, TooManyStreams

MESSAGE = {
    "agency": "epb",
    "title": "資源回收改期",
    "words": "改到星期二。",
    "starts_at": "",
    "ends_at": "2026-12-24T10:00",
}


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home", has_book=True)
    with transaction(made.house.factory) as session:
        elsewhere(session, PROBLEM["subject"], made.clock.at)
    return made


@pytest.fixture
def liaison(pages: Console) -> Visitor:
    return pages.signed_in("liaison-epb")


@pytest.fixture
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


def raised(pages: Console, title: str = "停水") -> int:
    with transaction(pages.house.factory) as session:
        return alerts.raise_alert(session, "epb", title, "今天停水。", at=pages.clock.at, by="liaison-epb").id


# --- messages, surges, measures ---------------------------------------------------------------------------


def test_P4_7_a_message_is_posted_corrected_and_withdrawn(
    pages: Console, liaison: Visitor, agent: Visitor
) -> None:
    """Agents see its age and find it by its words; what was withdrawn is found on demand."""
    assert liaison.post("/news/new", MESSAGE).status_code == 302
    pages.clock.goes_on(timedelta(minutes=20))
    board = agent.get("/news?q=ziyuan").text
    assert "資源回收改期" in board and "20 分鐘前" in board
    assert "更正或撤下" not in board
    (mine,) = [row for row in _messages(pages) if row.title == "資源回收改期"]
    assert liaison.post(f"/news/{mine.id}", MESSAGE | {"title": "資源回收照舊"}).status_code == 302
    assert "資源回收照舊" in agent.get("/news").text
    liaison.post(f"/news/{mine.id}/withdraw", {"reason": "取消"})
    assert "資源回收照舊" not in agent.get("/news").text
    assert "資源回收照舊" in agent.get("/news?past=1").text


def _messages(pages: Console) -> list[MessageRow]:
    with transaction(pages.house.factory) as session:
        return messages(session, pages.clock.at)


def test_P2_a_nobody_tells_news_of_another_agency(liaison: Visitor) -> None:
    """Sent past the form: refused with a page of its own."""
    for path, form in (
        ("/news/new", MESSAGE | {"agency": "pwd"}),
        ("/alerts/new", {"agency": "pwd", "title": "停水", "words": "停水。"}),
        (
            "/measures/new",
            {"agency": "pwd", "title": "新制", "material": "說明", "entries": "", "training_on": ""},
        ),
    ):
        assert liaison.post(path, form).status_code == 403, path


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/news/new", MESSAGE | {"title": ""}, "請填寫這一欄。"),
        ("/news/new", MESSAGE | {"ends_at": "2026-11-23T10:00"}, "結束要晚於開始"),
        ("/alerts/new", {"agency": "epb", "title": "停水", "words": " "}, "請填寫這一欄。"),
        ("/surges/new", {"agency": "epb", "topic": "帳單", "first": "2026-12-02", "last": "2026-12-01", "calls": "9",
                         "staff": "甲", "entries": ""}, "結束要晚於開始"),
        ("/surges/new", {"agency": "epb", "topic": "帳單", "first": "2026-12-01", "last": "2026-12-01", "calls": "0",
                         "staff": "甲", "entries": ""}, "要在 1 到 1000000 通之間"),
        ("/surges/new", {"agency": "epb", "topic": "帳單", "first": "2026-12-01", "last": "2026-12-01", "calls": "很多",
                         "staff": "甲", "entries": ""}, "要在 1 到 1000000 通之間"),
        ("/surges/new", {"agency": "epb", "topic": "帳單", "first": "2026-12-01", "last": "2026-12-01", "calls": "9",
                         "staff": "甲", "entries": "9999"}, "沒有第 9999 則"),
        ("/measures/new", {"agency": "epb", "title": "新制", "material": "", "entries": "", "training_on": ""},
         "請填寫這一欄。"),
    ],
)  # fmt: skip
def test_news_that_lacks_something_is_refused_at_its_field(
    liaison: Visitor, path: str, form: dict[str, str], said: str
) -> None:
    """Nothing is told, and what was typed stays."""
    refused = liaison.post(path, form)
    assert refused.status_code == 422 and said in refused.text


def test_P4_3_a_surge_without_an_entry_is_flagged_until_one_is_linked(
    pages: Console, liaison: Visitor, agent: Visitor
) -> None:
    """On the page of everybody; only the own agency links and takes back."""
    form = {
        "agency": "epb",
        "topic": "清潔費單",
        "first": "2026-12-01",
        "last": "2026-12-03",
        "calls": "800",
        "staff": "三位同仁",
        "entries": "",
    }
    assert liaison.post("/surges/new", form).status_code == 302
    card = agent.get("/surges").text.partition("清潔費單")[2].partition("</section>")[0]
    assert "還沒有問答" in card and "800 通" in card
    assert agent.post("/surges/2/entries", {"entries": "1"}).status_code == 403
    assert liaison.post("/surges/1/entries", {"entries": "1"}).status_code == 403
    liaison.post("/surges/2/entries", {"entries": "1、2"})
    card = agent.get("/surges").text.partition("清潔費單")[2].partition("</section>")[0]
    assert "還沒有問答" not in card and "/knowledge/2" in card
    liaison.post("/surges/2/withdraw")
    assert "清潔費單" not in agent.get("/surges").text and "清潔費單" in agent.get("/surges?past=1").text


def test_P4_10_a_measure_is_told_and_agents_are_trained(pages: Console, liaison: Visitor) -> None:
    """A day for the training means that there is one; the supervisor ticks who attended."""
    form = {
        "agency": "epb",
        "title": "垃圾費隨袋",
        "material": "明年起。",
        "entries": "1",
        "training_on": "2026-12-01",
    }
    made = liaison.post("/measures/new", form)
    assert made.status_code == 302
    supervisor = pages.signed_in("supervisor-1")
    shown = supervisor.get(made.location).text
    assert "2026-12-01" in shown and "agent-2" in shown
    supervisor.post(f"{made.location}/trained", {"login": ["agent-1", "agent-2"]})
    shown = supervisor.get(made.location).text
    assert "示範話務員一（" in shown.partition("勾選")[0] and "agent-3" in shown.partition("勾選")[2]
    assert liaison.post(f"{made.location}/edit", form | {"material": "後年起。"}).status_code == 302
    assert "後年起。" in supervisor.get(made.location).text
    assert liaison.post(f"{made.location}/trained", {"login": "agent-3"}).status_code == 403


# --- emergency bulletins ----------------------------------------------------------------------------------


def test_P4_8_a_bulletin_stands_on_every_page_until_it_is_lifted(
    pages: Console, liaison: Visitor, agent: Visitor
) -> None:
    """Whole until one has read it, then a line; who has read it is on its page."""
    made = liaison.post("/alerts/new", {"agency": "epb", "title": "示範東區停水", "words": "停到今晚。"})
    assert made.status_code == 302
    assert "停到今晚。" in agent.get("/callbacks").text
    assert agent.post(f"{made.location}/seen").status_code == 302
    shown = agent.get("/callbacks").text
    assert "停到今晚。" not in shown and "緊急通告進行中" in shown
    assert "停到今晚。" in pages.signed_in("agent-2").get("/callbacks").text
    whole = liaison.get(made.location).text
    assert "1 人看過" in whole and "agent-2" in whole
    assert agent.post(f"{made.location}/lift").status_code == 403
    liaison.post(f"{made.location}/lift")
    assert "示範東區停水" not in agent.get("/callbacks").text
    assert "已解除" in agent.get(made.location).text


def test_P4_8_strangers_see_no_bulletin(pages: Console) -> None:
    """It is for the staff."""
    raised(pages)
    assert "今天停水。" not in pages.stranger().get("/sign-in").text


def test_P4_8_only_the_call_centre_lets_callers_hear(pages: Console, liaison: Visitor) -> None:
    """A liaison reads which announcement is on; a supervisor switches it, on record."""
    assert liaison.post("/alerts/voice", {"name": "typhoon", "switch": "on"}).status_code == 403
    assert pages.house.bulletins.on() == ()
    supervisor = pages.signed_in("supervisor-1")
    supervisor.post("/alerts/voice", {"name": "typhoon", "switch": "on"})
    assert pages.house.bulletins.on() == ("V-03.typhoon",)
    assert "播放中" in liaison.get("/alerts").text
    supervisor.post("/alerts/voice", {"name": "typhoon", "switch": "off"})
    assert pages.house.bulletins.on() == ()
    assert supervisor.post("/alerts/voice", {"name": "nope", "switch": "on"}).status_code == 422


def told(pages: Console, visitor: Visitor) -> Iterator[str]:
    """What a page hears, piece by piece, without the pieces that only say that the line is there."""
    answer = visitor.get("/events", buffered=False)
    assert answer.status_code == 200 and answer.content_type.startswith("text/event-stream")
    try:
        for piece in answer.iter_encoded():
            if b"event:" in piece:
                yield piece.decode()
    finally:
        answer.close()


def test_P4_8_an_open_page_is_told_what_is_on_and_what_changes(pages: Console, agent: Visitor) -> None:
    """At once what is on; then each change; whoever comes back after a break is told all of it again."""
    first = raised(pages)
    heard = told(pages, agent)
    assert f'data: "{first}"' in next(heard)
    second = raised(pages, "停電")
    assert f'data: "{first},{second}"' in next(heard)
    heard.close()
    with transaction(pages.house.factory) as session:
        alerts.lift(session, first, at=pages.clock.at, by="liaison-epb")
    again = told(pages, agent)
    assert f'data: "{second}"' in next(again)
    banner = agent.get("/alerts/banner").json
    assert banner and banner["on"] == str(second) and "停電" in banner["html"]
    again.close()


def test_P4_8_a_stream_ends_with_its_session(pages: Console, agent: Visitor) -> None:
    """Signed out elsewhere, or idle for too long:
    the page is told so, and no stream keeps a session alive.
    """
    heard = told(pages, agent)
    next(heard)
    pages.clock.goes_on(IDLE)
    assert next(heard) == OVER.decode()
    assert list(heard) == []
    assert agent.get("/events").status_code == 302


def test_P4_8_a_page_that_looks_by_itself_keeps_no_session_alive(pages: Console, agent: Visitor) -> None:
    """Only who uses the pages does."""
    for _quarter in range(3):
        pages.clock.goes_on(IDLE / 3)
        agent.get("/alerts/banner").close()
    assert agent.get("/").status_code == 302


def broadcast(most: int) -> Broadcast:
    """Of nothing, to so many pages."""
    return Broadcast("none", lambda: "", every=1.0, beat=5.0, most=most)


def always() -> bool:
    """May look."""
    return True


def test_streams_are_counted() -> None:
    """One of a session, so many in all; who leaves makes room, and leaving twice is leaving once."""
    board = broadcast(2)
    first, second = board.stream(always, "a"), board.stream(always, "b")
    with pytest.raises(TooManyStreams):
        board.stream(always, "c")
    again = board.stream(always, "a")
    assert list(islice(first, 2)) == [AGAIN]  # ended: the newer one listens for all
    first.close()
    first.close()
    second.close()
    board.stream(always, "c").close()
    again.close()


def test_a_full_board_says_when_to_come_again(pages: Console, agent: Visitor) -> None:
    """Not a fault: 503 with the seconds."""
    streams = pages.app.streams
    pages.app.streams = replace(streams, bulletins=broadcast(0))
    refused = agent.get("/events")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")


# --- tickets ----------------------------------------------------------------------------------------------

PROBLEM = {"agency": "epb", "about": "case", "subject": "11411240001", "problem": "應改分工務局"}


def test_P4_1_2_a_problem_goes_from_agent_to_liaison_and_back(agent: Visitor, liaison: Visitor) -> None:
    """Opened, answered, closed; each step only for whose it is."""
    made = agent.post("/tickets/new", PROBLEM)
    assert made.status_code == 302
    assert "應改分工務局" in liaison.get("/tickets").text
    assert agent.post(f"{made.location}/answer", {"words": "好"}).status_code == 403
    assert liaison.post(f"{made.location}/answer", {"words": " "}).status_code == 422
    liaison.post(f"{made.location}/answer", {"words": "已改分。"})
    assert liaison.post(f"{made.location}/close").status_code == 403
    assert "已改分。" in agent.get(made.location).text
    agent.post(f"{made.location}/close")
    assert "應改分工務局" not in agent.get("/tickets").text
    assert "應改分工務局" in agent.get("/tickets?closed=1").text
    assert agent.post(f"{made.location}/close").status_code == 422


def test_P2_a_an_agency_sees_its_own_tickets_and_contacts(pages: Console, agent: Visitor) -> None:
    """Another agency's liaison sees neither the list nor the page."""
    made = agent.post("/tickets/new", PROBLEM)
    agent.post("/contacts", {"agency": "epb", "words": "確認代理人"})
    other = pages.signed_in("liaison-apo")
    assert "應改分工務局" not in other.get("/tickets").text
    assert other.get(made.location).status_code == 403
    assert "確認代理人" not in other.get("/contacts").text and "確認代理人" in agent.get("/contacts").text
    assert other.post("/contacts", {"agency": "epb", "words": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("/tickets/new", PROBLEM | {"about": "notice", "subject": "99"}, "沒有第「99」號通知"),
        ("/tickets/new", PROBLEM | {"subject": "../x"}, "沒有案號「../x」的案件"),
        ("/tickets/new", PROBLEM | {"problem": ""}, "請填寫這一欄。"),
        ("/contacts", {"agency": "epb", "words": ""}, "請填寫這一欄。"),
        ("/faults/new", {"kind": "switchboard", "agency": "", "fault": ""}, "請填寫這一欄。"),
    ],
)
def test_tickets_that_lack_something_are_refused(
    agent: Visitor, path: str, form: dict[str, str], said: str
) -> None:
    """With what is lacking, in the page's words."""
    refused = agent.post(path, form)
    assert refused.status_code == 422 and said in refused.text


def test_P11_a_fault_comes_into_the_right_queue_and_is_mended_there(pages: Console, agent: Visitor) -> None:
    """Reported by an agent; the Secretariat mends the switchboard, the Information Centre does not."""
    made = agent.post("/faults/new", {"kind": "switchboard", "agency": "epb", "fault": "總機有雜音"})
    assert made.status_code == 302
    secretariat, information = pages.signed_in("secretariat-1"), pages.signed_in("information-1")
    assert "秘書處行政園區管理科" in information.get("/faults").text
    assert "修好了" not in information.get(made.location).text
    assert information.post(f"{made.location}/mend", {"words": "好", "step": "close"}).status_code == 403
    assert agent.post(f"{made.location}/mend", {"words": "好", "step": "close"}).status_code == 403
    secretariat.post(f"{made.location}/mend", {"words": "已叫修", "step": "answer"})
    assert "已叫修" in agent.get(made.location).text
    secretariat.post(f"{made.location}/mend", {"words": "換了線路", "step": "close"})
    assert (
        "總機有雜音" not in agent.get("/faults").text and "總機有雜音" in agent.get("/faults?closed=1").text
    )


def test_P11_what_a_health_check_found_says_so(pages: Console, agent: Visitor) -> None:
    """And whether it works again."""
    ill = {"line:officers": HealthFinding(FaultKind.SWITCHBOARD, "線路沒有回應")}
    with transaction(pages.house.factory) as session:
        faults.find(session, ill, frozenset(ill), pages.clock.at)
        faults.find(session, {}, frozenset(ill), pages.clock.at)
    assert "已恢復" in agent.get("/faults").text
    assert "系統 · " in agent.get("/faults/1").text
