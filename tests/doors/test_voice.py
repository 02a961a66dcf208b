"""The door for calls over Twilio: what is answered once, and what is answered when nothing works."""

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from calls.store import CallEvent, HeldCall
from hotline import clock
from hotline.db import connect, sessions, transaction
from tests.doors.twilio_door import FIELDS, HUMAN, Door, a_door, arrives, embedded, presses
from tests.keys import RING
from tests.turns.twilio_line import EXCHANGE, HIDDEN
from tests.twiml_player import TIME_OUT, new_sid


def test_a_replay_hears_the_same_and_writes_nothing(both: Door) -> None:
    """The signature knows no time, so what was reported is known by call and turn."""
    sid = new_sid()
    first = both.post("/twilio/voice", arrives(sid))
    second = both.post("/twilio/voice/turn/1/asked", presses(sid, "1"))
    rows = both.rows()
    assert both.post("/twilio/voice", arrives(sid)).text == first.text
    assert both.post("/twilio/voice/turn/1/asked", presses(sid, "1")).text == second.text
    assert both.post("/twilio/voice/turn/1/asked", presses(sid, "0")).text == second.text
    assert both.rows() == rows


def test_a_number_with_too_many_calls_is_told_so(door: Door) -> None:
    """The fourth at once is offered a callback;
    one that ended makes room, and who hides the number is not counted.
    """
    sids = [new_sid() for _ in range(4)]
    said = [door.post("/twilio/voice", {**arrives(sid), "From": "+886955000111"}).text for sid in sids]
    assert ["many-calls" in one for one in said] == [False, False, False, True]
    hidden = [door.post("/twilio/voice", {**arrives(new_sid()), "From": HIDDEN}).text for _ in range(5)]
    assert not any("many-calls" in one for one in hidden)
    door.post("/twilio/voice/status", {**arrives(sids[0]), "CallStatus": "completed"})
    door.post("/twilio/voice/status", {**arrives(sids[3]), "CallStatus": "completed"})
    assert (
        "many-calls" not in door.post("/twilio/voice", {**arrives(new_sid()), "From": "+886955000111"}).text
    )


@pytest.mark.parametrize(
    "where", ["turn/2/asked", "turn/9/queue", "turn/1/nonsense", "turn/x/asked", "nowhere"]
)
def test_what_belongs_to_no_turn_leads_to_a_person(door: Door, where: str) -> None:
    """Out of order or not understood: nothing is written, and nobody hears silence (law 3)."""
    sid = new_sid()
    door.post("/twilio/voice", arrives(sid))
    rows = door.rows()
    answer = door.post(f"/twilio/voice/{where}", presses(sid, "1"))
    assert (answer.status_code, answer.text, door.rows()) == (200, HUMAN, rows)


def test_a_call_nobody_began_leads_to_a_person(shut: Door) -> None:
    """Its beginning was lost with a database, say."""
    answer = shut.post("/twilio/voice/turn/3/asked", presses(new_sid(), "1"))
    assert (answer.text, shut.rows()) == (HUMAN, 0)


@pytest.mark.parametrize("sid", ["", "CA", "CA" + "g" * 32, "../../etc/passwd", "CA" + "1" * 33])
def test_a_name_that_is_no_calls_is_refused(shut: Door, sid: str) -> None:
    """It becomes part of names of files."""
    answer = shut.post("/twilio/voice", {**FIELDS, "CallSid": sid})
    assert (answer.status_code, shut.rows()) == (400, 0)


def test_the_same_webhook_at_once_is_one_turn(both: Door) -> None:
    """Eight together: one row of a call, one turn, eight equal answers."""
    sid, ready, answers = new_sid(), Barrier(8), list[str]()

    def ask(path: str, fields: dict[str, str]) -> None:
        ready.wait(30)
        answers.append(both.post(path, fields).text)

    for path, fields in (("/twilio/voice", arrives(sid)), ("/twilio/voice/turn/1/asked", presses(sid, "1"))):
        answers.clear()
        threads = [Thread(target=ask, args=(path, fields)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(answers) == 8 and len(set(answers)) == 1 and "<Gather" in answers[0]
    with transaction(sessions(both.engine)) as session:
        kinds = list(session.scalars(select(CallEvent.kind).where(CallEvent.call_id == sid)))
    assert kinds.count("CallArrived") == kinds.count("KeyPressed") == 1


def test_two_different_ends_of_a_turn_at_once_are_one(both: Door) -> None:
    """A REFER and the end of the same talk, four times each: whichever came first, all hear its answer."""
    sid, ready, answers = new_sid(), Barrier(8), list[str]()
    both.post("/twilio/voice", arrives(sid))
    both.post("/twilio/voice/turn/1/asked", presses(sid, "1"))
    both.post("/twilio/voice/turn/2/asked", presses(sid, "1"))
    live = {**arrives(sid), "CallStatus": "in-progress"}
    reports = [
        ("refer", {**live, "ReferTransferTarget": f"<sip:slice.3.2.kept-7---.ends-0-none@{EXCHANGE}>"}),
        ("queue", {**live, "DialCallStatus": "completed", "DialSipResponseCode": "200"}),
    ]

    def report(what: str, fields: dict[str, str]) -> None:
        ready.wait(30)
        answers.append(both.post(f"/twilio/voice/turn/3/{what}", fields).text)

    threads = [Thread(target=report, args=one) for one in reports * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 8 and len(set(answers)) == 1 and answers[0] != HUMAN
    with transaction(sessions(both.engine)) as session:
        assert session.get_one(HeldCall, sid).turn == 4


def test_any_process_goes_on_with_a_call(door: Door, tmp_path: Path) -> None:
    """Nothing of a call is kept but in the database: each webhook comes to another app."""
    sid = new_sid()
    for number, (path, fields) in enumerate(
        [("", arrives(sid)), ("/turn/1/asked", presses(sid, "1")), ("/turn/2/asked", presses(sid, "1"))]
    ):
        other = a_door(door.engine, tmp_path / f"menus-{number}")
        answer = other.post(f"/twilio/voice{path}", fields)
    assert "sip:agents-zh-TW@" in answer.text


def test_a_person_is_rung_while_there_is_no_database(tmp_path: Path) -> None:
    """Not even its tables."""
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=timedelta(milliseconds=700), keys=RING)
    answer = a_door(engine, tmp_path / "menus").post("/twilio/voice", arrives(new_sid()))
    assert (answer.status_code, answer.text) == (200, HUMAN)
    engine.dispose()


def test_a_person_is_rung_at_once_while_the_database_is_locked(tmp_path: Path) -> None:
    """A decision waits for it 0.7 s at most; Twilio would wait for 15."""
    writer, sid = embedded(tmp_path), new_sid()
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=timedelta(milliseconds=700), keys=RING)
    door = a_door(engine, tmp_path / "menus")
    assert "<Gather" in door.post("/twilio/voice", arrives(sid)).text
    with writer.begin():
        assert "<Gather" in door.post("/twilio/voice", arrives(sid)).text  # a replay only looks
        began = clock.monotonic()
        answer = door.post("/twilio/voice/turn/1/asked", presses(sid, "1"))
        took = clock.monotonic() - began
    assert (answer.status_code, answer.text) == (200, HUMAN)
    assert took < TIME_OUT  # 0.7 s where nothing else is done
    assert "<Gather" in door.post("/twilio/voice/turn/1/asked", presses(sid, "1")).text
    engine.dispose()
    writer.dispose()


def test_while_nobody_can_tell_who_signs_nothing_is_believed(tmp_path: Path) -> None:
    """The file of tokens is gone: an error, for which Twilio takes its fallback."""
    engine = embedded(tmp_path)
    door = a_door(engine, tmp_path / "menus", tokens=tmp_path / "gone")
    assert door.post("/twilio/voice", arrives(new_sid())).status_code == 500
    assert door.rows() == 0
    engine.dispose()


def test_news_that_cannot_be_kept_are_told_as_an_error(tmp_path: Path) -> None:
    """Nobody listens: Twilio shows it to the operator of the account."""
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=timedelta(milliseconds=700), keys=RING)
    door = a_door(engine, tmp_path / "menus")
    ended = {**arrives(new_sid()), "CallStatus": "completed"}
    assert door.post("/twilio/voice/status", ended).status_code == 503
    engine.dispose()
