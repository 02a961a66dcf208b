"""What the event log says of a call to a citizen (§9.2: attempts are stored from what happened). Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from hotline.callbacks.lines import Called
from hotline.callbacks.rules import Outcome
from ivr.cel import Seen

CALLED: Final = "CALLED"
_BY_CAUSE: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        "1": Outcome.WRONG_NUMBER, "22": Outcome.WRONG_NUMBER, "28": Outcome.WRONG_NUMBER,
        "20": Outcome.UNREACHABLE, "21": Outcome.REFUSED,
    }
)  # fmt: skip
"""Q.850 causes that tell of the citizen's phone; any other of a failed call tells of our own way there."""


def outcome(status: str, cause: str, rang: str) -> Outcome:
    """What DIALSTATUS, HANGUPCAUSE and the milliseconds until it rang say together.

    An officer who gives up has not placed the call, and a trunk that says nothing has not rung anybody.
    """
    match status:
        case "ANSWER":
            return Outcome.REACHED
        case "BUSY":
            return Outcome.BUSY
        case "NOANSWER" if rang or cause not in ("", "0"):
            return Outcome.NO_ANSWER
        case _:
            return _BY_CAUSE.get(cause, Outcome.NOT_PLACED)


def called(event: Seen) -> Called | None:
    """``token|callback|login|epoch|talking or over|DIALSTATUS|cause|rang`` of our dialplan; None if it is spoilt."""
    fields = event.said.split("|")
    if len(fields) != 8 or not fields[0] or not (fields[1].isdecimal() and len(fields[1]) < 10):
        return None
    token, number, by, epoch, phase, status, cause, rang = fields
    is_epoch = epoch.isdecimal() and len(epoch) == 10
    began = datetime.fromtimestamp(int(epoch), UTC) if is_epoch else event.at
    return Called(int(number), token[:32], by[:64], outcome(status, cause, rang), began, phase == "over")
