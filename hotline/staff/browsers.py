"""An agent's browser as the agent's telephone: who has signed on, with which password, until when.

A password is made at each sign-on, is told to that page alone, and ends soon after the page is gone; so a
second page takes the telephone from the first, and never rings beside it.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hotline.errors import HotlineError
from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.ledger.store import AuditRow
from hotline.permissions import Action
from hotline.staff.agent_state import OFF_DUTY, SIGNED_OFF
from hotline.staff.rules import Staff
from hotline.staff.service import NoAgent, at_phone, set_break, staff
from hotline.staff.store import Agent, ListeningPage, StaffRow

STAYS: Final = timedelta(minutes=5)
"""A browser that says nothing for so long is no telephone any more; pages say so every half minute."""


class PhoneTakenOver(HotlineError, code="taken-over"):
    """A page that is this agent's telephone no more: another is, or none."""

    phone: str


class AgentSignedOff(HotlineError, code="signed-off"):
    """A supervisor signed this agent off."""

    phone: str
    by: str
    reason: str


def agent_of(session: Session, member: Staff) -> Agent:
    """The agent's phone of a member of the staff. Raises NoAgent."""
    agent = session.get(Agent, member.phone) if member.phone else None
    if agent is None:
        raise NoAgent("")
    return agent


def sign_on(session: Session, member: Staff, at: datetime, *, by_itself: bool = False) -> str:
    """Make the browser the agent's telephone: the password of this page.

    Who had signed off by telephone, or was signed off, is on duty again. A page that comes back ``by_itself``
    does not undo what a supervisor did meanwhile. Audited. Raises NoAgent, AgentSignedOff.
    """
    agent = agent_of(session, member)
    if by_itself:
        _refuse_signed_off(session, agent, at)
    agent.browser_secret, agent.browser_until = secrets.token_urlsafe(24), at + STAYS
    if agent.paused in (OFF_DUTY, SIGNED_OFF):
        set_break(session, agent.phone, "", at=at, by=member.login)
    audit(session, at, member.login, Action.AGENT_PHONE, f"agent:{agent.phone}", after={"phone": "browser"})
    return agent.browser_secret


def stay(session: Session, member: Staff, secret: str, at: datetime) -> Agent:
    """Record that the page is still there. Raises NoAgent, AgentSignedOff, PhoneTakenOver."""
    agent = agent_of(session, member)
    _refuse_signed_off(session, agent, at)
    if not secret or agent.browser_secret != secret or not is_browser(agent, at):
        raise PhoneTakenOver(agent.phone)
    agent.browser_until = at + STAYS
    return agent


def _refuse_signed_off(session: Session, agent: Agent, at: datetime) -> None:
    if agent.paused != SIGNED_OFF or is_browser(agent, at):
        return
    asked = select(AuditRow).where(
        AuditRow.subject == f"agent:{agent.phone}", AuditRow.action == Action.AGENT_MOVE
    )
    last = session.scalars(asked.order_by(AuditRow.id.desc()).limit(1)).first()
    if last is not None:
        raise AgentSignedOff(agent.phone, staff(session, last.by, at).name, last.reason)


def sign_off(session: Session, member: Staff, secret: str, at: datetime) -> None:
    """Return to the desk's telephone; nothing when another page took over. Audited. Raises NoAgent."""
    agent = agent_of(session, member)
    if agent.browser_secret != secret:
        return
    agent.browser_secret, agent.browser_until = "", None
    audit(session, at, member.login, Action.AGENT_PHONE, f"agent:{agent.phone}", after={"phone": "desk"})


def is_browser(agent: Agent, at: datetime) -> bool:
    """Tell whether the agent's telephone is a browser at an instant."""
    return bool(agent.browser_secret) and agent.browser_until is not None and at < agent.browser_until


def browsers(session: Session, at: datetime) -> dict[str, str]:
    """Phone to password of every agent whose telephone is a browser now; nobody's who may answer no more."""
    signed_on = session.scalars(select(Agent).where(Agent.browser_secret != ""))
    return {
        agent.phone: agent.browser_secret
        for agent in signed_on
        if is_browser(agent, at)
        and any(one.may(Action.CALL_ANSWER) for one in at_phone(session, agent.phone, at))
    }


def forget_pages(session: Session, login: str, at: datetime) -> None:
    """Take the telephones away that are pages of a login, an agent's and a supervisor's alike."""
    session.execute(delete(ListeningPage).where(ListeningPage.login == login))
    rows = history.history(session, StaffRow, login)
    if rows and (agent := session.get(Agent, rows[-1].phone)) is not None:
        if not any(one.login != login for one in at_phone(session, agent.phone, at)):
            agent.browser_secret, agent.browser_until = "", None
