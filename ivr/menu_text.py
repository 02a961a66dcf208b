"""A menu's file as text, from the few kinds of values it holds; what stood above its first line as a comment stays."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

ORDER: Final = ("name", "first", "tries", "otherwise", "seconds")
"""In which a menu's own settings stand, before its keys."""


def text_of(table: Mapping[str, Any], comment: str = "") -> str:
    """The text that reads as ``table``: values are texts, numbers, yes or no, and tables of these."""
    return f"{comment}\n" * bool(comment) + "\n".join(_lines(table)) + "\n"


def comment_of(text: str) -> str:
    """The lines of comment with which a file begins."""
    kept = list[str]()
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            break
        kept.append(line)
    return "\n".join(kept).rstrip() + "\n" if any(kept) else ""


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name} = {_value(table[name])}" for name in ORDER if name in table)
    if not table.get("key"):
        yield "key = []"
        return
    for key in table["key"]:
        yield ""
        yield "[[key]]"
        yield from (f"{name} = {_value(value)}" for name, value in key.items())


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case Mapping():
            return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
        case _:
            # What JSON leaves as it is and TOML does not allow in a text.
            return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
