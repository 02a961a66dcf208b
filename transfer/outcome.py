"""The outcome of ringing a phone, from a DIALSTATUS, a Q.850 cause or a SIP status:
the one place that decides it.

Engine, call record, Twilio's reports, desk, callback attempts and statistics read here, so that they say the
same of one ring. It stands in the lowest room that knows telephones. Why each code is what:
docs/decisions/0030. Pure.
"""

import re
from enum import StrEnum
from typing import Final


class DialOutcome(StrEnum):
    """The outcome of ringing one phone."""

    RINGING = ""
    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "noanswer"
    """It rang, and nobody answered."""
    UNREACHABLE = "unreachable"
    """The other side says that the phone cannot be rung now: switched off, not registered."""
    UNALLOCATED = "unallocated"
    """No phone has this number, or no longer."""
    NO_ROUTE = "noroute"
    """Nothing on the way answered, or there was none: a dead line, a dead address, a limit of ours."""
    REFUSED = "refused"
    CANCELLED = "cancelled"
    """The caller's side gave up, or another phone was quicker."""
    FAILED = "failed"
    """The network failed: full, or at odds with us."""

    @classmethod
    def from_dialstatus(cls, status: str, cause: int | None, *, rang: bool) -> "DialOutcome":
        """Read what Asterisk's Dial says; ``cause`` is its HANGUPCAUSE, ``rang`` that a 180 or 183 came."""
        match status:
            case "ANSWER":
                return cls.ANSWERED
            case "BUSY":
                return cls.BUSY
            case "CANCEL":
                return cls.CANCELLED
            case "NOANSWER" if rang:
                return cls.NO_ANSWER
            case "NOANSWER":
                return cls.UNREACHABLE if cause else cls.NO_ROUTE
        return cls.from_q850(cause, rang=rang)

    @classmethod
    def from_q850(
        cls, cause: int | None, *, rang: bool = True, given_up: bool | None = None
    ) -> "DialOutcome":
        """Read the cause of a phone that did not answer.

        ``given_up``: no Dial tells of it, only the end of its own channel,
        which came as our side gave up, or not.
        """
        if given_up is not None and cause in _SILENT:
            return cls.CANCELLED if given_up else cls.NO_ANSWER
        if cause == _NO_ANSWER:
            return cls.NO_ANSWER if rang else cls.UNREACHABLE
        return cls(_BY_CAUSE.get(cause or 0, cls.FAILED))

    @classmethod
    def from_sip(cls, status: int) -> "DialOutcome":
        """Read the final answer to an INVITE, 300 to 699.
        Whether the phone had rung before is not told by it.
        """
        return cls.from_q850(_CAUSES.get(status), rang=False)

    @classmethod
    def from_twilio(cls, status: str, sip: str) -> "DialOutcome":
        """Read a CallStatus, and the finer SIP status beside it
        unless that is the 487 of Twilio's own CANCEL.
        """
        if status in _CARRIED:
            return cls.ANSWERED
        if status != "canceled" and sip != "487" and _FINAL.fullmatch(sip):
            return cls.from_sip(int(sip))
        return cls(_BY_STATUS.get(status, cls.FAILED))


def cause_of(text: str) -> int | None:
    """A cause as Asterisk writes it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 4 else None


OUT_OF_REACH: Final = frozenset((DialOutcome.UNREACHABLE, DialOutcome.UNALLOCATED, DialOutcome.NO_ROUTE))
"""No phone rang, and none will before somebody mends it (P11)."""

LOST: Final = 44
"""The cause of a phone that answered and died in the talk: it fell silent, or its page was closed."""

_NO_ANSWER: Final = 19
_SILENT: Final = frozenset((0, 16, _NO_ANSWER, 127))
"""Causes on a channel that was cancelled (a 487 is 127), and on one that rang in vain."""
_BY_CAUSE: Final = {
    **dict.fromkeys((1, 22, 28), DialOutcome.UNALLOCATED),
    **dict.fromkeys((2, 3, 18, 27), DialOutcome.NO_ROUTE),
    17: DialOutcome.BUSY,
    20: DialOutcome.UNREACHABLE,
    21: DialOutcome.REFUSED,
    26: DialOutcome.CANCELLED,
}
_CAUSES: Final = {
    401: 21, 403: 21, 404: 1, 407: 21, 408: 18, 410: 22, 420: 3, 480: 19, 483: 19, 484: 28, 485: 1, 486: 17, 502: 27,
    600: 17, 603: 21, 604: 1,
}  # fmt: skip
"""PJSIP's causes of SIP statuses (RFC 3398), alike on every line; others fail, 487 ends what we cancelled."""
_FINAL: Final = re.compile("[3-6][0-9]{2}")
_CARRIED: Final = frozenset(("in-progress", "answered", "completed"))
_BY_STATUS: Final = {
    "busy": DialOutcome.BUSY,
    "no-answer": DialOutcome.NO_ANSWER,
    "canceled": DialOutcome.CANCELLED,
}
