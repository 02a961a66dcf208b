"""Rules of passwords, codes and sessions, and how long somebody who errs must wait: pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest
from typing import ClassVar, Final

import pyotp

from hotline.accounts.guessing import guesses
from hotline.errors import HotlineError

SHORTEST, LONGEST = 12, 256
"""Characters of a password: passphrases are welcome, whole books are not (ASVS 5.0, 6.2)."""
HARD_ENOUGH: Final = 8.0
"""Powers of ten of guesses: a hundred million."""
STEP: Final = 30
"""Seconds that a code of the second factor holds (RFC 6238)."""
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
"""A session ends when nobody used it for so long, and so long after it began in any case (ASVS 5.0, 7.3)."""
RECHECK: Final = timedelta(minutes=10)
"""The identity provider is asked so often whether a session that it began still holds."""
INVITED: Final = timedelta(days=3)
WINDOW: Final = timedelta(minutes=15)
"""Failures count for so long."""
FREE: Final = 5
"""Failures of one login from one place before it has to wait there."""
FROM_ONE_NETWORK: Final = 40
"""Failures from one network, of logins that are not known there, before such logins have to wait."""
FROM_STRANGE_PLACES: Final = 100
"""Failures of one login from networks where it is not known, before it has to wait at such."""
LONGEST_WAIT: Final = timedelta(minutes=5)


class Weakness(StrEnum):
    """Reason why a password would be guessed."""

    SHORT = "short"
    LONG = "long"
    EASY = "easy"
    NAMED = "named"
    """It names the hotline, the city or its owner, and little else."""
    TYPED = "typed"
    """A short Chinese text, typed on the keys of its signs."""


class WeakPassword(HotlineError, code="weak-password", varies_by="why"):
    """A password that would be guessed."""

    why: Weakness
    least: ClassVar = SHORTEST
    most: ClassVar = LONGEST


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong answers within ``WINDOW``, and how many are free."""

    count: int
    latest: datetime | None
    free: int


def refuse_weak(password: str, *about: str) -> None:
    """Let a fit password pass; ``about`` are words that others know of its owner. Raises WeakPassword."""
    if len(password) < SHORTEST:
        raise WeakPassword(Weakness.SHORT)
    if len(password) > LONGEST:
        raise WeakPassword(Weakness.LONG)
    found = guesses(password, about)
    if found.powers < HARD_ENOUGH:
        is_typed = Weakness.TYPED if found.is_typed else Weakness.EASY
        raise WeakPassword(Weakness.NAMED if found.is_named else is_typed)


def waits_until(failures: Failures) -> datetime | None:
    """Compute when tries count again: 15 s after the last free one, doubled each time, at most 5 minutes."""
    over = failures.count - failures.free
    if failures.latest is None or over < 0:
        return None
    wait = timedelta(seconds=15 * 2 ** min(over, 10))
    return failures.latest + min(wait, LONGEST_WAIT)


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Find the time step of a second-factor code: that of ``at`` or a neighbour; None if it fits neither."""
    now = int(at.timestamp()) // STEP
    near = (now, now - 1, now + 1)
    try:
        digits, totp = "".join(code.split()).encode(), pyotp.TOTP(secret, interval=STEP)
        return next((step for step in near if compare_digest(totp.at(step * STEP).encode(), digits)), None)
    except ValueError:  # a secret that is none, or what is no text
        return None


def is_alive(begun_at: datetime, seen_at: datetime, at: datetime) -> bool:
    """Tell whether a session still counts."""
    return at < seen_at + IDLE and at < begun_at + ABSOLUTE
