"""Input and output of a turn: the book, the turn, and the few things every part does with them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from hotline.callbacks.wishes import GivenNumberRefusal
from hotline.cases.asked import AskedCase, NotTold
from hotline.dialling import DialRules
from hotline.directory.rules import City
from hotline.survey.rules import SurveyPlan
from ivr.call import Call, Gone, InMenu
from ivr.catalogue import Catalogue
from ivr.cut_off import CutCalls
from ivr.menus import Menus
from ivr.prompts import Prompt
from ivr.queue_pace import Pace
from ivr.steps import (
    Ask,
    CallEnding,
    End,
    Fact,
    MenuHeard,
    Prompts,
    RecordingAwaited,
    RecordingBegun,
    Say,
    StartRecording,
    Step,
)
from recordings.policy import RecordingFrom
from transfer.ladder import HuntRules


class Cases(Protocol):
    """Cases as callers may know them; ``holder``: a telephone as its carrier names it, or empty."""

    def find(self, number: str, holder: str, at: datetime) -> AskedCase | NotTold: ...

    def is_code(self, number: str, code: str, holder: str, at: datetime) -> bool | NotTold: ...

    def filed(self, call_id: str) -> str: ...


class Surveys(Protocol):
    """Draw of who is asked behind a talk (P10.3)."""

    def plan(self, call_id: str, number: str, at: datetime) -> SurveyPlan | None: ...

    def rehearsal(self) -> "Surveys | None": ...


@dataclass(frozen=True)
class Book:
    """Data that a turn may look up: the call's menus, what can be said, who sits where, what is on today."""

    menus: Menus
    catalogue: Catalogue
    due: Callable[[datetime], datetime]
    bulletins: tuple[str, ...] = ()
    pace: Pace = Pace()
    city: City = City()
    is_open: Callable[[datetime], bool] = lambda at: True
    hunt: HuntRules = HuntRules()
    message_longest: timedelta = timedelta(seconds=120)
    listed: Callable[[str, datetime], int] = lambda number, at: 0
    given: Callable[[str, str, str, datetime], GivenNumberRefusal | None] = lambda caller, number, asked, at: (
        None
    )
    """Refusal of a number other than the caller's own, for a promise about the extension ``asked``."""

    exempt: frozenset[str] = frozenset()
    """Numbers in E.164 that may have any number of calls at once (setting ``caller_calls_free``)."""
    cases: Cases | None = None
    """None: no cases are kept here, and no key of theirs is offered."""
    recording_from: RecordingFrom = RecordingFrom.PERSON
    video_address: str = ""
    """Short address of the sign-language pages; empty: key 4 tells the hours alone."""
    survey: Surveys | None = None
    """None: nobody is asked how the service was."""
    cut_calls: CutCalls | None = None
    """None: nobody is told of a call that was cut off."""

    @property
    def dialling(self) -> DialRules:
        """Rule which outside numbers are dialled."""
        return self.hunt.dialling


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome: the call as it goes on, what the line does, and what became a fact."""

    call: Call
    steps: tuple[Step, ...] = ()
    facts: tuple[Fact, ...] = ()

    def preceded_by(self, *steps: Step, facts: tuple[Fact, ...] = ()) -> "Turn":
        """The same turn with steps and facts before its own."""
        return Turn(self.call, (*steps, *self.steps), (*facts, *self.facts))


def give_notice(
    book: Book, call: Call, before: Prompts = (), *, to_a_person: bool = False
) -> tuple[Call, tuple[Step, ...], tuple[Fact, ...]]:
    """Say the notice (V-01) in the caller's language unless it was heard, behind ``before``; then record if
    it is time to: at once, or on the way ``to_a_person``.
    """
    steps: tuple[Step, ...] = ()
    if call.language not in call.notices:
        before = (*before, Prompt("V-01", call.language))
        steps = (Say(before, notice=True),)
        call = replace(call, notices=call.notices | {call.language})
    elif before:
        steps = (Say(before),)
    at_once = book.recording_from is RecordingFrom.ANSWER
    if call.recording or not (at_once or to_a_person):
        return call, steps, ()
    fact = RecordingBegun(call.language) if at_once else RecordingAwaited(call.language)
    return replace(call, recording=True), (*steps, StartRecording()), (fact,)


def bulletins(book: Book) -> Prompts:
    """The emergency texts that are on (V-03)."""
    return tuple(Prompt(name) for name in book.bulletins)


def ask_menu(book: Book, call: Call, before: Prompts = (), information: Prompts = ()) -> Turn:
    """Say what the menu offers now and listen for one key. Bulletins are heard once before the main menu."""
    place = call.place
    assert isinstance(place, InMenu)  # noqa: S101 - every caller has just put it there
    menu = book.menus.menus[place.name]
    if not menu.first and book.bulletins and not call.bulletin_heard:
        call, information = replace(call, bulletin_heard=True), (*information, *bulletins(book))
    return Turn(call, (menu_question(book, menu.name, before, information),), (MenuHeard(menu.name),))


def menu_question(book: Book, name: str, before: Prompts = (), information: Prompts = ()) -> Ask:
    """A menu's question, behind ``information`` that somebody asked for and what is said ``before`` that."""
    menu = book.menus.menus[name]
    offered = menu.offered(bulletin=bool(book.bulletins), cases=book.cases is not None)
    told = (*before, *information)
    phrases = tuple(key.say for key in offered if key.say)
    return Ask((*told, *phrases), 1, menu.seconds, len(told) if information else 0)


def finish(call: Call, reason: str, words: Prompts = ()) -> Turn:
    """Say the last words and hang up."""
    return Turn(call.to(Gone()), (End(words, reason),), (CallEnding(reason),))
