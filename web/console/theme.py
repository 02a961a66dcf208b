"""Light or dark: as it was chosen in this browser, else as the system of whoever reads is."""

from enum import StrEnum
from typing import Any, Final

from flask import request

from web.console.browser import THEME
from web.console.language import _l


class Theme(StrEnum):
    """Look of the pages."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


THEMES: Final[dict[Theme, Any]] = {
    Theme.SYSTEM: _l("跟著系統"),
    Theme.LIGHT: _l("淺色"),
    Theme.DARK: _l("深色"),
}


def theme() -> Theme:
    """Look of this page."""
    kept = request.cookies.get(THEME, "")
    return Theme(kept) if kept in THEMES else Theme.SYSTEM
