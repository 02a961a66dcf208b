"""Talk to the menus by keyboard: the same engine, at any date and time, nothing stored."""

from collections.abc import Callable, Iterator
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
    Prompts,
    Ring,
    RingAgent,
    Say,
    StartRecording,
    Step,
    TakeMessage,
    detail,
)
from ivr.walk_keys import Read, next_event

Show = Callable[[str], None]


def walk(book: Book, caller: str, at: datetime, read: Read, show: Show) -> Call:
    """One call from answer to end; ``read`` is the keyboard, ``show`` the screen."""
    for _event, turn in turns(book, caller, at, read):
        for line in described(book, turn):
            show(line)
        call = turn.call
    return call


def turns(book: Book, caller: str, at: datetime, read: Read) -> Iterator[tuple[Event, Turn]]:
    """Yield each turn of such a call with what led to it, before ``read`` is asked for the next."""
    call = Call("walk", book.menus.version, InMenu(book.menus.first))
    event: Event | None = Arrived(at, caller, "1999")
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
        if not isinstance(step, StartRecording):
            yield from _words(book, turn.call.language, step.prompts)
        yield from _done(book, step)
    for fact in turn.facts:
        fields = ", ".join(f"{name}={value}" for name, value in detail(fact).items())
        yield f"      · {type(fact).__name__}({fields})"


def _done(book: Book, step: Step) -> Iterator[str]:
    match step:
        case Say():
            pass
        case StartRecording():
            yield "      ● recording begins"
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
