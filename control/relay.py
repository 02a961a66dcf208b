"""Relayed calls (§14): the interpreter's own phone rings first, then an officer's with the neighbours, or the
agents' queue; over with the session's block, which V-20 tells the interpreter before, and recorded only while
the citizen agrees.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.orm import Session

from calls import recording_stop
from calls.dialplan_lines import listed
from calls.store import CallRow
from control import call_limits
from control.ami import AMI, ActionRefused, ManagerAccount
from control.originate import dial_string
from control.outbound_calls import Placing, plan
from control.supervisor_webrtc import user_of
from hotline.db import looking, transaction
from hotline.outbound_calls.rules import AGENTS
from hotline.outbound_calls.service import refuse_too_many
from hotline.outbound_calls.store import PlacedCall
from hotline.video import relay, settling
from hotline.video.relay import LANGUAGE, RecordingAnswer
from hotline.video.rules import SessionState, VideoRules
from hotline.video.store import VideoSession
from ivr.numerals import Language
from ivr.prompts import Prompt
from recordings import gaps

WAIT: Final = timedelta(minutes=5)
"""Longest wait in the agents' queue: no block has time for more."""
TOLD: Final = timedelta(seconds=15)
"""Longest time in which who answers is told who calls: consent behind it counts for the next call."""
RECORDS, REFUSED = "RECORDS", "REFUSED"
"""Variables of the interpreter's channel: the citizen agreed, and refused. Neither is ever taken back."""
BLOCK_AT: Final = "BLOCK_AT"
"""Variable of the interpreter's channel: the end that V-20 was asked for, in seconds since 1970."""
MET: Final = "MET"
"""Variable of the interpreter's channel: yes from the moment on in which who answered can be spoken with."""
BY_CITIZEN: Final = "民眾在畫面上拒絕錄音"
"""Why a recording was stopped."""


@dataclass(frozen=True)
class RelayCalls:
    """Places and ends relayed calls."""

    placing: Placing
    rules: Callable[[], VideoRules]

    def ring(self, number: int, extension: str, *, by: str, at: datetime, page: bool = False) -> int:
        """Ring ``by``'s phone, then an officer's and the neighbours'; returns once the first is answered.

        ``page``: the interpreter's page is the phone. Raises what ``begin`` raises, Unknown, NobodyToRing,
        PersonalLimit, NoPhone, NotPickedUp, ManagerGone.
        """
        placing = self.placing
        is_open, hunt = placing.is_open(at), placing.rules().hunt
        ways = plan(placing.city().at(at), extension, hunt, is_open=is_open, urgent=False)
        begin = partial(relay.begin, targets=ways.targets, agency=ways.agency, extension=extension)
        return self._place(partial(begin, number=number), listed(ways.rings), by, at, page)

    def ring_agents(self, number: int, *, by: str, at: datetime, page: bool = False) -> int:
        """Ring ``by``'s phone, then wait for an agent among the citizens. Raises like ``ring``."""
        begin = partial(relay.begin, number=number, targets=(AGENTS,))
        return self._place(begin, f"agents/{LANGUAGE}|{WAIT.total_seconds():g}|", by, at, page)

    def _place(self, begin: "partial[PlacedCall]", phones: str, by: str, at: datetime, page: bool) -> int:
        placing = self.placing
        with transaction(placing.factory) as session:
            call = begin(session, by=by, at=at)
            phone = f"PJSIP/{user_of(by)}" if page else dial_string(session, by, placing.pbx.supervisors)
            refuse_too_many(session, by, placing.rules().most, at)
            agreed = _recording(session, call) is RecordingAnswer.AGREED
            placed, token, own = call.id, call.token, call.own_call
        hears = (Prompt("relay.calls"),)
        told = placing.variables(token, phones, "relay.connecting", hears, Language.MANDARIN)
        placing.lift(phone, token, own, {**told, RECORDS: "yes" if agreed else ""}, at)
        return placed

    def answer(self, number: int, said: RecordingAnswer, at: datetime) -> RecordingAnswer:
        """Take the citizen's answer about recording: it counts for a call that rings; a refusal always.

        What did not reach Asterisk is sent again by ``settle``, of the node whose call it is.

        Raises UnknownVideoSession, NotRunning, ManagerGone.
        """
        with transaction(self.placing.factory) as session:
            holds = relay.answer(session, number, said, at)
        self.settle(at)
        return holds

    def hang_up(self, number: int, *, by: str, at: datetime) -> None:
        """End a session's call for its interpreter. Raises NotPermitted, UnknownVideoSession, ManagerGone."""
        with transaction(self.placing.factory) as session:
            relay.served(session, number, by, at)
            call = relay.running(session, number, at)
            own = call.own_call if call else ""
        if own:
            self._hang_up(own)

    def settle(self, at: datetime) -> int:
        """End calls whose session is over, tell Asterisk what citizens said of recording, warn of an end; how
        many, of this node.

        Harmless to repeat. Raises ManagerGone.
        """
        with looking(self.placing.factory) as session:
            found = [(one, row) for row, one in relay.with_call(session, at) if self._is_ours(session, one)]
            over = [one.own_call for one, row in found if row.state != SessionState.ACTIVE]
            refused = [one.own_call for one, row in found if _is_to_stop(session, one, row)]
            agreed = [one.own_call for one, row in found if _may_begin(session, one, row, at)]
            rules = self.rules()
            ends = [
                (one.own_call, row.block_ends_at)
                for one, row in found
                if row.block_ends_at and settling.is_ending(session, row, rules, at)
            ]
        for own in over:
            self._hang_up(own)
        told = [self._stop(own, at) for own in refused] + [self._agree(own) for own in agreed]
        return len(over) + sum(told) + sum(self._warn(own, end) for own, end in ends)

    def _is_ours(self, session: Session, call: PlacedCall) -> bool:
        row = session.get(CallRow, call.own_call)
        return row is not None and row.node == self.placing.pbx.node and row.ended_at is None

    def _manager(self) -> AMI:
        return self.placing.pbx.manager(ManagerAccount.TRANSFERS)

    def _hang_up(self, own: str) -> None:
        with self._manager() as ami, suppress(ActionRefused):  # it is over already
            ami.ask("Hangup", Channel=own)

    def _warn(self, own: str, end: datetime) -> bool:
        """Have V-20 whispered to the interpreter, whose eyes are on the citizen; False when it was, and
        before they talk: words in a ringing tone are not understood, those to a phone that rings are lost.
        """
        told = f"{end.timestamp():.3f}"
        with self.placing.pbx.manager(ManagerAccount.LIMITS) as ami, suppress(ActionRefused):  # it is over
            (known,) = ami.ask("Getvar", Channel=own, Variable=BLOCK_AT)
            (met,) = ami.ask("Getvar", Channel=own, Variable=MET)
            if known.get("Value") == told or met.get("Value") != "yes":
                return False
            (name,) = ami.ask("Getvar", Channel=own, Variable="CHANNEL(name)")
            ami.ask("Setvar", Channel=own, Variable=BLOCK_AT, Value=told)
            call_limits.warn(ami, name.get("Value", ""), BLOCK_AT, settling.LAST, LANGUAGE)
            return True
        return False

    def _agree(self, own: str) -> bool:
        """Let the call be recorded behind the notice; False when Asterisk knows, or has no such channel."""
        with self._manager() as ami, suppress(ActionRefused):
            (known,) = ami.ask("Getvar", Channel=own, Variable=RECORDS)
            if known.get("Value") != "yes":
                ami.ask("Setvar", Channel=own, Variable=RECORDS, Value="yes")
                return True
        return False

    def _stop(self, own: str, at: datetime) -> bool:
        """No notice from now on, and no more of a recording that runs on a phone of the call; False while
        Asterisk has no such channel: it is about to be made, or is gone.
        """
        with self._manager() as ami:
            try:
                ami.ask("Setvar", Channel=own, Variable=REFUSED, Value="yes")
            except ActionRefused:
                return False
            for line in ami.ask("Status"):
                if line.get("Linkedid") == own:
                    with suppress(ActionRefused):  # nothing is recorded on it
                        ami.ask("StopMixMonitor", Channel=line["Channel"])
        with transaction(self.placing.factory) as session:
            recording_stop.stop(session, own, BY_CITIZEN, by="hotline", at=at)
        return True


def _is_to_stop(session: Session, call: PlacedCall, row: VideoSession) -> bool:
    """Tell whether a citizen has refused, and Asterisk has not taken it yet."""
    return row.recording == RecordingAnswer.REFUSED and not gaps.is_stopped(session, call.own_call)


def _may_begin(session: Session, call: PlacedCall, row: VideoSession, at: datetime) -> bool:
    """Tell whether a citizen has agreed, and who answers may still be told: no recording has begun."""
    if row.recording != RecordingAnswer.AGREED or session.get_one(CallRow, call.own_call).recorded_at:
        return False
    return call.answered_at is None or at < call.answered_at + TOLD


def _recording(session: Session, call: PlacedCall) -> RecordingAnswer:
    number = relay.session_of(call.call_id)
    return RecordingAnswer(session.get_one(VideoSession, number).recording)
