"""The recording of a call paused and resumed by its agent: written down first, then set in Asterisk.

Asterisk keeps writing, and what it writes is silence; so the two files stay as long as the talk.
"""

from contextlib import closing, suppress
from datetime import datetime

from sqlalchemy.orm import Session

from hotline.auditlog.service import audit
from hotline.db import looking, transaction
from hotline.errors import HotlineError
from hotline.staff.rules import Action
from hotline.staff.service import permitted
from ivr import pauses
from ivr.handed import channel_of
from ivr.services import call_row
from ivr.store import CallRow
from ops.ami import ActionRefused
from ops.consults import AT_IT, look
from ops.transfers import NotInTalk, account
from ops.wiring import House


class NotRecordedHere(HotlineError):
    """Our Asterisk records nothing of this call that could be paused."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"Nothing of {call_id} is recorded here now, so there is nothing to pause")


def pause(house: House, call_id: str, *, by: str, at: datetime) -> pauses.Pause:
    """From now on silence is kept, until ``resume`` or the limit of the settings.

    Raises NotPermitted, NoSuchCall, NotInTalk, AlreadyPaused, NotRecordedHere, ManagerGone.
    """
    with transaction(house.factory) as session:
        phone = permitted(session, by, Action.CALL_PAUSE, at).phone
        call_row(session, call_id)
    if look(house, call_id, phone) not in AT_IT:
        raise NotInTalk(call_id)
    until = at + house.settings.recording_pause
    with transaction(house.factory) as session:
        begun = pauses.begin(session, call_id, until=until, by=by, at=at)
        _audit(session, call_id, "paused", by, at)
    try:
        _set(house, call_id, silent=True)
    except HotlineError as error:
        with transaction(house.factory) as session:
            pauses.end(session, begun, by=pauses.BY_FAULT, at=at)
        if isinstance(error, ActionRefused):
            raise NotRecordedHere(call_id) from error
        raise
    return begun


def resume(house: House, call_id: str, *, by: str, at: datetime) -> None:
    """The recording goes on. Raises NotPermitted, NotPaused, ManagerGone."""
    with transaction(house.factory) as session:
        permitted(session, by, Action.CALL_PAUSE, at)
        held = pauses.of_call(session, call_id)
    if held is None:
        raise pauses.NotPaused(call_id)
    _go_on(house, held, by, at)


def resume_due(house: House, at: datetime) -> int:
    """Pauses whose limit is reached or whose call is over end; how many. Raises ManagerGone."""
    with looking(house.factory) as session:
        held = [(one, session.get(CallRow, one.call_id)) for one in pauses.held(session, at)]
    over = [(one, pauses.BY_END) for one, row in held if row is None or row.ended_at]
    late = [(one, pauses.BY_LIMIT) for one, row in held if row and not row.ended_at and one.until <= at]
    for one, why in (*over, *late):
        _go_on(house, one, why, at)
    return len(over) + len(late)


def _go_on(house: House, held: pauses.Pause, by: str, at: datetime) -> None:
    """Heard again first, then written down: a pause that is not taken back stays due."""
    with suppress(ActionRefused):  # the call is gone
        _set(house, held.call_id, silent=False)
    with transaction(house.factory) as session:
        pauses.end(session, held, by=by, at=at)
        _audit(session, held.call_id, "resumed", by, at)


def _set(house: House, call_id: str, *, silent: bool) -> None:
    """Both directions, on the caller's channel. Raises ActionRefused, ManagerGone."""
    with looking(house.factory) as session:
        here = channel_of(session, call_id)
    with closing(account(house.settings)) as ami:
        answer, *_ = ami.ask("Getvar", Channel=here, Variable="CHANNEL(name)")
        channel = answer.get("Value", "")
        ami.ask("MixMonitorMute", Channel=channel, Direction="both", State=int(silent))


def _audit(session: Session, call_id: str, did: str, by: str, at: datetime) -> None:
    audit(
        session, at=at, by=by, action=Action.CALL_PAUSE, subject=f"call:{call_id}", before={},
        after={"recording": did},
    )  # fmt: skip
