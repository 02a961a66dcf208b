"""The fictional city's people, so that a fresh installation can take a call."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.staff.store import Agent
from ops.passwords import new

# Plainly placeholders: nobody is called so.
AGENTS = (
    ("agent-1", "示範話務員一", ["zh-TW", "nan-TW"]),
    ("agent-2", "示範話務員二", ["zh-TW", "hak-TW", "en"]),
    ("agent-3", "示範話務員三", ["zh-TW", "ja", "en"]),
)


def seed(session: Session) -> None:
    """Three agents, if there are none yet; a city that has agents of its own is left alone."""
    if session.scalar(select(Agent).limit(1)):
        return
    session.add_all(
        Agent(phone=phone, name=name, secret=new(), languages=spoken) for phone, name, spoken in AGENTS
    )
