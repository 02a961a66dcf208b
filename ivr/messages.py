"""A spoken message about the matter of a callback (spec §9.2): the promise stands before it is asked for."""

from datetime import datetime

from ivr import spoken
from ivr.call import Call, LeavingMessage
from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.steps import MessageKept, MessageLeft, Prompts, TakeMessage
from ivr.turn import Book, Turn, finish, give_notice
from recordings.policy import MessageEnd, message_name


def take_message(
    book: Book, call: Call, at: datetime, due: datetime, before: Prompts, *, has_number: bool = True
) -> Turn:
    """Invite the caller to say what it is about; without a number, to say one too."""
    call, told, begun = give_notice(book, call)
    name = message_name(call.id)
    invited = (*before, Prompt("message-invite" if has_number else "message-number"), Prompt("beep"))
    step = TakeMessage(name, book.message_longest.total_seconds(), invited)
    return Turn(call.to(LeavingMessage(name, due.isoformat(), has_number)), (*told, step), begun)


def after_message(book: Book, call: Call, event: MessageLeft) -> Turn:
    """The message is kept, or nothing was said: either way until when we call back, and goodbye."""
    place = call.place
    assert isinstance(place, LeavingMessage)  # noqa: S101
    due = datetime.fromisoformat(place.due)
    if event.ended is MessageEnd.EMPTY:
        words = (Prompt("message-empty"),)
        return farewell(call, due, event.at, words) if place.has_number else _no_number(call, words)
    fact = MessageKept(place.name, event.seconds, event.ended)
    return farewell(call, due, event.at, (Prompt("message-kept"),)).preceded_by(facts=(fact,))


def _no_number(call: Call, before: Prompts) -> Turn:
    """End without a promise for a caller who left neither a number nor a word; a person sees the call."""
    return finish(call, "no_number", (*before, Prompt("we-have-no-number")))


def farewell(call: Call, due: datetime, at: datetime, before: Prompts = ()) -> Turn:
    """V-10 and goodbye."""
    return finish(call, "promised", (*before, *until(call, due, at), Prompt("thanks-goodbye")))


def until(call: Call, due: datetime, at: datetime) -> Prompts:
    """V-10: by when we call back."""
    after = () if call.language is Language.ENGLISH else (Prompt("V-10.after"),)
    return (Prompt("V-10.before"), *spoken.due(due, at, call.language), *after)
