"""The kind of telephone behind a number, as people write it; the only file that knows ``phonenumbers``.

How the carrier gives numbers is ``hotline/numbers.py``'s, and which are dialled ``hotline/dialling.py``'s:
this one is for numbers that somebody typed or said, and for what may be sent to them (spec §18: no SMS to a
landline).
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

REGION: Final = "TW"
TAIWAN: Final = 886
HIDDEN: Final = frozenset(("", "anonymous", "restricted", "unavailable", "unknown", "private", "withheld"))
_WRITTEN: Final = re.compile(
    r"(?P<number>\+?[0-9 ()./-]{3,24})(?:[,;]? *(?:#|,|x|ext\.?|請?轉接?|分機) *[:=]? *(?P<extension>[0-9]{1,8}))?",
    re.IGNORECASE,
)
"""A number, and how an extension is written here; anything else is no number, whatever digits it holds."""
_SHORT: Final = re.compile(r"1\d{2,3}")
_IN_THE_CITY: Final = re.compile(r"[2-8]\d{3}[ -]?\d{4}")


class PhoneKind(StrEnum):
    """The kind of telephone that answers a number."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SHORT = "short"
    """1999, 110, 119 and the like."""
    FREE = "free"
    """0800: who is called pays."""
    INTERNET = "internet"
    """070."""
    PREMIUM = "premium"
    """0204, 0209 and the like: the call costs more than a call."""
    HIDDEN = "hidden"
    OTHER = "other"
    """A number that is none of these, or cannot be told (some countries mix them)."""
    NONE = "none"
    """No number at all."""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in E.164 (a short one as it is) and the extension behind it."""

    kind: PhoneKind
    number: str = ""
    extension: str = ""

    @property
    def takes_sms(self) -> bool:
        """Tell whether a text may be sent there: surely a mobile, and no extension behind one."""
        return self.kind is PhoneKind.MOBILE and not self.extension

    @property
    def whole(self) -> str:
        """Number and extension in one word, as they are kept: ``+886229603456;ext=5112`` (RFC 3966)."""
        return f"{self.number};ext={self.extension}" if self.extension else self.number

    @property
    def printed(self) -> str:
        """The number as Taiwan prints it, ``(02)2960-3456轉5112``; of another country in the world's way."""
        keys = f"轉{self.extension}" if self.extension else ""
        if not self.number.startswith("+"):
            return f"{self.number}{keys}"
        found = phonenumbers.parse(self.number)
        if found.country_code != TAIWAN:
            return f"{phonenumbers.format_number(found, PhoneNumberFormat.INTERNATIONAL)}{keys}"
        national = f"0{found.national_number}"
        if self.kind is not PhoneKind.LANDLINE:
            return f"{national[:4]}-{national[4:7]}-{national[7:]}{keys}"
        area = phonenumbers.format_number(found, PhoneNumberFormat.NATIONAL).partition(" ")[0]
        rest = national.removeprefix(area)
        return f"({area}){rest[:-4]}-{rest[-4:]}{keys}"


_KINDS: Final = {
    PhoneNumberType.MOBILE: PhoneKind.MOBILE,
    PhoneNumberType.FIXED_LINE: PhoneKind.LANDLINE,
    PhoneNumberType.TOLL_FREE: PhoneKind.FREE,
    PhoneNumberType.VOIP: PhoneKind.INTERNET,
    PhoneNumberType.PREMIUM_RATE: PhoneKind.PREMIUM,
    PhoneNumberType.SHARED_COST: PhoneKind.PREMIUM,
}


def phone(written: str) -> PhoneNumber:
    """Parse a number in Taiwan's way or the world's: ``02-2960-3456 分機 4567``, ``0912 345 678``."""
    plain = unicodedata.normalize("NFKC", written).strip()
    if plain.lower() in HIDDEN:
        return PhoneNumber(PhoneKind.HIDDEN)
    if _SHORT.fullmatch(plain):
        return PhoneNumber(PhoneKind.SHORT, plain)
    parts = _WRITTEN.fullmatch(plain)
    if parts is None:
        return PhoneNumber(PhoneKind.NONE)
    number = parts["number"].strip()
    try:
        found = phonenumbers.parse(f"02{number}" if _IN_THE_CITY.fullmatch(number) else number, REGION)
    except NumberParseException:
        return PhoneNumber(PhoneKind.NONE)
    if not phonenumbers.is_valid_number(found):
        return PhoneNumber(PhoneKind.NONE)
    kind = _KINDS.get(phonenumbers.number_type(found), PhoneKind.OTHER)
    whole = phonenumbers.format_number(found, PhoneNumberFormat.E164)
    return PhoneNumber(kind, whole, parts["extension"] or "")


MANY: Final = 1 << 15
"""So many numbers a process remembers: a city's desks share those of their agencies."""


@lru_cache(MANY)
def in_e164(written: str) -> str:
    """Convert a number in any spelling to the form that is kept; other text stays as it is."""
    return phone(written).whole or written


@lru_cache(MANY)
def in_taiwan(written: str) -> str:
    """Convert a number in any spelling to the form that is shown; other text stays as it is."""
    return phone(written).printed or written
