"""Transfer of a caller: whom to ring next, what is said before each rung, and where it ends (spec §9.1)."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial

from hotline.numbers import EXTENSION
from ivr import spoken
from ivr.call import Call, ComingBack, Dialling, Ringing, Waiting
from ivr.numerals import Language
from ivr.promising import promise
from ivr.prompts import Prompt
from ivr.steps import (
    Ask,
    Fact,
    KeyPressed,
    PhoneTried,
    Pressed,
    Prompts,
    Ring,
    RingAgent,
    RingEnded,
    Silent,
    TransferBegun,
    TransferEnded,
    TransferWanted,
)
from ivr.turn import Book, Turn, give_notice
from ivr.waiting import queue, talked
from transfer import hunt
from transfer.ladder import Ladder, Rung, ladder, roster
from transfer.outcome import DialOutcome
from transfer.reasons import RungKind, TransferReason

EXTENSION_DIGITS = 8
"""More than an extension has: its ``#`` is heard with it."""
PHONE = re.compile("[A-Za-z0-9_-]{1,32}")
EXTENSION_SECONDS = 6.0
EXTENSION_TRIES = 3
CONSULT_RUNGS = 6
"""More do not fit into one answer."""
AGENT_RING = timedelta(seconds=15)
GOODBYE: Prompts = (Prompt("thanks-goodbye"),)
NEXT: Prompts = (Prompt("V-06"),)
WHISPERED = {RungKind.DESK: "officer.transfer", RungKind.DUTY: "officer.urgent"}


def ask_extension(book: Book, call: Call) -> Turn:
    """Key 2 of the main menu: the extension, ended by ``#``."""
    return _ask(call, Dialling(), ())


def take_extension(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """The extension keyed in; three tries, then a person. 0 and 9 reach a person, ``*`` asks again (P3-b)."""
    place = call.place
    assert isinstance(place, Dialling)  # noqa: S101 - the engine has just looked
    keys = event.keys if isinstance(event, Pressed) else ""
    extension, known = keys.rstrip("#"), True
    match extension:
        case "0" | "9":
            turn = queue(book, call, (Prompt("to-an-agent"),))
        case "*":
            turn = _ask(call, place, ())
        case _ if extension in book.city.at(event.at).desks:
            return begin(book, call, TransferWanted(event.at, extension))
        case _:
            turn, known = _missed(book, call, place, "extension-unknown" if keys else "no-key"), False
    return turn.preceded_by(facts=(KeyPressed("extension", keys, known),)) if keys else turn


def _missed(book: Book, call: Call, place: Dialling, why: str) -> Turn:
    if place.misses + 1 >= EXTENSION_TRIES:
        return queue(book, call, (Prompt("to-an-agent"),), words=(Prompt(why),))
    return _ask(call, Dialling(place.misses + 1), (Prompt(why),))


def _ask(call: Call, place: Dialling, before: Prompts) -> Turn:
    asked = (Ask((*before, Prompt("ask-extension")), EXTENSION_DIGITS, EXTENSION_SECONDS),)
    return Turn(call.to(place), asked)


def begin(book: Book, call: Call, event: TransferWanted) -> Turn:
    """An agent, or a caller who knows the extension, wants it rung (§9.1 REQUESTED)."""
    asked, by = _plain(event.extension, EXTENSION), _plain(event.by, PHONE)
    place = Ringing(asked, event.at.timestamp(), "", (), by, event.urgent)
    call, told, facts = give_notice(book, call, to_a_person=True)
    plan = _ladder(book, place)
    reason = event.reason if event.reason in set(TransferReason) else ""
    begun = (*facts, TransferBegun(asked, by, event.urgent, reason))
    first = plan.rungs[0] if plan.rungs else None
    words = _first_words(book, first, call.language) if first else ()
    state = hunt.begin(plan, book.hunt, _length(book, words))
    return _enter(book, call, place, event.at, state, words).preceded_by(*told, facts=begun)


def consult(book: Book, extension: str, urgent: bool, at: datetime) -> tuple[Ring, ...]:
    """Phones to ring, in order, for an agent who consults the officer first; nobody is told anything."""
    plan = ladder(book.city.at(at), extension, book.hunt, is_open=book.is_open(at), urgent=urgent)
    return tuple(Ring(rung, rung.ring.total_seconds(), extension) for rung in plan.rungs[:CONSULT_RUNGS])


def duty(book: Book, at: datetime) -> tuple[Ring, ...]:
    """Phones of the officers on duty, in order, for an emergency that no supervisor answers (P7.1)."""
    return tuple(
        Ring(rung, rung.ring.total_seconds(), rung.extension) for rung in roster(book.city.at(at), book.hunt)
    )


def after_ring(book: Book, call: Call, event: RingEnded) -> Turn:
    """A ring ended: talked, or the next rung, or back."""
    match call.place:
        case Ringing() as place:
            return _after_rung(book, call, place, event)
        case ComingBack(asked):
            if _was_talked(event):
                return talked(book, call, event, GOODBYE)
            return queue(book, call, (Prompt("to-an-agent"),), Waiting(asked, front=True))
        case _:
            return queue(book, call)


def _after_rung(book: Book, call: Call, place: Ringing, event: RingEnded) -> Turn:
    plan = _ladder(book, place)
    rung = next((rung for rung in plan.rungs if rung.extension == place.now), None)
    kind = rung.kind if rung else ""
    tried = PhoneTried(place.asked, place.now, kind, event.status)
    if _was_talked(event):
        ended = TransferEnded(place.asked, "connected")
        over = talked(book, call, event, GOODBYE, by_officer=True)
        return over.preceded_by(facts=(tried, ended))
    words = NEXT
    rung_so_far = (*place.tried, place.now)
    spent = timedelta(seconds=event.at.timestamp() - place.began)
    state = hunt.go_on(plan, book.hunt, rung_so_far, spent, _length(book, words))
    place = Ringing(place.asked, place.began, "", rung_so_far, place.by, place.urgent)
    return _enter(book, call, place, event.at, state, words).preceded_by(facts=(tried,))


def _enter(book: Book, call: Call, place: Ringing, at: datetime, state: hunt.State, words: Prompts) -> Turn:
    """Steps of the line in a state of the hunt, and the fact when the hunt is over."""
    back = partial(_back, book, call, place)
    match state:
        case hunt.PhoneRinging(rung, ring):
            return _ring(call, place, rung, ring, words)
        case hunt.ReturnToPerson():
            return back((), (Prompt("V-07"),), place.asked).preceded_by(facts=_ended(place, "returned"))
        case hunt.NoSuchExtension():
            words, there = (Prompt("extension-unknown"),), (Prompt("to-an-agent"),)
            return back(words, there, "").preceded_by(facts=_ended(place, "unknown"))
        case hunt.MessageWanted():
            turn = promise(book, call, at, "transfer", (Prompt("V-09"),), place.asked)
            return turn.preceded_by(facts=_ended(place, "message"))


def _ring(call: Call, place: Ringing, rung: Rung, ring: timedelta, words: Prompts) -> Turn:
    seconds = ring // timedelta(milliseconds=100) / 10
    place = Ringing(place.asked, place.began, rung.extension, place.tried, place.by, place.urgent)
    step = Ring(rung, seconds, place.asked, words, whisper(rung, place.asked, call.wanted))
    return Turn(call.to(place), (step,))


def _back(book: Book, call: Call, place: Ringing, words: Prompts, there: Prompts, asked: str) -> Turn:
    """The agent who transferred, if there was one; else the front of the queue, where a promise waits too."""
    if place.by:
        step = RingAgent(place.by, AGENT_RING.total_seconds(), words, there)
        return Turn(call.to(ComingBack(asked, place.by)), (step,))
    return queue(book, call, there, Waiting(asked, front=True), words)


def _was_talked(event: RingEnded) -> bool:
    """True if who answered ended the talk; whose phone died in it did not, and the hunt goes on."""
    return event.status is DialOutcome.ANSWERED and not event.lost


def _ended(place: Ringing, how: str) -> tuple[Fact, ...]:
    return (TransferEnded(place.asked, how),)


def _ladder(book: Book, place: Ringing) -> Ladder:
    """The ladder as of the instant the hunt began, whatever has changed since (design law 7)."""
    began = datetime.fromtimestamp(place.began, UTC)
    directory = book.city.at(began)
    return ladder(directory, place.asked, book.hunt, is_open=book.is_open(began), urgent=place.urgent)


def _plain(text: str, pattern: re.Pattern[str]) -> str:
    """The text if it has this form and is short enough to travel, else nothing."""
    return text if pattern.fullmatch(text) else ""


def _first_words(book: Book, rung: Rung, language: Language) -> Prompts:
    """Prompts before the first ring: V-08 to the officer on duty, else V-05 with section or agency, if it
    has a sentence in this language.
    """
    if rung.kind is RungKind.DUTY:
        return (Prompt("V-08"),)
    named = (f"V-05.{rung.section}", f"V-05.{rung.agency}")
    heard = (one for one in named if one in book.catalogue and book.catalogue.has_voice(one, language))
    return (Prompt(next(heard, "V-05")),)


def _length(book: Book, words: Prompts) -> timedelta:
    """Upper limit of how long these words last."""
    return timedelta(seconds=sum(book.catalogue.entries[prompt.id].max_seconds for prompt in words))


def whisper(rung: Rung, asked: str, wanted: Language) -> Prompts:
    """Whisper to who answers: a transfer of 1999, the extension wanted if it is another's, the language."""
    said = [WHISPERED.get(rung.kind, "officer.proxy")]
    digits: Prompts = ()
    if asked and rung.kind is not RungKind.DESK:
        said.append("officer.asked")
        digits = spoken.digits(asked, Language.MANDARIN)
    if wanted is not Language.MANDARIN:
        digits = (*digits, Prompt(f"agent.{wanted}"))
    return tuple(
        Prompt(prompt.id, Language.MANDARIN) for prompt in (*(Prompt(name) for name in said), *digits)
    )
