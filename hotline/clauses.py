"""The clauses of the city's plan as people cite them. Pure.

The house knows a rule by its id, ``P5.1.1``; a clerk knows the plan, whose clauses are counted 五（一）1.
"""

import re
from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
_ID: Final = re.compile(r"P(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-[a-z])?")


def cited(clause: str) -> str:
    """Clause as the plan counts it, for a Chinese text; what is none as it is."""
    found = _ID.fullmatch(clause)
    if found is None:
        return clause
    first, second, third = found.groups()
    return f"精進計畫{_counted(first)}{f'（{_counted(second)}）' if second else ''}{third or ''}"


def _counted(number: str) -> str:
    """Number up to 99 in the characters that count clauses."""
    tens, ones = divmod(int(number), 10)
    before = "" if tens < 2 else _DIGITS[tens]
    return f"{before}{'十' if tens else ''}{_DIGITS[ones] if ones else ''}"
