"""A request for a callback, the number it can be kept at, and whether a caller may leave another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hotline.callbacks.ownership import Ownership
from hotline.callbacks.rules import PENDING_STATES, CallbackLimits
from hotline.callbacks.store import Callback
from hotline.clock import midnight
from hotline.dialling import DialRules, Refusal
from hotline.errors import HotlineError
from hotline.keys.finding import has
from hotline.numbers import ANONYMOUS, e164

_SEPARATORS: Final = re.compile(r"[ ()-]")
_NUMBER: Final = re.compile(r"\+?[0-9]{8,15}")


DESK, PAGE, VIDEO, SURVEY = "desk", "page", "video", "survey"
NOBODY_CALLED: Final = frozenset((DESK, PAGE, VIDEO, SURVEY))
"""Origins of a promise without a call: for who is not on the line, asked on a public page, signs, or is
asked how the service was.
"""


class NumberMissing(HotlineError, code="number-missing"):
    """A number given at a desk that nobody can be called at."""

    number: str


class NumberNotDialled(HotlineError, code="number-not-dialled", varies_by="why"):
    """A telephone number at which 1999 calls nobody."""

    number: str
    why: Refusal


def written_number(text: str) -> str:
    """A number as people write it, ``(02)2960-3456`` too, in the form of the rows. Raises NumberMissing."""
    digits = _SEPARATORS.sub("", text)
    if not _NUMBER.fullmatch(digits):
        raise NumberMissing(text)
    return e164(digits)


def given_number(text: str, dialling: DialRules) -> str:
    """A dialled number in the form of the rows. Raises NumberMissing, NumberNotDialled."""
    number = written_number(text)
    if why := dialling.refusal(number):
        raise NumberNotDialled(text, why)
    return e164(dialling.subscriber(number))


def case_key(number: str) -> str:
    """Key of the open promise about a case: there is one at a time."""
    return f"case|{number}"


@dataclass(frozen=True, slots=True)
class Wish:
    """A request for a callback: whom to call, about what, whose it is."""

    number: str
    language: str
    origin: str
    place: Ownership = Ownership()
    matter: str = ""
    name: str = ""
    given_by: str = ""
    """The caller who gives ``number`` instead of their own, E.164 or anonymous; empty = their own."""
    without_number: bool = False
    """No dialled number is known: ``number`` is the caller's as shown, and a person sees the promise."""
    case: str = ""
    """Number of the case about which the citizen asks again (P7.2): one promise a case."""
    note: str = ""
    """Words of the citizen, kept with the promise that this wish joins."""
    write_to: str = ""
    """Mobile or e-mail of a citizen who is written to, and not called (§14); empty = called."""

    @property
    def caller(self) -> str:
        """Telephone of the caller themselves; empty when nobody is on the line."""
        return "" if self.origin in NOBODY_CALLED else self.given_by or self.number

    @property
    def open_key(self) -> str | None:
        """Key of the number and matter, or of the case; None for an unknown number, which joins nothing."""
        whom = self.write_to or self.number
        if whom == ANONYMOUS:
            return None
        if self.case:
            return case_key(self.case)
        topic = sha256(self.matter.encode()).hexdigest()[:12] if self.matter else ""
        return f"{whom}|{self.place.extension or topic}"


DAY: Final = timedelta(days=1)


class GivenNumberRefusal(StrEnum):
    """Reason why a number is not taken, though it could be called."""

    TOO_OFTEN = "too-often"
    """The caller has left as many today as are taken from one caller."""
    TAKEN = "taken"
    """As many promises to call there are open as anybody needs; more would be somebody's joke on a third."""


class GivenRefused(HotlineError, code="given-refused", varies_by="why"):
    """A number that is not taken from a caller, for what was promised before."""

    why: GivenNumberRefusal
    most: int


def refused(
    session: Session, by: str, number: str, open_key: str | None, limits: CallbackLimits, at: datetime
) -> GivenNumberRefusal | None:
    """Reason why a caller (``by``, E.164 or anonymous) may not leave this number; None when a promise joins
    one that is open.

    Nobody knows how often somebody has called who shows no number: there the number itself is the limit.
    """
    begins = midnight(at)
    today = [Callback.registered_at >= begins, Callback.registered_at < begins + DAY]
    if open_key and _count(session, [has(Callback.open_key, open_key)]):
        return None
    if by != ANONYMOUS and _count(session, [has(Callback.given_by_hash, by), *today]) >= limits.given_daily:
        return GivenNumberRefusal.TOO_OFTEN
    there = [has(Callback.number_hash, number), Callback.state.in_(PENDING_STATES)]
    return GivenNumberRefusal.TAKEN if _count(session, there) >= limits.given_open else None


def _count(session: Session, which: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(Callback).where(*which)) or 0
