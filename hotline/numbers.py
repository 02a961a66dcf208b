"""Telephone numbers as the carrier gives them, brought into one form (P0-b: E.164 or ``anonymous``)."""

import re
from typing import Final

ANONYMOUS: Final = "anonymous"
EMERGENCY: Final = ("110", "119")
"""Short numbers that rows may hold and that no limit stops; no extension is called so."""
EXTENSION_PATTERNS: Final = ("XX", "[02-9]XX", "1[02-9]X", "11[1-8]", *("X" * digits for digits in (4, 5, 6)))
"""Two to six digits but for ``EMERGENCY``, in Asterisk's notation."""
EXTENSION: Final = re.compile("|".join(EXTENSION_PATTERNS).replace("X", "[0-9]").join(("(?:", ")")))
"""The form of an extension, wherever one is written, keyed in or handed on."""
_LONGEST: Final = 20
_TAIWAN: Final = (
    re.compile(r"0(9\d{8}|70\d{8}|[2-8]\d{7,8})"),  # mobile, Internet, area code and seven or eight digits
    re.compile(r"886(\d{8,10})"),  # international without its plus sign
)
_IN_THE_CITY: Final = re.compile(r"([2-8]\d{7})")  # dialled without the area code 02


def e164(sent: str) -> str:
    """``+886912345678`` for ``0912345678``; digits that are no number of Taiwan stay, all else is anonymous.

    A text that holds anything but digits behind an optional plus sign is no number: it says nothing
    about who calls, and the dialplan treats it as withheld too.
    """
    digits = sent.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST):
        return ANONYMOUS
    if sent.startswith("+"):
        return sent
    for pattern in _TAIWAN:
        if national := pattern.fullmatch(digits):
            return f"+886{national[1]}"
    return f"+8862{digits}" if _IN_THE_CITY.fullmatch(digits) else digits


_SUBSCRIBER: Final = re.compile(r"\+886(9\d{8}|[2-8][2-9]\d{6,7})")
"""Subscribers' numbers: none begins with 0 or 1 after the area code, as costly (0204) or free services do."""


def national(number: str) -> str:
    """Format a subscriber of Taiwan as it is shown: ``0912345678``; empty for any other.

    Whether a number is dialled ``hotline/dialling.py`` says.
    """
    found = _SUBSCRIBER.fullmatch(number)
    return f"0{found[1]}" if found else ""
