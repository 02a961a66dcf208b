"""Numbers of cases: 12 digits, the day of Taipei in years of the Republic and a serial number (P5.0-a)."""

import re
import unicodedata
from datetime import datetime
from typing import Final

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from hotline.cases.store import CaseSerial
from hotline.clock import TAIPEI
from hotline.errors import HotlineError

DIGITS: Final = 12
REPUBLIC: Final = 1911
"""Years between the calendars."""
MOST: Final = 99_999
"""Cases a day."""
_SEPARATORS: Final = re.compile(r"[\s\-‐‑–—－,，.。、]+")


class NumbersUsedUp(HotlineError, code="case-numbers-used-up"):
    """A day on which as many cases were filed as its numbers can count."""

    most: int


def new_number(session: Session, at: datetime) -> str:
    """The next number of a day. Whoever files at the same moment waits for this transaction: numbers rise in
    the order of filing, and what is rolled back was told to nobody.

    Raises NumbersUsedUp.
    """
    day = at.astimezone(TAIPEI).date()
    dialect = session.get_bind().dialect.name
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(CaseSerial)
    raised = insert.values(day=day, last=1).on_conflict_do_update(
        index_elements=[CaseSerial.day], set_={"last": CaseSerial.last + 1}
    )
    serial = session.execute(raised.returning(CaseSerial.last)).scalar_one()
    if serial > MOST:
        raise NumbersUsedUp(MOST)
    return f"{day.year - REPUBLIC:03d}{day:%m%d}{serial:05d}"


def spoken_groups(number: str) -> tuple[str, str, str]:
    """The number as it is said and read, 4-4-4."""
    return number[:4], number[4:8], number[8:]


def shown(number: str) -> str:
    """``1151-1240-0012``."""
    return "-".join(spoken_groups(number))


def parsed(text: str) -> str | None:
    """The number somebody typed, said or keyed in, however it is spaced; None when it can be none."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).removesuffix("#")
    return plain if len(plain) == DIGITS and plain.isascii() and plain.isdigit() else None
