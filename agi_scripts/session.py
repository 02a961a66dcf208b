"""One session: translate the question, take a turn, translate the answer. Decides nothing."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from agi_scripts import variables as v
from agi_scripts.head import AgiHead
from calls.dialplan_lines import label, listed, target
from hotline.clock import from_epoch
from ivr.call import LIMIT, Call
from ivr.engine import Turn
from ivr.numerals import Language
from ivr.prompts import Prompt, Shelf
from ivr.steps import (
    Arrived,
    Ask,
    End,
    Enqueue,
    Event,
    Left,
    MessageLeft,
    Pressed,
    Prompts,
    QueueLeft,
    Ring,
    RingAgent,
    RingEnded,
    Say,
    Silent,
    StartRecording,
    Step,
    TakeMessage,
    TransferWanted,
)
from ivr.turns import Switchboard
from recordings.messages import Messages, socket_id
from recordings.policy import MessageEnd
from transfer.outcome import LOST, DialOutcome, cause_of

STATUS = {"CONTINUE": Left.TALKED, "TIMEOUT": Left.SLICE, "FULL": Left.SLICE, "LOST": Left.LOST}
"""QUEUESTATUS as Asterisk says it; every other word means that nobody is there."""


RECORDED = {
    "DTMF": MessageEnd.KEY,
    "SILENCE": MessageEnd.SILENCE,
    "TIMEOUT": MessageEnd.LONGEST,
    "HANGUP": MessageEnd.HANG_UP,
}
"""RECORD_STATUS; every other word means that the sound broke off."""


TOLD: tuple[list[str], ...] = ([], [""], [v.YES])
"""Whether something is so, as the dialplan says it; of before, it says nothing."""


class BadQuestion(ValueError):
    """The dialplan asked something that this server does not know."""


def decide(head: AgiHead, switchboard: Switchboard, shelf: Shelf, now: Callable[[], datetime]) -> str:
    """The value of TURN for one question. Raises BadQuestion, or what the switchboard raises."""
    if head.script == v.READY_PATH:
        return v.READY
    if head.script == v.CONSULT_PATH and len(head.arguments) == 2:
        extension, urgent = head.arguments
        return consulted(switchboard.consult(extension, urgent == v.YES, now()))
    if head.script == v.DUTY_PATH:
        return consulted(switchboard.duty(now()))
    if head.script != v.TURN_PATH or len(head.arguments) < 2:
        raise BadQuestion(f"no such question: {head.script!r} with {len(head.arguments)} arguments")
    packed, *words = head.arguments
    event = event_of(words, now(), switchboard.messages)
    if packed:
        call = unpack(packed)
    else:
        heard = words[3] if words[0] == v.ASKED else ""
        call = switchboard.new_call(head.fields.get("agi_uniqueid", ""), heard)
    if isinstance(event, Arrived):
        event = replace(event, from_carrier=head.fields.get("agi_accountcode") == v.CARRIER)
    return answer(switchboard.take_turn(call, event), shelf)


def unpack(text: str) -> Call:
    """The call as it travelled. Raises BadQuestion."""
    try:
        padded = text + "=" * (-len(text) % 4)
        return Call.from_json(base64.urlsafe_b64decode(padded).decode())
    except ValueError as error:  # no base64, no UTF-8, or an UnreadableCall
        raise BadQuestion(f"no call in CALL: {error}") from error


def pack(call: Call) -> str:
    """The call as it travels: letters, digits, ``-`` and ``_`` only."""
    body = call.to_json().encode()
    if len(body) > LIMIT:
        raise ValueError(f"a call of {len(body)} bytes, more than {LIMIT}")
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def event_of(words: Sequence[str], at: datetime, messages: Messages) -> Event:
    """An event from the dialplan's words. Raises BadQuestion."""
    match words:
        case [v.ARRIVED, caller, dialled, *greeted] if len(greeted) < 2:
            return Arrived(at, caller, dialled, greeted == [v.GREETED])
        case [v.ARRIVED, caller, dialled, greeted, v.YES]:
            return Arrived(at, caller, dialled, greeted == v.GREETED, crowded=True)
        case [v.ASKED, caller, dialled, _, *keys] if len(keys) < 2:
            return Arrived(at, caller, dialled, greeted=True, pressed=tuple("".join(keys).split("-")))
        case [v.PRESSED, keys, *informed] if informed in TOLD:
            return Pressed(at, keys, informed == [v.YES])
        case [v.SILENT, *informed] if informed in TOLD:
            return Silent(at, informed == [v.YES])
        case [v.LEFT_QUEUE, status, position, agents, *talk] if talk[1:] in TOLD:
            why, place = STATUS.get(status, Left.EMPTY), max(1, _number(position))
            there, _, free = agents.partition("/")
            kept = from_epoch("".join(talk[:1]))
            return QueueLeft(at, why, place, _number(there), kept, _number(free), talk[1:] == [v.YES])
        case [v.TRANSFER, extension, by, urgent, reason]:
            return TransferWanted(at, extension, by, urgent == v.YES, reason)
        case [v.RANG, status, cause, promised, *rang] if rang[1:] in TOLD:
            outcome = DialOutcome.from_dialstatus(status, cause_of(cause), rang=rang[:1] != [""])
            is_lost = outcome is DialOutcome.ANSWERED and cause_of(cause) == LOST
            return RingEnded(at, outcome, from_epoch(promised), is_lost, rang[1:] == [v.YES])
        case [v.LEFT_MESSAGE, name, how]:
            return message_left(messages, name, how, at)
    raise BadQuestion(f"no such event: {list(words)}")


def message_left(messages: Messages, name: str, how: str, at: datetime) -> MessageLeft:
    """A message as its file tells; ``how`` counts only where Asterisk recorded it. Raises BadQuestion."""
    try:
        heard = messages.heard(name, RECORDED.get(how, MessageEnd.CUT))
    except ValueError as error:
        raise BadQuestion(str(error)) from error
    return MessageLeft(at, name, heard.seconds, heard.ended)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def answer(turn: Turn, shelf: Shelf) -> str:
    """A turn as the fields the dialplan performs, in the order of FIELDS."""
    language = turn.call.language
    fields = dict.fromkeys(v.FIELDS, "")
    fields |= {"CALL": pack(turn.call), "LANG": language, "WANTED": turn.call.wanted, "MARK": v.WHOLE}
    fields["LISTED"] = str(turn.call.listed or "")
    for step in turn.steps:
        fields |= _fields(step, lambda prompts: sounds(prompts, shelf, language))
    return ",".join(fields[name] for name in v.FIELDS)


def _fields(step: Step, played: Callable[[Prompts], str]) -> dict[str, str]:
    match step:
        case Say(prompts, notice):
            return {"SAY": played(prompts), "NOTICE": v.YES if notice else ""}
        case StartRecording():
            return {"RECORD": v.YES}
        case Ask(prompts, digits, seconds, informs):
            told, asked = played(prompts[:informs]), played(prompts[informs:])
            return _last(v.ASK, asked, str(digits), f"{seconds:g}", told)
        case Enqueue(wanted, prompts, front, listed, there):
            words = (v.LISTED_WHISPER, wanted) if listed else (wanted,)
            whisper = played(tuple(Prompt(v.WHISPER_PREFIX + word, Language.MANDARIN) for word in words))
            first = v.YES if front else ""
            return _last(v.QUEUE, played(prompts), v.QUEUE_PREFIX + wanted, whisper, first, played(there))
        case Ring(rung, seconds, _, prompts, whisper):
            return _last(v.RING, played(prompts), target(rung), f"{seconds:g}", played(whisper), label(step))
        case RingAgent(phone, seconds, prompts, there):
            return _last(v.AGENT, played(prompts), phone, f"{seconds:g}", played(there))
        case TakeMessage(name, seconds, prompts):
            return _last(v.MESSAGE, played(prompts), name, str(socket_id(name)), f"{seconds:g}")
        case End(prompts, reason):
            return _last(v.END, played(prompts), reason)


def consulted(rings: Sequence[Ring]) -> str:
    """Phones to ring one after another in one variable."""
    return f"{listed(rings)},{v.WHOLE}"


def _last(step: str, play: str, *arguments: str) -> dict[str, str]:
    return {"STEP": step, "PLAY": play, **dict(zip("ABCD", (*arguments, "", "", "", ""), strict=False))}


def sounds(prompts: Sequence[Prompt], shelf: Shelf, language: Language) -> str:
    """Asterisk's list of sound files."""
    return "&".join(shelf.names(prompts, language))
