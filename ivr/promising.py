"""Promising a callback in a call: to which number, the promise, and until when it holds (P5.1.1, V-10).

The promise at the caller's own number stands before its last four digits are read back; who wants to be
called elsewhere keys in another, as who has none that is dialled must, hears it whole and confirms it. Nobody
is refused: without any number the wish goes to a person, with what the caller says after the tone.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from hotline.callbacks.wishes import GivenNumberRefusal
from hotline.numbers import ANONYMOUS
from hotline.overflow import CallLimit
from ivr import spoken
from ivr.call import Call, ConfirmingNumber, Crowded, GivingNumber, OwnNumber
from ivr.messages import take_message
from ivr.prompts import Prompt
from ivr.steps import Ask, CallbackPromised, CallerCrowded, KeyPressed, Pressed, Prompts, Silent
from ivr.turn import Book, Turn, finish

OFFERED: Final = "1"
"""The key that is offered to who has too many calls at once, as in the queue's music."""
OFFER_TRIES: Final = 2
OFFER_SECONDS: Final = 5.0
NUMBER_TRIES: Final = 3
NUMBER_DIGITS: Final = 15
NUMBER_SECONDS: Final = 6.0
RIGHT, AGAIN = "1", "2"
OWN_SECONDS: Final = 4.0
OTHER, REPEAT = "2", "*"
"""Keys at one's own number, read back; any other, and none, leaves the promise as it is."""
LAST: Final = 4
"""Digits of one's own number that are read back: enough to tell one's telephones apart."""


def promise(book: Book, call: Call, at: datetime, origin: str, before: Prompts, asked: str = "") -> Turn:
    """Promise a callback and read back whom we call; without a number that is dialled, ask for one first.

    ``asked``: the extension the caller wanted, if a transfer found nobody there.
    """
    if book.dialling.refusal(call.caller) is None:
        due = book.due(at).isoformat()
        fact = CallbackPromised(call.caller, call.wanted, origin, due, asked)
        return _own_number(call, OwnNumber(due, origin, asked), before).preceded_by(facts=(fact,))
    return _ask(call, GivingNumber(origin, asked=asked), (*before, Prompt(_asks(call))))


def own_number(call: Call) -> Prompts:
    """Say that the caller's own number will be called, by its last digits."""
    return (Prompt("own-number"), *spoken.digits(call.caller[-LAST:], call.language))


def take_own_number(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Take the wish for another number; else ask what it is about: the promise stands as it was read back."""
    place = call.place
    assert isinstance(place, OwnNumber)  # noqa: S101
    keys = event.keys if isinstance(event, Pressed) else ""
    match keys:
        case "2":
            turn = _ask(
                call,
                GivingNumber(place.origin, asked=place.asked, due=place.due),
                (Prompt("ask-number.wanted"),),
            )
        case "*":
            turn = _own_number(call, place, ())
        case _:
            turn = take_message(book, call, event.at, datetime.fromisoformat(place.due), ())
    fact = KeyPressed("own-number", keys, known=keys in (RIGHT, OTHER, REPEAT))
    return turn.preceded_by(facts=(fact,)) if keys else turn


def offer(book: Book, call: Call) -> Turn:
    """Say that this number has too many calls at once, and offer a callback instead: in every language with a
    voice, for the caller has not chosen one yet.
    """
    return _offered(book, call.to(Crowded())).preceded_by(facts=(CallerCrowded(),))


def take_offer(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Promise a callback if it is wanted; else offer it once more, then say goodbye."""
    place = call.place
    assert isinstance(place, Crowded)  # noqa: S101
    if isinstance(event, Pressed) and event.keys == OFFERED:
        return promise(book, call, event.at, "caller", ())
    if place.misses + 1 >= OFFER_TRIES:
        return finish(call, CallLimit.CALLER, (Prompt("thanks-goodbye"),))
    return _offered(book, call.to(Crowded(place.misses + 1)))


def _offered(book: Book, call: Call) -> Turn:
    languages = sorted(book.catalogue.spoken_languages, key=lambda one: one is not call.language)
    return Turn(call, (Ask(tuple(Prompt("many-calls", one) for one in languages), 1, OFFER_SECONDS),))


def take_number(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """The number keyed in: read back, or told why not and asked for again, three times at most."""
    place = call.place
    assert isinstance(place, GivingNumber)  # noqa: S101
    keys = event.keys.rstrip("#") if isinstance(event, Pressed) else ""
    number = book.dialling.subscriber(keys) if keys.isdecimal() else ""
    if not number:
        return _again(book, call, place, event.at, "number-wrong")
    match book.given(call.caller, number, place.asked, event.at):
        case GivenNumberRefusal.TOO_OFTEN:
            return _without_number(book, call, event.at, place, (Prompt("number-limit"),))
        case GivenNumberRefusal.TAKEN:
            return _again(book, call, place, event.at, "number-taken")
    return _read_back(call, ConfirmingNumber(number, place.origin, place.misses, place.asked, due=place.due))


def take_confirmation(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Take the caller's yes or no to the number read back; without a yes it is not called."""
    place = call.place
    assert isinstance(place, ConfirmingNumber)  # noqa: S101
    giving = GivingNumber(place.origin, place.misses, place.asked, place.due)
    match event:
        case Pressed(keys=keys) if keys == RIGHT:
            given_by = call.caller or ANONYMOUS
            due = datetime.fromisoformat(place.due) if place.due else book.due(event.at)
            fact = CallbackPromised(
                place.number, call.wanted, place.origin, due.isoformat(), place.asked, given_by
            )
            turn = take_message(book, call, event.at, due, ()).preceded_by(facts=(fact,))
            known = True
        case Pressed(keys=keys) if keys == AGAIN:
            turn, known = _again(book, call, giving, event.at, _asks(call, place.due)), True
        case _ if place.unsure + 1 >= NUMBER_TRIES:
            turn, known = _without_number(book, call, event.at, giving, ()), False
        case _:
            turn, known = _read_back(call, replace(place, unsure=place.unsure + 1)), False
    return (
        turn.preceded_by(facts=(KeyPressed("number", event.keys, known),))
        if isinstance(event, Pressed)
        else turn
    )


def _own_number(call: Call, place: OwnNumber, before: Prompts) -> Turn:
    words = (*before, *own_number(call), Prompt("own-number.confirm"))
    return Turn(call.to(place), (Ask(words, 1, OWN_SECONDS),))


def _read_back(call: Call, place: ConfirmingNumber) -> Turn:
    digits = spoken.digits(place.number, call.language)
    words = (Prompt("number-is"), *digits, Prompt("number-confirm"))
    return Turn(call.to(place), (Ask(words, 1, NUMBER_SECONDS),))


def _again(book: Book, call: Call, place: GivingNumber, at: datetime, why: str) -> Turn:
    if place.misses + 1 >= NUMBER_TRIES:
        return _without_number(book, call, at, place, ())
    return _ask(call, replace(place, misses=place.misses + 1), (Prompt(why),))


def _ask(call: Call, place: GivingNumber, words: Prompts) -> Turn:
    return Turn(call.to(place), (Ask(words, NUMBER_DIGITS, NUMBER_SECONDS),))


def _asks(call: Call, due: str = "") -> str:
    if due:
        return "ask-number.wanted"
    return "ask-number.other" if call.caller else "ask-number"


def _without_number(book: Book, call: Call, at: datetime, place: GivingNumber, before: Prompts) -> Turn:
    """The promise at the caller's own number stays, if there is one; else a person sees the wish, and the
    number if it is shown, and hears what is said.
    """
    if place.due:
        words = (*before, *own_number(call))
        return take_message(book, call, at, datetime.fromisoformat(place.due), words)
    due = book.due(at)
    fact = CallbackPromised(call.caller, call.wanted, place.origin, due.isoformat(), place.asked)
    return take_message(book, call, at, due, before, has_number=False).preceded_by(facts=(fact,))
