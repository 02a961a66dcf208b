"""Every answered call is closed: services and a topic, or the ground on which there was none (P3)."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from calls.dispositions import looked_up
from calls.store import CallEvent, CallRow, Leg
from calls.topics import proposed
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from reporting.board import floor
from tests.doors.console import Console, Visitor, console
from tests.doors.programs import Program, program
from transfer.outcome import DialOutcome

NOW, OLD, NUMBER = "a-1.1", "a-2.1", "+886912345678"


def talked(made: Console) -> Console:
    """One call of this morning, one of three weeks ago; agent-1 answered both."""
    with transaction(made.house.factory) as session:
        for call, at in ((NOW, made.clock.at), (OLD, made.clock.at - timedelta(days=21))):
            session.add(
                CallRow(id=call, caller=NUMBER, started_at=at, agent="agent-1", agent_at=at, ended_at=at)
            )
    return made


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return talked(console(tmp_path / "home"))


@pytest.fixture
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


def put_through(pages: Console, extension: str, *, by_keys: bool = False) -> None:
    """The caller of this morning was put through, for a reason, or by keys after a talk with the officer."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        session.add(
            Leg(
                channel=f"leg-{extension}",
                call_id=NOW,
                phone="officers",
                kind="desk",
                asked=extension,
                extension=extension,
                started_at=at,
                outcome=DialOutcome.ANSWERED,
            )
        )
        if by_keys:
            return
        detail = {"asked": extension, "by": "agent-1", "urgent": False, "reason": "law"}
        session.add(
            CallEvent(key=f"begun:{extension}", call_id=NOW, at=at, kind="TransferBegun", detail=detail)
        )


def reads(pages: Console, number: str, *, answered: bool) -> None:
    """An entry of the book was read to the caller of this morning."""
    pages.clock.goes_on(timedelta(seconds=1))
    with transaction(pages.house.factory) as session:
        looked_up(session, NOW, number, answered=answered, by="agent-1", at=pages.clock.at)


def closed(pages: Console, call: str = NOW) -> tuple[str, str, str]:
    with transaction(pages.house.factory) as session:
        row = session.get_one(CallRow, call)
        return row.service, row.ground, row.topic


def test_P3_a_call_stays_on_its_agents_list_until_it_is_closed(pages: Console, agent: Visitor) -> None:
    """However old it is; from the next day on a supervisor sees it too, on the board as a number."""
    assert agent.get("/desk").text.count("data-close=") == 2
    boss = pages.signed_in("supervisor-1")
    assert boss.get("/untagged").text.count('class="close"') == 1
    with transaction(pages.house.factory) as session:
        assert floor(session, pages.clock.at, {}).untagged == 1
    pages.clock.goes_on(timedelta(days=1))
    boss = pages.signed_in("supervisor-1")
    assert boss.get("/untagged").text.count('class="close"') == 2
    boss.post(f"/untagged/{OLD}", {"service": "P3.1", "topic": "word:noise"})
    assert closed(pages, OLD) == ("P3.1", "", "word:noise")
    assert pages.signed_in("agent-1").get("/desk").text.count("data-close=") == 1


def test_P3_the_topic_is_proposed_from_what_was_done(tmp_path: Path) -> None:
    """What answered the caller, then whom they were put through to, then what was read in vain."""
    pages = talked(console(tmp_path / "home", has_book=True))
    agent = pages.signed_in("agent-1")
    put_through(pages, "5112")
    reads(pages, "2", answered=False)
    reads(pages, "1", answered=True)
    with transaction(pages.house.factory) as session:
        assert list(map(str, proposed(session, NOW))) == ["entry:1", "extension:5112", "entry:2"]
    _others, shown = agent.get("/desk").text.split(f'data-close="{NOW}"')
    assert (
        shown.index('value="entry:1"')
        < shown.index('value="extension:5112"')
        < shown.index('value="word:noise"')
    )
    assert agent.post(f"/desk/call/{NOW}/service", {"service": "P3.1"}).status_code == 200
    assert closed(pages) == ("P3.1", "", "entry:1")
    with transaction(pages.house.factory) as session:
        (deed,) = [one for one in audit_rows(session, subject=f"call:{NOW}") if "topic" in one.after]
    assert deed.after == {"service": "P3.1", "ground": "", "topic": "entry:1"}


def test_P3_a_call_without_a_service_has_its_ground(pages: Console, agent: Visitor) -> None:
    """Never both; no topic is asked for then."""
    path = f"/desk/call/{NOW}/service"
    both = agent.post(path, {"service": "P3.1", "ground": "silent"})
    assert both.status_code == 422 and "請留一種" in both.json["fault"]  # type: ignore[index]
    assert agent.post(path, {"ground": "wrong-number", "topic": ""}).status_code == 200
    assert closed(pages) == ("none", "wrong-number", "")
    told = agent.get(f"/desk/call/{OLD}").json
    assert told and told["earlier"][0]["service"] == "沒有服務：打錯電話"


@pytest.mark.parametrize(
    ("topic", "words"),
    [("", "請選擇"), ("word:weather", "weather"), ("extension:9999", "9999"), ("entry:99999", "99999")],
)
def test_P3_a_topic_is_something_there_is(pages: Console, agent: Visitor, topic: str, words: str) -> None:
    """Where nothing was done that proposes one, the agent chooses."""
    answer = agent.post(f"/desk/call/{NOW}/service", {"service": "P3.1", "topic": topic})
    assert answer.status_code == 422 and words in answer.json["fault"]  # type: ignore[index]
    assert closed(pages) == ("", "", "")


def test_P3_what_was_stored_is_read(pages: Console, agent: Visitor) -> None:
    """Services, whether the book answered and reasons of transfers: in the history, its file and the API."""
    put_through(pages, "5112")
    reads(pages, "1", answered=False)
    agent.post(f"/desk/call/{NOW}/service", {"service": ["P3.1", "P3.2"]})
    boss = pages.signed_in("supervisor-1")
    day = f"{pages.clock.at:%Y-%m-%d}"
    shown = boss.get(f"/history?day={day}").text
    assert "服務類型" in shown and "分機 5112" in shown
    text = boss.get(f"/history.csv?day={day}", headers={"Accept-Language": "en"}).text
    *_, whole = csv.DictReader(io.StringIO(text.removeprefix("\\ufeff")))
    names = (
        "service_consultation",
        "service_transfer",
        "service_none",
        "untagged",
        "book_failed",
        "transfer_law",
        "transfer_unstated",
        "topic_extension",
    )
    assert [whole[name.replace("_", " ")] for name in names] == ["1", "1", "0", "0", "1", "1", "0", "1"]
    api = program(pages, "supervisor-1").reads(f"/history?day={day}")["whole"]
    assert (api["services"]["P3.1"], api["reasons"]["law"], api["book_failed"]) == (1, 1, 1)


def test_P3_programs_close_calls_too(pages: Console) -> None:
    """With the same choices; the card proposes topics, and old calls are listed for supervisors."""
    mine, boss = program(pages, "agent-1"), program(pages, "supervisor-1")
    put_through(pages, "5112")
    card = mine.reads(f"/calls/{NOW}")
    assert (card["topics"], card["book_answered"], card["transfer_reasons"]) == (
        ["extension:5112"],
        None,
        ["law"],
    )
    assert [one["call_id"] for one in boss.reads("/untagged-calls")["calls"]] == [OLD]
    sent = {"services": ["P3.2"], "topic": "extension:5113"}
    assert mine.asks("POST", f"/calls/{NOW}/service", sent, Idempotency_Key="a").status_code == 200
    assert closed(pages) == ("P3.2", "", "extension:5113")
    refused = mine.asks("POST", f"/calls/{NOW}/service", {"services": []}, Idempotency_Key="b")
    assert refused.status_code == 422


def test_P3_calls_are_found_by_what_they_were_for(pages: Console, agent: Visitor) -> None:
    """By topic, and those that were for nothing; each list and story says it in words."""
    agent.post(f"/desk/call/{NOW}/service", {"service": "P3.1", "topic": "word:noise"})
    agent.post(f"/desk/call/{OLD}/service", {"ground": "silent"})
    boss, api = pages.signed_in("supervisor-1"), program(pages, "supervisor-1")
    for asked, call, words in (("topic=word:noise", NOW, "噪音與空氣"), ("service=none", OLD, "沒有服務：")):
        (found,) = api.reads(f"/calls?{asked}")["items"]
        assert found["call_id"] == call
        assert words in boss.get(f"/calls?since=&{asked}").text and words in boss.get(f"/calls/{call}").text
    assert api.reads("/calls?service=untagged")["items"] == []


def test_P5_1_1_a_transfer_by_keys_is_asked_for_its_reason_at_closing(pages: Console, agent: Visitor) -> None:
    """Unstated until then, also a talk with the officer first; one chosen on the page is not asked again."""
    put_through(pages, "5112")
    assert "轉接的理由</label>" not in agent.get("/desk").text
    put_through(pages, "5113", by_keys=True)
    mine = program(pages, "agent-1")
    assert mine.reads(f"/calls/{NOW}")["transfer_reasons"] == ["law", "unstated"]
    assert "轉接的理由</label>" in agent.get("/desk").text
    path, said = f"/desk/call/{NOW}/service", {"service": "P3.2", "topic": "extension:5112"}
    assert "請選擇轉接的理由" in agent.post(path, said).json["fault"]  # type: ignore[index]
    history = program(pages, "supervisor-1")
    day = f"{pages.clock.at:%Y-%m-%d}"
    assert history.reads(f"/history?day={day}")["whole"]["reasons"]["unstated"] == 1
    assert agent.post(path, said | {"why": "doubt"}).status_code == 200
    assert mine.reads(f"/calls/{NOW}")["transfer_reasons"] == ["law", "doubt"]
    told = history.reads(f"/history?day={day}")["whole"]
    assert told["reasons"] == {"faq": 0, "law": 1, "doubt": 1, "unstated": 0}
    assert told["topics"] == {"extension:5112": 1}


def test_P3_the_month_counts_services_topics_and_what_nobody_closed(pages: Console, agent: Visitor) -> None:
    """Each agent's calls; topics with their names; agencies see none of it."""
    agent.post(f"/desk/call/{NOW}/service", {"service": "P3.1", "topic": "word:noise"})
    pages.clock.goes_on(timedelta(seconds=1))
    boss: Program = program(pages, "supervisor-1")
    month = f"{pages.clock.at:%Y-%m}-01"
    table = boss.reads(f"/reports/services?month={month}")
    (row,) = [dict(zip(table["head"], one, strict=True)) for one in table["rows"]]
    assert (row["agent"].split()[0], row["answered"], row["untagged"], row["service P3.1"]) == (
        "agent-1",
        "2",
        "1",
        "1",
    )
    assert boss.reads(f"/reports/topics?month={month}")["rows"] == [["word:noise", "", "1"]]
    shown = pages.signed_in("supervisor-1").get(f"/reports?kind=topics&month={month[:7]}").text
    assert "噪音與空氣" in shown
    assert program(pages, "liaison-epb").reads(f"/reports/services?month={month}")["rows"] == []
