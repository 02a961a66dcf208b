"""Talk to the menus by keyboard: the same engine, at any date and time, nothing stored.

The keyboard plays the caller's keys, the queue, and every phone that rings.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ivr.call import Call, InMenu
from ivr.engine import Book, Turn, advance
from ivr.numerals import Language
from ivr.steps import (
    Arrived,
    Ask,
    End,
    Enqueue,
    Event,
    HungUp,
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
    detail,
    words_of,
)
from recordings.policy import MessageEnd, RecordingFrom
from transfer.outcome import DialOutcome
from transfer.reasons import TransferReason

Show = Callable[[str], None]
Read = Callable[[str], str]

AGENT = "agent-1"
TRANSFER_HELP = f"t EXTENSION [urgent] [{'|'.join(TransferReason)}] an agent transfers"
QUEUE_HELP = (
    "queue: [Enter] 30 s pass · 1 callback key · a an agent answers · "
    f"{TRANSFER_HELP} · n nobody is there · h hang up"
)
ASK_HELP = "key ([Enter] = no key, h = hang up)"
RING_HELP = (
    "the phone: a answers · p answers and registers a callback · b busy · [Enter] no answer · "
    "u unreachable · r refuses · f fails · h the caller hangs up"
)
AGENT_HELP = f"the agent: a answers · {TRANSFER_HELP} · [Enter] is not free · h the caller hangs up"
MESSAGE_HELP = "say it ([Enter] = nothing, # at the end = the key, h = hang up)"
SECONDS_A_LETTER = 0.25
PHONE = {
    "a": DialOutcome.ANSWERED,
    "p": DialOutcome.ANSWERED,
    "b": DialOutcome.BUSY,
    "": DialOutcome.NO_ANSWER,
    "u": DialOutcome.UNREACHABLE,
    "r": DialOutcome.REFUSED,
    "f": DialOutcome.FAILED,
}
SLICE = timedelta(seconds=30)


def walk(book: Book, caller: str, at: datetime, read: Read, show: Show) -> Call:
    """One call from answer to end; ``read`` is the keyboard, ``show`` the screen."""
    for _event, turn in turns(book, caller, at, read):
        for line in described(book, turn):
            show(line)
        call = turn.call
    return call


def turns(book: Book, caller: str, at: datetime, read: Read) -> Iterator[tuple[Event, Turn]]:
    """Yield each turn of such a call with what led to it, before ``read`` is asked for the next."""
    book = replace(book, survey=book.survey and book.survey.rehearsal())
    call = Call("walk", book.menus.version, InMenu(book.menus.first))
    event: Event | None = Arrived(at, caller, "1999", from_carrier=True)
    position = 3
    while event is not None:
        call = Call.from_json(call.to_json())
        turn = advance(book, call, event)
        call = turn.call
        yield event, turn
        at = event.at + timedelta(seconds=10)
        event = next_event(turn.steps, at, position, read)
        position = max(1, position - isinstance(turn.steps[-1] if turn.steps else None, Enqueue))


def described(book: Book, turn: Turn) -> Iterator[str]:
    """The turn for a reader: what is said, what is done, what became a fact."""
    for step in turn.steps:
        yield from _words(book, turn.call.language, words_of(step))
        yield from _done(book, step)
    for fact in turn.facts:
        fields = ", ".join(f"{name}={value}" for name, value in detail(fact).items())
        yield f"      · {type(fact).__name__}({fields})"


def _done(book: Book, step: Step) -> Iterator[str]:
    match step:
        case Say():
            pass
        case StartRecording():
            later = book.recording_from is RecordingFrom.PERSON
            yield "      ● recording begins" + (" when somebody answers" if later else "")
        case Ask(_, digits, seconds):
            yield f"      ? {digits} key(s), {seconds:g} s"
        case Enqueue(language, _, front):
            before = ", before everybody else" if front else ""
            yield f"      ♪ waiting for an agent who speaks {language}{before}"
        case Ring(rung, seconds, asked, _, whisper):
            phone = f"{rung.number} + {rung.keys}".removesuffix(" + ") if rung.number else rung.extension
            yield f"      ☎ {phone} {rung.name} rings as {rung.kind} of {asked}, {seconds:g} s; who answers hears:"
            yield from _words(book, Language.MANDARIN, whisper, "        ")
        case RingAgent(phone, seconds):
            yield f"      ☎ {phone} rings again if free, {seconds:g} s"
        case TakeMessage(_, seconds):
            yield f"      ● a message, {seconds:g} s at most"
        case End(_, reason):
            yield f"      ■ the line hangs up: {reason}"


def _words(book: Book, language: Language, prompts: Prompts, margin: str = "  ") -> Iterator[str]:
    for prompt in prompts:
        text = book.catalogue.text(prompt.id, prompt.language or language)
        yield f"{margin}{prompt.id:<22} {text}"


def next_event(steps: tuple[Step, ...], at: datetime, position: int, read: Read) -> Event | None:
    """Next event, asked at the keyboard; None when the call is over."""
    match steps[-1] if steps else None:
        case Ask():
            keys = read(ASK_HELP).strip()
            return HungUp(at) if keys == "h" else Pressed(at, keys) if keys else Silent(at)
        case Enqueue():
            return _queue(read(QUEUE_HELP).strip(), at, position)
        case Ring(seconds=seconds):
            return _rung(_known(read, RING_HELP), at, seconds)
        case RingAgent(phone, seconds):
            answer = read(AGENT_HELP).strip()
            return _transfer(answer, at, phone) or _rung(answer if answer in "ah" else "", at, seconds)
        case TakeMessage(name):
            return _message(read(MESSAGE_HELP).strip(), name, at)
        case _:
            return None


def _queue(answer: str, at: datetime, position: int) -> Event:
    match answer:
        case "a":
            return QueueLeft(at, Left.TALKED)
        case "n":
            return QueueLeft(at, Left.EMPTY)
        case "h":
            return HungUp(at)
        case "1":
            return Pressed(at, "1")
    return _transfer(answer, at, AGENT) or QueueLeft(at + SLICE, Left.SLICE, position, 2)


def _transfer(answer: str, at: datetime, by: str) -> TransferWanted | None:
    match answer.split():
        case ["t", extension, *how]:
            reason = next((word for word in how if word != "urgent"), "")
            return TransferWanted(at, extension, by, "urgent" in how, reason)
    return None


def _known(read: Read, ask: str) -> str:
    while (answer := read(ask).strip()) not in {*PHONE, "h"}:
        pass
    return answer


def _rung(answer: str, at: datetime, seconds: float) -> Event:
    if answer == "h":
        return HungUp(at)
    status = PHONE[answer]
    lasted = timedelta(seconds=seconds if status is DialOutcome.NO_ANSWER else 0)
    return RingEnded(at + lasted, status, at if answer == "p" else None)


def _message(said: str, name: str, at: datetime) -> Event:
    if said == "h":
        return HungUp(at)
    words = said.removesuffix("#")
    ended = MessageEnd.EMPTY if not words else MessageEnd.KEY if said.endswith("#") else MessageEnd.SILENCE
    return MessageLeft(at, name, round(len(words) * SECONDS_A_LETTER, 1), ended)
