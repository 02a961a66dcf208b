"""A call's recording paused and resumed by its agent: written down first, then set where it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from calls import recording_pause
from calls.dispositions import call_row
from calls.store import CallRow
from control.attended_transfer import AT_IT, look
from control.blind_transfer import NotInTalk
from control.pbx import Pbx
from control.recording_mute import UNSURE, CarrierRefused, NotRecordedHere, RecordingMute
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from recordings import gaps

log = structlog.get_logger()


@dataclass(frozen=True)
class RecordingPauses:
    """Pauses recordings, and resumes them; ``longest``: the limit of a pause, as it is now."""

    factory: Sessions
    pbx: Pbx
    mute: RecordingMute
    longest: Callable[[], timedelta]

    def pause(self, call_id: str, *, by: str, at: datetime) -> recording_pause.Pause:
        """Pause the recording until ``resume`` or the limit of the settings: silence is kept.

        Raises NotPermitted, NoSuchCall, NotInTalk, AlreadyPaused, and what ``keep_silence`` raises.
        """
        with transaction(self.factory) as session:
            phone = permitted(session, by, Action.CALL_PAUSE, at).phone
            call_row(session, call_id)
            if gaps.is_stopped(session, call_id):
                raise NotRecordedHere(call_id)
        if look(self.factory, self.pbx, call_id, phone) not in AT_IT:
            raise NotInTalk(call_id)
        until = at + self.longest()
        with transaction(self.factory) as session:
            begun = recording_pause.begin(session, call_id, until=until, by=by, at=at)
            _audit(session, call_id, "paused", by, at)
        try:
            self.mute.keep_silence(call_id)
        except HotlineError as error:
            self._take_back(begun, at, is_sure=not isinstance(error, UNSURE))
            raise
        return begun

    def _take_back(self, begun: recording_pause.Pause, at: datetime, *, is_sure: bool) -> None:
        """Cancel a refused pause. If it may be set, unmute first; until that is sure, it stays due."""
        try:
            if not is_sure:
                self.mute.keep_sound(begun.call_id)
        except HotlineError:
            log.warning("pause.unsure", call=begun.call_id)
            return
        with transaction(self.factory) as session:
            recording_pause.end(session, begun, by=recording_pause.BY_FAULT, at=at)
            _audit(session, begun.call_id, "not paused", begun.by, at)

    def resume(self, call_id: str, *, by: str, at: datetime) -> None:
        """Resume the recording, for who paused it or talks with the caller now.

        Raises NotPermitted, NotPaused, NotInTalk, and what ``keep_sound`` raises.
        """
        with transaction(self.factory) as session:
            phone = permitted(session, by, Action.CALL_PAUSE, at).phone
            held = recording_pause.of_call(session, call_id)
        if held is None:
            raise recording_pause.NotPaused(call_id)
        if held.by != by and look(self.factory, self.pbx, call_id, phone) not in AT_IT:
            raise NotInTalk(call_id)
        self._go_on(held, by, at)

    def resume_due(self, at: datetime) -> int:
        """Pauses of this node's calls whose limit is reached,
        whose agent has left or whose call is over end; how many.

        One that cannot now keeps no other waiting.
        Raises, once all were tried, the last of what ``keep_sound`` raises.
        """
        with looking(self.factory) as session:
            ours = [one for one in recording_pause.held(session, at) if _is_ours(session, one, self.pbx.node)]
            held = [(one, _why(session, one, at)) for one in ours]
        done, fault = 0, None
        for one, why in ((one, why) for one, why in held if why):
            try:
                self._go_on(one, why, at)
                done += 1
            except (*UNSURE, CarrierRefused) as error:
                fault = error
        if fault:
            raise fault
        return done

    def _go_on(self, held: recording_pause.Pause, by: str, at: datetime) -> None:
        """Unmute first, then write down: a pause that is not taken back stays due.

        Two may end one pause, and a new one begin meanwhile: what the second took back of it is silent again.
        """
        self.mute.keep_sound(held.call_id)
        with transaction(self.factory) as session:
            if recording_pause.end(session, held, by=by, at=at):
                _audit(session, held.call_id, "resumed", by, at)
            is_paused_anew = recording_pause.of_call(session, held.call_id) is not None
        if is_paused_anew:
            self.mute.keep_silence(held.call_id)


def _is_ours(session: Session, pause: recording_pause.Pause, node: str) -> bool:
    """True if our Asterisk records the call; a carrier's and one that is over are any node's."""
    row = session.get(CallRow, pause.call_id)
    return row is None or row.line != "asterisk" or row.node in ("", node) or row.ended_at is not None


def _why(session: Session, pause: recording_pause.Pause, at: datetime) -> str:
    """Reason why a pause ends now; empty while it goes on."""
    row = session.get(CallRow, pause.call_id)
    if row is None or row.ended_at:
        return recording_pause.BY_END
    if recording_pause.is_left(session, pause):
        return recording_pause.BY_LEAVING
    return recording_pause.BY_LIMIT if pause.until <= at else ""


def _audit(session: Session, call_id: str, did: str, by: str, at: datetime) -> None:
    audit(session, at, by, Action.CALL_PAUSE, f"call:{call_id}", before={}, after={"recording": did})
