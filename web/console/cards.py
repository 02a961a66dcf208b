"""Rows of a table as cards, for a screen too narrow for columns: each cell after the word of its column.

A table needs no more than its heads: which of them is a cell's is counted, so no template says a word twice.
"""

import re
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

_OPENS: Final = re.compile(r"<(tr|t[dh])\b([^>]*)>")
_DEED: Final = re.compile(r"\s*<(form|a)\b")
_SPAN: Final = re.compile(r'\bcolspan="(\d+)"')


def headed(rows: str, heads: Sequence[object]) -> Markup:
    """Rows of a table, every cell with the head of its column (``data-head``).

    A row's own head is the title of its card, and a deed says itself what it does, but a number does not; a
    cell that has the attribute keeps it, and an empty one says no word.
    """
    place = 0

    def opened(tag: re.Match[str]) -> str:
        nonlocal place
        name, attributes = tag.groups()
        if name == "tr":
            place = 0
            return tag.group()
        at, span = place, _SPAN.search(attributes)
        place += int(span.group(1)) if span else 1
        said = "" if span or at >= len(heads) else str(heads[at])
        deed = _DEED.match(rows, tag.end())
        is_last = at == len(heads) - 1 and "--numeric" not in attributes
        is_deed = deed is not None and (deed.group(1) == "form" or is_last)
        if not said or is_deed or name == "th" or "data-head=" in attributes:
            return tag.group()
        return f'<{name}{attributes} data-head="{escape(said)}">'

    return Markup(_OPENS.sub(opened, rows))
