"""Silence kept instead of a call's sound, or nothing more of it: by our Asterisk, or by Twilio where Twilio
records (P4.12).

Muted, both go on writing, so that a recording stays as long as its talk.
No transaction is open while they are asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.carrier_handoff import channel_of, is_kept_by_talks, node_of
from calls.store import CallRow, HeldCall
from control.ami import ActionRefused, ManagerAccount, ManagerGone
from control.pbx import Pbx
from hotline.db import Sessions, looking
from hotline.errors import HotlineError
from hotline.twilio_rest import CURRENT, Twilio, TwilioFault
from recordings.store import RemoteRecording, RemoteState


class NotRecordedHere(HotlineError, code="not-recorded-here"):
    """No recording of this call that could be muted or stopped."""

    call_id: str


class CarrierRefused(HotlineError, code="carrier-refused"):
    """Twilio records the call, and said no: the recording is as it was."""

    call_id: str
    fault: TwilioFault


class CarrierSilent(HotlineError, code="carrier-silent"):
    """Twilio records the call, and may or may not have done what it was asked."""

    call_id: str
    fault: TwilioFault


UNSURE: Final = (ManagerGone, CarrierSilent)
"""What was asked for may have been done."""


@dataclass(frozen=True)
class RecordingMute:
    """Mutes what is recorded of a call, unmutes it, and ends it."""

    factory: Sessions
    pbx: Pbx
    twilio: Twilio

    def keep_silence(self, call_id: str) -> None:
        """Mute: nothing that is said from now on is kept.

        Raises NotRecordedHere, CarrierRefused, and with nobody knowing what came of it ManagerGone,
        CarrierSilent.
        """
        self._set(call_id, silent=True)

    def keep_sound(self, call_id: str) -> None:
        """Unmute; nothing is to be done where nothing is recorded any more.

        Raises ManagerGone, CarrierRefused, CarrierSilent.
        """
        with _unless_gone():
            self._set(call_id, silent=False)

    def stop(self, call_id: str) -> None:
        """End the recording for good; nothing is to be done where nothing is recorded any more.

        Raises like ``keep_sound``.
        """
        with _unless_gone():
            self._ask(call_id, "StopMixMonitor", {}, lambda sid: self.twilio.stop_recording(call_id, sid))

    def _set(self, call_id: str, *, silent: bool) -> None:
        self._ask(
            call_id,
            "MixMonitorMute",
            {"Direction": "both", "State": int(silent)},
            lambda sid: self.twilio.silence_recording(call_id, sid, silent=silent),
        )

    def _ask(
        self, call_id: str, action: str, fields: dict[str, str | int], by_twilio: Callable[[str], None]
    ) -> None:
        with looking(self.factory) as session:
            is_held = session.get(HeldCall, call_id) is not None
            here = _at_twilio(session, call_id) if is_held else channel_of(session, call_id)
            pbx = self.pbx.of("" if is_held else node_of(session, here))
        if is_held:
            _of_twilio(call_id, lambda: by_twilio(here))
        else:
            self._of_asterisk(pbx, call_id, here, action, fields)

    def _of_asterisk(
        self, pbx: Pbx, call_id: str, here: str, action: str, fields: dict[str, str | int]
    ) -> None:
        """Both directions, on the caller's channel."""
        try:
            with pbx.manager(ManagerAccount.TRANSFERS) as ami:
                answer, *_ = ami.ask("Getvar", Channel=here, Variable="CHANNEL(name)")
                ami.ask(action, Channel=answer.get("Value", ""), **fields)
        except ActionRefused as error:
            raise NotRecordedHere(call_id) from error


@contextmanager
def _unless_gone() -> Iterator[None]:
    """Pass over that there is no such recording any more."""
    try:
        yield
    except NotRecordedHere:
        pass
    except CarrierRefused as error:
        if not error.fault.is_gone:
            raise


def _of_twilio(call_id: str, deed: Callable[[], None]) -> None:
    try:
        deed()
    except TwilioFault as fault:
        refused = CarrierSilent if fault.may_be_done else CarrierRefused
        raise refused(call_id, fault) from fault


def _at_twilio(session: Session, call_id: str) -> str:
    """Name of the recording Twilio makes of a call now, reported or not yet. Raises NotRecordedHere."""
    chosen = select(RemoteRecording).where(
        RemoteRecording.call_id == call_id, RemoteRecording.message.is_(False)
    )
    rows = session.scalars(chosen.order_by(RemoteRecording.started_at)).all()
    sounding = [row.sid for row in rows if row.state == RemoteState.SOUNDING]
    if sounding:
        return sounding[-1]
    call = session.get(CallRow, call_id)
    if rows or call is None or not (call.recorded_at or is_kept_by_talks(session, call_id)):
        raise NotRecordedHere(call_id)
    return CURRENT
