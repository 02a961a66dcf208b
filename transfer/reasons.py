"""Reasons to transfer, to ring a phone, and not to ring one: named values, put into words elsewhere."""

from dataclasses import dataclass
from enum import StrEnum

from hotline.terms import named


@named("transfer-reason")
class TransferReason(StrEnum):
    """The reasons for which an agent may transfer a call (P5.1.1)."""

    FAQ = "faq"
    """The agencies' questions and answers hold no answer."""
    LAW = "law"
    """Specialised law has to be judged."""
    DOUBT = "doubt"
    """The caller doubts the reply to a petition (對於陳情案件回覆內容仍有疑問)."""


class RungKind(StrEnum):
    """The kind of phone that is rung."""

    FORWARD = "forward"
    DESK = "desk"
    NEIGHBOUR = "neighbour"
    DUTY = "duty"
    ALTERNATIVE = "alternative"
    EMERGENCY = "emergency"
    """The agency's own contact outside office hours, whom an agent phones last: no extension."""


class WhyRung(StrEnum):
    """Reason why it is rung."""

    ASKED = "asked"
    FOLLOWED = "followed"
    ORDERED = "ordered"
    SAME_SECTION = "same section"
    SAME_FLOOR = "same floor"
    ROSTER = "roster"
    SWITCHBOARD = "switchboard"


@dataclass(frozen=True, slots=True)
class RungReason:
    """Reason of a rung: seats ``metres`` apart, forwards ``through`` extensions, ``place`` on the roster."""

    reason: WhyRung
    metres: float | None = None
    through: tuple[str, ...] = ()
    place: int = 0


class WhyNot(StrEnum):
    """Reason why somebody is not rung."""

    UNKNOWN = "unknown"
    CIRCLE = "circle"
    AWAY = "away"
    CLOSED = "closed"
    FOLLOWS = "follows"
    TRIED = "tried"
    NO_LINE = "no line"
    NOT_DIALLED = "not dialled"
    """Abroad, or it costs more than a call."""
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class SkippedRung:
    """A phone that is not rung; ``detail``: the absence, the section, or where the extension follows to."""

    kind: RungKind
    extension: str
    name: str
    reason: WhyNot
    detail: str = ""
