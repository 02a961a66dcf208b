"""A spoken message about the matter of a callback (spec §9.2)."""

from ivr.call import Call
from ivr.steps import MessageLeft
from ivr.turn import Book, Turn, finish


def after_message(book: Book, call: Call, event: MessageLeft) -> Turn:
    """The message is kept, or was empty: until when we call back, and goodbye."""
    return finish(call, "promised")
