"""Reports of Twilio by a form, as events of a call and news of its phones and recordings: pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

from calls.carrier_progress import ENDS, RingProgress, instant
from calls.webhook_calls import BETWEEN, Ends, LimitWatch, WebhookReport
from hotline.clock import from_epoch
from ivr import steps
from ivr.call import Call, LeavingMessage, LeavingWords, Waiting
from ivr.limits import EndRule
from recordings.policy import MessageEnd
from recordings.remote import CarrierReport
from transfer.outcome import DialOutcome
from web import twiml

RECORDING: Final = re.compile(r"RE[0-9a-f]{32}")
NUMBER: Final = re.compile(r"\+?[0-9]{1,20}")
HIDDEN: Final = frozenset(("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"))
"""Twilio's names for no number: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE on telephone keys."""
REFERRED: Final = re.compile(r"sips?:([A-Za-z0-9_.-]{1,200})@")
BESIDE: Final = (f"kept{BETWEEN}", f"ends{BETWEEN}")

Form = Mapping[str, str]


class BadReport(ValueError):
    """A signed webhook that this line does not understand."""


def arrived(form: Form, at: datetime) -> steps.Arrived:
    """Event of a call: a hidden number gives no caller, and a SIP address is no number dialled.

    A number is the carrier's word; a browser of Twilio's or a SIP telephone names itself.
    """
    caller = form.get("From", "")
    dialled = form.get("To", "")
    caller = "" if caller in HIDDEN else caller
    is_number = NUMBER.fullmatch(caller) is not None
    return steps.Arrived(at, caller, dialled if NUMBER.fullmatch(dialled) else "", from_carrier=is_number)


def report_of(what: str, form: Form, at: datetime) -> WebhookReport:
    """Event that came of a turn. Raises BadReport."""
    if what == twiml.MESSAGE:
        return WebhookReport(lambda call: message_left(call, form, at), sound=message_sound(form, at))
    if form.get("CallStatus") in ENDS:
        return WebhookReport(lambda call: steps.HungUp(at))
    match what:
        case twiml.ASKED:
            return WebhookReport(lambda call: pressed(form, at))
        case twiml.INFORMED:
            return WebhookReport(lambda call: steps.Informed(at))
        case twiml.QUEUE:
            talked = rang(form) is DialOutcome.ANSWERED
            left = steps.Left.TALKED if talked else steps.Left.EMPTY
            return WebhookReport(lambda call: steps.QueueLeft(at, left), watched=_there(talked))
        case twiml.RANG:
            talked = rang(form) is DialOutcome.ANSWERED and "DialSipResponseCode" in form
            return WebhookReport(lambda call: steps.RingEnded(at, rang(form)), watched=_there(talked))
        case twiml.REFER:
            return referred(form, at)
    raise BadReport(f"nothing is reported as {what!r}")


def _there(talked: bool) -> LimitWatch:
    return LimitWatch.THERE if talked else LimitWatch.HERE


def pressed(form: Form, at: datetime) -> steps.Event:
    """Keys, or silence."""
    keys = "".join(key for key in form.get("Digits", "") if key in "0123456789*#")
    return steps.Pressed(at, keys) if keys else steps.Silent(at)


def rang(form: Form) -> DialOutcome:
    """Outcome of a phone that Twilio rang."""
    return DialOutcome.from_twilio(form.get("DialCallStatus", ""), form.get("DialSipResponseCode", ""))


def message_left(call: Call, form: Form, at: datetime) -> steps.MessageLeft:
    """A message and what ended it. Without a recording nothing was said."""
    name = call.place.name if isinstance(call.place, LeavingMessage | LeavingWords) else ""
    seconds = float(form.get("RecordingDuration", "") or 0)
    if not form.get("RecordingSid") or seconds <= 0:
        return steps.MessageLeft(at, name, 0.0, MessageEnd.EMPTY)
    match form.get("Digits", ""):
        case "hangup":
            return steps.MessageLeft(at, name, seconds, MessageEnd.HANG_UP)
        case "":
            return steps.MessageLeft(at, name, seconds, MessageEnd.SILENCE)
    return steps.MessageLeft(at, name, seconds, MessageEnd.KEY)


def message_sound(form: Form, at: datetime) -> CarrierReport | None:
    """Recording of a spoken message; it may not be there for some seconds yet."""
    sid, seconds = form.get("RecordingSid", ""), float(form.get("RecordingDuration", "") or 0)
    if not RECORDING.fullmatch(sid) or seconds <= 0:
        return None
    return CarrierReport(sid, True, at - timedelta(seconds=seconds), seconds, ready=True)


def recorded(form: Form, of: Sequence[str], at: datetime) -> CarrierReport:
    """State of a recording at Twilio: it goes on, is ready, or there is none."""
    status, length = form.get("RecordingStatus", ""), form.get("RecordingDuration", "")
    seconds = float(length) if length.isdecimal() and len(length) < 7 else None
    began = instant(form.get("RecordingStartTime", "")) or at - timedelta(seconds=seconds or 0.0)
    absent = f"Twilio: {status} {form.get('ErrorCode', '')}".strip() if status in ("absent", "failed") else ""
    return CarrierReport(form["RecordingSid"], of != ["call"], began, seconds, status == "completed", absent)


def referred(form: Form, at: datetime) -> WebhookReport:
    """Words that our Asterisk sends by a REFER, behind each other. Raises BadReport.

    ``transfer.EXTENSION.PHONE.yes|no.REASON`` · ``slice.POSITION.AGENTS.FREE`` · ``empty`` · ``lost`` ·
    ``key.1`` · ``talked.officer``: the talk that is over now was an officer's, to whom the agent had left the
    caller · ``promised.EPOCH``, ``promised.EPOCH.officer``: a callback was registered in it · ``ended``: by a
    limit, and V-16 is said; then, beside each, ``.kept-…``, for the next time, and ``.ends-EPOCH-WHY``, EPOCH 0 for no
    limit.
    """
    found = REFERRED.search(form.get("ReferTransferTarget", ""))
    words = found[1].split(".") if found else []
    beside = dict(word.split(BETWEEN, 1) for word in words if word.startswith(BESIDE))
    event = _referred([word for word in words if not word.startswith(BESIDE)], at)
    watched = LimitWatch.MET if words[:1] == ["ended"] else LimitWatch.HERE
    return WebhookReport(event, beside.get("kept", "")[:64], _ends(beside.get("ends", "")), watched)


def _referred(words: Sequence[str], at: datetime) -> Callable[[Call], steps.Event]:
    match words:
        case ["transfer", extension, phone, urgent, reason]:
            return lambda call: steps.TransferWanted(at, extension, phone, urgent == "yes", reason)
        case ["slice", *counts] if len(counts) in (2, 3) and all(one.isdecimal() for one in counts):
            position, agents, free = (*map(int, counts), 0)[:3]
            place = max(1, position)
            return lambda call: steps.QueueLeft(at, steps.Left.SLICE, place, agents, free=free)
        case ["empty"]:
            return lambda call: steps.QueueLeft(at, steps.Left.EMPTY)
        case ["lost"]:
            return lambda call: steps.QueueLeft(at, steps.Left.LOST)
        case ["key", keys]:
            return lambda call: steps.Pressed(at, keys)
        case ["ended"]:
            return lambda call: steps.HungUp(at)
        case ["talked", "officer"]:
            return lambda call: talked(call, None, at, by_officer=True)
        case ["promised", epoch, *by] if by in ([], ["officer"]) and (promised := from_epoch(epoch)):
            return lambda call: talked(call, promised, at, by_officer=bool(by))
    raise BadReport(f"our Asterisk refers to {'.'.join(words)!r}")


def talked(call: Call, promised: datetime | None, at: datetime, *, by_officer: bool) -> steps.Event:
    """End of a talk of which our Asterisk tells more than that it is over."""
    if isinstance(call.place, Waiting):
        return steps.QueueLeft(at, steps.Left.TALKED, promised=promised, by_officer=by_officer)
    return steps.RingEnded(at, DialOutcome.ANSWERED, promised, by_officer=by_officer)


def _ends(text: str) -> Ends | None:
    epoch, _, why = text.partition(BETWEEN)
    if why in frozenset(EndRule) and (instant_of := from_epoch(epoch)):
        return instant_of, why
    return (None, "") if epoch == "0" else None


def news(form: Form, query: str, at: datetime) -> RingProgress:
    """State of ringing one phone."""
    sequence = form.get("SequenceNumber", "")
    called = form.get("To") or form.get("Called", "")
    return RingProgress(
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
