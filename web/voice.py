"""Twilio's webhooks: translate what was reported, take a turn, answer its document. Decides nothing.

A webhook that Twilio has not signed is refused and leaves nothing behind. When no answer can be had (the
database is away, say), the document is the one that needs none of us: a person is rung.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from calls.carrier_progress import ENDS, instant
from calls.webhook_calls import HeldCalls, OutOfStep, Visit
from hotline import metrics
from ivr.turn import Turn
from web import twiml
from web.reported import RECORDING, BadReport, Form, arrived, news, recorded, report_of, said
from web.signatures import Webhook
from web.signed_forms import PLAIN, Reply, signed_form
from web.sounds import Sounds
from web.twilio_numbers import DOOR, to_a_human
from web.twiml import Places

log = structlog.get_logger()
SID: Final = re.compile(r"CA[0-9a-f]{32}")
TURN: Final = re.compile(r"turn/(\d{1,6})/([a-z]+)")
LEG: Final = re.compile(r"leg/\d{1,6}")
SOUND: Final = re.compile(r"[A-Za-z-]{2,6}/[A-Za-z0-9._-]{1,64}")


class Voice:
    """The door for calls over Twilio."""

    def __init__(
        self,
        held: HeldCalls,
        places: Places,
        sounds: Sounds,
        *,
        account: str,
        operator: str,
        tokens: Callable[[], Sequence[str]],
        now: Callable[[], datetime],
    ) -> None:
        self._held, self._places, self._sounds = held, places, sounds
        self._account, self._operator, self._tokens, self._now = account, operator, tokens, now

    def answer(self, webhook: Webhook) -> Reply:
        """One webhook, within a second."""
        form = signed_form(webhook, self._places.base, self._tokens(), self._account)
        if isinstance(form, Reply):
            return form
        if not SID.fullmatch(form.get("CallSid", "")):
            return Reply(400, "not a call\n", PLAIN)
        where = webhook.path.removeprefix(DOOR).strip("/")
        if where in ("status", "recording") or LEG.fullmatch(where):
            return self._news(where, form, webhook.query)
        return self._document(where, form, webhook.query)

    def _document(self, where: str, form: Form, query: str) -> Reply:
        """Document with what the call does next; a person, when that cannot be told."""
        try:
            return Reply(200, self._next(where, form, query))
        except (BadReport, OutOfStep) as error:
            log.warning("twilio.not_understood", call=form["CallSid"], where=where, why=str(error))
        except Exception:
            log.exception("twilio.failed", call=form["CallSid"], where=where)
        metrics.decisions.labels("to_a_human").inc()
        return Reply(200, to_a_human(self._operator))

    def _next(self, where: str, form: Form, query: str) -> str:
        call_id, at = form["CallSid"], self._now()
        if where == "":
            return self._held.begin(call_id, arrived(form, at), self._write)
        if where == "whisper":
            return twiml.whispered(self._sounds.of([name for name in said(query) if SOUND.fullmatch(name)]))
        if found := TURN.fullmatch(where):
            return self._held.go_on(call_id, int(found[1]), report_of(found[2], form, at), at, self._write)
        raise BadReport(f"nothing is reported at {where!r}")

    def _write(self, turn: Turn, visit: Visit) -> str:
        return twiml.document(turn, self._places, visit)

    def _news(self, where: str, form: Form, query: str) -> Reply:
        """Take what needs no document and is told once: what cannot be kept is an error that Twilio shows."""
        at = instant(form.get("Timestamp", "")) or self._now()
        try:
            if where == "status" and form.get("CallStatus") in ENDS:
                self._held.end(form["CallSid"], at)
            elif LEG.fullmatch(where):
                self._held.leg(form.get("ParentCallSid", ""), news(form, query, at))
            elif where == "recording" and RECORDING.fullmatch(form.get("RecordingSid", "")):
                told = recorded(form, said(query, "of"), self._now())
                if alarm := self._held.sound(form["CallSid"], told, self._now()):
                    metrics.recording_alarms.labels(alarm.state).inc()
                    log.error("recording.bad", call=alarm.call_id, file=alarm.path, why=alarm.reason)
        except Exception:
            log.exception("twilio.news_lost", call=form["CallSid"], where=where)
            return Reply(503, twiml.nothing())
        return Reply(200, twiml.nothing())
