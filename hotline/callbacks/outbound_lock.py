"""Calls to citizens: one a citizen at a time, and what the event log says came of them.

The call itself is Asterisk's. Its number comes from the row alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from hotline.callbacks.events import told
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import Callbacks, NoSuchCallback
from hotline.callbacks.store import CallbackAttempt, CallbackEvent, CallbackLine
from hotline.callbacks.work import CallbackWork
from hotline.db import add_once
from hotline.errors import HotlineError
from hotline.keys.finding import has

PLACING: Final = timedelta(minutes=3)
"""A line that nobody said is answered or over is free again after this: whoever placed the call is dead."""
LONGEST: Final = timedelta(hours=2)
"""The same for a talk: Asterisk is dead, or it was long. Asterisk never calls a citizen twice at once."""


RUNG: Final = "rung"
"""Kind of the event that 1999 rings somebody to keep a promise: ``call`` is that call's name on record."""
OWN_CALL: Final = "callback-"
"""Prefix of a citizen call's token: together its name in Asterisk and among the calls on record."""


class CitizenIsCalled(HotlineError, code="citizen-is-called"):
    """A citizen whom somebody calls at this moment."""

    by: str
    until: datetime


class NotCallable(HotlineError, code="not-callable"):
    """A promise whose number is not dialled: hidden, abroad, or dearer than an ordinary call."""

    number: int


class WrittenTo(HotlineError, code="written-to"):
    """A promise to a citizen who signs: kept by text or by video, never by voice."""

    number: int


@dataclass(frozen=True, slots=True)
class CallToCitizen:
    """The parameters of a call that Asterisk is to place."""

    callback_id: int
    token: str
    number: str
    language: str
    by: str

    @property
    def own_call(self) -> str:
        """Its name on record, where its legs are."""
        return f"{OWN_CALL}{self.token}"


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """An outcome from the event log: answered or not (``at``: the instant of dialling), or over."""

    callback_id: int
    token: str
    by: str
    outcome: Outcome
    at: datetime
    is_over: bool


class OutboundLock:
    """Use cases around a call to a citizen."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._people, self._worker = CallbackWork(callbacks), CallbackWork.of_worker(callbacks)
        self._dialling = callbacks.dialling
        self._is_restoring = callbacks.restored_at is not None

    def seize(self, session: Session, callback_id: int, by: str, at: datetime) -> CallToCitizen:
        """Claim the promise and the citizen's line.

        Raises HeldByAnother, WrittenTo, CitizenIsCalled, NotCallable.
        """
        row = self._people.claim(session, callback_id, by, at)
        if row.write_to:
            raise WrittenTo(row.id)
        number = self._dialling.subscriber(row.number)
        if not number:
            raise NotCallable(row.id)
        token = uuid4().hex
        line = {"number": row.number, "callback_id": row.id, "token": token, "by": by, "until": at + PLACING}
        taken = _line(session, row.number)
        if taken is None and not add_once(session, CallbackLine, [line]):
            taken = _line(session, row.number)
        if taken:
            if taken.until > at:
                raise CitizenIsCalled(taken.by, taken.until)
            taken.callback_id, taken.token, taken.by, taken.until = row.id, token, by, at + PLACING
        placed = CallToCitizen(row.id, token, number, row.language, by)
        told(session, row, by, RUNG, row.state, at, detail={"call": placed.own_call})
        return placed

    def free(self, session: Session, token: str) -> None:
        """Free the line of a call that was not placed, or is over; harmless when that is known."""
        session.execute(delete(CallbackLine).where(CallbackLine.token == token))

    def called(self, session: Session, one: CallOutcome) -> None:
        """Record a call's outcome once, even if its promise was closed or moved. Raises NoSuchCallback."""
        number = _number_now(session, one)
        if number is None and self._is_restoring:
            raise NoSuchCallback(one.callback_id)
        number = one.callback_id if number is None else number
        self._worker.attempt(session, number, one.outcome, one.by, one.at, key=f"call:{one.token}")
        if one.is_over:
            self.free(session, one.token)
        else:
            talking = update(CallbackLine).where(CallbackLine.token == one.token)
            session.execute(talking.values(until=one.at + LONGEST))


def _line(session: Session, number: str) -> CallbackLine | None:
    """The line of a number, locked; under whichever key it was taken."""
    chosen = select(CallbackLine).where(has(CallbackLine.number, number))
    return session.scalars(chosen.with_for_update().execution_options(populate_existing=True)).first()


def _number_now(session: Session, one: CallOutcome) -> int | None:
    """The promise's number in this database, by the call's own name;
    None when nobody left a trace of that call.

    The one that the event log tells is another's, when an old copy of the database was put back meanwhile.
    """
    key, own_call = f"call:{one.token}", f"{OWN_CALL}{one.token}"
    for known in (
        select(CallbackLine.callback_id).where(CallbackLine.token == one.token),
        select(CallbackAttempt.callback_id).where(CallbackAttempt.key == key),
    ):
        if (number := session.scalar(known)) is not None:
            return number
    rung = select(CallbackEvent).where(
        CallbackEvent.kind == RUNG,
        CallbackEvent.at > one.at - 2 * PLACING,
        CallbackEvent.at < one.at + PLACING,
    )
    return next((two.callback_id for two in session.scalars(rung) if two.detail["call"] == own_call), None)
