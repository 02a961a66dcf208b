"""Changes of an agent: by a supervisor the languages, which are the queues, and whether the agent is on duty;
the latter too by the keys of a telephone, when the pages fail, by Asterisk's events.

All of it is kept in the agent's row, so that it outlives the page, our processes and Asterisk.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import ClassVar, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError, existing, faults, refuse
from hotline.ledger.audit import audit
from hotline.ledger.store import AuditRow
from hotline.permissions import Action
from hotline.staff.service import NoAgent, by_phone, permitted, set_break
from hotline.staff.store import Agent
from hotline.texts import fit

LONGEST_ALIAS: Final = 16
"""Characters of an agent's name for screens."""
SIGNED_OFF: Final = "主管請其下線"
"""The break of an agent whom a supervisor signed off; the agent ends it by coming back."""


class NoLanguage(HotlineError, code="no-language"):
    """An agent without a language, who would be first in no queue."""

    field: ClassVar[str] = "language"

    phone: str


class WhyMissing(HotlineError, code="why-missing"):
    """A change of somebody else's work without an explanation."""

    field: ClassVar[str] = "reason"

    phone: str


def speak(
    session: Session, phone: str, languages: Sequence[str], *, at: datetime, by: str, reason: str
) -> bool:
    """Set the languages for which the agent is rung first, best first; False when it is so already. Audited.

    Raises NoAgent, UnknownStaff, NotPermitted, NoLanguage, WhyMissing.
    """
    spoken = [] if languages else [NoLanguage(phone)]
    unsaid = faults(partial(_of, session, phone, at, by, reason))
    refuse([*unsaid, *spoken])
    agent = _of(session, phone, at, by, reason)
    before, after = {"languages": agent.languages}, {"languages": list(languages)}
    if before == after:
        return False
    agent.languages = after["languages"]
    audit(session, at, by, Action.AGENT_MOVE, f"agent:{phone}", before=before, after=after, reason=reason)
    return True


def set_alias(session: Session, phone: str, alias: str, *, at: datetime, by: str) -> bool:
    """Give an agent a name for screens that everybody sees; False when it is so already. Audited.

    Raises NoAgent, UnknownStaff, NotPermitted, UnfitText.
    """
    permitted(session, by, Action.AGENT_MOVE, at)
    agent = existing(session.get(Agent, phone), NoAgent(phone))
    alias = fit("alias", alias, LONGEST_ALIAS, needed=False)
    before, after = {"alias": agent.alias}, {"alias": alias}
    if before == after:
        return False
    agent.alias = alias
    audit(session, at, by, Action.AGENT_MOVE, f"agent:{phone}", before=before, after=after)
    return True


def sign_off(session: Session, phone: str, *, at: datetime, by: str, reason: str) -> None:
    """Sign an agent off: the page is no telephone any more, and nothing rings until the agent comes back.
    Audited.

    A talk goes on to its end. Raises NoAgent, UnknownStaff, NotPermitted, WhyMissing.
    """
    agent = _of(session, phone, at, by, reason)
    before = {"phone": "browser" if agent.browser_secret else "desk"}
    agent.browser_secret, agent.browser_until = "", None
    after = {"phone": "desk"}
    audit(session, at, by, Action.AGENT_MOVE, f"agent:{phone}", before=before, after=after, reason=reason)
    set_break(session, phone, SIGNED_OFF, at=at, by=by, why=reason)


def _of(session: Session, phone: str, at: datetime, by: str, reason: str) -> Agent:
    permitted(session, by, Action.AGENT_MOVE, at)
    agent = existing(session.get(Agent, phone), NoAgent(phone))
    if not reason.strip():
        raise WhyMissing(phone)
    return agent


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


def break_of(word: DutyWord, digit: str) -> str | None:
    """The break that follows, empty for none; None for a digit that no reason has."""
    match word:
        case DutyWord.ON | DutyWord.BACK:
            return ""
        case DutyWord.OFF:
            return OFF_DUTY
        case DutyWord.BREAK:
            return BREAKS[int(digit) - 1] if digit in {"1", "2", "3", "4", "5"} else None


def keep_told(session: Session, phone: str, word: DutyWord, digit: str, at: datetime) -> bool:
    """Keep what a telephone said; False when it is no agent's, says nothing,
    or something later is on record. Audited.

    The telephone is its own proof: it has the agent's password.
    """
    agent, why = session.get(Agent, phone, with_for_update=True), break_of(word, digit)
    if agent is None or why is None or _is_overtaken(session, phone, at):
        return False
    member = by_phone(session, phone, at)
    by = member.login if member else phone
    before, after = {"break": agent.paused}, {"break": why, "by": "telephone"}
    agent.paused, agent.state_since = why, at
    audit(session, at, by, Action.AGENT_BREAK, f"agent:{phone}", before=before, after=after, reason=why)
    return True


def _is_overtaken(session: Session, phone: str, at: datetime) -> bool:
    """A log that is read late takes back nothing that was done on a page since."""
    latest = select(func.max(AuditRow.at)).where(
        AuditRow.subject == f"agent:{phone}", AuditRow.action == Action.AGENT_BREAK
    )
    found = session.scalar(latest)
    return found is not None and found > at
