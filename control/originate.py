"""Click to call: the officer's phone is rung, and Asterisk calls the citizen (callbacks.dialplan)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls import originating_leg
from calls.originating_leg import OwnPhone
from control.ami import ActionRefused, ManagerAccount
from control.pbx import Pbx
from hotline import clock
from hotline.callbacks.outbound_lock import CallToCitizen, OutboundLock
from hotline.callbacks.ownership import place_of
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import CallbackAttempt
from hotline.db import Sessions, transaction
from hotline.directory.store import DeskRow
from hotline.errors import HotlineError
from hotline.ledger.history import in_force
from hotline.numbers import EXTENSION
from hotline.outbound_calls.service import refuse_too_many
from hotline.staff.service import staff
from hotline.staff.store import Agent
from ivr import spoken
from ivr.numerals import Language
from ivr.prompts import Prompt, Shelf
from transfer.outcome import DialOutcome

SHOWN: Final = 3
"""Last digits of the citizen's number that are whispered to the officer."""
LATE: Final = timedelta(seconds=25)
"""Allowance for the whisper to the officer before the citizen's phone rings, and the event log's loading."""


class NoPhone(HotlineError, code="no-phone"):
    """The officer has no phone of ours that can be rung."""

    login: str


class NotPickedUp(HotlineError, code="not-picked-up"):
    """One's own phone was busy, silent or away: nobody else was called."""

    phone: str


@dataclass(frozen=True)
class Calling:
    """Calls citizens for officers; ``most``: calls that one person may place a day."""

    factory: Sessions
    pbx: Pbx
    callbacks: Callbacks
    shelf: Shelf
    most: int
    pause: Callable[[float], None]

    def call(self, callback_id: int, by: str) -> Outcome | None:
        """Ring ``by``'s phone, then the citizen's; what came of it, None while the two are not joined yet.

        Raises what ``place`` raises.
        """
        return self._outcome(self.place(callback_id, by))

    def place(self, callback_id: int, by: str) -> str:
        """Ring ``by``'s phone; returns once it is answered, and Asterisk rings the citizen: the call's token.

        Raises HeldByAnother, WrittenTo, CitizenIsCalled, NotCallable, PersonalLimit, NoPhone, NotPickedUp,
        ManagerGone.
        """
        lines = OutboundLock(self.callbacks)
        with transaction(self.factory) as session:
            phone = dial_string(session, by, self.pbx.supervisors)
            refuse_too_many(session, by, self.most, clock.now())
            placed = lines.seize(session, callback_id, by, clock.now())
        try:
            originate(self.factory, self.pbx, phone, "callback", self._variables(placed), placed.own_call)
        except BaseException:
            with transaction(self.factory) as session:
                lines.free(session, placed.token)
            raise
        return placed.token

    def _variables(self, placed: CallToCitizen) -> Mapping[str, str]:
        officer = (Prompt("callback.officer"), *spoken.digits(placed.number[-SHOWN:], Language.MANDARIN))
        names = self.shelf.names
        wanted = Language(placed.language) if placed.language in set(Language) else Language.MANDARIN
        return {
            "CALLBACK_ID": str(placed.callback_id),
            "CALLBACK_TOKEN": placed.token,
            "CALLBACK_BY": placed.by,
            "CALLBACK_NUMBER": placed.number,
            "CALLBACK_WHISPER": "&".join(names(officer, Language.MANDARIN)),
            "CALLBACK_HEARS": "&".join(names((Prompt("callback.citizen"),), wanted)),
        }

    def _outcome(self, token: str) -> Outcome | None:
        """Outcome as the event log tells it."""
        by = clock.monotonic() + (self.pbx.own_phone_ring + LATE).total_seconds()
        wanted = select(CallbackAttempt.outcome).where(CallbackAttempt.key == f"call:{token}")
        while clock.monotonic() < by:
            with transaction(self.factory) as session:
                if found := session.scalar(wanted):
                    return Outcome(found)
            self.pause(0.3)
        return None


def originate(
    factory: Sessions, pbx: Pbx, phone: str, context: str, variables: Mapping[str, str], name: str
) -> None:
    """Ring a phone of ours, and lead it into a context once it is answered; no transaction is open meanwhile.

    ``name`` is what the call is called in the event log. That the phone is rung is on record before it rings.

    Raises NotPickedUp, ManagerGone.
    """
    own, at, pbx = OwnPhone(phone), clock.now(), pbx.any()
    with transaction(factory) as session:
        originating_leg.begin(session, name, pbx.node, own, place_of(session, own.extension, at), at)
    try:
        _ring(pbx, phone, context, variables, name)
    except BaseException as error:
        outcome = DialOutcome.NO_ROUTE if isinstance(error, NotPickedUp) else DialOutcome.FAILED
        with transaction(factory) as session:
            originating_leg.not_lifted(session, name, outcome, clock.now())
        raise


def _ring(pbx: Pbx, phone: str, context: str, variables: Mapping[str, str], name: str) -> None:
    ring = pbx.own_phone_ring.total_seconds()
    with pbx.manager(ManagerAccount.CALLBACKS, patience=ring + 5) as ami:
        try:
            told = (f"{one}={value}" for one, value in variables.items())
            ami.originate(phone, context, ring, told, ChannelId=name, CallerID=pbx.caller_id)
        except ActionRefused as error:
            raise NotPickedUp(phone) from error


def dial_string(session: Session, login: str, supervisors: Sequence[str]) -> str:
    """Name in Asterisk of the officer's phone: an agent's, a supervisor's or an extension. Raises NoPhone."""
    at = clock.now()
    phone = staff(session, login, at).phone
    agent = session.get(Agent, phone)
    if agent or phone in supervisors:
        return f"PJSIP/{phone}"
    desk = in_force(session, DeskRow, phone, at) if EXTENSION.fullmatch(phone) else None
    if desk is None or desk.number:
        raise NoPhone(login)
    return f"PJSIP/{phone}@officers"
