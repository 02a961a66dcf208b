"""The first phone of a call that 1999 places:
whose it is, and that it is rung, on record before it rings (P4.2).

A phone without a contact leaves no trace in Asterisk's event log. What that log tells of a call counts more
than what is written here.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from calls.cdr import CallResult, EndReason
from calls.rings import OWN
from calls.store import OUTGOING, CallRow, CelEvent, Leg
from hotline.callbacks.ownership import Ownership
from hotline.db import add_once
from transfer.outcome import DialOutcome


@dataclass(frozen=True, slots=True)
class OwnPhone:
    """A phone of ours, as Asterisk names it: ``PJSIP/agent-1``, ``PJSIP/5112@officers``."""

    channel: str

    @property
    def extension(self) -> str:
        """Extension of an officer's phone; empty for an agent's or a supervisor's."""
        return self.channel.removeprefix("PJSIP/").rpartition("@")[0]

    @property
    def endpoint(self) -> str:
        """Name of the phone in the event log."""
        return self.channel.removeprefix("PJSIP/").rpartition("@")[2]


def begin(session: Session, call_id: str, node: str, phone: OwnPhone, place: Ownership, at: datetime) -> None:
    """The call and its first leg, before the phone is rung; ``place`` is the extension's."""
    row = {"id": call_id, "node": node, "line": OUTGOING, "agent": phone.endpoint, "started_at": at}
    add_once(session, CallRow, [row])
    leg = {
        "channel": call_id,
        "call_id": call_id,
        "phone": phone.endpoint,
        "kind": OWN,
        "extension": phone.extension,
        "section": place.section,
        "agency": place.agency,
        "started_at": at,
        "outcome": DialOutcome.RINGING,
    }
    add_once(session, Leg, [leg])


def not_lifted(session: Session, call_id: str, outcome: DialOutcome, at: datetime) -> None:
    """End a call Asterisk did not bring to its dialplan; the event log's facts stay, and later ones count."""
    _end(session, CallRow.id == call_id, outcome, EndReason.HOTLINE, at)


def lost(session: Session, node: str, stopped_at: datetime) -> None:
    """End calls still to be placed when their Asterisk ended; whoever placed them cannot tell the result."""
    which = (CallRow.node == node) & (CallRow.started_at < stopped_at)
    _end(session, which, DialOutcome.FAILED, EndReason.SYSTEM, stopped_at)


def _end(
    session: Session, which: ColumnElement[bool], outcome: DialOutcome, why: EndReason, at: datetime
) -> None:
    unseen = ~exists().where(CelEvent.linked_id == CallRow.id)
    chosen = select(CallRow.id).where(which, CallRow.line == OUTGOING, CallRow.ended_at.is_(None), unseen)
    ids = list(session.scalars(chosen))
    if not ids:
        return
    calls, legs = update(CallRow).where(CallRow.id.in_(ids)), update(Leg).where(Leg.channel.in_(ids))
    session.execute(calls.values(ended_at=at, end_reason=why, outcome=CallResult.UNREACHED))
    session.execute(legs.values(outcome=outcome, ended_at=at, ring_seconds=0.0))
