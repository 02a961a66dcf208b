"""The door for calls over Twilio: what is refused, what is answered once, and what is answered when nothing works."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import Engine, func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from hotline import clock
from hotline.db import Base, connect, sessions, transaction
from hotline.settings import Settings
from ivr.held import HeldCalls
from ivr.store import CallEvent, CallRow, HeldCall, Leg
from ops.twilio_numbers import to_a_human
from tests.parts import NOON, books, callbacks, full_shelf
from tests.turns.rows import Hour
from tests.turns.twilio_line import BASE, EXCHANGE, OPERATOR, TOKEN
from tests.twiml_player import TIME_OUT, new_sid
from web.app import create_app
from web.signatures import FORM, SETTINGS, SIGNATURE, Webhook, is_signed, signature
from web.sounds import Sounds
from web.twiml import Places
from web.voice import Voice

SECOND = "e" * 32
HUMAN = to_a_human(OPERATOR)
FOLDER = Path(__file__).parents[2] / "ivr" / "dialplans"


@dataclass
class Door:
    """The app, and how Twilio asks it."""

    app: Flask
    engine: Engine

    def post(
        self,
        path: str,
        fields: dict[str, str],
        headers: dict[str, str] | None = None,
        *,
        token: str = TOKEN,
        url: str = "",
        body: str | None = None,
    ) -> TestResponse:
        """A webhook signed with ``token`` for ``url``; what is given otherwise is what an attacker changes."""
        signed = signature(token, url or f"{BASE}{path}", list(fields.items()))
        sent = {SIGNATURE: signed, "Content-Type": FORM, **(headers or {})}
        data = urlencode(fields) if body is None else body
        return self.app.test_client().post(
            path, data=data, headers={name: text for name, text in sent.items() if text}
        )

    def rows(self) -> int:
        """In every table."""
        with transaction(sessions(self.engine)) as session:
            tables = Base.metadata.sorted_tables
            return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)

    def call(self, sid: str) -> CallRow:
        with transaction(sessions(self.engine)) as session:
            return session.get_one(CallRow, sid)


def a_door(engine: Engine, kept: Path, hour: Hour | None = None, tokens: Path | None = None) -> Door:
    held = HeldCalls(sessions(engine), books(FOLDER, kept), callbacks(), node="test", line="twilio")
    sounds = Sounds(full_shelf(), BASE)
    places = Places(BASE, EXCHANGE, "twilio", "secret", sounds.addresses, sounds.names)
    voice = Voice(
        held, places, sounds, operator=OPERATOR, now=hour or Hour(NOON),
        tokens=lambda: Settings(twilio_tokens_file=tokens).twilio_secrets if tokens else (TOKEN, SECOND),
    )  # fmt: skip
    return Door(create_app(list, voice, sounds), engine)


@pytest.fixture
def both(database: Engine, tmp_path: Path) -> Door:
    """Over each database."""
    return a_door(database, tmp_path / "menus")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    engine = embedded(tmp_path)
    yield a_door(engine, tmp_path / "menus")
    engine.dispose()


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """For what leaves nothing behind."""
    folder = tmp_path_factory.mktemp("shut")
    engine = embedded(folder)
    yield a_door(engine, folder / "menus")
    engine.dispose()


def embedded(folder: Path, wait: timedelta = timedelta(seconds=5)) -> Engine:
    engine = connect(f"sqlite:///{folder / 'hotline.db'}", wait=wait)
    Base.metadata.create_all(engine)
    return engine


def arrives(sid: str) -> dict[str, str]:
    return {"CallSid": sid, "From": "+886912345678", "To": "+886277001999", "CallStatus": "ringing"}


def presses(sid: str, key: str) -> dict[str, str]:
    return {**arrives(sid), "CallStatus": "in-progress", "Digits": key}


# --- signatures --------------------------------------------------------------------------------------

FIELDS = {**arrives("CA" + "1" * 32), "CallerName": "王小明"}
JSON = '{"CallSid": "CA11111111111111111111111111111111"}'
SHA = hashlib.sha256(JSON.encode()).hexdigest()


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ({SIGNATURE: ""}, {}),
        ({SIGNATURE: "None"}, {}),
        ({SIGNATURE: "A" * 5000}, {}),
        ({SIGNATURE: "\u00e9\u00e9"}, {}),
        ({}, {"token": "d" * 32}),
        ({}, {"token": ""}),
        ({}, {"url": f"http://{BASE[8:]}/twilio/voice"}),
        ({}, {"url": f"{BASE}:8000/twilio/voice"}),
        ({}, {"url": "https://attacker.example/twilio/voice"}),
        ({"Host": "attacker.example"}, {"url": "https://attacker.example/twilio/voice"}),
        (
            {"X-Forwarded-Host": "attacker.example", "X-Forwarded-Proto": "https"},
            {"url": "https://attacker.example/twilio/voice"},
        ),
        ({"X-Forwarded-Proto": "http"}, {"url": f"http://{BASE[8:]}/twilio/voice"}),
        ({}, {"url": f"{BASE}/twilio/voice/status"}),
        ({}, {"url": f"{BASE}/twilio/voice?more=1"}),
        ({}, {"body": urlencode({**FIELDS, "From": "+886900000000"})}),
        ({}, {"body": urlencode({**FIELDS, "Extra": "1"})}),
        ({}, {"body": urlencode({name: text for name, text in FIELDS.items() if name != "To"})}),
        ({}, {"body": urlencode(FIELDS) + "&From=%2B886900000000"}),
        ({}, {"body": ""}),
        ({}, {"body": "CallSid=%ff"}),
        ({}, {"body": "&".join(f"x{n}=1" for n in range(500))}),
        ({SETTINGS: "key=k,algorithm=HMAC_SHA256"}, {}),
        ({SETTINGS: "key=k,algorithm=NONE"}, {}),
        ({"Content-Type": "application/json"}, {}),
        ({"Content-Type": "application/json"}, {"body": JSON}),
        ({"Content-Type": "text/plain"}, {"body": JSON}),
    ],
)
def test_what_is_not_signed_is_refused_and_leaves_nothing(
    shut: Door, headers: dict[str, str], changes: dict[str, str]
) -> None:
    """Missing, foreign, for another address, behind a lying proxy, with a field changed, added or taken away."""
    answer = shut.post("/twilio/voice", FIELDS, headers, **changes)  # type: ignore[arg-type]
    assert (answer.status_code, answer.text, shut.rows()) == (403, "not signed\n", 0)


@pytest.mark.parametrize(
    ("headers", "changes"),
    [
        ({}, {}),
        ({}, {"token": SECOND}),
        ({}, {"url": f"{BASE}:443/twilio/voice"}),
        ({"Host": "10.0.0.1:8000", "X-Forwarded-Host": "attacker.example"}, {}),
        ({"Content-Type": f"{FORM}; charset=UTF-8"}, {}),
    ],
)
def test_what_is_signed_is_answered(door: Door, headers: dict[str, str], changes: dict[str, str]) -> None:
    """With either token, with the port or without; what a proxy says of itself changes nothing."""
    answer = door.post("/twilio/voice", FIELDS, headers, **changes)  # type: ignore[arg-type]
    assert answer.status_code == 200 and "<Gather" in answer.text


QUERIES = ("", "rung=desk/5112/5112/epb-clean/epb", "say=%E4%B8%AD&x=a+b", "a=1&a=2&empty=")


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_SHA256"])
@pytest.mark.parametrize("fields", [{}, FIELDS, {"b": "", "a": "ü&=?", "B": "2"}])
def test_we_sign_as_twilios_own_library_does(query: str, algorithm: str, fields: dict[str, str]) -> None:
    """Raw query text, every kind of sign, both hashes."""
    url = f"{BASE}/twilio/voice" + (f"?{query}" if query else "")
    theirs = RequestValidator(TOKEN).compute_signature(url, fields, algorithm)
    headers = {SIGNATURE: theirs, SETTINGS: f"key=k,algorithm={algorithm}", "Content-Type": FORM}
    webhook = Webhook("/twilio/voice", query, urlencode(fields).encode(), headers)
    assert is_signed(webhook, BASE, (SECOND, TOKEN))
    assert signature(TOKEN, url, list(fields.items()), algorithm) == theirs
    assert not is_signed(webhook, BASE, ())


def test_a_body_that_is_no_form_is_signed_by_its_hash(shut: Door) -> None:
    """Such a webhook is believed, but calls are told of by forms: it is answered with 400 and leaves nothing."""
    path = f"/twilio/voice?bodySHA256={SHA}"
    headers = {"Content-Type": "application/json"}
    answer = shut.post(path, {}, headers, body=JSON)
    assert (answer.status_code, shut.rows()) == (400, 0)
    changed = shut.post(path, {}, headers, body=JSON.replace("1", "2"))
    assert (changed.status_code, shut.rows()) == (403, 0)


def test_every_token_and_address_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same comparisons, by the library's own, whether the first fits or none."""
    compared = list[bool]()

    def counting(
        one: bytes, other: bytes, real: Callable[[bytes, bytes], bool] = hmac.compare_digest
    ) -> bool:
        compared.append(real(one, other))
        return compared[-1]

    monkeypatch.setattr("web.signatures.hmac.compare_digest", counting)
    url = f"{BASE}/twilio/voice"
    for token in (TOKEN, SECOND, "nobody's"):
        headers = {SIGNATURE: signature(token, url), "Content-Type": FORM}
        compared.clear()
        found = is_signed(Webhook("/twilio/voice", "", b"", headers), BASE, (TOKEN, SECOND))
        assert (len(compared), found) == (4, token in (TOKEN, SECOND))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_a_webhook(shut: Door, method: str) -> None:
    """Nothing can be reported by opening a page."""
    assert shut.app.test_client().open("/twilio/voice", method=method).status_code == 405


def test_without_settings_there_is_no_door() -> None:
    """404, as for anything else that is not here."""
    assert create_app(list).test_client().post("/twilio/voice").status_code == 404


# --- once --------------------------------------------------------------------------------------------


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


# --- when nothing works ------------------------------------------------------------------------------


def test_a_person_is_rung_while_there_is_no_database(tmp_path: Path) -> None:
    """Not even its tables."""
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=timedelta(milliseconds=700))
    answer = a_door(engine, tmp_path / "menus").post("/twilio/voice", arrives(new_sid()))
    assert (answer.status_code, answer.text) == (200, HUMAN)
    engine.dispose()


def test_a_person_is_rung_at_once_while_the_database_is_locked(tmp_path: Path) -> None:
    """A decision waits for it 0.7 s at most; Twilio would wait for 15."""
    writer, sid = embedded(tmp_path), new_sid()
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=timedelta(milliseconds=700))
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
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=timedelta(milliseconds=700))
    door = a_door(engine, tmp_path / "menus")
    ended = {**arrives(new_sid()), "CallStatus": "completed"}
    assert door.post("/twilio/voice/status", ended).status_code == 503
    engine.dispose()


# --- the end and the phones --------------------------------------------------------------------------


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


def leg_news(parent: str, leg: str, status: str, sequence: int, seconds: int, **more: str) -> dict[str, str]:
    return {
        "CallSid": leg, "ParentCallSid": parent, "CallStatus": status, "SequenceNumber": str(sequence),
        "To": f"sip:5112@{EXCHANGE}", "Timestamp": f"Tue, 24 Nov 2026 04:01:{seconds:02} +0000", **more,
    }  # fmt: skip


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
        sid, "officers", "neighbour", "5112", "5111",
    )  # fmt: skip
    assert (row.section, row.agency, row.proxy) == ("epb-clean", "epb", True)
    assert (row.ring_seconds, row.rings, row.talk_seconds, row.outcome) == (7.0, 3, 21.0, "answered")
    assert told == 4


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [("busy", "486", "busy"), ("no-answer", "480", "noanswer"), ("failed", "404", "unreachable"),
     ("failed", "603", "refused"), ("failed", "503", "failed"), ("canceled", "487", "cancelled")],
)  # fmt: skip
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


# --- the sounds --------------------------------------------------------------------------------------


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
    answer = shut.post(path, {"CallSid": new_sid(), "CallStatus": "in-progress"})
    assert answer.text.count("<Play>") == 1 and "/zh-TW/officer.transfer.wav" in answer.text
    assert shut.rows() == 0


# --- when a call must end ----------------------------------------------------------------------------


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


def test_base64_of_a_signature_is_what_the_header_holds() -> None:
    """28 signs of SHA-1."""
    assert len(base64.b64decode(signature(TOKEN, BASE))) == 20
