"""Keys 6 and 7 of the main menu: how a case stands (V-11), and cancelling one (V-17).

Nothing personal is said, and no free text. The holder is known by the mobile that the carrier names, or by
the code of an e-mail; anybody else cancels with an agent (P8.1). Three wrong numbers, too many tries and a
database that is away lead to a person.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from hotline.cases.asked import AskedCase, NotTold
from hotline.cases.rules import CaseState
from ivr import spoken
from ivr.call import Call, ConfirmingCancel, GivingCase, GivingCode, HearingCase, InMenu
from ivr.case_facts import CaseDeed, CaseDisowned, CaseHeard, CaseTried
from ivr.prompts import Prompt
from ivr.steps import (
    Ask,
    Fact,
    InformationHeard,
    Informed,
    KeyPressed,
    Pressed,
    Prompts,
    Silent,
)
from ivr.turn import Book, Turn, ask_menu
from ivr.waiting import queue

NUMBER_DIGITS: Final = 12
CODE_DIGITS: Final = 6
TRIES: Final = 3
"""Wrong numbers, wrong codes, and answers to V-17 that are none, before a person."""
ENTER_SECONDS: Final = 8.0
"""To look the number up in the SMS, or the code in the e-mail, and between two digits."""
SECONDS: Final = 6.0
AFTER_SECONDS: Final = 4.0
PERSON: Final = frozenset("09")
YES, BACK, REPEAT = "1", "2", "*"
AFTER: Final[Prompts] = (Prompt("case-next"), Prompt("V-02b.star"), Prompt("V-02b.0"))
"""Choices behind V-11: another case, the main menu, hear it again, a person."""
WORDS: Final[Mapping[CaseState, str]] = MappingProxyType(
    {
        CaseState.FILED: "filed",
        CaseState.DISPATCHED: "dispatched",
        CaseState.REDISPATCH: "redispatch",
        CaseState.SIGNED: "signed",
        CaseState.IN_PROGRESS: "working",
        CaseState.STAGE2_PENDING: "working",
        CaseState.JOINT: "joint",
        CaseState.EXTERNAL: "external",
        CaseState.REPLIED: "done",
        CaseState.RESULT_RECORDED: "done",
        CaseState.DONE: "done",
        CaseState.NO_ACTION: "closed",
        CaseState.CLOSED: "closed",
        CaseState.UNDER_AUDIT: "audit",
        CaseState.CANCELLED: "cancelled",
    }
)
"""A state in plain words: the end of the prompt's name, V-11.filed. A draft has no number to ask by."""
UNTIL: Final = frozenset(("filed", "dispatched", "redispatch", "signed", "working", "joint"))
"""Words behind which the due time is told: somebody of the city works on the case."""


def ask_case(call: Call, *, cancels: bool = False) -> Turn:
    """Key 6 or 7: the case number, ended by ``#``."""
    place = call.place
    assert isinstance(place, InMenu)  # noqa: S101 - the engine has just looked
    return _ask(call, GivingCase(place.name, cancels), ())


def take_case(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """The number keyed in; 0 and 9 alone reach a person, ``*`` asks again (P3-b)."""
    place = call.place
    assert isinstance(place, GivingCase)  # noqa: S101
    keys = event.keys if isinstance(event, Pressed) else ""
    number, facts = keys.rstrip("#"), tuple[Fact, ...]()
    if number in PERSON:
        turn, known = _person(book, call), True
    elif number == REPEAT:
        turn, known = _ask(call, place, ()), True
    elif not (len(number) == NUMBER_DIGITS and number.isdecimal()):
        turn, known = _wrong(book, call, place, "case-unknown" if keys else "no-key"), False
    else:
        answer = _find(book, call, number, event.at)
        known = isinstance(answer, AskedCase)
        if known or answer is NotTold.UNKNOWN:
            facts = (
                CaseTried(number, CaseDeed.CANCEL if place.cancels else CaseDeed.STATUS, known, call.holder),
            )
        turn = _found(book, call, place, answer, event.at)
    pressed = (KeyPressed("case", keys, known),) if keys else ()
    return turn.preceded_by(facts=(*pressed, *facts))


def _found(book: Book, call: Call, place: GivingCase, answer: AskedCase | NotTold, at: datetime) -> Turn:
    match answer:
        case NotTold.UNKNOWN:
            return _wrong(book, call, place, "case-unknown")
        case NotTold():
            return _unanswered(book, call, answer)
        case AskedCase() if place.cancels:
            return _cancel(book, call, place.menu, answer)
        case _:
            return _tell(call, place.menu, answer, at)


def _find(book: Book, call: Call, number: str, at: datetime) -> AskedCase | NotTold:
    return book.cases.find(number, call.holder, at) if book.cases else NotTold.AWAY


# --- key 6: how it stands --------------------------------------------------------------------------


def _tell(call: Call, menu: str, case: AskedCase, at: datetime) -> Turn:
    words = status(call, case, at)
    ask = Ask((*words, *AFTER), 1, AFTER_SECONDS, len(words))
    return Turn(call.to(HearingCase(menu, case.number)), (ask,), (CaseHeard(case.number, case.state),))


def status(call: Call, case: AskedCase, at: datetime) -> Prompts:
    """V-11: the number, the state in plain words, and the due time, also one that has passed."""
    word = WORDS[case.state]
    said = (Prompt("V-11"), *spoken.digits(case.number, call.language), Prompt(f"V-11.{word}"))
    if case.due_at is None or word not in UNTIL:
        return said
    before = Prompt("V-11.due" if at <= case.due_at else "V-11.late")
    return (*said, before, *spoken.instant(case.due_at, at, call.language))


def take_after(book: Book, call: Call, event: Pressed | Silent | Informed) -> Turn:
    """What the caller wants after V-11; without a key, the menu they came from."""
    place = call.place
    assert isinstance(place, HearingCase)  # noqa: S101
    heard: tuple[Fact, ...] = (InformationHeard(place.menu),)
    if isinstance(event, Informed):
        return Turn(call, (Ask(AFTER, 1, AFTER_SECONDS),), heard)
    keys = event.keys if isinstance(event, Pressed) else ""
    known = keys in PERSON or keys in (YES, BACK, REPEAT)
    match keys:
        case "0" | "9":
            turn = _person(book, call)
        case "1":
            turn = _ask(call, GivingCase(place.menu), ())
        case "*":
            turn = _tell_again(book, call, place, event.at)
        case _:
            turn = ask_menu(book, call.to(InMenu(place.menu)))
    pressed: tuple[Fact, ...] = (KeyPressed("case", keys, known),) if keys else ()
    return turn.preceded_by(facts=(*(heard if event.informed else ()), *pressed))


def _tell_again(book: Book, call: Call, place: HearingCase, at: datetime) -> Turn:
    answer = _find(book, call, place.number, at)
    if isinstance(answer, NotTold):
        return _unanswered(book, call, answer)
    return _tell(call, place.menu, answer, at)


# --- key 7: cancel it --------------------------------------------------------------------------------


def _cancel(book: Book, call: Call, menu: str, case: AskedCase) -> Turn:
    if case.state is CaseState.CANCELLED:
        return _is_cancelled(book, call, menu, case)
    if case.is_own:
        return _confirm(call, ConfirmingCancel(menu, case.number), case)
    if case.has_code:
        return _ask_code(call, GivingCode(menu, case.number), ())
    return _person(book, call, "cancel-agent")


def _is_cancelled(book: Book, call: Call, menu: str, case: AskedCase) -> Turn:
    said = (Prompt("V-11"), *spoken.digits(case.number, call.language), Prompt("V-11.cancelled"))
    return ask_menu(book, call.to(InMenu(menu)), information=said)


def _confirm(call: Call, place: ConfirmingCancel, case: AskedCase) -> Turn:
    """V-17; of a case that is done, whether it is to be noted."""
    digits = spoken.digits(case.number, call.language)
    before, after = ("V-17", "V-17.confirm") if case.can_cancel else ("V-11", "V-17.late")
    return Turn(call.to(place), (Ask((Prompt(before), *digits, Prompt(after)), 1, SECONDS),))


def take_code(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """The code of the e-mail; three tries, then a person."""
    place = call.place
    assert isinstance(place, GivingCode)  # noqa: S101
    keys = event.keys if isinstance(event, Pressed) else ""
    code = keys.rstrip("#")
    if code in PERSON:
        return _person(book, call)
    if code == REPEAT:
        return _ask_code(call, place, ())
    if not keys:
        return _wrong_code(book, call, place, "no-key")
    is_code = _is_code(book, call, place.number, code, event.at)
    if isinstance(is_code, NotTold):
        return _unanswered(book, call, is_code)
    case = _find(book, call, place.number, event.at) if is_code else None
    if isinstance(case, NotTold):
        return _unanswered(book, call, case)
    if case:
        turn = _confirm(call, ConfirmingCancel(place.menu, place.number, by_code=True), case)
    else:
        turn = _wrong_code(book, call, place, "code-wrong")
    return turn.preceded_by(facts=(CaseTried(place.number, CaseDeed.CODE, case is not None, call.holder),))


def _is_code(book: Book, call: Call, number: str, code: str, at: datetime) -> bool | NotTold:
    if not (len(code) == CODE_DIGITS and code.isdecimal()):
        return False
    return book.cases.is_code(number, code, call.holder, at) if book.cases else NotTold.AWAY


def take_confirmation(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Take the yes to V-17, or the way back; without a yes nothing is cancelled, and a person asks."""
    place = call.place
    assert isinstance(place, ConfirmingCancel)  # noqa: S101
    keys = event.keys if isinstance(event, Pressed) else ""
    known = keys in PERSON or keys in (YES, BACK, REPEAT)
    unsure = place.unsure if known else place.unsure + 1
    case = _find(book, call, place.number, event.at)
    if keys in PERSON and keys:
        turn = _person(book, call)
    elif keys == BACK:
        turn = ask_menu(book, call.to(InMenu(place.menu)))
    elif unsure >= TRIES:
        turn = _person(book, call)
    elif isinstance(case, NotTold):
        turn = _unanswered(book, call, case)
    elif case.state is CaseState.CANCELLED:
        turn = _is_cancelled(book, call, place.menu, case)
    elif not (case.has_code if place.by_code else case.is_own):
        turn = _person(book, call, "cancel-agent")
    elif keys == YES:
        turn = _disowned(book, call, place, case)
    else:
        turn = _confirm(call, replace(place, unsure=unsure), case)
    return turn.preceded_by(facts=(KeyPressed("cancel", keys, known),)) if keys else turn


def _disowned(book: Book, call: Call, place: ConfirmingCancel, case: AskedCase) -> Turn:
    said = Prompt("case-cancelled" if case.can_cancel else "case-noted")
    turn = ask_menu(book, call.to(InMenu(place.menu)), information=(said,))
    return turn.preceded_by(facts=(CaseDisowned(place.number, place.by_code),))


# --- what is asked, and where doubt ends ---------------------------------------------------------------


def _ask(call: Call, place: GivingCase, before: Prompts) -> Turn:
    """One digit more than a number has: its ``#`` is heard with it."""
    asked = Ask((*before, Prompt("ask-case")), NUMBER_DIGITS + 1, ENTER_SECONDS)
    return Turn(call.to(place), (asked,))


def _ask_code(call: Call, place: GivingCode, before: Prompts) -> Turn:
    return Turn(call.to(place), (Ask((*before, Prompt("ask-code")), CODE_DIGITS + 1, ENTER_SECONDS),))


def _wrong(book: Book, call: Call, place: GivingCase, why: str) -> Turn:
    if place.misses + 1 >= TRIES:
        return _person(book, call, why)
    return _ask(call, replace(place, misses=place.misses + 1), (Prompt(why),))


def _wrong_code(book: Book, call: Call, place: GivingCode, why: str) -> Turn:
    if place.misses + 1 >= TRIES:
        return _person(book, call, why)
    return _ask_code(call, replace(place, misses=place.misses + 1), (Prompt(why),))


def _unanswered(book: Book, call: Call, why: NotTold) -> Turn:
    """Say why nothing can be told here; a person can."""
    return _person(book, call, "case-away" if why is NotTold.AWAY else "case-agent")


def _person(book: Book, call: Call, why: str = "") -> Turn:
    words = (Prompt(why),) if why else ()
    return queue(book, call, (Prompt("to-an-agent"),), words=words)
