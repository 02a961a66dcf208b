"""A turn as the document that Twilio performs: pure.

Every step has its way here. What the caller hears are our own files; what is asked, rung and recorded comes
back to an address that names the turn, so that a reply is never taken for another turn's. A phone is rung by
itself, for it is the engine that knows who is next; the queue is that of our Asterisk, reached by SIP.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final
from urllib.parse import quote, urlencode

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from calls.webhook_calls import Visit
from hotline.numbers import e164
from ivr import steps
from ivr.numerals import Language
from ivr.turn import Turn
from web.twilio_numbers import DOOR

ASKED, INFORMED, QUEUE, REFER, RANG, MESSAGE = "asked", "informed", "queue", "refer", "rang", "message"
"""What a turn's document waits for; the last word of the address where it is reported."""
QUEUE_PREFIX: Final = "agents-"
CALL, SPEAKS, FRONT, LISTED, KEPT, ENDS, PHONE, THERE = (
    f"x-hotline-{word}" for word in ("call", "speaks", "front", "listed", "kept", "ends", "phone", "there")
)
"""SIP headers that tell our Asterisk whose call this is, what is spoken to it, where it waits, and what is
said if an agent is there."""
AGENT: Final = "agent"
"""The user part under which one agent's phone is reached."""
REACHES_IN: Final = 10
"""Seconds within which our Asterisk answers a call for the queue; it plays the music."""
SILENCE: Final = 4
"""Seconds of silence that end a spoken message."""
ENDS_MESSAGE: Final = "#"
LONGEST_DIAL: Final = 14400
"""Seconds; Twilio's own limit."""
LABEL: Final = "/"


@dataclass(frozen=True, slots=True)
class Places:
    """Addresses that documents point to.

    ``exchange``: address and port of our Asterisk as Twilio reaches it, ``user`` and ``password`` what it is
    asked for; ``sounds``: the addresses of the files that say something; ``names``: those files by name.
    """

    base: str
    exchange: str
    user: str
    password: str
    sounds: Callable[[steps.Prompts, Language], Sequence[str]]
    names: Callable[[steps.Prompts, Language], Sequence[str]]


def document(turn: Turn, places: Places, visit: Visit) -> str:
    """The whole document of a turn."""
    response = VoiceResponse()
    for step in turn.steps:
        _perform(response, step, _Here(turn, places, visit))
    return str(response)


def whispered(sounds: Iterable[str]) -> str:
    """Played to who answers a phone, before the two are joined."""
    response = VoiceResponse()
    _play(response, sounds)
    return str(response)


def nothing() -> str:
    """The answer to news that change nothing."""
    return str(VoiceResponse())


@dataclass(frozen=True, slots=True)
class _Here:
    """One turn of one call, and the addresses that belong to it."""

    turn: Turn
    places: Places
    visit: Visit

    def address(self, what: str) -> str:
        return f"{self.places.base}{DOOR}/turn/{self.turn.call.turn}/{what}"

    def sounds(self, prompts: steps.Prompts) -> Sequence[str]:
        return self.places.sounds(prompts, self.turn.call.language)

    def played_there(self, prompts: steps.Prompts) -> str:
        """What our Asterisk says by its own files."""
        names = self.places.names(prompts, self.turn.call.language)
        return "&".join(f"hotline/{name}" for name in names)

    def whisper(self, prompts: steps.Prompts) -> str:
        names = self.places.names(prompts, Language.MANDARIN)
        return f"{self.places.base}{DOOR}/whisper?{urlencode([('say', name) for name in names], safe='/')}"

    def leg(self, label: str) -> str:
        return f"{self.places.base}{DOOR}/leg/{self.turn.call.turn}?rung={quote(label, safe='/')}"

    def recording(self, of: str) -> str:
        return f"{self.places.base}{DOOR}/recording?of={quote(of, safe='')}"

    def limit(self) -> int | None:
        """Limit of a talk our Asterisk knows nothing of; never early, so that V-16 is said behind it."""
        left = self.visit.seconds_left
        return None if left is None else min(LONGEST_DIAL, max(1, ceil(left)))

    def caller(self) -> str | None:
        """Number to call with; ours for who hides theirs, else nobody could be rung."""
        return None if self.turn.call.caller else self.visit.dialled or None


def _perform(response: VoiceResponse, step: steps.Step, here: _Here) -> None:
    if not isinstance(step, steps.StartRecording | steps.Ask):
        _play(response, here.sounds(step.prompts))
    match step:
        case steps.Say():
            pass
        case steps.StartRecording():
            _record(response, here)
        case steps.Ask():
            _ask(response, step, here)
        case steps.Enqueue():
            dial = _dial(response, here, QUEUE, REACHES_IN, refers=True)
            told = {FRONT: "yes" if step.front else "", THERE: here.played_there(step.there)}
            _sip(dial, here, f"{QUEUE_PREFIX}{step.language}", "", told)
        case steps.Ring():
            _ring(response, step, here)
        case steps.RingAgent(phone, seconds):
            _play(response, here.sounds(step.there))
            dial = _dial(response, here, RANG, seconds, refers=True)
            _sip(dial, here, AGENT, LABEL.join((AGENT, "", phone, "", "")), {PHONE: phone})
        case steps.TakeMessage():
            _take_message(response, step, here)
        case steps.End():
            response.hangup()


def _play(parent: VoiceResponse | Gather, sounds: Iterable[str]) -> None:
    for sound in sounds:
        parent.play(sound)


def _ask(response: VoiceResponse, step: steps.Ask, here: _Here) -> None:
    """A single key may be ``#`` too; several are ended by it. Silence is reported like a key.

    An information is played first: once it was heard to its end, that is reported,
    and the question comes behind it.
    """
    gather = response.gather(
        action=here.address(ASKED),
        method="POST",
        input="dtmf",
        num_digits=step.digits,
        timeout=1 if step.informs else max(1, ceil(step.seconds)),
        finish_on_key="" if step.digits == 1 else "#",
        action_on_empty_result=not step.informs,
    )
    _play(gather, here.sounds(step.prompts[: step.informs or None]))
    if step.informs:
        response.redirect(here.address(INFORMED), method="POST")


def _record(response: VoiceResponse, here: _Here) -> None:
    """Both directions, each in its own channel, from the end of the notice on."""
    response.start().recording(
        recording_status_callback=here.recording("call"),
        recording_status_callback_method="POST",
        recording_status_callback_event="in-progress completed absent",
        channels="dual",
        track="both",
        trim="do-not-trim",
    )


def _dial(response: VoiceResponse, here: _Here, what: str, seconds: float, *, refers: bool) -> Dial:
    """Dial: REFER for who may be put through; for an outside number the caller's own, and our limit."""
    refer = {"refer_url": here.address(REFER), "refer_method": "POST"}
    number = {"caller_id": here.caller(), "time_limit": here.limit()}
    return response.dial(
        action=here.address(what),
        method="POST",
        timeout=max(1, ceil(seconds)),
        **(refer if refers else number),
    )


def _ring(response: VoiceResponse, step: steps.Ring, here: _Here) -> None:
    """Ring an extension via our Asterisk, which tells of callbacks; outside numbers via Twilio, with keys."""
    rung = step.rung
    label = LABEL.join((rung.kind, step.asked, rung.extension, rung.section, rung.agency))
    dial = _dial(response, here, RANG, step.seconds, refers=not rung.number)
    if not rung.number:
        _sip(dial, here, rung.extension, label, whisper=step.whisper)
    elif rung.keys:  # behind an exchange that takes keys nobody can be whispered to: its machine answers
        dial.number(e164(rung.number), send_digits=f"ww{rung.keys}", **_leg(here, label))
    else:
        dial.number(e164(rung.number), **_whisper(here, step.whisper), **_leg(here, label))


def _sip(
    dial: Dial,
    here: _Here,
    user: str,
    label: str,
    headers: Mapping[str, str] | None = None,
    whisper: steps.Prompts = (),
) -> None:
    """Dial our Asterisk, told how the call stands: it ends in time there, and a limit can be lifted."""
    places, call = here.places, here.turn.call
    told = {
        CALL: call.id,
        SPEAKS: call.language,
        **(headers or {}),
        LISTED: str(call.listed or ""),
        KEPT: here.visit.kept,
        ENDS: here.visit.ends,
    }
    known = urlencode({name: text for name, text in told.items() if text})
    dial.sip(
        f"sip:{user}@{places.exchange}?{known}",
        username=places.user,
        password=places.password,
        **_leg(here, label),
        **_whisper(here, whisper),
    )


def _leg(here: _Here, label: str) -> dict[str, str]:
    """News of a phone that rings; the queue itself is no phone."""
    if not label:
        return {}
    return {
        "status_callback": here.leg(label),
        "status_callback_method": "POST",
        "status_callback_event": "initiated ringing answered completed",
    }


def _whisper(here: _Here, prompts: steps.Prompts) -> dict[str, str]:
    return {"url": here.whisper(prompts), "method": "POST"} if prompts else {}


def _take_message(response: VoiceResponse, step: steps.TakeMessage, here: _Here) -> None:
    """Twilio goes on with the document when nothing was said, so that is reported by a redirect."""
    response.record(
        action=here.address(MESSAGE),
        method="POST",
        max_length=max(2, int(step.seconds)),
        timeout=SILENCE,
        finish_on_key=ENDS_MESSAGE,
        play_beep=False,
        trim="do-not-trim",
        recording_status_callback=here.recording(step.name),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    response.redirect(here.address(MESSAGE), method="POST")
