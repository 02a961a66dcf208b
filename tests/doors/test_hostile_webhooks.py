"""What anybody may send to the web door: it stays up, says no, keeps nothing and tells nobody anything."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from threading import Event
from urllib.parse import quote, urlencode
from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import func, select

from calls.store import Leg
from hotline import clock
from hotline.db import Base, connect, sessions, transaction
from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from tests.beginnings import migrated
from tests.conftest import WAIT
from tests.doors.twilio_door import Door, arrives, leg_news, presses
from tests.faults.hostile import STRINGS
from tests.keys import RING
from tests.turns.twilio_line import BASE, EXCHANGE, OPERATOR, TOKEN
from tests.twiml_player import ACCOUNT, TIME_OUT, new_sid
from transfer.outcome import DialOutcome
from web.signatures import FORM, signature

SLOW, REPLAYS = 300, 2000
VERBS = {
    "Response",
    "Play",
    "Gather",
    "Start",
    "Recording",
    "Dial",
    "Sip",
    "Number",
    "Record",
    "Redirect",
    "Hangup",
    "Say",
}


class Web:
    """Our web process as it is started, over a database of its own, and every way to it."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(
            home=home,
            web_port=_free_port(),
            public_url=BASE,
            twilio_tokens=TOKEN,  # type: ignore[arg-type]
            twilio_account=ACCOUNT,
            twilio_operator=OPERATOR,
            twilio_exchange=EXCHANGE,
        )
        migrated(self.settings)
        self.place = (self.settings.web_address, self.settings.web_port)
        self.log = home / "web.log"
        self.engine = connect(f"sqlite:///{home / 'hotline.db'}", wait=WAIT, keys=RING)

    def start(self) -> subprocess.Popen[bytes]:
        """Until it listens."""
        told = {
            "HOME": str(self.settings.home),
            "WEB_PORT": str(self.settings.web_port),
            "PUBLIC_URL": BASE,
            "TWILIO_ACCOUNT": ACCOUNT,
            "TWILIO_TOKENS": TOKEN,
            "TWILIO_OPERATOR": OPERATOR,
            "TWILIO_EXCHANGE": EXCHANGE,
        }
        environment = {f"HOTLINE_{name}": text for name, text in told.items()}
        with self.log.open("w") as log:
            process = subprocess.Popen(
                (sys.executable, "-m", "ops.run.web"),
                cwd=CHECKOUT,
                env={"PATH": os.environ["PATH"], **environment},
                stdout=log,
                stderr=log,
            )
        until = clock.monotonic() + 60
        while clock.monotonic() < until and process.poll() is None:
            try:
                socket.create_connection(self.place, 1).close()
                return process
            except OSError:
                Event().wait(0.1)
        process.kill()
        pytest.fail(self.log.read_text()[-2000:])

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
        """Status and text of one request."""
        connection = HTTPConnection(*self.place, timeout=60)
        try:
            named = {name.replace("_", "-"): text for name, text in headers.items()}
            connection.request(method, path, body.encode(), named)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def webhook(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        """One that Twilio signed."""
        signed = signature(TOKEN, f"{BASE}{path}", list(fields.items()))
        return self.ask("POST", path, urlencode(fields), X_Twilio_Signature=signed, Content_Type=FORM)

    def raw(self, *pieces: bytes) -> str:
        """Status and headers of what is answered to these bytes;
        empty when the door closes without a word.
        """
        with socket.create_connection(self.place, 60) as connection:
            try:
                for piece in pieces:
                    connection.sendall(piece)
                connection.shutdown(socket.SHUT_WR)
                answer = HTTPResponse(connection)
                answer.begin()
            except (OSError, HTTPException):
                return ""
            return f"{answer.status}\n{answer.headers}"

    def rows(self) -> int:
        """In every table."""
        with transaction(sessions(self.engine)) as session:
            tables = Base.metadata.sorted_tables
            return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)

    def is_well(self) -> None:
        """Twilio is answered as ever, long before it would give us up."""
        began = clock.monotonic()
        status, document = self.webhook("/twilio/voice", arrives(new_sid()))
        assert (status, "<Gather" in document) == (200, True), document
        assert clock.monotonic() - began < TIME_OUT
        assert self.ask("GET", "/health/live") == (200, "ok\n")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    found = Web(tmp_path_factory.mktemp("home"))
    process = found.start()
    yield found
    assert process.poll() is None, found.log.read_text()[-2000:]
    process.kill()
    process.wait(30)
    found.engine.dispose()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


# --- what is no request, or none of Twilio's -----------------------------------------------------------

HEAD = f"POST /twilio/voice HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n".encode()
UTF_16 = HEAD.replace(b"encoded", b"encoded; charset=utf-16")
BROKEN = {
    "huge": (HEAD + b"Content-Length: 1000000\r\n\r\n", b"x" * 1_000_000),
    "promised huge": (HEAD + b"Content-Length: 999999999999\r\n\r\n", b"x"),
    "huge in pieces": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        *[b"8000\r\n" + b"x" * 32768 + b"\r\n"] * 32,
    ),
    "a huge header": (HEAD + b"X-Twilio-Signature: " + b"A" * 300_000 + b"\r\n\r\n",),
    "a huge address": (b"POST /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",),
    "less than nothing": (HEAD + b"Content-Length: -1\r\n\r\n",),
    "two lengths": (HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nx=123",),
    "a length and pieces": (HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",),
    "a folded header": (HEAD + b"X-Twilio-Signature: a\r\n b\r\nContent-Length: 3\r\n\r\nx=1",),
    "no header": (HEAD + b"X Twilio: a\r\nContent-Length: 3\r\n\r\nx=1",),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),),
    "zeros": (bytes(4096) + b"\r\n\r\n",),
    "UTF-16": (UTF_16 + b"Content-Length: 4\r\n\r\n\xff\xfex\x00",),
    "gzip": (HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00",),
    "no UTF-8": (HEAD + b"Content-Length: 6\r\n\r\nx=\xff\xfe%ff",),
    "line breaks": (
        HEAD.replace(b"voice", b"voice%0d%0aSet-Cookie:%20x=1?a%0d%0aX-Y:1") + b"Content-Length: 0\r\n\r\n",
    ),
}


@pytest.mark.parametrize("pieces", BROKEN.values(), ids=BROKEN)
def test_what_is_no_webhook_is_refused_and_keeps_nothing(web: Web, pieces: tuple[bytes, ...]) -> None:
    """Huge, torn, ambiguous or strangely written:
    a refusal or a closed connection, and no header of theirs.
    """
    before = web.rows()
    answer = web.raw(*pieces)
    assert answer == "" or answer.startswith("4"), answer
    assert "Set-Cookie" not in answer and "X-Y" not in answer
    assert web.rows() == before
    web.is_well()


def test_many_slow_clients_keep_nobody_waiting(web: Web) -> None:
    """Half a request each, and then nothing: no thread waits for them."""
    with ExitStack() as stack:
        for number in range(SLOW):
            slow = stack.enter_context(socket.create_connection(web.place, 60))
            slow.sendall(HEAD + b"Content-Length: 5\r\n\r\nx" if number % 2 else HEAD[:40])
        web.is_well()


def test_addresses_are_logged_as_one_line(web: Web) -> None:
    """Whatever stands in them."""
    forged = '\n{"event":"twilio.forged","process":"web"}'
    web.ask("POST", f"/twilio/voice/{quote(forged)}", Content_Type=FORM)
    lines = web.log.read_text().splitlines()
    assert any("twilio.not_signed" in line and "twilio.forged" in line for line in lines)
    assert not any(line.startswith('{"event":"twilio.forged"') for line in lines)


# --- what is signed ------------------------------------------------------------------------------------


@pytest.mark.matrix
def test_thousands_of_replays_change_nothing(web: Web) -> None:
    """Old webhooks of a call that has gone on, four at a time: the answers of then."""
    sid = new_sid()
    begun = web.webhook("/twilio/voice", arrives(sid))
    asked = web.webhook("/twilio/voice/turn/1/asked", presses(sid, "1"))
    web.webhook("/twilio/voice/turn/2/asked", presses(sid, "1"))
    before = web.rows()

    def again(number: int) -> bool:
        if number % 2:
            return web.webhook("/twilio/voice", arrives(sid)) == begun
        return web.webhook("/twilio/voice/turn/1/asked", presses(sid, "09"[number % 4 // 2])) == asked

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(again, range(REPLAYS)))
    assert web.rows() == before


@pytest.mark.parametrize("number", ["-1", "1.0", "+1", "0x1", "9999999", "%31%00", "1/../2", ""])
def test_a_turn_that_is_no_number_belongs_to_no_call(web: Web, number: str) -> None:
    """A person, and nothing written."""
    sid = new_sid()
    web.webhook("/twilio/voice", arrives(sid))
    before = web.rows()
    _, document = web.webhook(f"/twilio/voice/turn/{number}/asked", presses(sid, "1"))
    assert "<Gather" not in document and web.rows() == before


def test_the_name_of_another_call_takes_no_step_of_it(door: Door) -> None:
    """What one call reports is nothing to another: each is known by its own name and is at its own turn."""
    one, other = new_sid(), new_sid()
    for sid in (one, other):
        door.post("/twilio/voice", arrives(sid))
    door.post("/twilio/voice/turn/1/asked", presses(one, "1"))
    rows = door.rows()
    answer = door.post("/twilio/voice/turn/2/asked", presses(other, "1"))
    assert OPERATOR in answer.text and door.rows() == rows
    assert "<Gather" in door.post("/twilio/voice/turn/1/asked", presses(other, "1")).text


FIELDS = (
    "From To Caller CallerName CallStatus DialCallStatus DialSipResponseCode Digits ReferTransferTarget "
    "RecordingSid RecordingDuration RecordingStatus RecordingStartTime ErrorCode Timestamp SequenceNumber "
    "SipResponseCode"
).split()


def test_whatever_a_caller_brings_into_a_form_stays_text(both: Door) -> None:
    """Signed by Twilio, for it passes on what a SIP caller sends:
    well-formed documents of our verbs, one call each.
    """
    strict = both.engine.dialect.name == "postgresql"
    for text in STRINGS if strict else STRINGS[::5]:
        sid = new_sid()
        hostile = {**dict.fromkeys(FIELDS, text), "CallSid": sid, "ParentCallSid": sid, "AccountSid": ACCOUNT}
        texts = [_encoded(both, "/twilio/voice", hostile)]
        for number, what in enumerate(("asked", "refer", "rang", "queue", "message"), 1):
            texts.append(_encoded(both, f"/twilio/voice/turn/{number}/{what}", hostile))
        for news in ("status", "recording?of=call", "leg/7?rung=desk/5112/5112/epb-clean/epb"):
            texts.append(_encoded(both, f"/twilio/voice/{news}", hostile))
        for document in texts:
            found = {verb.tag for verb in fromstring(document).iter()}
            assert found <= VERBS, (text, document)
        row = both.call(sid)
        assert row.caller.lstrip("+").isdigit() or row.caller == "anonymous", row.caller
        assert row.dialled.lstrip("+").isdigit() or not row.dialled, row.dialled


def _encoded(door: Door, path: str, fields: dict[str, str]) -> str:
    """What a signed form is answered, if its text can be sent at all."""
    sent = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    answer = door.post(path, sent)
    assert answer.status_code in (200, 503), (path, answer.status_code, answer.text)
    return answer.text


@pytest.mark.parametrize("sequence", ["-1", "99999999999", "1e3", "²", ""])
def test_a_sequence_that_is_none_counts_as_the_first(both: Door, sequence: str) -> None:
    """The instant decides, not the number."""
    sid, leg = new_sid(), new_sid()
    both.post("/twilio/voice", arrives(sid))
    path = "/twilio/voice/leg/7?rung=desk/5112/5112/epb-clean/epb"
    news = {**leg_news(sid, leg, "ringing", 1, 2), "SequenceNumber": sequence}
    assert [both.post(path, news).status_code for _ in range(2)] == [200, 200]
    with transaction(sessions(both.engine)) as session:
        (row,) = session.scalars(select(Leg))
    assert (row.call_id, row.channel, row.outcome) == (sid, leg, DialOutcome.RINGING)
