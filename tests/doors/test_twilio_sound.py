"""Recordings fetched from Twilio over HTTP, and the webhooks that tell of them."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select

from hotline.db import sessions, transaction
from hotline.twilio_rest import Twilio, TwilioFault
from recordings.policy import RecordingFrom
from recordings.store import Recording, RemoteRecording
from tests.doors.twilio_door import Door, a_door, arrives, presses
from tests.twiml_player import new_sid

ACCOUNT, SID = "AC" + "0" * 32, "RE" + "1" * 32


@contextmanager
def api(*statuses: int) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Answers each request with the next status; (method, path, password) of each."""
    asked, answers = list[tuple[str, str, str]](), iter(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            login = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            asked.append((self.command, self.path, login.partition(":")[2]))
            status = next(answers)
            body = b"sound" * 50_000 if status == 200 else b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def client(address: str) -> Twilio:
    return Twilio(ACCOUNT, lambda: ["new", "old"], timedelta(seconds=30), address)


def test_a_recording_is_written_with_both_channels(tmp_path: Path) -> None:
    """While the token is exchanged the other one is tried."""
    with api(401, 200) as (address, asked):
        client(address).save_recording(SID, tmp_path / "it.wav")
    where = f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}.wav?RequestedChannels=2"
    assert asked == [("GET", where, "new"), ("GET", where, "old")]
    assert (tmp_path / "it.wav").stat().st_size == 250_000


@pytest.mark.parametrize("statuses", [(404,), (500,), (401, 401), (302,)])
def test_what_is_not_there_is_a_fault_and_no_file(tmp_path: Path, statuses: tuple[int, ...]) -> None:
    """A redirect to nowhere too."""
    with api(*statuses) as (address, _), pytest.raises(TwilioFault) as fault:
        client(address).save_recording(SID, tmp_path / "it.wav")
    assert fault.value.status == statuses[-1] and not (tmp_path / "it.wav").exists()


def test_nobody_there_is_a_fault(tmp_path: Path) -> None:
    """Status 0."""
    with api() as (address, _):
        pass
    with pytest.raises(TwilioFault) as fault:
        client(address).save_recording(SID, tmp_path / "it.wav")
    assert fault.value.status == 0


@pytest.mark.parametrize("status", [204, 404])
def test_a_recording_is_removed_there(status: int) -> None:
    """Or was removed before."""
    with api(status) as (address, asked):
        client(address).delete_recording(SID)
    assert asked == [("DELETE", f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{SID}.json", "new")]


# --- the webhooks ------------------------------------------------------------------------------------


def news(sid: str, status: str, **more: str) -> dict[str, str]:
    return {
        "CallSid": sid,
        "AccountSid": ACCOUNT,
        "RecordingSid": SID,
        "RecordingStatus": status,
        "RecordingStartTime": "Tue, 24 Nov 2026 04:00:13 +0000",
        "RecordingUrl": "https://attacker.example/steal",
        **more,
    }


def remotes(door: Door) -> list[tuple[str, str, bool, float | None]]:
    with transaction(sessions(door.engine)) as session:
        rows = session.scalars(select(RemoteRecording))
        return [(row.call_id, row.state, row.message, row.seconds) for row in rows]


def recordings(door: Door) -> dict[str, tuple[str, str]]:
    with transaction(sessions(door.engine)) as session:
        return {row.direction: (row.state, row.reason) for row in session.scalars(select(Recording))}


def recorded(door: Door) -> str:
    """A call that waits for a person is recorded; none in a menu."""
    sid = new_sid()
    door.post("/twilio/voice", arrives(sid))
    menu = door.post("/twilio/voice/turn/1/asked", presses(sid, "1"))
    queue = door.post("/twilio/voice/turn/2/asked", presses(sid, "1"))
    assert ["<Start><Recording " in one.text for one in (menu, queue)] == [False, True]
    return sid


@pytest.mark.parametrize(
    "order", [("in-progress", "completed"), ("completed", "in-progress"), ("completed",) * 3]
)
def test_P4_12_what_is_recorded_is_fetched_when_it_is_ready_and_expected_once_somebody_talked(
    both: Door, order: tuple[str, ...]
) -> None:
    """News in any order, told twice; the address in them is never asked for."""
    sid = recorded(both)
    for status in order:
        more = {"RecordingDuration": "42"} if status == "completed" else {}
        path = "/twilio/voice/recording?of=call"
        assert both.post(path, news(sid, status, **more)).status_code == 200
    assert remotes(both) == [(sid, "WAITING", False, 42.0)] and recordings(both) == {}


def test_P4_12_where_all_is_recorded_it_is_expected_at_once(door: Door, tmp_path: Path) -> None:
    """From the notice on, menus too; one that there is none of is marked, with Twilio's reason."""
    whole = a_door(door.engine, tmp_path, recording_from=RecordingFrom.ANSWER)
    sid = new_sid()
    whole.post("/twilio/voice", arrives(sid))
    assert "<Start><Recording " in whole.post("/twilio/voice/turn/1/asked", presses(sid, "1")).text
    assert recordings(whole) == {"caller": ("EXPECTED", ""), "agent": ("EXPECTED", "")}
    whole.post("/twilio/voice/recording?of=call", news(sid, "absent", ErrorCode="16101"))
    assert set(recordings(whole).values()) == {("MISSING", "Twilio: absent 16101")}


def test_a_recording_that_there_is_none_of_alarms_nobody_where_nobody_talked(door: Door) -> None:
    """The carrier's name of it is kept, and no row of ours."""
    sid = recorded(door)
    door.post("/twilio/voice/recording?of=call", news(sid, "absent", ErrorCode="16101"))
    assert remotes(door) == [(sid, "LOST", False, None)] and recordings(door) == {}


def test_news_of_a_recording_of_no_call_leave_nothing(door: Door) -> None:
    """Nor those without a name of one."""
    rows = door.rows()
    door.post("/twilio/voice/recording?of=call", news(new_sid(), "completed"))
    sid = recorded(door)
    door.post("/twilio/voice/recording?of=call", {**news(sid, "completed"), "RecordingSid": "../x"})
    assert remotes(door) == [] and rows == 0


def leaves_a_message(door: Door, **form: str) -> str:
    """Who finds nobody is promised a callback and may say what it is about."""
    sid = recorded(door)
    live = {**arrives(sid), "CallStatus": "in-progress"}
    asked = door.post("/twilio/voice/turn/3/queue", {**live, "DialCallStatus": "failed"})
    assert "<Gather " in asked.text, asked.text
    invited = door.post("/twilio/voice/turn/4/asked", presses(sid, "1"))
    assert "<Record " in invited.text, invited.text
    said = door.post("/twilio/voice/turn/5/message", {**live, **form})
    assert "<Hangup" in said.text
    return sid


@pytest.mark.parametrize(
    ("digits", "status"), [("", "in-progress"), ("#", "in-progress"), ("hangup", "completed")]
)
def test_a_message_is_fetched_however_it_ended(door: Door, digits: str, status: str) -> None:
    """By silence, by key, by a hang-up."""
    more = {"Digits": digits} if digits else {}
    sid = leaves_a_message(door, RecordingSid=SID, RecordingDuration="7", CallStatus=status, **more)
    assert remotes(door) == [(sid, "WAITING", True, 7.0)]
    assert recordings(door)["message"] == ("EXPECTED", "")
    path = f"/twilio/voice/recording?of={sid}-message"
    door.post(path, {**news(sid, "completed"), "RecordingDuration": "6"})
    assert remotes(door) == [(sid, "WAITING", True, 6.0)]


def test_who_says_nothing_leaves_no_message(door: Door) -> None:
    """The promise stands."""
    sid = leaves_a_message(door)
    assert remotes(door) == [] and "message" not in recordings(door)
    door.post("/twilio/voice/status", {**arrives(sid), "CallStatus": "completed"})
    call = door.call(sid)
    assert (call.outcome, call.recorded_at) == ("promised", None)
