"""Owners of a call (design law 10): the agents whose phones answered it. A supervisor may act in any.
A video session is its interpreter's alone.

A call's name is no secret, for it can be worked out; so it opens nothing by itself.
"""

from datetime import datetime

from calls.dispositions import was_answered_by
from calls.store import CallRow, NoSuchCall
from control.attended_transfer import AT_IT, look
from control.pbx import Pbx
from hotline.db import Sessions, looking
from hotline.errors import HotlineError
from hotline.permissions import Action
from hotline.staff.service import staff
from hotline.video.relay import served_as


class NotTheirs(HotlineError, code="not-theirs"):
    """Another agent's call, or one that nobody has answered."""

    call_id: str


def refuse_others(factory: Sessions, pbx: Pbx, call_id: str, *, by: str, at: datetime) -> None:
    """Refuse all but those who answered. The record has it a second later, so Asterisk is asked too.

    Raises UnknownStaff, NotTheirs, NoSuchCall, ManagerGone.
    """
    with looking(factory) as session:
        member = staff(session, by, at)
        if served := served_as(session, call_id):
            if served.interpreter == by:
                return
            raise NotTheirs(call_id)
        is_theirs = member.may(Action.CALL_AUTHORISE) or was_answered_by(session, call_id, member.phone)
        is_known = session.get(CallRow, call_id) is not None
    if is_theirs or (member.phone and look(factory, pbx, call_id, member.phone) in AT_IT):
        return
    raise NotTheirs(call_id) if is_known else NoSuchCall(call_id)
