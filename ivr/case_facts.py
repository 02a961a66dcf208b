"""Facts of a call about cases: what became of keys 6 and 7, and of a number that was read out."""

from dataclasses import dataclass
from enum import StrEnum


class CaseDeed(StrEnum):
    """What a caller wants with a case number."""

    STATUS = "status"
    CANCEL = "cancel"
    CODE = "code"
    """Cancel it as the holder of the code in an e-mail."""


@dataclass(frozen=True, slots=True)
class CaseTried:
    """A caller keyed in a case number, or the code of a case; each counts as a try.

    ``known``: there is such a case, or it was its code. The code itself is nowhere written down. ``holder``:
    the telephone that asked, as its carrier gave it, or empty.
    """

    case: str
    deed: str
    known: bool
    holder: str = ""


@dataclass(frozen=True, slots=True)
class CaseHeard:
    """A caller was told how a case stands (V-11)."""

    case: str
    state: str


@dataclass(frozen=True, slots=True)
class CaseDisowned:
    """The holder of a case's telephone, or of its code, said that the report is not theirs, and confirmed it
    (V-17, P8.1): it is cancelled, or noted when it is too late for that.
    """

    case: str
    by_code: bool


@dataclass(frozen=True, slots=True)
class CaseNumberSpoken:
    """A number was read out after a talk, to who gets no message of it (V-12)."""

    case: str
