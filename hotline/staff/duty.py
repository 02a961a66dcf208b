"""An agent's duty by the keys of a telephone, when the pages fail: the same state, by Asterisk's events."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.ledger.audit import audit
from hotline.ledger.store import AuditRow
from hotline.permissions import Action
from hotline.staff.service import by_phone
from hotline.staff.store import Agent

BREAKS: Final = ("用餐", "休息", "會議", "訓練", "整理資料")
"""Why an agent rests: the first is key 1. The desk page offers the same."""
OFF_DUTY: Final = "下線"
"""The break of who has signed off by telephone."""


class DutyWord(StrEnum):
    """A word by which a telephone tells of its agent."""

    ON = "on"
    OFF = "off"
    BREAK = "break"
    BACK = "back"


def reason(word: DutyWord, digit: str) -> str | None:
    """The break that follows, empty for none; None for a digit that no reason has."""
    match word:
        case DutyWord.ON | DutyWord.BACK:
            return ""
        case DutyWord.OFF:
            return OFF_DUTY
        case DutyWord.BREAK:
            return BREAKS[int(digit) - 1] if digit in {"1", "2", "3", "4", "5"} else None


def told(session: Session, phone: str, word: DutyWord, digit: str, at: datetime) -> bool:
    """Keep what a telephone said; False when it is no agent's, says nothing,
    or something later is on record. Audited.

    The telephone is its own proof: it has the agent's password.
    """
    agent, why = session.get(Agent, phone, with_for_update=True), reason(word, digit)
    if agent is None or why is None or _is_overtaken(session, phone, at):
        return False
    member = by_phone(session, phone, at)
    by = member.login if member else phone
    before, after = {"break": agent.paused}, {"break": why, "by": "telephone"}
    agent.paused = why
    audit(session, at, by, Action.AGENT_BREAK, f"agent:{phone}", before=before, after=after, reason=why)
    return True


def _is_overtaken(session: Session, phone: str, at: datetime) -> bool:
    """A log that is read late takes back nothing that was done on a page since."""
    latest = select(func.max(AuditRow.at)).where(
        AuditRow.subject == f"agent:{phone}", AuditRow.action == Action.AGENT_BREAK
    )
    found = session.scalar(latest)
    return found is not None and found > at
