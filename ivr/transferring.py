"""Putting a caller through: whom to ring next, what is said before each rung, and where it ends (spec §9.1)."""

from ivr.call import Call
from ivr.steps import Pressed, RingEnded, Silent, TransferWanted
from ivr.turn import Book, Turn
from ivr.waiting import queue


def begin(book: Book, call: Call, event: TransferWanted) -> Turn:
    """An agent, or a caller who knows the extension, wants it rung."""
    return queue(book, call)


def ask_extension(book: Book, call: Call) -> Turn:
    """Key 2 of the main menu: the extension, ended by ``#``."""
    return queue(book, call)


def take_extension(book: Book, call: Call, event: Pressed | Silent) -> Turn:
    """The extension keyed in."""
    return queue(book, call)


def after_ring(book: Book, call: Call, event: RingEnded) -> Turn:
    """A rung ended: talked, or the next one."""
    return queue(book, call)
