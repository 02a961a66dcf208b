"""Waiting for an agent: the queue, the position spoken between two slices, the key for a callback (V-04)."""

from dataclasses import replace

from ivr import spoken, survey
from ivr.call import Call, Waiting
from ivr.case_facts import CaseNumberSpoken
from ivr.messages import until
from ivr.promising import own_number, promise
from ivr.prompts import Prompt
from ivr.steps import (
    Ask,
    DueTimeSpoken,
    Enqueue,
    Fact,
    KeyPressed,
    Left,
    Pressed,
    Prompts,
    Queued,
    QueueLeft,
    RingEnded,
    Silent,
    WaitAnnounced,
)
from ivr.turn import Book, Turn, bulletins, finish, give_notice

HOLD_SECONDS = 0.3
"""How long the key for a callback is waited for after the position; it is heard in the music too."""


def queue(
    book: Book, call: Call, there: Prompts = (), back: Waiting | None = None, words: Prompts = ()
) -> Turn:
    """Wait for an agent of the language asked for; who has heard no bulletin hears it first (P4.8).

    ``there``: said only when an agent is there. ``back``: where to wait instead, for who comes back from a
    transfer.
    """
    if book.bulletins and not call.bulletin_heard:
        call, words = replace(call, bulletin_heard=True), (*words, *bulletins(book))
    first = not isinstance(call.place, Waiting)
    place = back or (call.place if isinstance(call.place, Waiting) else Waiting(front=call.in_front))
    call, told, facts = give_notice(book, call.to(place), to_a_person=True)
    entered: tuple[Fact, ...] = (Queued(call.wanted),) if first else ()
    wait = Enqueue(call.wanted, words, place.front, call.listed > 0, there)
    return Turn(call, (*told, wait), (*facts, *entered))


def leave_queue(book: Book, call: Call, event: QueueLeft) -> Turn:
    """A slice is over: talked, nobody there, or time to say the position."""
    match event.why:
        case Left.TALKED:
            return talked(book, call, event)
        case Left.EMPTY:
            return promise(book, call, event.at, "nobody", (Prompt("nobody-now"),), _asked(call))
        case Left.LOST:
            return queue(book, call, (Prompt("to-an-agent"),), Waiting(_asked(call), front=True))
        case Left.SLICE:
            return announce(book, call, event)


def talked(
    book: Book, call: Call, event: QueueLeft | RingEnded, words: Prompts = (), *, by_officer: bool = False
) -> Turn:
    """End of a talk: the number of a case filed in it is told to who gets no message of it (V-12), then of a
    callback registered by key whom we call and until when (V-10). Who was drawn is asked how it was (V-19);
    else ``words`` are said, or a goodbye behind those.

    The talk is the officer's who hung up, also where the agent had asked that officer first and left.
    """
    promised, at = event.promised, event.at
    reason = survey.TRANSFERRED if by_officer or event.by_officer else survey.TALKED
    filed = book.cases.filed(call.id) if book.cases else ""
    told = spoken.case_number(filed, call.language) if filed else ()
    facts: tuple[Fact, ...] = (CaseNumberSpoken(filed),) if filed else ()
    if promised is not None:
        due = book.due(promised)
        known = own_number(call) if book.dialling.refusal(call.caller) is None else ()
        told = (*told, *known, *until(call, due, at))
        facts = (*facts, DueTimeSpoken(promised.isoformat(), due.isoformat()))
    if asked := survey.plan(book, call, at):
        return survey.begin(call, asked, reason, told).preceded_by(facts=facts)
    goodbye = words or ((Prompt("thanks-goodbye"),) if told else ())
    return finish(call, reason, (*told, *goodbye)).preceded_by(facts=facts)


def announce(book: Book, call: Call, event: QueueLeft) -> Turn:
    """V-04: position and expected wait; key 1 asks for a callback. That all are busy only when it is so."""
    minutes = book.pace.minutes(event.position, call.wanted, event.agents, event.at)
    words = (
        *(() if event.free else (Prompt("V-04.busy"),)),
        *spoken.position(event.position, call.language),
        *spoken.wait(minutes, call.language),
        Prompt("V-04.hold"),
    )
    place = call.place if isinstance(call.place, Waiting) else Waiting()
    turn = Turn(call.to(place), (Ask(words, 1, HOLD_SECONDS),))
    return turn.preceded_by(facts=(WaitAnnounced(event.position, minutes),))


def while_waiting(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """Key 1 asks for a callback at any moment of the wait; anything else goes on waiting."""
    if isinstance(event, Pressed) and event.keys == "1":
        turn = promise(book, call, event.at, "caller", (), _asked(call))
        return turn.preceded_by(facts=(KeyPressed("queue", "1", known=True),))
    return queue(book, call)


def _asked(call: Call) -> str:
    """The extension a transfer did not reach before the caller waited."""
    return call.place.asked if isinstance(call.place, Waiting) else ""
