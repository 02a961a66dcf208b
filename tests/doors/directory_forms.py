"""Hands that change the directory on its pages: a form as it comes, with what is typed over it."""

import re
from html import unescape

from hotline.clock import taipei
from tests.doors.console import Console, Visitor

LATER = "2026-12-07"
"""A Monday two weeks ahead: told in time."""
SOON = "2026-11-25"
"""Tomorrow: told late."""


def value_of(page: str, name: str) -> str:
    """What a field of a page holds; of a list, what is chosen."""
    if chosen := re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL):
        found = re.search(r'<option value="([^"]*)" selected', chosen[0])
        return unescape(found[1]) if found else ""
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    found = re.search(r'value="([^"]*)"', field[0]) if field else None
    return unescape(found[1]) if found else ""


def form_of(visitor: Visitor, path: str, **typed: str) -> dict[str, str]:
    """The form of a page as it comes, with what somebody types over it."""
    page = visitor.get(path).text
    names = re.findall(r'<(?:input|select)[^>]*name="([a-z_]+)"[^>]*>', page)
    given = {
        name: value_of(page, name) for name in names if name not in ("csrf", "at_once", "closed", "off_site")
    }
    return {**given, "reason": "職務調整", **typed}


def sends(visitor: Visitor, path: str, **typed: str) -> tuple[int, str]:
    answer = visitor.post(path, form_of(visitor, path, **typed), page=path)
    return answer.status_code, answer.text


def names(pages: Console, extension: str, day: str) -> str:
    return pages.house.atlas.at(taipei(day)).desks[extension].name
