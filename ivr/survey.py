"""The questions behind a talk (V-19, P10.3), for who was drawn and stays on the line.

A silence or a wrong key is asked once more; after the second the caller is thanked. What was answered stays.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from hotline.survey.rules import SCORES, SurveyPlan, TalkedWith
from ivr.call import Call, LeavingWords, Scoring
from ivr.prompts import Prompt
from ivr.steps import Ask, MessageLeft, Pressed, Prompts, Say, Silent, TakeMessage
from ivr.survey_facts import SurveyAnswered, SurveyAsked, SurveyWordsKept
from ivr.turn import Book, Turn, finish
from recordings.policy import MessageEnd, message_name

QUESTIONS: Final = ("V-19", "V-19.clear", "V-19.wait")
SECONDS: Final = 6.0
TRIES: Final = 2
KEYS: Final = frozenset(map(str, SCORES))
TALKED: Final = "talked"
"""Reason of the end of a call that an agent talked with last."""
TRANSFERRED: Final = "transferred"
"""Reason of the end of a call that an officer talked with last."""


def plan(book: Book, call: Call, at: datetime) -> SurveyPlan | None:
    """What this caller is asked; None for who was not drawn, or is on the special list (P7.3)."""
    if book.survey is None or call.listed:
        return None
    return book.survey.plan(call.id, call.caller, at)


def begin(call: Call, wanted: SurveyPlan, reason: str, told: Prompts) -> Turn:
    """Invite the caller to stay, behind what everybody is ``told``, and ask the first question."""
    place = Scoring(1, wanted.questions, wanted.words, reason)
    talked_with = TalkedWith.OFFICER if reason == TRANSFERRED else TalkedWith.AGENT
    fact = SurveyAsked(call.caller, talked_with, call.language, wanted.questions)
    said = (Say(told),) if told else ()
    return _ask(call, place, (Prompt("V-19.stay"),)).preceded_by(*said, facts=(fact,))


def take_score(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Take the answer to a question, and ask the next one, or for free words."""
    place = call.place
    assert isinstance(place, Scoring)  # noqa: S101 - the engine has just looked
    keys = event.keys if isinstance(event, Pressed) else ""
    if keys in KEYS:
        answered = SurveyAnswered(place.question, int(keys))
        return _next(book, call, place).preceded_by(facts=(answered,))
    if place.misses + 1 >= TRIES:
        return _thanks(call, place.reason)
    why = Prompt("not-understood" if keys else "no-key")
    return _ask(call, replace(place, misses=place.misses + 1), (why,))


def after_words(call: Call, event: MessageLeft) -> Turn:
    """Thank for the words; who said none has answered all the same."""
    place = call.place
    assert isinstance(place, LeavingWords)  # noqa: S101
    if event.ended is MessageEnd.EMPTY:
        return _thanks(call, place.reason)
    fact = SurveyWordsKept(place.name, event.seconds, event.ended)
    return _thanks(call, place.reason, (Prompt("message-kept"),)).preceded_by(facts=(fact,))


def _next(book: Book, call: Call, place: Scoring) -> Turn:
    if place.question < place.questions:
        return _ask(call, replace(place, question=place.question + 1, misses=0), ())
    if not place.words:
        return _thanks(call, place.reason)
    name = message_name(call.id)
    invited = Prompt("V-19.words"), Prompt("beep")
    step = TakeMessage(name, book.message_longest.total_seconds(), invited)
    return Turn(call.to(LeavingWords(name, place.reason)), (step,))


def _ask(call: Call, place: Scoring, before: Prompts) -> Turn:
    question = Prompt(QUESTIONS[place.question - 1])
    return Turn(call.to(place), (Ask((*before, question), 1, SECONDS),))


def _thanks(call: Call, reason: str, before: Prompts = ()) -> Turn:
    return finish(call, reason, (*before, Prompt("thanks-goodbye")))
