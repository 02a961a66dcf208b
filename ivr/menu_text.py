"""A menu's file with other values: its comments, blank lines and order stay as a clerk wrote them."""

import re
from collections.abc import Mapping
from typing import Any, Final

import tomlkit

KEY: Final = re.compile(r"((?:^[ \t]*#.*\n)*)(^[ \t]*\[\[[ \t]*key[ \t]*\]\].*\n)", re.MULTILINE)
"""The comment above a key, and its head."""
COMMENT: Final = re.compile(r"^[ \t]*#.*\n", re.MULTILINE)


def edited(text: str, table: Mapping[str, Any]) -> str:
    """The text that reads as ``table``: values are texts, numbers, yes or no, and tables of these.

    Its keys are those of the text one by one, an empty one for one that is taken out, and then new ones. A
    comment behind a value stays or goes with its line, and one on a line of its own always stays.
    """
    top, *parts = KEY.split(text.rstrip() + "\n")
    there, keys = [parts[at : at + 3] for at in range(0, len(parts), 3)], list(table.get("key", ()))
    settings = {name: value for name, value in table.items() if name != "key"}
    done = _edited(top, settings if any(keys) else {**settings, "key": []})
    for (above, head, lines), key in zip(there, keys, strict=False):
        left = above + "".join(COMMENT.findall(lines))
        done += above + head + _edited(lines, key) if key else left and f"{left}\n"
    for key in filter(None, keys[len(there) :]):
        done = f"{done.rstrip()}\n\n[[key]]\n{_edited('', key)}"
    return done.rstrip() + "\n"


def _edited(text: str, values: Mapping[str, Any]) -> str:
    """A table's lines: a new value takes the line of one that is gone, or stands behind the last."""
    there = tomlkit.parse(text)
    new = [name for name in values if name not in there]
    lines, last = list[str](), 0
    for key, item in there.body:
        if key is None or (key.key in values and item.unwrap() == values[key.key]):
            lines.append(tomlkit.document().append(key, item).as_string())
        elif name := key.key if key.key in values else new.pop(0) if new else "":
            space = item.trivia
            behind = f"{space.comment_ws}{space.comment}{space.trail}"
            lines.append(f"{space.indent}{name} = {_value(values[name])}{behind}")
        last = len(lines) if key else last
    return "".join([*lines[:last], *(f"{name} = {_value(values[name])}\n" for name in new), *lines[last:]])


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    return str(tomlkit.item(value).as_string())
