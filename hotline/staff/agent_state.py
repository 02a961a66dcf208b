"""Changes of an agent by a supervisor: the languages, which are the queues, and whether the agent is on duty.

All of it is kept in the agent's row, so that it outlives the page, our processes and Asterisk.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from hotline.errors import HotlineError, existing
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import NoAgent, permitted, set_break
from hotline.staff.store import Agent

SIGNED_OFF: Final = "主管請其下線"
"""The break of an agent whom a supervisor signed off; the agent ends it by coming back."""


class NoLanguage(HotlineError, code="no-language"):
    """An agent without a language, who would be first in no queue."""

    phone: str


class WhyMissing(HotlineError, code="why-missing"):
    """A change of somebody else's work without an explanation."""

    phone: str


def speak(
    session: Session, phone: str, languages: Sequence[str], *, at: datetime, by: str, reason: str
) -> bool:
    """Set the languages for which the agent is rung first, best first; False when it is so already. Audited.

    Raises NoAgent, UnknownStaff, NotPermitted, NoLanguage, WhyMissing.
    """
    agent = _of(session, phone, at, by, reason)
    if not languages:
        raise NoLanguage(phone)
    before, after = {"languages": agent.languages}, {"languages": list(languages)}
    if before == after:
        return False
    agent.languages = after["languages"]
    audit(session, at, by, Action.AGENT_MOVE, f"agent:{phone}", before=before, after=after, reason=reason)
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
