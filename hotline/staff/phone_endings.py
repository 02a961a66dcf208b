"""Passwords of telephones on desks: who had one has it no more once the login has ended."""

import secrets
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.ledger import history
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.store import Agent, StaffRow, agents


def abandoned(session: Session, at: datetime) -> list[Agent]:
    """List the telephones whose last holder's login has ended since their password was made, and that nobody
    else has.
    """
    now = history.all_in_force(session, StaffRow, at)
    held, logins = {row.phone for row in now}, {row.key for row in now}
    end = func.max(StaffRow.valid_to)
    over = StaffRow.replaced_at.is_(None), StaffRow.valid_to <= at, StaffRow.phone != ""
    chosen = select(StaffRow.key, StaffRow.phone, end).where(*over).group_by(StaffRow.key, StaffRow.phone)
    ended: dict[str, datetime] = {}
    for login, phone, then in session.execute(chosen):
        if then and login not in logins and phone not in held:
            ended[phone] = max(then, ended.get(phone, then))
    return [one for one in agents(session) if one.phone in ended and _is_older(one, ended[one.phone])]


def renew_abandoned(session: Session, at: datetime, by: str) -> list[str]:
    """Give them a password that nobody knows yet; which. Audited."""
    renewed = abandoned(session, at)
    for agent in renewed:
        agent.secret, agent.secret_at = secrets.token_urlsafe(18), at
        agent.browser_secret, agent.browser_until = "", None
        subject, reason = f"agent:{agent.phone}", "the login has ended"
        audit(session, at, by, Action.AGENT_PHONE, subject, after={"password": "renewed"}, reason=reason)
    return [agent.phone for agent in renewed]


def _is_older(agent: Agent, than: datetime) -> bool:
    return agent.secret_at is None or agent.secret_at < than
