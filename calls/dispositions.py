"""Dispositions: every answered call ends with at least one service type, or none with its ground (P3)."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import ClassVar, Final, Literal

from sqlalchemy import ColumnElement, and_, func, literal_column, or_, select
from sqlalchemy.orm import Session

from calls.store import OUTGOING, CallRow, Leg, NoSuchCall, add_event
from calls.topics import CONSULTED, Topic, proposed, refuse_unknown
from calls.transfer_reasons import UNSTATED, state, transfer_reasons
from hotline.cases import find as cases
from hotline.cases.rules import CaseKind
from hotline.errors import HotlineError, faults, refuse
from hotline.ledger.audit import audit
from hotline.log_masking import is_text
from hotline.permissions import Action
from hotline.terms import named
from transfer.reasons import TransferReason

NONE: Final = "none"
"""Service of a call that was for nothing; its ground says why."""


@named("service-type")
class ServiceType(StrEnum):
    """The services of clause three, by their ids."""

    CONSULTATION = "P3.1"
    TRANSFER = "P3.2"
    PETITION = "P3.3"
    NOTIFY = "P3.4"
    QUICK = "P3.5"
    SIGN_LANGUAGE = "P3.6"


SERVICES: Final = (*ServiceType, NONE)


@named("no-service")
class NoServiceGround(StrEnum):
    """Why a call had no service."""

    NO_TOPIC = "no-topic"
    """P7.1."""
    WRONG_NUMBER = "wrong-number"
    SILENT = "silent"
    CUT_OFF = "cut-off"
    TEST = "test"


OF_CASES: Final = {
    CaseKind.PETITION: ServiceType.PETITION,
    CaseKind.NOTIFY: ServiceType.NOTIFY,
    CaseKind.QUICK: ServiceType.QUICK,
}
"""The service that a filed case was."""


class NoServiceType(HotlineError, code="no-service-type"):
    """A call that would be closed without saying what it was for."""

    field: ClassVar[str] = "service"


class ServiceAndNone(HotlineError, code="service-and-none"):
    """A call that would have had a service, and none."""

    field: ClassVar[str] = "ground"


class TopicMissing(HotlineError, code="topic-missing"):
    """A call that would be closed without a topic, and in which nothing was done that proposes one."""

    field: ClassVar[str] = "topic"


class TransferReasonMissing(HotlineError, code="transfer-reason-missing"):
    """A call that would be closed without the reason of a transfer by keys."""

    field: ClassVar[str] = "why"


def call_row(session: Session, call_id: str) -> CallRow:
    """A citizen's call; none that 1999 placed is anybody's to tag, pause or file for. Raises NoSuchCall."""
    row = session.get(CallRow, call_id) if is_text(call_id) else None
    if row is None or row.line == OUTGOING:
        raise NoSuchCall(call_id)
    return row


@dataclass(frozen=True, slots=True)
class Disposition:
    """Closing of a call: its services and topic, or the ground on which there was no service.

    Without a topic the likeliest of those proposed counts. ``why``: the reason of a transfer by keys of a
    telephone, where no page is there to ask for it ``UNSTATED``.
    """

    types: frozenset[ServiceType] = frozenset()
    ground: NoServiceGround | None = None
    topic: Topic | None = None
    why: TransferReason | Literal["unstated"] | None = None


def tag(session: Session, call_id: str, said: Disposition, *, by: str, at: datetime) -> CallRow:
    """Close a call by saying what it was for. Audited.

    Raises NoServiceType, ServiceAndNone, NoSuchCall, TopicMissing, TransferReasonMissing, and what
    ``refuse_unknown`` raises.
    """
    row = call_row(session, call_id)
    asks_why = said.ground is None and UNSTATED in transfer_reasons(session, call_id)
    refuse(_wrong(session, call_id, said, at, asks_why=asks_why))
    topic = "" if said.ground else str(_topic(session, call_id, said.topic, at))
    if asks_why and said.why:
        _give_reason(session, call_id, said.why, by=by, at=at)
    was = {"service": row.service, "ground": row.ground, "topic": row.topic}
    row.service, row.ground, row.topic = " ".join(sorted(said.types)) or NONE, said.ground or "", topic
    now = {"service": row.service, "ground": row.ground, "topic": row.topic}
    audit(session, at, by, Action.CALL_TAG, f"call:{call_id}", before=was, after=now)
    return row


def proposed_services(session: Session, call_id: str) -> frozenset[ServiceType]:
    """Services that a call surely had: those of the cases that were filed in it."""
    filed = (row for row in cases.of_call(session, call_id) if row.number)
    return frozenset(OF_CASES[row.case_kind] for row in filed)


def _topic(session: Session, call_id: str, chosen: Topic | None, at: datetime) -> Topic:
    if chosen:
        refuse_unknown(session, chosen, at)
        return chosen
    for topic in proposed(session, call_id):
        with suppress(HotlineError):  # it has ended since
            refuse_unknown(session, topic, at)
            return topic
    raise TopicMissing


def _wrong(
    session: Session, call_id: str, said: Disposition, at: datetime, *, asks_why: bool
) -> list[HotlineError]:
    """List all that a disposition lacks."""
    found: list[HotlineError] = []
    if not said.types and said.ground is None:
        found.append(NoServiceType())
    if said.types and said.ground:
        found.append(ServiceAndNone())
    if said.ground is None:
        found += faults(partial(_topic, session, call_id, said.topic, at))
    if asks_why and said.why is None:
        found.append(TransferReasonMissing())
    return found


def _give_reason(session: Session, call_id: str, why: str, *, by: str, at: datetime) -> None:
    if why != UNSTATED:
        state(session, call_id, TransferReason(why), by=by, at=at)


def looked_up(session: Session, call_id: str, entry: str, *, answered: bool, by: str, at: datetime) -> None:
    """Record whether the book answered the caller (P3.1); ``entry``: the one read, empty = none fits.

    Audited. Raises NoSuchCall.
    """
    row = call_row(session, call_id)
    told = {"entry": entry, "answered": answered, "by": by}
    key = f"consulted:{at.timestamp():.3f}:{row.id}"
    if add_event(session, key, row.id, at, CONSULTED, told):
        audit(session, at, by, Action.CALL_TAG, f"call:{row.id}", before={}, after=told)


def was_answered_by(session: Session, call_id: str, phone: str) -> bool:
    """True if an agent's phone answered a citizen's call, as the first or after others."""
    if not phone or not is_text(call_id):
        return False
    chosen = select(CallRow.id).where(CallRow.id == call_id, CallRow.line != OUTGOING, is_answered_by(phone))
    return session.scalar(chosen) is not None


def untagged(session: Session, phone: str) -> list[CallRow]:
    """Calls a phone answered that have no disposition, however old, oldest first; also one in talk."""
    chosen = select(CallRow).where(*IS_UNTAGGED, is_answered_by(phone))
    return list(session.scalars(chosen.order_by(CallRow.started_at)))


def left_untagged(session: Session, before: datetime) -> list[CallRow]:
    """Answered calls that began before an instant and have no disposition, oldest first: a supervisor's."""
    chosen = select(CallRow).where(*IS_UNTAGGED, CallRow.started_at < before)
    return list(session.scalars(chosen.order_by(CallRow.started_at)))


def count_untagged(session: Session, before: datetime) -> int:
    """Number of those."""
    chosen = select(func.count()).select_from(CallRow).where(*IS_UNTAGGED, CallRow.started_at < before)
    return session.scalar(chosen) or 0


IS_UNTAGGED: Final = (
    CallRow.service == literal_column("''"),  # as the index on these rows has it
    CallRow.agent_at.is_not(None),
    CallRow.line != OUTGOING,
)
"""Answered by an agent, and nobody has said what for."""


def is_answered_by(phone: str) -> ColumnElement[bool]:
    """Condition on calls: this phone answered. Who took one over is in its legs alone."""
    legs = select(Leg.call_id).where(
        Leg.call_id == CallRow.id,
        Leg.phone == phone,
        Leg.kind == "agent",
        Leg.extension == "",
        Leg.answered_at.is_not(None),
    )
    return or_(and_(CallRow.agent == phone, CallRow.agent_at.is_not(None)), legs.exists())
