"""Settings in words: what is wrong with one, so that an operator can act on it, and how its value is written."""

from collections.abc import Iterable, Mapping
from datetime import time, timedelta
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from pydantic.fields import FieldInfo

PREFIX = "HOTLINE_"
NOT_SETTINGS = frozenset(("HOTLINE_KEEP",))
"""Names with our prefix that are none: the tests' own."""


def in_words(fault: Mapping[str, Any], fields: Mapping[str, FieldInfo], secrets: Iterable[str]) -> str:
    """One sentence: the setting, what was given, what it must be, what it means. A secret is never repeated."""
    name = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return unknown(name, fields)
    given = "cannot be what it is" if name in secrets else f"cannot be {_plain(fault.get('input'))}"
    meaning = fields[name].description if name in fields else ""
    return f"{PREFIX}{name.upper()} {given}: {_demand(fault)}" + (f" ({meaning})" if meaning else "")


def unknown(name: str, fields: Iterable[str]) -> str:
    """What to say of a name that is no setting."""
    near = get_close_matches(name.lower(), list(fields), n=1)
    hint = f"did you mean {PREFIX}{near[0].upper()}?" if near else "`hotline settings` lists them all"
    return f"{PREFIX}{name.upper()} is no setting; {hint}"


def strangers(environment: Iterable[str], fields: Iterable[str]) -> list[str]:
    """Faults of an environment: what has our prefix and is no setting would be ignored without a word."""
    known = {PREFIX + name.upper() for name in fields} | NOT_SETTINGS
    ours = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    return [unknown(name.removeprefix(PREFIX), fields) for name in ours]


def _plain(given: Any) -> str:
    return repr(",".join(map(str, given)) if isinstance(given, tuple | list) else _limit(given))


def _demand(fault: Mapping[str, Any]) -> str:
    limits = fault.get("ctx", {})
    match fault["type"]:
        case "less_than_equal":
            return f"{_limit(limits['le'])} is the most"
        case "greater_than_equal":
            return f"{_limit(limits['ge'])} is the least"
        case "int_parsing" | "int_type" | "int_from_float":
            return "it must be a whole number"
        case "literal_error":
            return f"it must be {limits['expected']}"
        case "missing" | "too_long":
            return "give two values, with a comma between them"
        case "time_parsing" | "time_type":
            return "it must be a time of day, for example 08:30"
        case "time_delta_parsing" | "time_delta_type":
            return "it must be a number of seconds, for example 30"
        case "string_pattern_mismatch":
            return "it has not the form of such a value"
        case "value_error":
            return str(limits["error"])
    return str(fault["msg"])


def _limit(value: Any) -> str:
    seconds = getattr(value, "total_seconds", None)
    return f"{seconds():g} seconds" if seconds else str(value)


def as_written(value: Any) -> str:
    """The value as it is set: durations in seconds, lists by commas, times as 08:30; a URL without its password."""
    match value:
        case None:
            return ""
        case timedelta():
            return f"{value.total_seconds():g}"
        case time():
            return f"{value:%H:%M}"
        case tuple():
            return ",".join(map(str, value))
        case str() if "://" in value and (secret := urlsplit(value).password):
            return value.replace(f":{secret}@", ":**********@", 1)
    return str(value)
