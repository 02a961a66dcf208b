"""Talk to the menus by keyboard: the same engine, at any date and time, nothing stored."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ivr.call import Call, InMenu
from ivr.engine import Book, Turn, advance
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
    Record,
    Say,
    Silent,
    Step,
    TakeMessage,
    detail,
)
from recordings.policy import MessageEnd

Read = Callable[[str], str]
Show = Callable[[str], None]

QUEUE_HELP = "queue: [Enter] 30 s pass · 1 callback key · a an agent answers · n nobody is there · h hang up"
MESSAGE_HELP = "say it ([Enter] = nothing, # at the end = the key, h = hang up)"
SECONDS_A_LETTER = 0.25
ASK_HELP = "key ([Enter] = no key, h = hang up)"


def walk(book: Book, caller: str, at: datetime, read: Read, show: Show) -> Call:
    """One call from answer to end; ``read`` is the keyboard, ``show`` the screen."""
    call = Call("walk", book.menus.version, InMenu(book.menus.first))
    event: Event | None = Arrived(at, caller, "1999")
    position = 3
    while event is not None:
        call = Call.from_json(call.to_json())
        turn = advance(book, call, event)
        call = turn.call
        for line in described(book, turn):
            show(line)
        at += timedelta(seconds=10)
        event, position = _next(turn.steps, at, position, read)
    return call


def described(book: Book, turn: Turn) -> Iterator[str]:
    """The turn for a reader: what is said, what is done, what became a fact."""
    for step in turn.steps:
        yield from _step(book, turn, step)
    for fact in turn.facts:
        fields = ", ".join(f"{name}={value}" for name, value in detail(fact).items())
        yield f"      · {type(fact).__name__}({fields})"


def _step(book: Book, turn: Turn, step: Step) -> Iterator[str]:
    match step:
        case Say(prompts):
            yield from _words(book, turn, prompts)
        case Record():
            yield "      ● recording begins"
        case Ask(prompts, digits, seconds):
            yield from _words(book, turn, prompts)
            yield f"      ? {digits} key(s), {seconds:g} s"
        case Enqueue(language, prompts):
            yield from _words(book, turn, prompts)
            yield f"      ♪ waiting for an agent who speaks {language}"
        case TakeMessage(_, seconds, prompts):
            yield from _words(book, turn, prompts)
            yield f"      ● a message, {seconds:g} s at most"
        case End(prompts, reason):
            yield from _words(book, turn, prompts)
            yield f"      ■ the line hangs up: {reason}"


def _words(book: Book, turn: Turn, prompts: Prompts) -> Iterator[str]:
    for prompt in prompts:
        text = book.catalogue.text(prompt.id, prompt.language or turn.call.language)
        yield f"  {prompt.id:<22} {text}"


def _next(steps: tuple[Step, ...], at: datetime, position: int, read: Read) -> tuple[Event | None, int]:
    match steps[-1] if steps else None:
        case Ask():
            keys = read(ASK_HELP).strip()
            if keys == "h":
                return HungUp(at), position
            return (Pressed(at, keys) if keys else Silent(at)), position
        case Enqueue():
            return _queue(read(QUEUE_HELP).strip(), at, position)
        case TakeMessage(name):
            return _message(read(MESSAGE_HELP).strip(), name, at), position
        case _:
            return None, position


def _message(said: str, name: str, at: datetime) -> Event:
    if said == "h":
        return HungUp(at)
    words = said.removesuffix("#")
    ended = MessageEnd.EMPTY if not words else MessageEnd.KEY if said.endswith("#") else MessageEnd.SILENCE
    return MessageLeft(at, name, round(len(words) * SECONDS_A_LETTER, 1), ended)


def _queue(answer: str, at: datetime, position: int) -> tuple[Event, int]:
    match answer:
        case "a":
            return QueueLeft(at, Left.TALKED), position
        case "n":
            return QueueLeft(at, Left.EMPTY), position
        case "h":
            return HungUp(at), position
        case "1":
            return Pressed(at, "1"), position
    return QueueLeft(at + timedelta(seconds=30), Left.SLICE, position, 2), max(1, position - 1)
