"""The written form of a setting's value."""

from datetime import time, timedelta
from typing import Any
from urllib.parse import urlsplit


def as_written(value: Any) -> str:
    """Format a value as it is set: durations in seconds, lists by commas, 08:30; URLs without passwords."""
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
