"""Tickets of mobiles that were proved in a browser: a word that proves itself, nothing is stored. Pure."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Final

STAY: Final = timedelta(minutes=30)
"""Time for which a form knows the mobile."""
_PROVED: Final = re.compile(r"(\+[0-9]{8,15})\.([0-9]{10})\.([0-9a-f]{64})")


def proof_ticket(key: str, number: str, until: datetime) -> str:
    """The word by which a browser shows which mobile (E.164) it proved."""
    seconds = f"{int(until.timestamp()):010d}"
    return f"{number}.{seconds}.{_sealed(key, number, seconds)}"


def proved_in(key: str, word: str, at: datetime) -> str:
    """The mobile that a browser proved; empty for a forged word, and for one whose time is over."""
    found = _PROVED.fullmatch(word)
    if found is None or not hmac.compare_digest(found[3], _sealed(key, found[1], found[2])):
        return ""
    return found[1] if at < datetime.fromtimestamp(int(found[2]), UTC) else ""


def _sealed(key: str, number: str, seconds: str) -> str:
    return hmac.new(key.encode(), f"{number}\0{seconds}".encode(), hashlib.sha256).hexdigest()
