"""Faults of menus, as facts, and where each lies."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final, Literal

from hotline.errors import HotlineError, Remark

OTHERWISE: Final = "otherwise"
"""The setting that says what follows when no key of the menu was pressed."""


class Flaw(StrEnum):
    """Kind of a fault of menus."""

    ENCODING = "encoding"
    UNREADABLE = "unreadable"
    TOML = "toml"
    UNKNOWN_SETTING = "unknown-setting"
    MISSING = "missing"
    NAME = "name"
    TRIES = "tries"
    SILENCES = "silences"
    SECONDS = "seconds"
    KEYS = "keys"
    KEY_TWICE = "key-twice"
    PRESS = "press"
    CHOICE = "choice"
    UNKNOWN_WORD = "unknown-word"
    LANGUAGE_ALONE = "language-alone"
    NOT_ONE_THING = "not-one-thing"
    NO_LANGUAGE = "no-language"
    SAME_NAME = "same-name"
    FIRST = "first"
    NO_KEYS = "no-keys"
    NO_MENU = "no-menu"
    NO_QUEUE = "no-queue"
    EVERYWHERE = "everywhere"
    UNREACHABLE = "unreachable"
    ENDLESS = "endless"
    STUCK = "stuck"
    NO_PERSON = "no-person"
    NO_PROMPT = "no-prompt"
    NO_TEXT = "no-text"
    UNANNOUNCED = "unannounced"
    ANNOUNCED_OTHERWISE = "announced-otherwise"
    UNNAMED_KEY = "unnamed-key"


class KeyOf(Remark, code="menu-key", varies_by="kind"):
    """The part of a menu that a fault is about: a key, or what follows when none was pressed."""

    press: str

    @property
    def kind(self) -> Literal["pressed", "otherwise"]:
        """Key, or no key pressed."""
        return "otherwise" if self.press == OTHERWISE else "pressed"


class FaultPlace(Remark, code="menu-place", varies_by="known"):
    """Place at which a clerk finds the fault."""

    file: str
    line: int

    @property
    def known(self) -> Literal["file", "line"]:
        """Completeness of the place: file, or file and line."""
        return "line" if self.line else "file"


class MenuFault(Remark, code="menu-fault", varies_by="flaw"):
    """One fault: ``about`` is a file or a menu, ``where`` a part of it, ``what`` the wrong words."""

    flaw: Flaw
    about: str = ""
    where: KeyOf | None = None
    what: object = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    place: FaultPlace | None = None


class BadMenus(HotlineError, ValueError, code="bad-menus"):
    """Menus that must not be used; holds every fault."""

    faults: tuple[MenuFault, ...]
