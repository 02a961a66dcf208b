"""A call's recording stopped for good by its agent, for a caller who refuses to be recorded (P4.12)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from calls import recording_stop
from calls.dispositions import call_row
from control.attended_transfer import AT_IT, look
from control.blind_transfer import NotInTalk
from control.pbx import Pbx
from control.recording_mute import RecordingMute
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.staff.service import permitted
from hotline.texts import fit

LONGEST_REASON: Final = 200


@dataclass(frozen=True)
class RecordingStops:
    """Stops recordings; what was kept until then stays."""

    factory: Sessions
    pbx: Pbx
    mute: RecordingMute

    def stop(self, call_id: str, reason: str, *, by: str, at: datetime) -> None:
        """Stop the recording, whoever talks with the caller later; a second time changes nothing.

        Where nothing is recorded any more it is written down all the same: the caller has refused.
        Raises UnfitText, NotPermitted, NoSuchCall, NotInTalk, ManagerGone, CarrierRefused, CarrierSilent;
        then nothing is on record, and it is to be asked for again.
        """
        reason = fit("reason", reason, LONGEST_REASON)
        with transaction(self.factory) as session:
            phone = permitted(session, by, Action.CALL_PAUSE, at).phone
            call_row(session, call_id)
        if look(self.factory, self.pbx, call_id, phone) not in AT_IT:
            raise NotInTalk(call_id)
        self.mute.stop(call_id)
        with transaction(self.factory) as session:
            if recording_stop.stop(session, call_id, reason, by=by, at=at):
                did = {"recording": "stopped"}
                audit(
                    session, at, by, Action.CALL_PAUSE, f"call:{call_id}", before={}, after=did, reason=reason
                )
