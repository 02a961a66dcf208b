"""Citizens' pages that telephone: the password of the hour,
and an account for each browser (docs/decisions/0020).

An account is a word that proves itself:
Asterisk's dialplan examines it with no server of ours, and nothing is stored.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from control.passwords import SPAN, of_hour, secret
from hotline.settings import Settings

USER: Final = "visitor"
"""The SIP user of every citizen's page."""
NAMED: Final = 32
"""Characters that name an account; ten digits follow until when it holds, then the proof of both."""
SIGNED: Final = NAMED + 10
_WORD: Final = re.compile(r"[0-9a-f]{32}[0-9]{10}[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Account:
    """The account of one browser: ``word`` is what the browser keeps and shows."""

    name: str
    ends_at: datetime
    word: str


def password_at(settings: Settings, at: datetime) -> str:
    """The password of the hour of ``at``."""
    return of_hour(settings, USER, at)


def secrets_at(settings: Settings, at: datetime) -> tuple[tuple[str, str], ...]:
    """Passwords valid at an instant: that of the hour, and the hour before's for pages still open."""
    return ((f"{USER}-now", password_at(settings, at)), (f"{USER}-before", password_at(settings, at - SPAN)))


def account_key(settings: Settings) -> str:
    """Key that signs accounts; known to the pages and to Asterisk."""
    return secret(settings, "visitor-accounts")


def new_account(settings: Settings, at: datetime) -> Account:
    """An account for a browser that has none."""
    ends_at = int((at + settings.visitor_stay).timestamp())
    signed = f"{secrets.token_hex(NAMED // 2)}{ends_at:010d}"
    return _account(signed + _proof(account_key(settings), signed))


def account_of(settings: Settings, word: str, at: datetime) -> Account | None:
    """The account that a browser shows; None for a forged one, and for one whose time is over."""
    if not _WORD.fullmatch(word):
        return None
    if not hmac.compare_digest(word[SIGNED:], _proof(account_key(settings), word[:SIGNED])):
        return None
    found = _account(word)
    return found if at < found.ends_at else None


def _account(word: str) -> Account:
    return Account(word[:NAMED], datetime.fromtimestamp(int(word[NAMED:SIGNED]), UTC), word)


def _proof(key: str, signed: str) -> str:
    """Keyed hash, the best a dialplan can compute: SHA-1 twice, as in HMAC, over a text of fixed length."""
    inner = hashlib.sha1(f"{key}{signed}".encode()).hexdigest()  # noqa: S324 - Asterisk has no other
    return hashlib.sha1(f"{key}{inner}".encode()).hexdigest()  # noqa: S324
