"""Promising a callback in a call: the number, the promise, and until when it holds (P5.1.1, V-10)."""

import re
from dataclasses import replace
from datetime import datetime

from ivr.call import Call, GivingNumber
from ivr.messages import take_message
from ivr.prompts import Prompt
from ivr.steps import Ask, CallbackPromised, Pressed, Prompts, Silent
from ivr.turn import Book, Turn, finish

NUMBER_TRIES = 3
NUMBER_DIGITS = 15
NUMBER_SECONDS = 6.0
LEAST_DIGITS = 8


def promise(book: Book, call: Call, at: datetime, origin: str, before: Prompts, asked: str = "") -> Turn:
    """Promise a callback, ask what it is about and say until when (V-10); a hidden number is asked for first.

    ``asked``: the extension the caller wanted, if a transfer found nobody there.
    """
    if len(call.caller) < LEAST_DIGITS:
        call = call.to(GivingNumber(origin, asked=asked))
        return Turn(call, (Ask((*before, Prompt("ask-number")), NUMBER_DIGITS, NUMBER_SECONDS),))
    due = book.due(at)
    fact = CallbackPromised(call.caller, call.wanted, origin, due.isoformat(), asked)
    return take_message(book, call, at, due, before).after(facts=(fact,))


def take_number(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """The number keyed in; asked three times at most, then told how else to reach us."""
    place = call.place
    assert isinstance(place, GivingNumber)  # noqa: S101
    if isinstance(event, Pressed) and is_diallable(event.keys):
        return promise(book, replace(call, caller=event.keys), event.at, place.origin, (), place.asked)
    if place.misses + 1 >= NUMBER_TRIES:
        return finish(call, "no_number", (Prompt("we-have-no-number"),))
    call = call.to(GivingNumber(place.origin, place.misses + 1, place.asked))
    return Turn(call, (Ask((Prompt("number-wrong"), Prompt("ask-number")), NUMBER_DIGITS, NUMBER_SECONDS),))


def is_diallable(keys: str) -> bool:
    """Whether keys can be a telephone number of Taiwan: 0 and 8 to 9 more digits, or 8 in the city."""
    return bool(re.fullmatch(r"0[0-9]{8,9}|[1-9][0-9]{7}", keys))
