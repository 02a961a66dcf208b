"""Agents: their state, languages they are rung for, breaks, after-call work, supervisors at their talks."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.orm import Session

from calls import after_call_work
from control.ami import ManagerGone
from control.monitor import Mode, listeners, supervise
from control.presence import bring_members
from hotline.errors import existing
from hotline.permissions import Action
from hotline.staff import browsers
from hotline.staff.agent_state import set_alias, sign_off, speak
from hotline.staff.service import NoAgent, set_break
from hotline.staff.store import Agent, agents
from web.api import gate
from web.api.gate import Answer, Room
from web.api.models import Language, PhonePath, Reason, RequestModel, RowModel, listing

room = Room("agents", "Agents: languages, breaks, after-call work, and supervisors at their talks")
Why = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""A break is shown with it."""


class AgentRecord(RowModel):
    """An agent, as the record has it."""

    phone: str
    name: str
    alias: str = Field(description="name on screens that everybody sees; empty = the number of the seat")
    languages: list[str] = Field(description="best first")
    resting: str = Field(description="why no call of a queue comes now; empty = ready")
    after_until: datetime | None = Field(description="after-call work ends by itself then")


AgentList = listing("AgentList", AgentRecord, "Every agent.")


class Moved(AgentRecord):
    """An agent after a change."""

    queue_told: bool = Field(
        True, description="false: Asterisk does not answer, and follows at its next start"
    )


class Languages(Reason):
    """The languages for which the phone rings."""

    languages: list[Language] = Field(max_length=5, description="best first")


class AliasBody(RequestModel):
    """The agent's name on screens that everybody sees; empty takes it away."""

    alias: Annotated[str, StringConstraints(max_length=16)]


class BreakBody(RequestModel):
    """Reason why the phone is not rung."""

    reason: Why


class OwnBreak(RequestModel):
    """Reason why one's own phone is not rung; empty ends the break."""

    reason: Annotated[str, StringConstraints(max_length=64)] = ""


class ModeBody(RequestModel):
    """Part that the supervisor takes in the talk."""

    mode: Mode


class BegunRecord(BaseModel):
    """Call that is on its way."""

    agent: str
    mode: Mode
    rings: bool = Field(description="the supervisor's own phone rings; else it is led on")


class ListenerRecord(RowModel):
    """A supervisor at a talk."""

    by: str
    phone: str
    mode: Mode


Listeners = listing("Listeners", ListenerRecord, "All of them.")


@room.read("/agents", Action.FLOOR_WATCH, AgentList)
def listed() -> Answer:
    """List every agent, as the record has it."""
    return Answer(AgentList(items=agents(gate.session())))


@room.act("/agents/<phone>/languages", Action.AGENT_MOVE, Moved)
def set_languages(path: PhonePath, body: Languages) -> Answer:
    """Set the languages for which an agent is rung."""
    spoken = list(map(str, body.languages))
    return _moved(
        path.phone, lambda session: speak(session, path.phone, spoken, **gate.stamp(), reason=body.reason)
    )


@room.do("/agents/<phone>/alias", Action.AGENT_MOVE, AgentRecord)
def name_agent(path: PhonePath, body: AliasBody) -> Answer:
    """Give an agent a name for screens that everybody sees."""
    set_alias(gate.session(), path.phone, body.alias, **gate.stamp())
    return Answer(
        AgentRecord.model_validate(existing(gate.session().get(Agent, path.phone), NoAgent(path.phone)))
    )


@room.act("/agents/<phone>/break", Action.AGENT_MOVE, Moved)
def begin_break(path: PhonePath, body: BreakBody) -> Answer:
    """Begin an agent's break."""
    return _moved(path.phone, lambda session: set_break(session, path.phone, body.reason, **gate.stamp()))


@room.act("/agents/<phone>/resume", Action.AGENT_MOVE, Moved)
def end_break(path: PhonePath, body: BreakBody) -> Answer:
    """End an agent's break."""
    return _moved(
        path.phone, lambda session: set_break(session, path.phone, "", **gate.stamp(), why=body.reason)
    )


@room.act("/agents/<phone>/sign-off", Action.AGENT_MOVE, Moved)
def sign_agent_off(path: PhonePath, body: BreakBody) -> Answer:
    """Sign an agent off: no telephone in a browser, and a break."""
    return _moved(
        path.phone, lambda session: sign_off(session, path.phone, **gate.stamp(), reason=body.reason)
    )


@room.act("/agents/<phone>/supervise", Action.CALL_LISTEN, BegunRecord)
def begin_supervising(path: PhonePath, body: ModeBody) -> Answer:
    """Ring the supervisor's own phone and bring it to the agent's talk, or lead it on."""
    begun = supervise(gate.factory(), gate.house().pbx, path.phone, body.mode, **gate.stamp())
    return Answer(BegunRecord(agent=begun.attempt.agent, mode=body.mode, rings=begun.rings))


@room.act("/desk/break", Action.CALL_ANSWER, Moved)
def own_break(body: OwnBreak) -> Answer:
    """Begin one's own break, or end it."""
    phone = gate.me().phone
    return _moved(phone, lambda session: set_break(session, phone, body.reason, **gate.stamp()))


@room.read("/desk", Action.CALL_ANSWER, AgentRecord)
def desk() -> Answer:
    """One's own desk: languages, break, after-call work."""
    return Answer(AgentRecord.model_validate(browsers.agent_of(gate.session(), gate.me())))


@room.act("/desk/ready", Action.CALL_ANSWER, Moved)
def ready() -> Answer:
    """End one's own after-call work: the next call may come."""
    return _moved(gate.me().phone, lambda session: after_call_work.ready(session, gate.me(), gate.now()))


@room.ask("/desk/supervised", Action.CALL_ANSWER, Listeners)
def supervised() -> Answer:
    """The supervisors at one's own talk now."""
    found = [one for one in listeners(gate.house().pbx) if one.phone == gate.me().phone]
    return Answer(Listeners(items=found))


def _moved(phone: str, deed: Callable[[Session], object]) -> Answer:
    """Change an agent's row, then tell Asterisk's queues."""
    with gate.write_session() as session:
        deed(session)
        everybody = agents(session)
        told = Moved.model_validate(existing(session.get(Agent, phone), NoAgent(phone)))
    try:
        bring_members(gate.house().pbx, everybody)
    except ManagerGone:
        told.queue_told = False
    return Answer(told)
