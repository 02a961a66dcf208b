"""Engine: one turn of a call. Pure; the clock, the directory and the sound are given, not taken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hotline.numbers import ANONYMOUS, e164
from ivr import case_keys, cut_off, survey, video_address
from ivr.call import (
    Call,
    ConfirmingCancel,
    ConfirmingNumber,
    Crowded,
    Dialling,
    GivingCase,
    GivingCode,
    GivingNumber,
    Gone,
    HearingCase,
    InMenu,
    LeavingMessage,
    LeavingWords,
    OwnNumber,
    Scoring,
    Waiting,
)
from ivr.menus import (
    AskCallback,
    AskCase,
    CancelCase,
    Choice,
    DialExtension,
    Goto,
    HearBulletin,
    Inform,
    Repeat,
    ToQueue,
)
from ivr.messages import after_message
from ivr.promising import offer, promise, take_confirmation, take_number, take_offer, take_own_number
from ivr.prompts import Language, Prompt
from ivr.steps import (
    Arrived,
    Ask,
    CallArrived,
    CallerListed,
    CutOffTold,
    Event,
    Fact,
    HungUp,
    InformationHeard,
    Informed,
    KeyPressed,
    LanguageChosen,
    MessageLeft,
    NoKeyPressed,
    Pressed,
    QueueLeft,
    RingEnded,
    Say,
    Silent,
    TransferWanted,
)
from ivr.transferring import after_ring, ask_extension, begin, take_extension
from ivr.turn import Book, Turn, ask_menu, bulletins, finish, give_notice, menu_question
from ivr.waiting import leave_queue, queue, while_waiting
from recordings.policy import RecordingFrom

__all__ = ["GREETING", "Book", "Turn", "advance"]

GREETING: Final = Say((Prompt("V-00", Language.MANDARIN),))
"""The first words of every call, the same for everybody at all times: a line may say them before it asks."""


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
        case Informed(), InMenu(name):
            return Turn(call, (menu_question(book, name),), (InformationHeard(name),))
        case Pressed(keys=keys), InMenu(name):
            bulletin, cases = bool(book.bulletins), book.cases is not None
            choice = book.menus.choice(name, keys, bulletin=bulletin, cases=cases)
            fact = KeyPressed(name, keys, known=choice is not None)
            turn = follow(book, call, choice, event.at) if choice else miss(book, call, event)
            return turn.preceded_by(facts=(*_informed(event, name), fact))
        case Silent(), InMenu(name, misses):
            facts = (*_informed(event, name), NoKeyPressed(name, misses + 1))
            return miss(book, call, event).preceded_by(facts=facts)
        case Pressed() | Silent(), Waiting():
            return while_waiting(book, call, event)
        case TransferWanted(), _:
            return begin(book, call, event)
        case RingEnded(), _:
            return after_ring(book, call, event)
        case MessageLeft(), LeavingMessage():
            return after_message(book, call, event)
        case MessageLeft(), LeavingWords():
            return survey.after_words(call, event)
        case Pressed() | Silent(), Scoring():
            return survey.take_score(book, call, event)
        case Pressed() | Silent(), OwnNumber():
            return take_own_number(book, call, event)
        case Pressed() | Silent(), GivingNumber():
            return take_number(book, call, event)
        case Pressed() | Silent(), ConfirmingNumber():
            return take_confirmation(book, call, event)
        case Pressed() | Silent(), Dialling():
            return take_extension(book, call, event)
        case Pressed() | Silent(), Crowded():
            return take_offer(book, call, event)
        case Pressed() | Silent(), GivingCase():
            return case_keys.take_case(book, call, event)
        case Pressed() | Silent() | Informed(), HearingCase():
            return case_keys.take_after(book, call, event)
        case Pressed() | Silent(), GivingCode():
            return case_keys.take_code(book, call, event)
        case Pressed() | Silent(), ConfirmingCancel():
            return case_keys.take_confirmation(book, call, event)
    return queue(book, call)  # law 3: any doubt ends at a person


def arrive(book: Book, call: Call, event: Arrived) -> Turn:
    """The greeting and the language menu (V-00, V-02), unless the line has said and asked them already."""
    caller = "" if e164(event.caller) == ANONYMOUS else event.caller
    listed = book.listed(e164(caller), event.at) if caller else 0
    call = replace(call, caller=caller, listed=listed, from_carrier=event.from_carrier and bool(caller))
    if event.crowded and caller and e164(caller) not in book.exempt:
        turn = offer(book, call)
    else:
        turn = first_menu(book, call, event)
    greeting = () if event.greeted else (GREETING,)
    known: tuple[Fact, ...] = (CallerListed(listed),) if listed else ()
    return turn.preceded_by(*greeting, facts=(CallArrived(caller, event.dialled), *known))


def first_menu(book: Book, call: Call, event: Arrived) -> Turn:
    """The language menu, or what the keys lead to where the line has asked it by itself.

    Who was cut off is in front from now on, and is told so before the menu: the next time, where the line had
    not heard of them yet.
    """
    cut = book.cut_calls.untold(e164(call.caller), event.at) if book.cut_calls and call.caller else None
    call = replace(call, in_front=cut.waited) if cut else call
    call = call.to(InMenu(book.menus.first))
    if event.pressed is not None:
        return answer_first_menus(book, call, event.pressed, event.at)
    if cut is None:
        return ask_menu(book, call)
    return ask_menu(book, call, cut_off.words(cut)).preceded_by(facts=(CutOffTold(cut.id, cut.waited),))


def answer_first_menus(book: Book, call: Call, pressed: Sequence[str], at: datetime) -> Turn:
    """Turn behind the last key; the keys before it the line has followed by itself, as ``second_menu`` said.

    Its facts are of the last key alone: the line's own log tells the others.
    """
    *before, last = pressed
    for key in before:
        call = advance(plain(book), call, Pressed(at, key)).call
    return advance(book, call, Pressed(at, last) if last else Silent(at))


@dataclass(frozen=True, slots=True)
class SecondMenu:
    """Notice and menu that a key of the first menu leads to."""

    language: Language
    wanted: Language
    notice: Say
    menu: str
    question: Ask


def second_menu(book: Book, key: str, at: datetime) -> SecondMenu | None:
    """Notice and menu behind a key of the first menu; None where the key leads to anything else."""
    turn = advance(book, Call("", book.menus.version, InMenu(book.menus.first)), Pressed(at, key))
    match turn.steps, turn.call.place:
        case (Say(notice=True) as notice, Ask(informs=0) as question), InMenu(name, 0):
            return SecondMenu(turn.call.language, turn.call.wanted, notice, name, question)
    return None


def plain(book: Book) -> Book:
    """The book without bulletins, and with recording from a person only, as ``second_menu`` demands."""
    return replace(book, bulletins=(), recording_from=RecordingFrom.PERSON)


def follow(book: Book, call: Call, choice: Choice, at: datetime) -> Turn:
    """Turn to which a choice leads."""
    match choice:
        case Goto(menu, language):
            return speak(book, call, language, menu) if language else ask_menu(book, call.to(InMenu(menu)))
        case ToQueue():
            return queue(book, call, (Prompt("to-an-agent"),))
        case Inform(video_address.HOURS):
            words, facts = video_address.told(book, call)
            return ask_menu(book, restart(call), information=words).preceded_by(facts=facts)
        case Inform(prompt):
            return ask_menu(book, restart(call), information=(Prompt(prompt),))
        case HearBulletin():
            return ask_menu(book, replace(restart(call), bulletin_heard=True), information=bulletins(book))
        case Repeat():
            return ask_menu(book, restart(call))
        case DialExtension():
            return ask_extension(book, call)
        case AskCallback():
            return promise(book, call, at, "caller", ())
        case AskCase():
            return case_keys.ask_case(call)
        case CancelCase():
            return case_keys.ask_case(call, cancels=True)


def restart(call: Call) -> Call:
    """The same menu; a key that did something wipes the misses out."""
    return call.to(InMenu(call.place.name)) if isinstance(call.place, InMenu) else call


def speak(book: Book, call: Call, wanted: Language, menu: str) -> Turn:
    """The notice in the language chosen, then on in it; one without a voice is said so, and still asked
    of the queue (P3-b).
    """
    ready = wanted in book.catalogue.spoken_languages
    spoken_now = wanted if ready else Language.MANDARIN
    words = () if ready else (Prompt(f"lang-not-ready.{wanted}", Language.MANDARIN),)
    call, told, facts = give_notice(book, replace(call, language=spoken_now, wanted=wanted), words)
    turn = ask_menu(book, call.to(InMenu(menu)))
    return turn.preceded_by(*told, facts=(LanguageChosen(wanted, spoken_now), *facts))


def _informed(event: Pressed | Silent, menu: str) -> tuple[Fact, ...]:
    return (InformationHeard(menu),) if event.informed else ()


def miss(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """A silence or a wrong key: the menu again; after the last of them its ``otherwise`` (P3-b)."""
    place = call.place
    assert isinstance(place, InMenu)  # noqa: S101
    menu = book.menus.menus[place.name]
    silent = isinstance(event, Silent)
    if place.misses + 1 >= (menu.silences if silent else menu.tries):
        return follow(book, call, menu.otherwise, event.at)
    why = Prompt("no-key") if silent else Prompt("not-understood")
    return ask_menu(book, call.to(InMenu(place.name, place.misses + 1)), (why,))
