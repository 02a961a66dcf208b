"""What a move of a case carries: reasons, results, days, names; and the closed lists among them. Pure."""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

from hotline.errors import HotlineError
from hotline.terms import named
from hotline.texts import fit


@named("petition-subtype")
class PetitionSubtype(StrEnum):
    """Subtypes of a petition (P3.3)."""

    PETITION = "petition"
    APPEAL = "appeal"
    WRONGDOING = "wrongdoing"
    REACTION = "reaction"
    SUGGESTION = "suggestion"


@named("petition-ground")
class PetitionGround(StrEnum):
    """Why what could be a quick case is a petition."""

    ANONYMOUS = "anonymous"
    """Unnamed, and no public safety or resources (P5.4.11)."""
    BLOCKED = "blocked"
    """Found unfounded three times in a row, with the agency's letter (P5.4.10)."""
    CONVERTED = "converted"
    """Cannot be done at once (P5.4.7)."""


@named("reply-way")
class ReplyWay(StrEnum):
    """How the petitioner wants to be answered (P5.0-b)."""

    SMS = "sms"
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"
    NONE = "none"


@named("no-action-ground")
class NoActionGround(StrEnum):
    """Grounds on which a petition may be left without action (P5.2.5)."""

    NO_CONTENT = "173-1"
    """No concrete content, or no real name or address."""
    ANSWERED = "173-2"
    """The same matter was answered already, and is reported again."""
    SEVERAL = "173-3"
    """The same matter was sent to several agencies."""
    DOC_7 = "doc-7"
    DOC_8 = "doc-8"


@named("late-ground")
class LateGround(StrEnum):
    """Grounds of a case that is not finished in time (P5.4.8)."""

    WEATHER = "weather"
    MATERIAL = "material"
    """Material or contract."""
    JURISDICTION = "jurisdiction"
    PRIVATE = "private"
    """Private property."""
    ACCESS = "access"
    WORKLOAD = "workload"
    OTHER = "other"


@named("cancel-ground")
class CancelGround(StrEnum):
    """Grounds on which a case is cancelled (P8.1)."""

    NOT_REPORTED = "not-reported"
    """The holder of the telephone did not report it."""
    WITHDRAWN = "withdrawn"


SHORT: Final = 200
"""Characters of a note or of one line."""
LONG: Final = 4000
"""Characters of a matter, a result, an analysis."""
_LONGEST: Final = {
    "agency": 32,
    "section": 32,
    "authority": 64,
    "letter": 64,
    "officer": 64,
    "officer_phone": 32,
    "doer": 64,
    "channel": 8,
    "ground": 16,
    "late_ground": 16,
    "reason": LONG,
    "note": LONG,
    "result": LONG,
    "analysis": LONG,
    "no_photo": SHORT,
    "late_reason": LONG,
    "late_analysis": LONG,
    "prevention": LONG,
}


@dataclass(frozen=True, slots=True)
class CaseWords:
    """All that a move may carry; ``rules.Row.needs`` names those without which it is refused."""

    reason: str = ""
    note: str = ""
    result: str = ""
    """What was done, or why nothing."""
    ground: str = ""
    """A code: of P5.2.5 for no action, of P8.1 for cancelling, of P5.4.8 for time beyond stage 2."""
    analysis: str = ""
    days: int = 0
    until: datetime | None = None
    agency: str = ""
    section: str = ""
    agencies: tuple[str, ...] = ()
    """Those also competent (併會)."""
    authority: str = ""
    """Outside the city."""
    letter: str = ""
    """Reference of the official letter."""
    channel: str = ""
    replied_at: datetime | None = None
    officer: str = ""
    officer_phone: str = ""
    done_at: datetime | None = None
    doer: str = ""
    no_photo: str = ""
    late_ground: str = ""
    late_reason: str = ""
    late_analysis: str = ""
    prevention: str = ""
    placed_call: int = 0
    by_phone_at: datetime | None = None

    def fit(self) -> "CaseWords":
        """The same words without blanks around them. Raises UnfitText for what no row can hold."""
        plain: dict[str, Any] = {
            name: fit(name, getattr(self, name), most, needed=False) for name, most in _LONGEST.items()
        }
        return replace(self, **plain)

    @property
    def told(self) -> dict[str, object]:
        """What was said, for the event; the reason stands beside it."""
        said = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "reason"}
        return {name: value for name, value in said.items() if value}


Needed = Literal[
    "reason",
    "note",
    "result",
    "ground",
    "analysis",
    "days",
    "until",
    "agency",
    "agencies",
    "authority",
    "letter",
    "channel",
    "replied_at",
    "officer",
    "officer_phone",
    "done_at",
    "doer",
    "placed_call",
    "category",
    "matter",
    "place",
]


class CaseWordMissing(HotlineError, code="case-word-missing", varies_by="field"):
    """A move or a filing without something that it needs."""

    field: Needed
