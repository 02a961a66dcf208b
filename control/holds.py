"""Holds of callers in a talk, as Asterisk's manager tells of them: music is heard, and nobody listens.

Only a hold whose end was heard is kept: what is not known for certain is not taken from a recording.
"""

from datetime import datetime
from threading import Event, Thread
from typing import Final

import structlog
from cachetools import LRUCache
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from calls.carrier_handoff import call_of, is_kept_by_talks
from calls.store import CallRow
from control.ami import AMI, ManagerAccount, ManagerGone, Message
from hotline import clock
from hotline.db import Sessions, transaction
from hotline.settings import Settings
from recordings import gaps
from recordings.gaps import GapReason, SoundGap

log = structlog.get_logger()
MOST: Final = 1000
"""So many holds are remembered at once."""
ENDS: Final = frozenset(("Unhold", "BridgeLeave"))
"""Ends of a hold: the phone is back, or has left the caller without returning."""
AGAIN: Final = 2.0
"""Seconds until Asterisk is asked for again."""


class Holds:
    """Keeps the holds of recorded calls as gaps of their recordings."""

    def __init__(self, factory: Sessions) -> None:
        self._factory = factory
        self._since = LRUCache[str, datetime](MOST)

    def hear(self, message: Message, at: datetime) -> None:
        """One event of Asterisk's manager: a phone holds the caller, is back, or leaves."""
        phone, linked = message.get("Uniqueid", ""), message.get("Linkedid", "")
        if phone == linked:
            return  # the caller's own telephone: the agent hears music, and the caller nobody
        if message.get("Event") == "Hold":
            self._since[phone] = at
        elif message.get("Event") in ENDS and (since := self._since.pop(phone, None)):
            self._keep(linked, since, at)

    def lose(self) -> None:
        """Forget the holds of which an end may not have been heard."""
        self._since.clear()

    def _keep(self, linked: str, since: datetime, until: datetime) -> None:
        try:
            with transaction(self._factory) as session:
                call = call_of(session, linked)
                if call and (why := _why(session, call, linked)):
                    gaps.tell(session, [(call.id, SoundGap(since, until, why))])
        except SQLAlchemyError as error:
            log.warning("hold.not_kept", call=linked, why=type(error).__name__)


def _why(session: Session, call: CallRow, linked: str) -> GapReason | None:
    """The reason of the gap; None where nothing is recorded, or a carrier keeps all, its music too."""
    if call.id == linked:
        return GapReason.HOLD if call.recorded_at else None
    return GapReason.HELD if is_kept_by_talks(session, call.id) else None


def follow(settings: Settings, holds: Holds, stopping: Event) -> Thread:
    """Listen in a thread of its own until ``stopping``; while Asterisk is away, try again."""
    thread = Thread(target=_follow, args=(settings, holds, stopping), name="holds", daemon=True)
    thread.start()
    return thread


def _follow(settings: Settings, holds: Holds, stopping: Event) -> None:
    while not stopping.is_set():
        try:
            with AMI.of(settings, ManagerAccount.HOLDS, events="call") as ami:
                while not stopping.is_set():
                    for message in ami.events(1.0):
                        holds.hear(message, clock.now())
        except ManagerGone as error:
            log.info("holds.not_heard", why=str(error))
        holds.lose()
        stopping.wait(AGAIN)
