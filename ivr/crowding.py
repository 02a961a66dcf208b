"""Callers with more calls at once than the setting ``caller_calls``: told so, and offered a callback."""

from typing import Final

from hotline.numbers import e164
from hotline.overflow import CallLimit
from ivr.call import Call, Crowded
from ivr.promising import promise
from ivr.prompts import Prompt
from ivr.steps import Arrived, Ask, CallerCrowded, Pressed, Silent
from ivr.turn import Book, Turn, finish

TRIES: Final = 2
SECONDS: Final = 5.0
CALLBACK: Final = "1"
"""The key that is offered, as in the queue's music."""


def is_too_many(book: Book, call: Call, event: Arrived) -> bool:
    """True if this call is one too many: never of an unknown number, nor of one free of the limit."""
    return event.crowded and bool(call.caller) and e164(call.caller) not in book.exempt


def offer(book: Book, call: Call) -> Turn:
    """Say so in every language with a voice, for the caller has not chosen one yet."""
    return _asked(book, call.to(Crowded())).preceded_by(facts=(CallerCrowded(),))


def answer(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Promise a callback if it is wanted; else offer it once more, then say goodbye."""
    place = call.place
    assert isinstance(place, Crowded)  # noqa: S101
    if isinstance(event, Pressed) and event.keys == CALLBACK:
        return promise(book, call, event.at, "caller", ())
    if place.misses + 1 >= TRIES:
        return finish(call, CallLimit.CALLER, (Prompt("thanks-goodbye"),))
    return _asked(book, call.to(Crowded(place.misses + 1)))


def _asked(book: Book, call: Call) -> Turn:
    languages = sorted(book.catalogue.spoken_languages, key=lambda one: one is not call.language)
    return Turn(call, (Ask(tuple(Prompt("many-calls", one) for one in languages), 1, SECONDS),))
