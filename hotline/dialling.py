"""The numbers that 1999 dials: the one rule that every way to the trunk asks. Pure.

A number is dialled when it is one of Taiwan's and costs what a call costs, or lies in a country that a
setting lists. The dialplan's only way out is made of the same patterns, and is the last gate.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hotline.numbers import ANONYMOUS, EMERGENCY, e164
from hotline.phones import TAIWAN, PhoneKind, PhoneNumber, phone

PATTERNS: Final = (
    ("09[0-8]", 7),
    ("02[2-8]", 7),
    ("0[3-8][2-9]", 6),
    ("0[3-8][2-9]", 7),
    ("070", 8),
    ("080[0-79]", 6),
)
"""Numbers of Taiwan that are dialled: prefix, digits after it. 0204, 0209 and access codes (00…) fit none."""
LEAST, MOST = 8, 15
"""Digits of a number of another country, its code included (E.164)."""
_SIGNS: Final = {"X": "[0-9]", "+": r"\+"}
_COSTS_A_CALL: Final = frozenset((PhoneKind.MOBILE, PhoneKind.LANDLINE, PhoneKind.INTERNET, PhoneKind.FREE))
_SUBSCRIBERS: Final = frozenset((PhoneKind.MOBILE, PhoneKind.LANDLINE, PhoneKind.INTERNET))


class Refusal(StrEnum):
    """Reason why a number is not dialled."""

    WITHHELD = "withheld"
    MALFORMED = "malformed"
    """No telephone number of any country, or an extension behind one."""
    SERVICE = "service"
    """A short number, a free-phone number, or another that belongs to no subscriber."""
    PREMIUM = "premium"
    ABROAD = "abroad"


@dataclass(frozen=True, slots=True)
class DialRules:
    """``abroad``: beginnings of the numbers of other countries that are dialled too, as ``+81``."""

    abroad: tuple[str, ...] = ()

    def line(self, number: str) -> str:
        """Format a directory number as the trunk dials it, 110 and 119 too; empty when not dialled."""
        return number if number in EMERGENCY else self._dialled(phone(number), _COSTS_A_CALL)

    def subscriber(self, number: str) -> str:
        """Format a citizen's telephone as the trunk dials it; empty when nobody can be called there."""
        return "" if self.refusal(number) else self._dialled(_citizens(number), _SUBSCRIBERS)

    def refusal(self, number: str) -> Refusal | None:
        """Reason why a citizen cannot be called at a number; None when that is possible."""
        if number in ("", ANONYMOUS):
            return Refusal.WITHHELD
        found = _citizens(number)
        if found.kind is PhoneKind.HIDDEN:
            return Refusal.WITHHELD
        if found.kind is PhoneKind.NONE or found.extension:
            return Refusal.MALFORMED
        if found.kind is PhoneKind.PREMIUM:
            return Refusal.PREMIUM
        if self._dialled(found, _SUBSCRIBERS):
            return None
        return Refusal.SERVICE if found.kind is PhoneKind.SHORT or _is_ours(found) else Refusal.ABROAD

    def patterns(self) -> tuple[str, ...]:
        """Patterns of dialled numbers in Asterisk's notation, each of one length."""
        known = (*PATTERNS, *(one for code in self.abroad for one in _abroad(code)))
        return tuple(begins + "X" * digits for begins, digits in known)

    def _dialled(self, found: PhoneNumber, kinds: frozenset[PhoneKind]) -> str:
        ours = _is_ours(found)
        if found.extension or found.kind is PhoneKind.PREMIUM or (ours and found.kind not in kinds):
            return ""
        dialled = f"0{found.number.removeprefix(f'+{TAIWAN}')}" if ours else found.number
        return dialled if any(_fits(pattern, dialled) for pattern in self.patterns()) else ""


TAIWAN_ONLY: Final = DialRules()


def _citizens(number: str) -> PhoneNumber:
    return phone(e164(number) if number.lstrip("+").isdecimal() else number)


def _is_ours(found: PhoneNumber) -> bool:
    return found.number.startswith(f"+{TAIWAN}")


def _abroad(code: str) -> tuple[tuple[str, int], ...]:
    known = len(code) - 1
    return tuple((code, length - known) for length in range(max(LEAST, known + 1), MOST + 1))


def _fits(pattern: str, dialled: str) -> bool:
    return bool(re.fullmatch("".join(_SIGNS.get(sign, sign) for sign in pattern), dialled, re.ASCII))
