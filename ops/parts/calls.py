"""Parts that act on calls that are up, and place new ones."""

import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from calls.in_time import InTime
from calls.outbound_limits import Caps
from calls.webhook_calls import HeldCalls
from control.blind_transfer import Transfers
from control.caller_outlook import CallerOutlook
from control.live_state import LiveState
from control.originate import Calling
from control.outbound_calls import Placing, PlacingRules
from control.page_calls import PageCalls, told_by
from control.pbx import Pbx
from control.relay import RelayCalls
from control.special_calls import SpecialSteps
from hotline import clock
from hotline.cluster import nodes
from hotline.db import is_away, looking
from ops import limits
from ops.parts.decisions import DecisionParts
from transfer.ladder import roster

if TYPE_CHECKING:
    from control.recording_mute import RecordingMute
    from control.recording_pause import RecordingPauses
    from control.recording_stop import RecordingStops


class CallParts(DecisionParts):
    """Parts of whoever acts on calls."""

    @cached_property
    def page_calls(self) -> PageCalls:
        return PageCalls(told_by(self.pbx))

    @cached_property
    def live_state(self) -> LiveState:
        return LiveState(self.pbx)

    @cached_property
    def caller_outlook(self) -> CallerOutlook:
        return CallerOutlook(self.factory, self.pbx, lambda at: self.city.city().at(at))

    @cached_property
    def pbx(self) -> Pbx:
        return Pbx(lambda: self.settings, self._managers)

    def _managers(self) -> Mapping[str, tuple[str, int]]:
        """Where other nodes' Asterisks are asked; nowhere while the database cannot tell."""
        if self.base.database_file:
            return {}
        try:
            with looking(self.factory) as session:
                return nodes.managers(session, clock.now())
        except Exception as error:
            if not is_away(error):
                raise
            return {}

    @cached_property
    def special_steps(self) -> SpecialSteps:
        return SpecialSteps(
            self.factory,
            self.pbx,
            self.limit_rules,
            lambda at: roster(self.city.city().at(at), self.hunt_rules),
        )

    @cached_property
    def transfers(self) -> Transfers:
        return Transfers(self.factory, self.pbx, lambda: self.city.city(), lambda at: self.is_open(at))

    @property
    def recording_mute(self) -> "RecordingMute":
        """Imported here: processes that answer calls do without Twilio's library."""
        from control.recording_mute import RecordingMute
        from hotline.twilio_rest import twilio_of

        return RecordingMute(self.factory, self.pbx, twilio_of(self.settings))

    @cached_property
    def recording_pauses(self) -> "RecordingPauses":
        from control.recording_pause import RecordingPauses

        return RecordingPauses(
            self.factory, self.pbx, self.recording_mute, lambda: self.settings.recording_pause
        )

    @cached_property
    def recording_stops(self) -> "RecordingStops":
        from control.recording_stop import RecordingStops

        return RecordingStops(self.factory, self.pbx, self.recording_mute)

    @cached_property
    def calling(self) -> Calling:
        most = self.settings.outbound_person
        return Calling(self.factory, self.pbx, self.callbacks, self.shelf, most, time.sleep)

    @cached_property
    def relay(self) -> RelayCalls:
        return RelayCalls(self.placing, lambda: limits.video(self.settings, self.worktime))

    @cached_property
    def placing(self) -> Placing:
        def rules() -> PlacingRules:
            return PlacingRules(self.hunt_rules, self.settings.outbound_person, self.settings.verify_attempts)

        return Placing(
            self.factory,
            self.pbx,
            self.shelf,
            lambda: self.city.city(),
            lambda at: self.is_open(at),
            rules,
        )

    @cached_property
    def twilio_calls(self) -> HeldCalls:
        in_time = InTime(self.settings.ring_period, self.settings.ring_most)
        return HeldCalls(
            self.factory,
            self.books,
            self.callbacks,
            node=self.settings.node,
            line="twilio",
            longest=self.settings.call_longest,
            caller_calls=self.settings.caller_calls,
            in_time=in_time,
            caps=Caps(self.settings.outbound_daily, self.settings.outbound_at_once),
            cases=self.cancelling,
        )
