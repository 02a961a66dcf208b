"""Tickets of citizens who follow a case: which one their browser opened, and since when it waits for a look.

A ticket is a word that proves itself, signed by the installation; nothing is stored. Pure.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

STAY: Final = timedelta(minutes=15)
"""Time for which a browser that opened a case shows it: citizens also read at other people's screens."""
KEPT: Final = timedelta(minutes=10)
"""Time for which who has waited may look."""
_OPENED: Final = re.compile(r"([0-9]{12})\.(code|phone)\.([0-9]{10})\.([0-9a-f]{64})")
_WAITS: Final = re.compile(r"([0-9]{10})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """The case that a browser opened, until an instant; ``by_code``: by the code of its e-mail."""

    number: str
    by_code: bool
    until: datetime


def opening_ticket(key: str, opened: OpenedCase) -> str:
    """The word by which a browser shows what it opened."""
    said = (opened.number, "code" if opened.by_code else "phone", _seconds(opened.until))
    return ".".join((*said, _proof(key, *said)))


def opened(key: str, word: str, at: datetime) -> OpenedCase | None:
    """What a browser opened; None for a forged word, and for one whose time is over."""
    found = _OPENED.fullmatch(word)
    if found is None or not hmac.compare_digest(found[4], _proof(key, *found.groups()[:3])):
        return None
    until = datetime.fromtimestamp(int(found[3]), UTC)
    return OpenedCase(found[1], found[2] == "code", until) if at < until else None


def waiting_ticket(key: str, number: str, digits: str, since: datetime) -> str:
    """The word by which a form shows since when it waits for this look."""
    return f"{_seconds(since)}.{_proof(key, 'wait', number, digits, _seconds(since))}"


def waits_since(key: str, word: str, number: str, digits: str, at: datetime) -> datetime | None:
    """Since when a form waits for this look; None for a forged word, one of another look, or an old one."""
    found = _WAITS.fullmatch(word)
    if found is None or not hmac.compare_digest(found[2], _proof(key, "wait", number, digits, found[1])):
        return None
    since = datetime.fromtimestamp(int(found[1]), UTC)
    return since if at - KEPT < since <= at else None


def _seconds(at: datetime) -> str:
    return f"{int(at.timestamp()):010d}"


def _proof(key: str, *said: str) -> str:
    return hmac.new(key.encode(), "\0".join(said).encode(), hashlib.sha256).hexdigest()
