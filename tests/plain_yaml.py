"""As much YAML as our compose file uses: maps and lists by indentation, one-line lists, plain and quoted words.

Anything else is refused, so the file stays readable and its test needs no library.
"""

import json
import re
from typing import Any

LINE = re.compile(r"^(?P<indent> *)(?P<item>- )?(?P<text>\S.*)$")
PAIR = re.compile(r"^(?P<key>[\w.-]+):(?: (?P<value>\S.*))?$")


def read(text: str) -> Any:
    """The document. Raises ValueError with the line that is not understood."""
    lines = [line.split(" #")[0].rstrip() for line in text.splitlines() if not line.lstrip().startswith("#")]
    value, rest = _block([line for line in lines if line], 0)
    if rest:
        raise ValueError(f"not understood: {rest[0]!r}")
    return value


def _block(lines: list[str], indent: int) -> tuple[Any, list[str]]:
    """The map or list whose lines begin at this column, and the lines behind it."""
    made: Any = None
    while lines and (found := LINE.match(lines[0])) and len(found["indent"]) >= indent:
        line, lines = lines[0], lines[1:]
        if len(found["indent"]) > indent:
            raise ValueError(f"at another column than its neighbours: {line!r}")
        if found["item"]:
            made = _grown(made, list, line)
            made.append(_scalar(found["text"]))
            continue
        pair = PAIR.match(found["text"])
        made = _grown(made, dict, line)
        if pair is None or pair["key"] in made:
            raise ValueError(f"no pair, or one twice: {line!r}")
        if pair["value"]:
            made[pair["key"]] = _scalar(pair["value"])
            continue
        deeper = LINE.match(lines[0]) if lines else None
        below = len(deeper["indent"]) if deeper else 0
        made[pair["key"]], lines = _block(lines, below) if below > indent else (None, lines)
    return made, lines


def _grown(made: Any, kind: type, line: str) -> Any:
    if made is not None and not isinstance(made, kind):
        raise ValueError(f"a list and a map at once: {line!r}")
    return kind() if made is None else made


def _scalar(text: str) -> Any:
    if text.startswith("["):
        return [_scalar(word.strip()) for word in text.strip("[]").split(",")]
    if text in ("true", "false") or text.startswith('"'):
        return json.loads(text)
    if text[0] in "&*!|>{%@`'":
        raise ValueError(f"more YAML than we use: {text!r}")
    return text
