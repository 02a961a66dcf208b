"""Who asks as Twilio does in a test: the app over a database, and webhooks signed for it."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from calls.store import CallRow
from calls.webhook_calls import HeldCalls
from hotline.db import Base, connect, sessions, transaction
from hotline.settings import Settings
from recordings.policy import RecordingFrom
from tests.keys import RING
from tests.parts import NOON, books, callbacks, full_shelf
from tests.turns.rows import Hour
from tests.turns.twilio_line import BASE, EXCHANGE, OPERATOR, TOKEN
from tests.twiml_player import ACCOUNT
from web.app import create_app
from web.signatures import FORM, SIGNATURE, signature
from web.sounds import Sounds
from web.twilio_numbers import to_a_human
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
        """A webhook signed with ``token`` for ``url``;
        what is given otherwise is what an attacker changes.
        """
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


def a_door(
    engine: Engine,
    kept: Path,
    hour: Hour | None = None,
    tokens: Path | None = None,
    recording_from: RecordingFrom = RecordingFrom.PERSON,
) -> Door:
    known = books(FOLDER, kept, recording_from=recording_from)
    held = HeldCalls(sessions(engine), known, callbacks(), node="test", line="twilio")
    sounds = Sounds(full_shelf(), BASE)
    places = Places(BASE, EXCHANGE, "twilio", "secret", sounds.addresses, sounds.names)
    voice = Voice(
        held,
        places,
        sounds,
        account=ACCOUNT,
        operator=OPERATOR,
        now=hour or Hour(NOON),
        tokens=lambda: Settings(twilio_tokens_file=tokens).twilio_secrets if tokens else (TOKEN, SECOND),
    )
    return Door(create_app(list, voice, sounds), engine)


def embedded(folder: Path, wait: timedelta = timedelta(seconds=5)) -> Engine:
    engine = connect(f"sqlite:///{folder / 'hotline.db'}", wait=wait, keys=RING)
    Base.metadata.create_all(engine)
    return engine


def arrives(sid: str) -> dict[str, str]:
    return {
        "CallSid": sid,
        "AccountSid": ACCOUNT,
        "From": "+886912345678",
        "To": "+886277001999",
        "CallStatus": "ringing",
    }


def presses(sid: str, key: str) -> dict[str, str]:
    return {**arrives(sid), "CallStatus": "in-progress", "Digits": key}


def leg_news(parent: str, leg: str, status: str, sequence: int, seconds: int, **more: str) -> dict[str, str]:
    return {
        "CallSid": leg,
        "AccountSid": ACCOUNT,
        "ParentCallSid": parent,
        "CallStatus": status,
        "SequenceNumber": str(sequence),
        "To": f"sip:5112@{EXCHANGE}",
        "Timestamp": f"Tue, 24 Nov 2026 04:01:{seconds:02} +0000",
        **more,
    }


FIELDS = {**arrives("CA" + "1" * 32), "CallerName": "王小明"}
