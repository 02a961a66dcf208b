"""Calls looked up: found by each question, one's story told whole, a citizen's number only for a reason."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from calls import cel, monitor, outbound_limits, recording_pause, recording_stop
from calls.dispositions import CONSULTED
from calls.find import story
from calls.store import OUTGOING, CallRow, Leg, NoSuchCall, add_event
from calls.timeline import PROMISE_SPOKEN
from calls.webhook_calls import PHONE
from hotline.callbacks.ownership import place_of
from hotline.db import looking, transaction
from hotline.ledger.audit import subjects_of_number
from hotline.ledger.looks import looks_at
from ivr.steps import Fact
from recordings.policy import Direction
from recordings.store import Recording, RecordingGap, RecordingState
from tests.doors.console import BEGINNING, Console, Visitor, console
from tests.doors.programs import Program, program
from web.console.call_story_words import AGAIN, UNTOLD, WORDS

CALLER, OTHER = "+886955123456", "+886229603456"
HOUR = timedelta(hours=1)
TEN = BEGINNING
TALKED, LEFT, OLD, PLACED = "ntpc1-1795572000.1", "ntpc1-1795568400.2", "ntpc1-1795400000.3", "placed-4"


def call(call_id: str, at: Any = TEN, **more: Any) -> CallRow:
    return CallRow(**{"id": call_id, "caller": CALLER, "started_at": at, "ended_at": at + HOUR, **more})


def leg(call_id: str, phone: str, at: Any = TEN, **more: Any) -> Leg:
    given = {
        "channel": f"{call_id}-{phone}",
        "phone": phone,
        "answered_at": at,
        "outcome": "answered",
        **more,
    }
    return Leg(call_id=call_id, started_at=at, **given)


EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("CallArrived", {"caller": CALLER, "dialled": "1999"}),
    ("Answered", {}),
    ("LanguageChosen", {"wanted": "nan-TW", "spoken": "zh-TW"}),
    ("NoticeHeard", {"language": "zh-TW"}),
    ("RecordingBegun", {"language": "zh-TW"}),
    ("RecordingStarted", {"language": "zh-TW", "permission": "allowed"}),
    ("KeyPressed", {"menu": "main", "key": "1", "known": True}),
    ("QueueEntered", {"queue": "agents-nan-TW"}),
    ("WaitAnnounced", {"position": 2, "minutes": 3}),
    ("Bridged", {}),
    ("RecordingPaused", {"by": "agent-1", "until": TEN.isoformat()}),
    ("RecordingResumed", {"by": "limit"}),
    ("RecordingStopped", {"by": "agent-1", "reason": "民眾不同意錄音"}),
    ("SpecialStep", {"did": "asked", "by": "agent-1", "from": "NORMAL", "to": "REVIEW", "entry": None, "reason": "沒有事由"}),
    ("TransferBegun", {"asked": "5112", "by": "agent-1", "urgent": False, "reason": "faq"}),
    ("PhoneTried", {"asked": "5112", "extension": "5112", "kind": "desk", "status": "busy"}),
    ("TransferEnded", {"asked": "5112", "how": "message"}),
    ("CallbackPromised", {"number": CALLER, "language": "zh-TW", "origin": "transfer", "due_at": TEN.isoformat()}),
    ("CallEnded", {"why": "caller_hung_up", "said": "", "cause": 16, "place": "goodbye"}),
)  # fmt: skip


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    """A call of this morning with a story, one that gave up, an old one of the same caller, one placed."""
    made = console(tmp_path / "home")
    with transaction(made.house.factory) as session:
        session.add_all(
            (
                call(
                    TALKED,
                    agent="agent-1",
                    agent_at=TEN,
                    wanted="nan-TW",
                    queue_seconds=12.0,
                    talk_seconds=95.0,
                    service="P3.1 P3.2",
                    outcome="promised",
                    end_reason="caller_hung_up",
                ),
                call(LEFT, TEN - HOUR, caller=OTHER, outcome="abandoned", queued_at=TEN - HOUR),
                call(OLD, TEN - 48 * HOUR, agent="agent-2", agent_at=TEN - 48 * HOUR, outcome="talked"),
                call(PLACED, line=OUTGOING, caller="anonymous", dialled="5301", outcome="talked"),
            )
        )
        session.flush()
        session.add_all(
            (
                leg(TALKED, "agent-1", ring_seconds=3.0, talk_seconds=95.0),
                leg(TALKED, "agent-3", TEN + timedelta(minutes=2)),
                leg(
                    TALKED,
                    "officers",
                    TEN + timedelta(minutes=5),
                    kind="desk",
                    asked="5112",
                    extension="5112",
                    section="epb-clean",
                    agency="epb",
                    answered_at=None,
                    outcome="busy",
                    ring_seconds=0.0,
                ),
                *(
                    RecordingGap(call_id=TALKED, since=since, until=since + long, why="away")
                    for since, long in ((TEN, timedelta(seconds=7)), (TEN + HOUR / 2, HOUR / 2))
                ),
                Recording(
                    call_id=TALKED,
                    direction=Direction.CALLER,
                    path="2026/11/24/x-caller.wav",
                    state=RecordingState.SHORT,
                    started_at=TEN,
                    seconds=20.0,
                    expected_seconds=95.0,
                ),
            )
        )
        for number, (kind, detail) in enumerate(EVENTS):
            add_event(session, f"{TALKED}:{number}", TALKED, TEN + timedelta(seconds=number), kind, detail)
        made.house.callbacks.promise(
            session, TALKED, CALLER, "zh-TW", "transfer", TEN + timedelta(minutes=6), "5112"
        )
        place_of(session, "5112", TEN)
    return made


@pytest.fixture
def boss(pages: Console) -> Visitor:
    return pages.signed_in("supervisor-1")


def listed(visitor: Visitor, **asked: str) -> set[str]:
    """The calls that the list leads to."""
    text = visitor.get("/calls", query_string=asked).text
    return {one for one in (TALKED, LEFT, OLD, PLACED) if f'/calls/{one}"' in text}


ASKED: tuple[tuple[dict[str, str], set[str]], ...] = (
    ({}, {TALKED, LEFT}),
    ({"since": ""}, {TALKED, LEFT, OLD}),
    ({"since": "2026-11-24T10:00"}, {TALKED}),
    ({"since": "", "until": "2026-11-22T10:00"}, {OLD}),
    ({"since": "", "until": "2026-11-22T09:59"}, set()),
    ({"since": "", "agent": "agent-1"}, {TALKED}),
    ({"since": "", "agent": "agent-3"}, {TALKED}),
    ({"since": "", "agent": "agent-2"}, {OLD}),
    ({"outcome": "abandoned"}, {LEFT}),
    ({"outcome": "up"}, set()),
    ({"extension": "5112"}, {TALKED}),
    ({"extension": "5301"}, set()),
    ({"service": "P3.2"}, {TALKED}),
    ({"since": "", "service": "untagged"}, {OLD}),
    ({"direction": "out"}, {PLACED}),
    ({"since": "nonsense", "direction": "nonsense", "outcome": "x", "agent": "a\x00b"}, {TALKED, LEFT, OLD}),
)


def test_calls_are_found(boss: Visitor) -> None:
    """By each question and by several at once: today's if none is asked; a minute is of its whole length."""
    wrong = [(asked, seen) for asked, found in ASKED if (seen := listed(boss, **asked)) != found]
    assert wrong == []


def test_a_list_tells_no_whole_number(boss: Visitor) -> None:
    """And is on no record: it shows nobody."""
    text = boss.get("/calls").text
    assert "0955***456" in text and "0955123456" not in text and "示範話務員一" in text


def test_the_story_of_a_call_is_one_time_line(boss: Visitor) -> None:
    """Menus, keys, waits, phones and what came of each, recording, pauses, steps, promise; no sound."""
    text = boss.get(f"/calls/{TALKED}").text
    told = (
        "1999 接起；選擇臺語；以國語說明；聽完錄音告知；在「主選單」按 1；第 2 位，約 3 分鐘；暫停錄音；時間到，自動恢復；"
        "話務人員 示範話務員一 的電話響鈴；已接聽 · 響鈴 3.0 秒 · 通話 95.0 秒；已請主管判斷；示範話務員一：沒有事由；"
        "轉接分機 5112；問答集沒有答案；環保局；忙線；沒有人接聽，請民眾留言並登記回電；已登記回電；民眾掛斷；過短；"
        "諮詢、轉接；停止錄音，不再恢復；示範話務員一：民眾不同意錄音；錄音中斷：轉接或等候中，沒有人和民眾通話；7 秒；/callbacks/1"
    ).split("；")
    assert [one for one in told if one not in text] == []
    assert "0955123456" not in text and ".wav" not in text and "<audio" not in text.partition("<main")[2]
    assert text.count("開始錄音") == text.count("錄音中斷") == 1 and "其他紀錄" not in text
    places = [text.index(one) for one in ("1999 接起", "聽完錄音告知", "轉接分機 5112")]
    assert places == sorted(places)


def test_every_kind_of_event_has_its_words() -> None:
    """What is written into a call's record is told, or is declared as told by something else."""
    facts = {kind.__name__ for kind in get_args(Fact)}
    others = {
        monitor.SUPERVISED,
        monitor.MISSED,
        monitor.RUNG,
        recording_pause.PAUSED,
        recording_pause.RESUMED,
        recording_stop.STOPPED,
    }
    others |= {CONSULTED, PROMISE_SPOKEN, PHONE, outbound_limits.REFUSED, "SpecialStep", "CallEnded"}
    written = Path("calls/timeline.py").read_text("utf-8")
    seen = {one for one in (*WORDS, *UNTOLD) if f'"{one}"' in written}
    assert (facts | others | seen) - WORDS.keys() - UNTOLD == set()
    assert WORDS.keys() & UNTOLD == set() and set(AGAIN) | set(AGAIN.values()) <= WORDS.keys()
    assert cel  # its events reach the record through the time line alone


def seen_of(pages: Console, subject: str) -> list[tuple[str, str]]:
    with looking(pages.house.factory) as session:
        return [(one.by, one.reason) for one in looks_at(session, subject)]


def test_P4_12_calls_of_a_number_are_found_for_a_reason_that_stays(pages: Console, boss: Visitor) -> None:
    """Each call found is a look; so is a number that never called; without a reason nothing is told."""
    sent = {"citizen": "0955-123-456", "reason": "民眾申訴"}
    assert boss.post("/calls/number", {**sent, "reason": " "}, page="/calls").status_code == 422
    assert seen_of(pages, f"call:{TALKED}") == []
    answer = boss.post("/calls/number", sent, page="/calls")
    assert all(f"/calls/{one}" in answer.text for one in (TALKED, OLD)) and LEFT not in answer.text
    assert seen_of(pages, f"call:{TALKED}") == seen_of(pages, f"call:{OLD}") == [("supervisor-1", "民眾申訴")]
    nobody = boss.post("/calls/number", {**sent, "citizen": "0933218765"}, page="/calls").text
    assert "這個號碼沒有打來過" in nobody
    with looking(pages.house.factory) as session:
        (alias,) = subjects_of_number(session, "0933218765")
    assert seen_of(pages, alias) == [("supervisor-1", "民眾申訴")]
    assert boss.post("/calls/number", {**sent, "citizen": "x"}, page="/calls").status_code == 422


def test_P4_12_a_whole_number_is_shown_for_a_reason(pages: Console, boss: Visitor) -> None:
    """With the caller's other calls, and each look on record."""
    page = f"/calls/{TALKED}"
    assert boss.post(f"{page}/number", {"reason": ""}, page=page).status_code == 422
    text = boss.post(f"{page}/number", {"reason": "核對申訴"}, page=page).text
    assert "0955123456" in text and f"/calls/{OLD}" in text
    assert seen_of(pages, f"call:{TALKED}") == [("supervisor-1", "核對申訴")]


def test_an_auditor_reads_calls_and_changes_nothing(pages: Console) -> None:
    """The list, a story and the audit log; no proposal for the special list, no message sent."""
    auditor = pages.signed_in("auditor-1")
    assert listed(auditor) == {TALKED, LEFT}
    text = auditor.get(f"/calls/{TALKED}").text
    assert "1999 接起" in text and "/special/new" not in text and "/callbacks/1" not in text
    assert auditor.get("/audit").status_code == 200
    assert auditor.get("/notices").status_code == 403 and auditor.get("/board").status_code == 403
    assert pages.signed_in("agent-1").get("/calls").status_code == 403


def test_tiles_lead_to_their_rows(pages: Console) -> None:
    """Calls of today, recordings at fault, messages not sent: as many rows as the tile says."""
    admin = pages.signed_in("admin-1")
    first = admin.get("/").text
    assert all(f'href="{where}"' in first for where in ("/calls", "/recordings/faults", "/notices"))
    faults = admin.get("/recordings/faults").text
    assert f"/calls/{TALKED}" in faults and "過短" in faults and "95 秒" in faults
    assert 'href="/calls"' not in pages.signed_in("agent-1").get("/").text


def test_what_is_no_call_is_not_found(boss: Visitor) -> None:
    assert boss.get("/calls/nothing").status_code == 404
    assert boss.get("/calls/a%00b").status_code == 404


# --- for programs ----------------------------------------------------------------------------------------


@pytest.fixture
def asking(pages: Console) -> Program:
    return program(pages, "supervisor-1")


def test_programs_find_calls_and_read_their_story(pages: Console, asking: Program) -> None:
    """The same, numbers masked; whole with a reason, which is kept."""
    found = asking.reads("/calls?agent=agent-3&since=2026-11-24T00:00:00%2B08:00")
    assert [one["call_id"] for one in found["items"]] == [TALKED] and found["total"] == 1
    assert found["items"][0]["citizen"] == "+886955***456"
    assert [one["call_id"] for one in asking.reads("/calls?service=untagged")["items"]] == [OLD]
    told = asking.reads(f"/calls/{TALKED}/story")
    assert [one["kind"] for one in told["events"]] == [kind for kind, _detail in EVENTS]
    assert CALLER not in str(told) and told["legs"][-1]["outcome"] == "busy"
    assert told["recordings"][0]["state"] == "SHORT" and told["promises"][0]["number"] == 1
    assert seen_of(pages, f"call:{TALKED}") == []
    whole = asking.reads(f"/calls/{TALKED}/story?reason=%E6%A0%B8%E5%B0%8D")
    assert whole["call"]["citizen"] == CALLER
    assert seen_of(pages, f"call:{TALKED}") == [("supervisor-1", "核對")]
    faults = asking.reads("/recordings/faults")["items"]
    assert [one["call_id"] for one in faults] == [TALKED]


def test_programs_find_calls_of_a_number_for_a_reason(pages: Console, asking: Program) -> None:
    """The number stands in no address."""
    answer = asking.asks("POST", "/calls/search", {"citizen": "0955123456", "reason": "申訴"})
    assert [one["call_id"] for one in answer.json["items"]] == [TALKED, OLD]
    assert seen_of(pages, f"call:{OLD}") == [("supervisor-1", "申訴")]
    assert asking.asks("POST", "/calls/search", {"citizen": "0955123456"}).status_code == 422


def test_a_story_is_only_of_a_call(pages: Console) -> None:
    with looking(pages.house.factory) as session, pytest.raises(NoSuchCall):
        story(session, "nothing")
