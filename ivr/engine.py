"""The heart: one turn of a call. Pure; the clock, the directory and the sound are given, not taken."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil

from hotline.numbers import ANONYMOUS, e164
from ivr import spoken
from ivr.call import Call, GivingNumber, Gone, InMenu, Waiting
from ivr.menus import Choice, Goto, HearBulletin, Inform, Menus, Repeat, ToQueue
from ivr.prompts import Catalogue, Language, Prompt
from ivr.steps import (
    Arrived,
    Ask,
    CallArrived,
    CallbackPromised,
    CallEnding,
    End,
    Enqueue,
    Event,
    Fact,
    HungUp,
    KeyPressed,
    LanguageChosen,
    Left,
    MenuHeard,
    NoKeyPressed,
    Pressed,
    Prompts,
    Queued,
    QueueLeft,
    Record,
    RecordingBegun,
    Say,
    Silent,
    Step,
    WaitAnnounced,
)
from recordings.policy import may_record

NUMBER_TRIES = 3
NUMBER_DIGITS = 15
NUMBER_SECONDS = 6.0
LEAST_DIGITS = 8
HOLD_SECONDS = 3.0
"""How long the key for a callback is waited for after the position was spoken (V-04)."""


@dataclass(frozen=True)
class Book:
    """All that a turn may look up: the call's menus, what can be said, what is on today."""

    menus: Menus
    catalogue: Catalogue
    due: Callable[[datetime], datetime]
    bulletins: tuple[str, ...] = ()
    talk_minutes: float = 4.0


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome: the call as it goes on, what the line does, and what became a fact."""

    call: Call
    steps: tuple[Step, ...] = ()
    facts: tuple[Fact, ...] = ()

    def after(self, *steps: Step, facts: tuple[Fact, ...] = ()) -> "Turn":
        """The same turn with steps and facts before its own."""
        return Turn(self.call, (*steps, *self.steps), (*facts, *self.facts))


def advance(book: Book, call: Call, event: Event) -> Turn:
    """One turn of a call: what the line just reported, in; what it should do next, out."""
    call = replace(call, turn=call.turn + 1)
    match event, call.place:
        case HungUp(), _:
            return Turn(call.to(Gone()))
        case Arrived(), _:
            return arrive(book, call, event)
        case _, Gone():
            return finish(call, "ended")
        case QueueLeft(), _:
            return leave_queue(book, call, event)
        case Pressed(keys=keys), InMenu(name):
            choice = book.menus.choice(name, keys, bulletin=bool(book.bulletins))
            fact = KeyPressed(name, keys, known=choice is not None)
            turn = follow(book, call, choice) if choice else miss(book, call, "not-understood")
            return turn.after(facts=(fact,))
        case Silent(), InMenu(name, misses):
            return miss(book, call, "no-key").after(facts=(NoKeyPressed(name, misses + 1),))
        case Pressed() | Silent(), Waiting():
            return while_waiting(book, call, event)
        case Pressed() | Silent(), GivingNumber():
            return take_number(book, call, event)
    return queue(book, call)  # law 3: any doubt ends at a person


def arrive(book: Book, call: Call, event: Arrived) -> Turn:
    """The notice in Mandarin, then the language menu (V-01, V-02)."""
    caller = "" if e164(event.caller) == ANONYMOUS else event.caller
    call = replace(call, caller=caller, notices=frozenset({Language.MANDARIN}))
    turn = ask_menu(book, call.to(InMenu(book.menus.first)))
    notice = Say((Prompt("V-01", Language.MANDARIN),), notice=True)
    return turn.after(notice, facts=(CallArrived(caller, event.dialled),))


def follow(book: Book, call: Call, choice: Choice) -> Turn:
    """Where a choice leads."""
    match choice:
        case Goto(menu, language):
            return speak(book, call, language, menu) if language else ask_menu(book, call.to(InMenu(menu)))
        case ToQueue():
            return queue(book, call, (Prompt("to-an-agent"),))
        case Inform(prompt):
            return ask_menu(book, restart(call), (Prompt(prompt),))
        case HearBulletin():
            return ask_menu(book, replace(restart(call), bulletin_heard=True), bulletins(book))
        case Repeat():
            return ask_menu(book, restart(call))


def restart(call: Call) -> Call:
    """The same menu; a key that did something wipes the misses out."""
    return call.to(InMenu(call.place.name)) if isinstance(call.place, InMenu) else call


def speak(book: Book, call: Call, wanted: Language, menu: str) -> Turn:
    """Go on in the language chosen; one without a voice is said so, and still asked of the queue (P3-b)."""
    ready = wanted in book.catalogue.spoken_languages
    spoken_now = wanted if ready else Language.MANDARIN
    notice: tuple[Step, ...] = ()
    if spoken_now not in call.notices:
        notice = (Say((Prompt("V-01b", spoken_now),), notice=True),)
    call = replace(call, language=spoken_now, wanted=wanted, notices=call.notices | {spoken_now})
    call, record, facts = begin_recording(call)
    words = () if ready else (Prompt(f"lang-not-ready.{wanted}", Language.MANDARIN),)
    turn = ask_menu(book, call.to(InMenu(menu)), words)
    return turn.after(*notice, *record, facts=(LanguageChosen(wanted, spoken_now), *facts))


def begin_recording(call: Call) -> tuple[Call, tuple[Step, ...], tuple[Fact, ...]]:
    """Record from now on, if it may be and is not yet."""
    if call.recording or not may_record(call.notices, call.language):
        return call, (), ()
    return replace(call, recording=True), (Record(),), (RecordingBegun(call.language),)


def ask_menu(book: Book, call: Call, before: Prompts = ()) -> Turn:
    """Say what the menu offers now and listen for one key. Bulletins are heard once before the main menu."""
    place = call.place
    assert isinstance(place, InMenu)  # noqa: S101 - every caller has just put it there
    menu = book.menus.menus[place.name]
    if not menu.first and book.bulletins and not call.bulletin_heard:
        call, before = replace(call, bulletin_heard=True), (*before, *bulletins(book))
    offered = menu.offered(bulletin=bool(book.bulletins))
    phrases = tuple(key.say for key in offered if key.say)
    return Turn(call, (Ask((*before, *phrases), 1, menu.seconds),), (MenuHeard(menu.name),))


def bulletins(book: Book) -> Prompts:
    """The emergency texts that are on (V-03)."""
    return tuple(Prompt(name) for name in book.bulletins)


def miss(book: Book, call: Call, why: str) -> Turn:
    """A silence or a wrong key: the menu again; after the last try its ``otherwise`` (three, P3-b)."""
    place = call.place
    assert isinstance(place, InMenu)  # noqa: S101
    menu = book.menus.menus[place.name]
    if place.misses + 1 >= menu.tries:
        return follow(book, call, menu.otherwise)
    return ask_menu(book, call.to(InMenu(place.name, place.misses + 1)), (Prompt(why),))


def queue(book: Book, call: Call, words: Prompts = ()) -> Turn:
    """Wait for an agent of the language asked for; who has heard no bulletin hears it first (P4.8)."""
    if book.bulletins and not call.bulletin_heard:
        call, words = replace(call, bulletin_heard=True), (*bulletins(book), *words)
    first = not isinstance(call.place, Waiting)
    call, record, facts = begin_recording(call.to(Waiting()))
    entered: tuple[Fact, ...] = (Queued(call.wanted),) if first else ()
    return Turn(call, (*record, Enqueue(call.wanted, words)), (*facts, *entered))


def leave_queue(book: Book, call: Call, event: QueueLeft) -> Turn:
    """A slice is over: talked, nobody there, or time to say the position."""
    match event.why:
        case Left.TALKED:
            return finish(call, "talked")
        case Left.EMPTY:
            return promise(book, call, event.at, "nobody", (Prompt("nobody-now"),))
        case Left.SLICE:
            return announce(book, call, event)


def announce(book: Book, call: Call, event: QueueLeft) -> Turn:
    """V-04: position and expected wait; key 1 asks for a callback."""
    minutes = expected_minutes(event.position, event.agents, book.talk_minutes)
    words = (
        Prompt("V-04.busy"),
        *spoken.position(event.position, call.language),
        *spoken.wait(minutes, call.language),
        Prompt("V-04.hold"),
    )
    turn = Turn(call.to(Waiting()), (Ask(words, 1, HOLD_SECONDS),))
    return turn.after(facts=(WaitAnnounced(event.position, minutes),))


def expected_minutes(position: int, agents: int, talk_minutes: float) -> int:
    """Whole minutes until the caller at ``position`` is answered, rounded up, one at least."""
    return max(1, ceil(position * talk_minutes / max(1, agents)))


def while_waiting(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Key 1 asks for a callback at any moment of the wait; anything else goes on waiting."""
    if isinstance(event, Pressed) and event.keys == "1":
        turn = promise(book, call, event.at, "caller", ())
        return turn.after(facts=(KeyPressed("queue", "1", known=True),))
    return queue(book, call)


def promise(book: Book, call: Call, at: datetime, origin: str, before: Prompts) -> Turn:
    """Promise a callback and say until when (V-10); a number hidden or too short is asked for first."""
    if len(call.caller) < LEAST_DIGITS:
        call = call.to(GivingNumber(origin))
        return Turn(call, (Ask((*before, Prompt("ask-number")), NUMBER_DIGITS, NUMBER_SECONDS),))
    due = book.due(at)
    words = (*before, Prompt("V-10.before"), *spoken.due(due, at, call.language), Prompt("V-10.after"))
    fact = CallbackPromised(call.caller, call.wanted, origin, due.isoformat())
    return finish(call, "promised", (*words, Prompt("thanks-goodbye"))).after(facts=(fact,))


def take_number(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """The number keyed in; asked three times at most, then told how else to reach us."""
    place = call.place
    assert isinstance(place, GivingNumber)  # noqa: S101
    if isinstance(event, Pressed) and is_diallable(event.keys):
        return promise(book, replace(call, caller=event.keys), event.at, place.origin, ())
    if place.misses + 1 >= NUMBER_TRIES:
        return finish(call, "no_number", (Prompt("we-have-no-number"),))
    call = call.to(GivingNumber(place.origin, place.misses + 1))
    return Turn(call, (Ask((Prompt("number-wrong"), Prompt("ask-number")), NUMBER_DIGITS, NUMBER_SECONDS),))


def is_diallable(keys: str) -> bool:
    """Whether keys can be a telephone number of Taiwan: 0 and 8 to 9 more digits, or 8 in the city."""
    return bool(re.fullmatch(r"0[0-9]{8,9}|[1-9][0-9]{7}", keys))


def finish(call: Call, reason: str, words: Prompts = ()) -> Turn:
    """Say the last words and hang up."""
    return Turn(call.to(Gone()), (End(words, reason),), (CallEnding(reason),))
