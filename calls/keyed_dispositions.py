"""Dispositions by the keys of a telephone, when the pages fail or are not used (docs/phone-desk.md).

The dialplan asks and confirms, and its line in the event log is all that comes of it: no server is asked.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from calls.after_call_work import latest_talk
from calls.cel import ChannelEvent
from calls.dispositions import Disposition, NoServiceGround, ServiceType, TopicMissing, call_row, tag
from calls.topics import Topic, TopicKind, TopicWord
from calls.transfer_reasons import UNSTATED
from hotline.staff.service import by_phone
from hotline.staff.store import Agent

SERVICE: Final = "SERVICE"
"""``phone|digit of the service type, 0 = none|digit of its ground`` (phone-desk.dialplan)."""
OTHER: Final = Topic(TopicKind.WORD, TopicWord.OTHER)
"""Topic of a call in which nothing was done that proposes one: a page may say it better."""


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """Closing of a phone's last call by its keys (``**5``): a service, or the ground of none."""

    phone: str
    service: ServiceType | None
    ground: NoServiceGround | None
    at: datetime


def service_key(event: ChannelEvent) -> ServiceKey | None:
    """Service key; None if the line is malformed or another phone's: a channel speaks for its own alone."""
    fields = event.said.split("|")
    if len(fields) != 3 or fields[0] != event.phone:
        return None
    phone, digit, why = fields
    if digit == "0":
        ground = _nth(tuple(NoServiceGround), why)
        return ServiceKey(phone, None, ground, event.at) if ground else None
    service = _nth(tuple(ServiceType), digit)
    return ServiceKey(phone, service, None, event.at) if service else None


Kind = TypeVar("Kind")


def _nth(kinds: tuple[Kind, ...], digit: str) -> Kind | None:
    is_place = digit.isascii() and digit.isdecimal() and 1 <= int(digit[:2]) <= len(kinds)
    return kinds[int(digit) - 1] if is_place else None


def keep(session: Session, said: ServiceKey) -> bool:
    """Close the call that the phone had last, or add a service to it; after-call work for it is over.

    False when there is no such call, or it has a service already and would have none. Harmless when repeated.
    """
    leg = latest_talk(session, said.phone, said.at)
    if leg is None:
        return False
    row = call_row(session, leg.call_id)
    types = {ServiceType(one) for one in row.service.split() if one in set(ServiceType)}
    if types and said.ground:
        return False
    member = by_phone(session, said.phone, said.at)
    by = member.login if member else said.phone
    topic = Topic.of(row.topic) if row.topic else None
    types |= {said.service} if said.service else set()
    closed = Disposition(frozenset(types), said.ground, topic, UNSTATED)
    try:
        tag(session, row.id, closed, by=by, at=said.at)
    except TopicMissing:
        tag(session, row.id, replace(closed, topic=OTHER), by=by, at=said.at)
    agent = session.get(Agent, said.phone)
    if agent and agent.after_until and agent.after_leg == leg.channel:
        agent.after_until = min(agent.after_until, said.at)  # the queues are told as at its limit
    return True
