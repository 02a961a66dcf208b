"""Twilio's webhooks: translate what was reported, take a turn, answer its document. Decides nothing.

A webhook that Twilio has not signed is refused and leaves nothing behind. When no answer can be had (the
database is away, say), the document is the one that needs none of us: a person is rung.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

import structlog

from hotline import metrics
from ivr.call import Call, LeavingMessage, Waiting
from ivr.held import Ends, HeldCalls, OutOfStep
from ivr.limits import Why
from ivr.progress import News, instant
from ivr.steps import (
    Arrived,
    Event,
    HungUp,
    Left,
    MessageLeft,
    Pressed,
    QueueLeft,
    RingEnded,
    RingStatus,
    Silent,
    TransferWanted,
)
from ivr.turn import Turn
from ivr.visits import BETWEEN, Visit
from ops.twilio_numbers import DOOR, to_a_human
from recordings.policy import MessageEnd
from recordings.remote import Told
from web import twiml
from web.signatures import NotAForm, Webhook, is_signed
from web.sounds import Sounds
from web.twiml import Places

log = structlog.get_logger()
XML: Final = "text/xml; charset=utf-8"
PLAIN: Final = "text/plain; charset=utf-8"
SID: Final = re.compile(r"CA[0-9a-f]{32}")
TURN: Final = re.compile(r"turn/(\d{1,6})/([a-z]+)")
LEG: Final = re.compile(r"leg/\d{1,6}")
RECORDING: Final = re.compile(r"RE[0-9a-f]{32}")
SOUND: Final = re.compile(r"[A-Za-z-]{2,6}/[A-Za-z0-9._-]{1,64}")
NUMBER: Final = re.compile(r"\+?[0-9]{1,20}")
OVER: Final = frozenset(("completed", "busy", "failed", "no-answer", "canceled"))
"""CallStatus of a call whose caller is gone."""
HIDDEN: Final = frozenset(("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"))
"""ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a telephone's keys: Twilio's names for no number."""
ANSWERED: Final = frozenset(("completed", "answered"))
REFUSED: Final = frozenset(("403", "603"))
UNREACHABLE: Final = frozenset(("404", "408", "410", "484"))
REFERRED: Final = re.compile(r"sips?:([A-Za-z0-9_.-]{1,200})@")
BESIDE: Final = (f"kept{BETWEEN}", f"ends{BETWEEN}")

Form = Mapping[str, str]


class BadReport(ValueError):
    """A signed webhook that this line does not understand."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered."""

    status: int
    text: str
    kind: str = XML


class Voice:
    """The door for calls over Twilio."""

    def __init__(
        self,
        held: HeldCalls,
        places: Places,
        sounds: Sounds,
        *,
        operator: str,
        tokens: Callable[[], Sequence[str]],
        now: Callable[[], datetime],
    ) -> None:
        self._held, self._places, self._sounds = held, places, sounds
        self._operator, self._tokens, self._now = operator, tokens, now

    def answer(self, webhook: Webhook) -> Reply:
        """One webhook, within a second."""
        if not is_signed(webhook, self._places.base, self._tokens()):
            metrics.security_events.labels("twilio_signature").inc()
            log.warning("twilio.not_signed", path=webhook.path)
            return Reply(403, "not signed\n", PLAIN)
        try:
            form = dict(webhook.fields()) if webhook.is_form else {}
        except NotAForm:
            form = {}
        if not SID.fullmatch(form.get("CallSid", "")):
            return Reply(400, "not a call\n", PLAIN)
        where = webhook.path.removeprefix(DOOR).strip("/")
        if where in ("status", "recording") or LEG.fullmatch(where):
            return self._news(where, form, webhook.query)
        return self._document(where, form, webhook.query)

    def _document(self, where: str, form: Form, query: str) -> Reply:
        """What the call does next; a person, when that cannot be told."""
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
            report = report_of(found[2], form, at)
            return self._held.go_on(
                call_id,
                int(found[1]),
                report.event,
                at,
                self._write,
                kept=report.kept,
                ends=report.ends,
                limited=report.limited,
                sound=report.sound,
            )
        raise BadReport(f"nothing is reported at {where!r}")

    def _write(self, turn: Turn, visit: Visit) -> str:
        return twiml.document(turn, self._places, visit)

    def _news(self, where: str, form: Form, query: str) -> Reply:
        """What needs no document; told again by nobody, so what cannot be kept is an error that Twilio shows."""
        at = instant(form.get("Timestamp", "")) or self._now()
        try:
            if where == "status" and form.get("CallStatus") in OVER:
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


# --- what a webhook reports --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """An event, and what our Asterisk told beside it; ``limited``: a talk there is over, which kept its limits."""

    event: Callable[[Call], Event]
    kept: str = ""
    ends: Ends | None = None
    limited: bool = False
    sound: Told | None = None


def arrived(form: Form, at: datetime) -> Arrived:
    """A call came in; a caller whose number is hidden has none, and an address of SIP is no number dialled."""
    caller = form.get("From", "")
    dialled = form.get("To", "")
    return Arrived(at, "" if caller in HIDDEN else caller, dialled if NUMBER.fullmatch(dialled) else "")


def report_of(what: str, form: Form, at: datetime) -> Report:
    """What came of a turn. Raises BadReport."""
    if what == twiml.MESSAGE:
        return Report(lambda call: message_left(call, form, at), sound=message_sound(form, at))
    if form.get("CallStatus") in OVER:
        return Report(lambda call: HungUp(at))
    match what:
        case twiml.ASKED:
            return Report(lambda call: pressed(form, at))
        case twiml.QUEUE:
            talked = form.get("DialCallStatus") in ANSWERED
            return Report(lambda call: QueueLeft(at, Left.TALKED if talked else Left.EMPTY), limited=talked)
        case twiml.RANG:
            limited = rang(form) is RingStatus.ANSWERED and "DialSipResponseCode" in form
            return Report(lambda call: RingEnded(at, rang(form)), limited=limited)
        case twiml.REFER:
            return referred(form, at)
    raise BadReport(f"nothing is reported as {what!r}")


def pressed(form: Form, at: datetime) -> Event:
    """Keys, or silence."""
    keys = "".join(key for key in form.get("Digits", "") if key in "0123456789*#")
    return Pressed(at, keys) if keys else Silent(at)


def rang(form: Form) -> RingStatus:
    """What DialCallStatus says, and where it is too coarse the answer of the phone's exchange (SIP)."""
    status, code = form.get("DialCallStatus", ""), form.get("DialSipResponseCode", "")
    if status in ANSWERED:
        return RingStatus.ANSWERED
    if code in REFUSED:
        return RingStatus.REFUSED
    if code in UNREACHABLE:
        return RingStatus.UNREACHABLE
    return {"busy": RingStatus.BUSY, "no-answer": RingStatus.NO_ANSWER}.get(status, RingStatus.FAILED)


def message_left(call: Call, form: Form, at: datetime) -> MessageLeft:
    """A message and what ended it. Without a recording nothing was said."""
    name = call.place.name if isinstance(call.place, LeavingMessage) else ""
    seconds = float(form.get("RecordingDuration", "") or 0)
    if not form.get("RecordingSid") or seconds <= 0:
        return MessageLeft(at, name, 0.0, MessageEnd.EMPTY)
    match form.get("Digits", ""):
        case "hangup":
            return MessageLeft(at, name, seconds, MessageEnd.CUT)
        case "":
            return MessageLeft(at, name, seconds, MessageEnd.SILENCE)
    return MessageLeft(at, name, seconds, MessageEnd.KEY)


def message_sound(form: Form, at: datetime) -> Told | None:
    """Where a spoken message lies; it may not be there for some seconds yet."""
    sid, seconds = form.get("RecordingSid", ""), float(form.get("RecordingDuration", "") or 0)
    if not RECORDING.fullmatch(sid) or seconds <= 0:
        return None
    return Told(sid, True, at - timedelta(seconds=seconds), seconds, ready=True)


def recorded(form: Form, of: Sequence[str], at: datetime) -> Told:
    """What Twilio says of a recording: it goes on, is ready, or there is none."""
    status, length = form.get("RecordingStatus", ""), form.get("RecordingDuration", "")
    seconds = float(length) if length.isdecimal() and len(length) < 7 else None
    began = instant(form.get("RecordingStartTime", "")) or at - timedelta(seconds=seconds or 0.0)
    absent = f"Twilio: {status} {form.get('ErrorCode', '')}".strip() if status in ("absent", "failed") else ""
    return Told(form["RecordingSid"], of != ["call"], began, seconds, status == "completed", absent)


def referred(form: Form, at: datetime) -> Report:
    """What our Asterisk tells by a REFER, in plain words behind each other. Raises BadReport.

    ``transfer.EXTENSION.PHONE.yes|no.REASON`` · ``slice.POSITION.AGENTS`` · ``empty`` · ``lost`` · ``key.1`` ·
    ``promised.EPOCH``: a callback was registered in the talk that is over now; then, beside each,
    ``.kept-…``, for the next time, and ``.ends-EPOCH-WHY``, EPOCH 0 for no limit.
    """
    found = REFERRED.search(form.get("ReferTransferTarget", ""))
    words = found[1].split(".") if found else []
    beside = dict(word.split(BETWEEN, 1) for word in words if word.startswith(BESIDE))
    event = _referred([word for word in words if not word.startswith(BESIDE)], at)
    return Report(event, beside.get("kept", "")[:64], _ends(beside.get("ends", "")))


def _referred(words: Sequence[str], at: datetime) -> Callable[[Call], Event]:
    match words:
        case ["transfer", extension, phone, urgent, reason]:
            return lambda call: TransferWanted(at, extension, phone, urgent == "yes", reason)
        case ["slice", position, agents] if position.isdecimal() and agents.isdecimal():
            return lambda call: QueueLeft(at, Left.SLICE, max(1, int(position)), int(agents))
        case ["empty"]:
            return lambda call: QueueLeft(at, Left.EMPTY)
        case ["lost"]:
            return lambda call: QueueLeft(at, Left.LOST)
        case ["key", keys]:
            return lambda call: Pressed(at, keys)
        case ["promised", epoch] if promised := _instant(epoch):
            return lambda call: talked(call, promised, at)
    raise BadReport(f"our Asterisk refers to {'.'.join(words)!r}")


def talked(call: Call, promised: datetime, at: datetime) -> Event:
    """A talk in which a callback was registered by key is over, be it with an agent or with an officer."""
    if isinstance(call.place, Waiting):
        return QueueLeft(at, Left.TALKED, promised=promised)
    return RingEnded(at, RingStatus.ANSWERED, promised)


def _ends(text: str) -> Ends | None:
    epoch, _, why = text.partition(BETWEEN)
    if why in frozenset(Why) and (instant_of := _instant(epoch)):
        return instant_of, why
    return (None, "") if epoch == "0" else None


def _instant(epoch: str) -> datetime | None:
    known = epoch.isdecimal() and 0 < len(epoch) < 12 and int(epoch)
    return datetime.fromtimestamp(int(epoch), UTC) if known else None


def news(form: Form, query: str, at: datetime) -> News:
    """How far ringing one phone has come."""
    sequence = form.get("SequenceNumber", "")
    called = form.get("To") or form.get("Called", "")
    return News(
        form["CallSid"],
        said(query, "rung")[0] if said(query, "rung") else "",
        form.get("CallStatus", ""),
        int(sequence) if sequence.isdecimal() and len(sequence) < 9 else 0,
        at,
        form.get("SipResponseCode", ""),
        called.startswith("sip:"),
    )


def said(query: str, name: str = "say") -> list[str]:
    """The values of one name in an address; at most as many as a whisper has sounds."""
    return parse_qs(query).get(name, [])[:40]
