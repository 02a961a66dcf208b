"""Blind transfer by command: the caller's channel is led where an agent's keys would lead it.

The account may set variables, redirect and hang up, and nothing else.
"""

from contextlib import suppress
from datetime import datetime

from calls.carrier_handoff import channel_of
from control.ami import AMI, ActionRefused, ManagerAccount
from control.call_limits import NotUp
from control.pbx import Pbx
from hotline.db import Sessions, transaction
from hotline.directory.rules import Directory
from hotline.directory.service import Unknown
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.numbers import EXTENSION
from hotline.permissions import Action
from hotline.staff.service import permitted
from transfer.outcome import LOST


class NotInTalk(HotlineError, code="not-in-talk"):
    """The caller talks with nobody who could put them through."""

    call_id: str


def put_through(
    factory: Sessions,
    pbx: Pbx,
    then: Directory,
    call_id: str,
    extension: str,
    why: str,
    *,
    urgent: bool,
    is_open: bool,
    by: str,
    at: datetime,
) -> None:
    """Ring ``extension`` for the caller, as the agent's own keys do; on record under ``by``.

    ``why``: faq, law or doubt (P5.1.1). Raises NotPermitted, Unknown, NotUp, NotInTalk, ManagerGone.
    """
    with transaction(factory) as session:
        permitted(session, by, Action.CALL_TRANSFER, at)
        here = channel_of(session, call_id)
    known(then, extension, urgent=urgent, is_open=is_open)
    with pbx.manager(ManagerAccount.TRANSFERS) as ami:
        channel = in_talk(ami, call_id, here)
        with transaction(factory) as session:
            audit(
                session,
                at=at,
                by=by,
                action=Action.CALL_TRANSFER,
                subject=f"call:{call_id}",
                before={},
                after={"extension": extension, "urgent": urgent, "why": why},
                reason=why,
            )
        try:
            for name, value in (("PUT_TO", f"{'*' if urgent else ''}{extension}"), ("PUT_WHY", why)):
                ami.ask("Setvar", Channel=channel, Variable=name, Value=value)
            ami.ask("Redirect", Channel=channel, Context="transfer", Exten="s", Priority=1)
        except ActionRefused as error:
            raise NotUp(call_id) from error


def hang_up(pbx: Pbx, phone: str) -> None:
    """End what a phone has without its having hung up, as when it fell silent:
    callers go to the front of the queue.

    Raises ManagerGone.
    """
    with pbx.manager(ManagerAccount.TRANSFERS) as ami, suppress(ActionRefused):  # it has none
        ami.ask("Hangup", Channel=f"/^PJSIP/{phone}-[0-9a-f]+$/", Cause=LOST)


def known(then: Directory, extension: str, *, urgent: bool, is_open: bool) -> None:
    """Refuse an extension without a desk; out of hours an urgent matter goes to the roster in any case.

    Raises Unknown.
    """
    goes_to_roster = urgent and not is_open
    if not EXTENSION.fullmatch(extension) or not (goes_to_roster or extension in then.desks):
        raise Unknown("desk", extension)


def in_talk(ami: AMI, call_id: str, here: str) -> str:
    """The name of the caller's channel, which is in a bridge; ``here``: its unique id in our Asterisk.

    Raises NotUp, NotInTalk.
    """
    try:
        answer, *_ = ami.ask("Getvar", Channel=here, Variable="CHANNEL(name)")
        channel = answer.get("Value", "")
        _, *states = ami.ask("Status", Channel=channel)
    except ActionRefused as error:
        raise NotUp(call_id) from error
    if not states or not states[0].get("BridgeID"):
        raise NotInTalk(call_id)
    return channel
