"""The first menus, which Asterisk asks by itself: the processes that decide calls tell Asterisk ahead what
they would answer.

It is told at each change of the menus, and again and again, for what is told counts only for a while: when
nobody decides any more, or after a reload of the dialplan, a decision is asked for the first menu, too.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from control.ami import AMI, ManagerAccount
from hotline import clock, disk
from hotline.errors import HotlineError
from hotline.settings import Settings
from ivr.engine import second_menu
from ivr.numerals import Language
from ivr.prompts import Shelf
from ivr.steps import Ask
from ivr.turn import Book, menu_question

FIRST: Final = "FIRST_MENU"
"""Global variable of the dialplan: ``UNTIL|VERSION|MENU|SOUNDS|SECONDS``, UNTIL in seconds since 1970."""
SECOND: Final = "SECOND_MENU_"
"""With a key of that menu behind it: ``UNTIL|VERSION|LANGUAGE|WANTED|NOTICE|MENU|SOUNDS|SECONDS``."""
DIGITS: Final = "0123456789"
"""Keys that can be part of a variable's name."""
AGAIN, COUNTS = timedelta(seconds=5), timedelta(seconds=15)
PATIENCE: Final = 0.5
"""Seconds for an Asterisk that is busy; one that hangs asks nobody anything."""
LONGEST: Final = 900
"""Characters; Asterisk's manager reads lines of a thousand."""
_READ_BY_A_DIALPLAN: Final = frozenset(',:;?$"\\(){}[]')
Told = Mapping[str, str]
"""Texts by the variable's name, without UNTIL; empty where a decision must ask."""


def first_menus(book: Book, shelf: Shelf, at: datetime) -> Told:
    """The first menu, and for each digit the notice and the menu that it leads to, if that is all.

    A decision replaces a lost sound, and tells of it; to who was cut off and calls again it says so first.
    """
    if book.cut_calls and book.cut_calls.are_there():
        return {}
    first = _first(book, shelf)
    return {FIRST: first, **{SECOND + key: _second(book, shelf, key, at) for key in DIGITS}} if first else {}


def _first(book: Book, shelf: Shelf) -> str:
    name = book.menus.first
    question = menu_question(book, name)
    asked = shelf.whole(question.prompts, Language.MANDARIN)
    return _text(book, name, asked, question) if asked else ""


def _second(book: Book, shelf: Shelf, key: str, at: datetime) -> str:
    menu = second_menu(book, key, at)
    if menu is None:
        return ""
    notice, asked = (shelf.whole(one.prompts, menu.language) for one in (menu.notice, menu.question))
    before = (menu.language, menu.wanted, "&".join(notice))
    return _text(book, menu.menu, asked, menu.question, before) if notice and asked else ""


def _text(book: Book, name: str, asked: Sequence[str], question: Ask, before: Sequence[str] = ()) -> str:
    text = "|".join((book.menus.version, *before, name, "&".join(asked), f"{question.seconds:g}"))
    return text if len(text) <= LONGEST and _READ_BY_A_DIALPLAN.isdisjoint(text) else ""


class FirstMenus:
    """Tells Asterisk what is ``asked`` first now; one that cannot be reached asks for it."""

    def __init__(self, settings: Settings, asked: Callable[[], Told]) -> None:
        self._settings, self._asked = settings, asked
        self._told: Told = {}
        self._told_at: datetime | None = None

    def tell(self, at: datetime) -> None:
        """Tell it, if it is another than before or was told a while ago."""
        texts = {name: text for name, text in self._asked().items() if text} if self._is_witnessed() else {}
        is_known = self._told_at is not None and self._told_at <= at < self._told_at + AGAIN
        if not is_known or texts != self._told:
            until = f"{(at + COUNTS).timestamp():.0f}|"
            gone = dict.fromkeys({FIRST, *self._told} - texts.keys(), "")
            # The first menu last: no second one of another version counts without it.
            values = gone | {name: until + texts[name] for name in sorted(texts, reverse=True)}
            self._told_at = at if self._set(values) else None
            self._told = texts if self._told_at else {**self._told, **texts}

    def take_back(self) -> None:
        """Let decisions ask it, for there may be none any more."""
        self._set(dict.fromkeys(sorted(self._told), ""))

    def _is_witnessed(self) -> bool:
        """Tell whether the event log can be written on: of who leaves in these menus nothing else tells."""
        try:
            return disk.free(self._settings.cel) >= disk.LEAST
        except OSError:
            return False

    def _set(self, values: Told) -> bool:
        by = clock.monotonic() + PATIENCE
        try:
            with AMI.of(self._settings, ManagerAccount.LIMITS, patience=PATIENCE) as ami:
                for name, value in values.items():
                    ami.ask("Setvar", Variable=name, Value=value)
                    if clock.monotonic() > by:
                        return False
        except (HotlineError, OSError):
            return False
        return True
