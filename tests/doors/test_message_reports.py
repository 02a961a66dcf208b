"""What Twilio reports of messages, through the Flask door: signed, about one of ours, once;
else nothing is written.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from hotline import clock
from hotline.db import Base, Sessions, connect, sessions, transaction
from hotline.outbox.message import Letter
from hotline.outbox.service import Post, notices, write
from hotline.outbox.store import OutboxMessage
from hotline.settings import Settings
from ops.run.web import reports_of
from ops.wiring import House
from tests.conftest import WAIT
from tests.keys import RING
from web.app import create_app
from web.messages import Reports
from web.signatures import FORM, SIGNATURE, signature

BASE, NEXT, PRESENT = "https://1999.example/line", "next-token", "present-token"
ACCOUNT = "AC" + "0" * 32
SID, OTHER = "SM" + "0123456789abcdef" * 2, "SM" + "f" * 32
AT = clock.taipei("2026-11-24T12:30")
SENT = {"MessageSid": SID, "MessageStatus": "delivered", "AccountSid": ACCOUNT, "To": "+886912345678"}


class Gateway:
    def send(self, letter: Letter) -> str:
        return SID


class Door:
    """One message that was sent, and the address that is told of it."""

    def __init__(self, factory: Sessions) -> None:
        self.factory = factory
        with transaction(factory) as session:
            write(session, "N-20", "case:1", ["0912345678"], {"case": "A1"}, AT)
        Post(factory, Gateway(), "one").deliver(AT)
        reports = Reports(factory, BASE, ACCOUNT, lambda: (NEXT, PRESENT), lambda: AT)
        self.client: FlaskClient = create_app(list, reports=reports).test_client()

    def told(
        self,
        form: dict[str, str],
        query: str = "notice=1",
        *,
        token: str = PRESENT,
        signed: dict[str, str] | None = None,
        base: str = BASE,
        kind: str = FORM,
        headers: dict[str, str] | None = None,
    ) -> int:
        """The status of the answer; ``signed``: what was signed instead of what is sent."""
        url = f"{base}/twilio/message?{query}"
        mark = signature(token, url, list((form if signed is None else signed).items()))
        sent = {SIGNATURE: mark, "Content-Type": kind} | (headers or {})
        answer = self.client.post(f"/twilio/message?{query}", data=urlencode(form), headers=sent)
        return answer.status_code

    def row(self) -> OutboxMessage:
        with transaction(self.factory) as session:
            (row,) = notices(session)
            return row


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """Over the embedded database; what a report does to a row is shown on both elsewhere."""
    engine = connect(f"sqlite:///{tmp_path / 'hotline.db'}", wait=WAIT, keys=RING)
    Base.metadata.create_all(engine, tables=[Base.metadata.tables["notice"]])
    yield Door(sessions(engine))
    engine.dispose()


def test_a_signed_report_is_news_of_its_message(door: Door) -> None:
    """On its way, delivered, and the same again: 200 each time, and the row says delivered."""
    for status in ("sent", "delivered", "delivered", "queued"):
        assert door.told(SENT | {"MessageStatus": status}) == 200
    row = door.row()
    assert (row.state, row.delivery, row.delivered_at) == ("sent", "delivered", AT)


def test_what_was_not_delivered_is_for_a_person(door: Door) -> None:
    """With the carrier's code."""
    assert door.told(SENT | {"MessageStatus": "undelivered", "ErrorCode": "30005"}) == 200
    assert (door.row().state, door.row().result) == ("failed", "undelivered, code 30005")


@pytest.mark.parametrize("token", [NEXT, PRESENT])
def test_both_tokens_are_in_force(door: Door, token: str) -> None:
    """While one is exchanged for the next."""
    assert door.told(SENT, token=token) == 200


ATTACKS = {
    "another token": {"token": "of somebody else"},
    "a field changed": {"signed": SENT | {"MessageStatus": "sent"}},
    "a field added": {"signed": {"MessageSid": SID, "MessageStatus": "delivered"}},
    "another address": {"base": "https://1999.example"},
    "the proxy's address": {"base": "http://127.0.0.1:8000"},
    "a host of somebody's": {"headers": {"X-Forwarded-Host": "evil.example", SIGNATURE: "x"}},
    "no signature": {"headers": {SIGNATURE: ""}},
    "a body of JSON": {"kind": "application/json"},
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_is_not_signed_is_refused_and_writes_nothing(door: Door, attack: dict[str, object]) -> None:
    """403, and the row is as it was."""
    assert door.told(SENT, **attack) == 403  # type: ignore[arg-type]
    assert (door.row().delivery, door.row().delivered_at) == ("", None)


@pytest.mark.parametrize(
    ("form", "query"),
    [
        (SENT, "notice="),
        (SENT, "notice=x"),
        (SENT, "notice=1&notice=2"),
        (SENT, "notice=99999999999999999999"),
        (SENT | {"MessageSid": "CA" + "0" * 32}, "notice=1"),
        (SENT | {"MessageStatus": "De livered\n"}, "notice=1"),
        (SENT | {"ErrorCode": "1; DROP"}, "notice=1"),
        ({"AccountSid": ACCOUNT}, "notice=1"),
    ],
)
def test_signed_nonsense_is_no_report(door: Door, form: dict[str, str], query: str) -> None:
    """400, and nothing of it reaches the database."""
    assert door.told(form, query) == 400
    assert door.row().delivery == ""


@pytest.mark.parametrize("account", ["AC" + "1" * 32, ACCOUNT.lower(), ""])
def test_a_report_for_another_account_is_refused(door: Door, account: str) -> None:
    """Signed as ours are, and yet not ours: 403, and the row is as it was."""
    assert door.told(SENT | {"AccountSid": account}) == 403
    assert door.told({name: text for name, text in SENT.items() if name != "AccountSid"}) == 403
    assert door.row().delivery == ""


@pytest.mark.parametrize(
    ("form", "query"),
    [(SENT | {"MessageSid": OTHER}, "notice=1"), (SENT, "notice=2"), (SENT, "notice=999999999")],
)
def test_a_report_about_something_else_changes_nothing(door: Door, form: dict[str, str], query: str) -> None:
    """Signed, of the account, but no message of ours."""
    assert door.told(form, query) == 200
    assert door.row().delivery == ""


def test_a_replayed_report_changes_nothing(door: Door) -> None:
    """A signature knows no time: what was undelivered and then delivered stays delivered."""
    lost = SENT | {"MessageStatus": "undelivered", "ErrorCode": "30005"}
    for form in (lost, SENT, lost, lost):
        assert door.told(form) == 200
    assert (door.row().state, door.row().delivery) == ("sent", "delivered")


def test_a_report_that_cannot_be_kept_is_an_error_that_twilio_shows(tmp_path: Path) -> None:
    """The database is away: 503, so that somebody sees it."""
    engine = connect(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}", wait=WAIT, keys=RING)
    reports = Reports(sessions(engine), BASE, ACCOUNT, lambda: (PRESENT,), lambda: AT)
    client = create_app(list, reports=reports).test_client()
    mark = signature(PRESENT, f"{BASE}/twilio/message?notice=1", list(SENT.items()))
    answer = client.post("/twilio/message?notice=1", data=SENT, headers={SIGNATURE: mark})
    assert answer.status_code == 503
    engine.dispose()


def test_the_door_is_open_only_when_twilio_sends(tmp_path: Path) -> None:
    """And knows where to tell; otherwise there is nothing at that address."""
    twilio = {"sms_gateway": "twilio", "public_url": BASE}
    for settings, is_open in (({}, False), ({"public_url": BASE}, False), (twilio, True)):
        chosen = Settings(home=tmp_path, **settings)  # type: ignore[arg-type]
        reports = reports_of(House(chosen, "test", WAIT))
        assert (reports is not None) is is_open
        client = create_app(list, reports=reports).test_client()
        assert client.post("/twilio/message").status_code == (403 if is_open else 404)
        assert client.get("/twilio/message").status_code == (405 if is_open else 404)
