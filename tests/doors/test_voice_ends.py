"""The door for calls over Twilio: what its phones and its end leave on record, its sounds,
and calls that must end.
"""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from calls.store import CallEvent, HeldCall, Leg
from calls.webhook_calls import HeldCalls
from hotline.db import sessions, transaction
from tests.doors.twilio_door import (
    FOLDER,
    Door,
    a_door,
    arrives,
    leg_news,
    presses,
)
from tests.parts import NOON, books, callbacks
from tests.turns.rows import Hour
from tests.turns.twilio_line import BASE, EXCHANGE
from tests.twiml_player import new_sid


def test_the_status_callback_closes_the_record(both: Door) -> None:
    """The caller hung up in the menu, at the instant that Twilio tells."""
    sid = new_sid()
    both.post("/twilio/voice", arrives(sid))
    ended = {**arrives(sid), "CallStatus": "completed", "Timestamp": "Tue, 24 Nov 2026 04:00:30 +0000"}
    for _ in range(2):
        assert both.post("/twilio/voice/status", ended).status_code == 200
    call = both.call(sid)
    assert (call.started_at, call.answered_at, call.ended_at) == (NOON, NOON, NOON + timedelta(seconds=30))
    assert (call.end_reason, call.outcome) == ("caller_hung_up", "abandoned")
    assert (call.caller, call.dialled, call.line) == ("+886912345678", "+886277001999", "twilio")


RANG = [("initiated", 0, 0), ("ringing", 1, 2), ("in-progress", 2, 9), ("completed", 3, 30)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (0, 0, 1, 1, 2, 3, 3, 2)])
def test_P4_2_a_phones_news_make_its_leg_in_any_order(both: Door, order: tuple[int, ...]) -> None:
    """And told twice they are one row each."""
    sid, leg = new_sid(), new_sid()
    both.post("/twilio/voice", arrives(sid))
    for place in order:
        path = "/twilio/voice/leg/7?rung=neighbour/5112/5111/epb-clean/epb"
        assert both.post(path, leg_news(sid, leg, *RANG[place])).status_code == 200
    with transaction(sessions(both.engine)) as session:
        row = session.get_one(Leg, leg)
        told = session.scalar(
            select(func.count()).select_from(CallEvent).where(CallEvent.kind == "PhoneNews")
        )
    assert (row.call_id, row.phone, row.kind, row.asked, row.extension) == (
        sid,
        "officers",
        "neighbour",
        "5112",
        "5111",
    )
    assert (row.section, row.agency, row.proxy) == ("epb-clean", "epb", True)
    assert (row.ring_seconds, row.rings, row.talk_seconds, row.outcome) == (7.0, 3, 21.0, "answered")
    assert told == 4


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        ("busy", "486", "busy"),
        ("no-answer", "487", "noanswer"),
        ("failed", "404", "unallocated"),
        ("no-answer", "480", "unreachable"),
        ("failed", "603", "refused"),
        ("failed", "503", "failed"),
        ("canceled", "487", "cancelled"),
    ],
)
def test_P4_2_what_came_of_a_ring(door: Door, status: str, code: str, outcome: str) -> None:
    """By Twilio's word and the answer of the phone's exchange."""
    sid, leg = new_sid(), new_sid()
    door.post("/twilio/voice", arrives(sid))
    path = "/twilio/voice/leg/7?rung=desk/5112/5112/epb-clean/epb"
    door.post(path, leg_news(sid, leg, "ringing", 1, 0))
    door.post(path, leg_news(sid, leg, status, 2, 12, SipResponseCode=code))
    with transaction(sessions(door.engine)) as session:
        row = session.get_one(Leg, leg)
    assert (row.outcome, row.ring_seconds, row.rings, row.talk_seconds) == (outcome, 12.0, 4, None)


def test_news_of_a_call_nobody_began_leave_nothing(shut: Door) -> None:
    """A leg belongs to a call."""
    path = "/twilio/voice/leg/7?rung=desk/5112/5112/epb-clean/epb"
    assert shut.post(path, leg_news(new_sid(), new_sid(), "ringing", 1, 0)).status_code == 200
    assert shut.rows() == 0


def test_a_call_whose_end_nobody_told_is_closed_when_no_call_is_that_long(both: Door, tmp_path: Path) -> None:
    """As ended by the system, at the last that was heard of it."""
    sid = new_sid()
    both.post("/twilio/voice", arrives(sid))
    held = HeldCalls(
        sessions(both.engine), books(FOLDER, tmp_path / "m"), callbacks(), node="test", line="twilio"
    )
    assert held.forget(NOON + timedelta(hours=4)) == 0
    assert held.forget(NOON + timedelta(hours=5)) == 1
    assert held.forget(NOON + timedelta(hours=5)) == 0
    assert (both.call(sid).ended_at, both.call(sid).end_reason) == (NOON, "system")


def test_what_is_played_are_our_files_for_good(door: Door) -> None:
    """Every address of a document is fetched: 8 kHz wav, cached for a year, its hash in its name."""
    document = door.post("/twilio/voice", arrives(new_sid())).text
    played = [part.partition("</Play>")[0] for part in document.split("<Play>")[1:]]
    assert len(played) > 3
    for address in played:
        answer = door.app.test_client().get(address.removeprefix(BASE))
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "audio/wav"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.data[:4] == b"RIFF" and int.from_bytes(answer.data[24:28], "little") == 8000
        assert f"/{hashlib.sha256(answer.data).hexdigest()[:16]}/" in address


@pytest.mark.parametrize(
    "path",
    [
        "/twilio/prompts/0000000000000000/zh-TW/V-01.wav",
        "/twilio/prompts/0000000000000000/zh-TW/../../recordings/x.wav",
        "/twilio/prompts/0000000000000000/recordings/x.wav",
        "/twilio/prompts/0000000000000000/zh-TW/%2e%2e%2fMANIFEST.wav",
        "/twilio/prompts/0000000000000000/moh/hold.wav",
        "/twilio/prompts/",
    ],
)
def test_nothing_else_is_served(shut: Door, path: str) -> None:
    """No recording, no folder, and no file under a hash that is not its own."""
    assert shut.app.test_client().get(path).status_code == 404


def test_a_whisper_plays_only_prompts(shut: Door) -> None:
    """Names that are none are left out."""
    path = "/twilio/voice/whisper?say=zh-TW/officer.transfer&say=../../x&say=zh-TW/no-such"
    answer = shut.post(path, presses(new_sid(), "1"))
    assert answer.text.count("<Play>") == 1 and "/zh-TW/officer.transfer.wav" in answer.text
    assert shut.rows() == 0


@pytest.mark.parametrize(
    ("where", "said", "ended"),
    [
        ({"DialSipResponseCode": "200"}, False, ("agent_hung_up", "talked")),
        ({}, True, ("cap", "abandoned")),
    ],
    ids=["our Asterisk's phones", "an outside number"],
)
def test_P7_1_a_cap_that_our_asterisk_tells_of_holds_in_every_talk_after_it(
    database: Engine, tmp_path: Path, where: dict[str, str], said: bool, ended: tuple[str, str]
) -> None:
    """Our Asterisk ends its own talks and says V-16 there, and why in its event log; for Twilio's we do."""
    hour = Hour(NOON)
    door, sid = a_door(database, tmp_path / "menus", hour), new_sid()
    door.post("/twilio/voice", arrives(sid))
    door.post("/twilio/voice/turn/1/asked", presses(sid, "1"))
    door.post("/twilio/voice/turn/2/asked", presses(sid, "1"))
    cap = NOON + timedelta(minutes=10)
    target = f"<sip:transfer.9999.agent-1.no.faq.kept-7-8-2-.ends-{cap.timestamp():.0f}-cap@{EXCHANGE}>"
    live = {**arrives(sid), "CallStatus": "in-progress"}
    back = door.post("/twilio/voice/turn/3/refer", {**live, "ReferTransferTarget": target})
    assert "x-hotline-phone=agent-1" in back.text
    assert f"x-hotline-ends={cap.timestamp():.0f}-cap" in back.text and "x-hotline-kept=7-8-2-" in back.text
    hour.at = cap
    over = door.post("/twilio/voice/turn/4/rang", {**live, "DialCallStatus": "completed", **where})
    assert ("/zh-TW/V-16.wav" in over.text, "<Hangup" in over.text) == (said, True)
    done = {**live, "CallStatus": "completed", "Timestamp": "Tue, 24 Nov 2026 04:10:03 +0000"}
    door.post("/twilio/voice/status", done)
    assert (door.call(sid).end_reason, door.call(sid).outcome) == ended
    with transaction(sessions(database)) as session:
        assert session.get_one(HeldCall, sid).ends_why == "cap"


def test_P7_1_a_limit_that_our_asterisk_has_met_is_the_last_word(database: Engine, tmp_path: Path) -> None:
    """V-16 was said there; nothing is said after it, and the record knows the rule."""
    door, sid = a_door(database, tmp_path / "menus", Hour(NOON)), new_sid()
    door.post("/twilio/voice", arrives(sid))
    door.post("/twilio/voice/turn/1/asked", presses(sid, "0"))
    target = f"<sip:ended.kept-7-8-3----9.ends-{NOON.timestamp():.0f}-3_guidances@{EXCHANGE}>"
    live = {**arrives(sid), "CallStatus": "in-progress"}
    over = door.post("/twilio/voice/turn/2/refer", {**live, "ReferTransferTarget": target})
    assert "<Hangup" in over.text and "<Play" not in over.text
    door.post("/twilio/voice/status", {**live, "CallStatus": "completed"})
    assert door.call(sid).end_reason == "3_guidances"


def test_P7_1_between_two_talks_the_time_that_is_over_ends_the_call(database: Engine, tmp_path: Path) -> None:
    """At the next webhook, whatever it reports."""
    hour = Hour(NOON)
    door, sid = a_door(database, tmp_path / "menus", hour), new_sid()
    door.post("/twilio/voice", arrives(sid))
    door.post("/twilio/voice/turn/1/asked", presses(sid, "1"))
    door.post("/twilio/voice/turn/2/asked", presses(sid, "1"))
    cap = NOON + timedelta(minutes=10)
    live = {**arrives(sid), "CallStatus": "in-progress"}
    target = f"<sip:transfer.5112.agent-1.no.faq.kept-7-8-2-.ends-{cap.timestamp():.0f}-cap@{EXCHANGE}>"
    door.post("/twilio/voice/turn/3/refer", {**live, "ReferTransferTarget": target})
    hour.at = cap
    over = door.post(
        "/twilio/voice/turn/4/rang", {**live, "DialCallStatus": "busy", "DialSipResponseCode": "486"}
    )
    assert "/zh-TW/V-16.wav" in over.text and "<Hangup" in over.text
