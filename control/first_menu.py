"""The first menu, which Asterisk asks by itself: who decides calls tells it ahead what they would ask first.

It is told at each change of the menus, and again and again, for what is told counts only for a while: when
nobody decides any more, or after a reload of the dialplan, a decision is asked for the first menu, too.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from control.ami import AMI, ManagerAccount
from hotline import disk
from hotline.errors import HotlineError
from hotline.settings import Settings
from ivr.numerals import Language
from ivr.prompts import Shelf
from ivr.turn import Book, menu_question

VARIABLE: Final = "FIRST_MENU"
"""Global variable of the dialplan: ``UNTIL|VERSION|MENU|SOUNDS|SECONDS``, UNTIL in seconds since 1970."""
AGAIN, COUNTS = timedelta(seconds=5), timedelta(seconds=15)
PATIENCE: Final = 0.5
"""Seconds for an Asterisk that is busy; one that hangs asks nobody anything."""
_READ_BY_A_DIALPLAN: Final = frozenset(',:;?$"\\(){}[]')


def first_menu(book: Book, shelf: Shelf) -> str:
    """``VERSION|MENU|SOUNDS|SECONDS``; empty where a decision must ask it.

    It replaces a lost sound, and tells of it; to who was cut off and calls again it says so first.
    """
    if book.cut_calls and book.cut_calls.are_there():
        return ""
    question = menu_question(book, book.menus.first)
    sounds = shelf.whole(question.prompts, Language.MANDARIN)
    text = "|".join((book.menus.version, book.menus.first, "&".join(sounds), f"{question.seconds:g}"))
    return text if sounds and _READ_BY_A_DIALPLAN.isdisjoint(text) else ""


def is_witnessed(settings: Settings) -> bool:
    """Tell whether the event log can be written on: of who leaves in the first menu nothing else tells."""
    try:
        return disk.free(settings.cel) >= disk.LEAST
    except OSError:
        return False


class FirstMenu:
    """Tells Asterisk what is ``asked`` first now; one that cannot be reached asks for it."""

    def __init__(self, settings: Settings, asked: Callable[[], str]) -> None:
        self._settings, self._asked = settings, asked
        self._told: tuple[str, datetime] | None = None

    def tell(self, at: datetime) -> None:
        """Tell it, if it is another than before or was told a while ago."""
        text = self._asked() if is_witnessed(self._settings) else ""
        if self._told is None or self._told[0] != text or not self._told[1] <= at < self._told[1] + AGAIN:
            self._told = (text, at) if self._set(text and f"{(at + COUNTS).timestamp():.0f}|{text}") else None

    def take_back(self) -> None:
        """Let decisions ask it, for there may be none any more."""
        self._set("")

    def _set(self, value: str) -> bool:
        try:
            with AMI.of(self._settings, ManagerAccount.LIMITS, patience=PATIENCE) as ami:
                ami.ask("Setvar", Variable=VARIABLE, Value=value)
        except (HotlineError, OSError):
            return False
        return True
