"""Blind transfer by command: the caller's channel is led where an agent's keys would lead it.

The account may set variables, redirect and hang up, and nothing else.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from calls.carrier_handoff import channel_of, node_of
from calls.store import TRANSFER_ASKED, add_event
from control.ami import AMI, ActionRefused, ManagerAccount
from control.call_limits import NotUp
from control.pbx import Pbx
from hotline.db import Sessions, transaction
from hotline.directory.rules import City
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


@dataclass(frozen=True)
class Transfers:
    """Puts callers through; ``city``: the directory as it is now."""

    factory: Sessions
    pbx: Pbx
    city: Callable[[], City]
    is_open: Callable[[datetime], bool]

    def put_through(
        self, call_id: str, extension: str, why: str, *, urgent: bool, by: str, at: datetime
    ) -> None:
        """Ring ``extension`` for the caller, as the agent's own keys do; on record under ``by``.

        ``why``: faq, law or doubt (P5.1.1). Raises NotPermitted, Unknown, NotUp, NotInTalk, ManagerGone.
        """
        with transaction(self.factory) as session:
            permitted(session, by, Action.CALL_TRANSFER, at)
            here = channel_of(session, call_id)
            pbx = self.pbx.of(node_of(session, here))
        self.known(extension, urgent=urgent, at=at)
        with pbx.manager(ManagerAccount.TRANSFERS) as ami:
            channel = in_talk(ami, call_id, here)
            self.record(call_id, {"extension": extension, "urgent": urgent, "why": why}, by, at)
            try:
                for name, value in (("PUT_TO", f"{'*' if urgent else ''}{extension}"), ("PUT_WHY", why)):
                    ami.ask("Setvar", Channel=channel, Variable=name, Value=value)
                ami.ask("Redirect", Channel=channel, Context="transfer", Exten="s", Priority=1)
            except ActionRefused as error:
                raise NotUp(call_id) from error

    def known(self, extension: str, *, urgent: bool, at: datetime) -> None:
        """Refuse an extension without a desk; out of hours an urgent matter goes to the roster in any case.

        Raises Unknown.
        """
        goes_to_roster = urgent and not self.is_open(at)
        is_desk = extension in self.city().at(at).desks
        if not EXTENSION.fullmatch(extension) or not (goes_to_roster or is_desk):
            raise Unknown("desk", extension)

    def record(self, call_id: str, after: Mapping[str, object], by: str, at: datetime) -> None:
        """Put a transfer on record before Asterisk is asked for it; ``why`` is its reason."""
        action, subject, why = Action.CALL_TRANSFER, f"call:{call_id}", str(after["why"])
        with transaction(self.factory) as session:
            audit(session, at, by, action, subject, before={}, after=after, reason=why)
            key = f"transfer:{at.timestamp():.3f}:{call_id}"
            add_event(session, key[:96], call_id, at, TRANSFER_ASKED, {**after, "reason": why, "by": by})


def hang_up(pbx: Pbx, phone: str) -> None:
    """End what a phone has without its having hung up, as when it fell silent:
    callers go to the front of the queue.

    Raises ManagerGone.
    """

    def ask(one: Pbx) -> None:
        with one.manager(ManagerAccount.TRANSFERS) as ami, suppress(ActionRefused):  # it has none
            ami.ask("Hangup", Channel=f"/^PJSIP/{phone}-[0-9a-f]+$/", Cause=LOST)

    pbx.everywhere(ask)


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
