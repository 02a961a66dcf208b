"""One session: translate the question, take a turn, translate the answer. Decides nothing."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime

from agi_scripts import variables as v
from agi_scripts.head import Head
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
    Pressed,
    QueueLeft,
    Record,
    Say,
    Silent,
)
from ivr.turns import Switchboard

STATUS = {"CONTINUE": Left.TALKED, "TIMEOUT": Left.SLICE, "FULL": Left.SLICE}
"""QUEUESTATUS as Asterisk says it; every other word means that nobody is there."""


class BadQuestion(ValueError):
    """The dialplan asked something that this server does not know."""


def decide(head: Head, switchboard: Switchboard, shelf: Shelf, now: Callable[[], datetime]) -> str:
    """The value of TURN for one question. Raises BadQuestion, or what the switchboard raises."""
    if head.script == v.READY_PATH:
        return v.READY
    if head.script != v.TURN_PATH or len(head.arguments) < 2:
        raise BadQuestion(f"no such question: {head.script!r} with {len(head.arguments)} arguments")
    packed, *words = head.arguments
    call = unpack(packed) if packed else switchboard.new_call(head.fields.get("agi_uniqueid", ""))
    return answer(switchboard.take_turn(call, event_of(words, now())), shelf)


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


def event_of(words: Sequence[str], at: datetime) -> Event:
    """An event from the dialplan's words. Raises BadQuestion."""
    match words:
        case [v.ARRIVED, caller, dialled]:
            return Arrived(at, caller, dialled)
        case [v.PRESSED, keys]:
            return Pressed(at, keys)
        case [v.SILENT]:
            return Silent(at)
        case [v.LEFT_QUEUE, status, position, agents]:
            return QueueLeft(at, STATUS.get(status, Left.EMPTY), max(1, _number(position)), _number(agents))
    raise BadQuestion(f"no such event: {list(words)}")


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def answer(turn: Turn, shelf: Shelf) -> str:
    """A turn as the fields the dialplan performs, in the order of FIELDS."""
    language = turn.call.language
    fields = dict.fromkeys(v.FIELDS, "")
    fields |= {"CALL": pack(turn.call), "LANG": language, "WANTED": turn.call.wanted, "MARK": v.WHOLE}
    for step in turn.steps:
        match step:
            case Say(prompts, notice):
                fields["SAY"] = sounds(prompts, shelf, language)
                fields["NOTICE"] = v.YES if notice else ""
            case Record():
                fields["RECORD"] = v.YES
            case Ask(prompts, digits, seconds):
                fields |= _last(v.ASK, sounds(prompts, shelf, language), str(digits), f"{seconds:g}")
            case Enqueue(wanted, prompts):
                whisper = sounds((Prompt(v.WHISPER_PREFIX + wanted, Language.MANDARIN),), shelf, language)
                fields |= _last(v.QUEUE, sounds(prompts, shelf, language), v.QUEUE_PREFIX + wanted, whisper)
            case End(prompts, reason):
                fields |= _last(v.END, sounds(prompts, shelf, language), reason, "")
    return ",".join(fields[name] for name in v.FIELDS)


def _last(step: str, play: str, a: str, b: str) -> dict[str, str]:
    return {"STEP": step, "PLAY": play, "A": a, "B": b}


def sounds(prompts: Sequence[Prompt], shelf: Shelf, language: Language) -> str:
    """Asterisk's list of sound files."""
    return "&".join(shelf.names(prompts, language))
