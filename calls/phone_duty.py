"""Duty keys pressed at agents' telephones, from the event log (phone-desk.dialplan). Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from calls.cel import ChannelEvent
from hotline.staff.duty import DutyWord

DUTY: Final = "DUTY"
"""``phone|on, off, break or back|the reason's digit``."""


@dataclass(frozen=True, slots=True)
class DutyKey:
    """One key, as its line tells it."""

    phone: str
    word: DutyWord
    digit: str
    at: datetime


def said(event: ChannelEvent) -> DutyKey | None:
    """Parse our dialplan's line; None if malformed or another phone's: a channel speaks for its own alone."""
    fields = event.said.split("|")
    if len(fields) != 3 or fields[1] not in set(DutyWord) or fields[0] != event.phone:
        return None
    return DutyKey(fields[0], DutyWord(fields[1]), fields[2], event.at)
