"""One turn of a real call: find its book, advance, make the facts durable, answer the line.

One write, over before the line speaks; what is promised is durable before it is spoken.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from hotline.overflow import CallLimit, count_overflow
from ivr.books import Books, UnknownMenus
from ivr.call import Call, InMenu
from ivr.engine import Book, Turn, advance
from ivr.steps import Arrived, CallerCrowded, Event, Fact, Ring, TakeMessage
from ivr.transferring import consult, duty
from recordings.messages import Messages


class Writes(Protocol):
    """Store that makes a turn's facts durable."""

    def write(self, call: Call, facts: tuple[Fact, ...], at: datetime) -> None: ...


class Switchboard:
    """Takes turns for a line."""

    def __init__(self, books: Books, ledger: Writes, messages: Messages) -> None:
        self._books, self._ledger, self.messages = books, ledger, messages

    def new_call(self, call_id: str, menus: str = "") -> Call:
        """A call that has just come in, under the menus in force, or of the version that it has heard."""
        book = self._books.book()
        return Call(call_id, menus or book.menus.version, InMenu(book.menus.first))

    def take_turn(self, call: Call, event: Event) -> Turn:
        """Advance the call. Raises when the facts could not be made durable; the line then fails over."""
        heard = call.menus
        book, call = self._book_for(call)
        if isinstance(event, Arrived) and call.menus != heard:
            event = replace(event, pressed=None)  # in menus that nobody has any more
        turn = advance(book, call, event)
        self._ledger.write(turn.call, turn.facts, event.at)
        self._announce(turn)
        if any(isinstance(fact, CallerCrowded) for fact in turn.facts):
            count_overflow(CallLimit.CALLER, event.at)
        return turn

    def consult(self, extension: str, urgent: bool, at: datetime) -> tuple[Ring, ...]:
        """The ladder for an agent's own call to an officer; only the event log's lines are kept of it."""
        return consult(self._books.book(), extension, urgent, at)

    def duty(self, at: datetime) -> tuple[Ring, ...]:
        """The officers on duty, rung in an emergency when no supervisor answers."""
        return duty(self._books.book(), at)

    def _announce(self, turn: Turn) -> None:
        """The listener takes only messages it was told of; untold, Asterisk records them by itself."""
        for step in turn.steps:
            if isinstance(step, TakeMessage):
                with suppress(OSError):
                    self.messages.announce(step.name)

    def _book_for(self, call: Call) -> tuple[Book, Call]:
        try:
            return self._books.book(call.menus), call
        except UnknownMenus:  # kept nowhere: better the menus of today than none
            book = self._books.book()
            place = call.place
            if isinstance(place, InMenu) and place.name not in book.menus.menus:
                place = InMenu(book.menus.first)
            return book, replace(call, menus=book.menus.version, place=place)
