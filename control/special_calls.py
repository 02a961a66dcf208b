"""Steps of a person in a special call, by command: permitted, decided, written down, then set in Asterisk."""

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from calls.carrier_handoff import channel_of, node_of
from calls.special_calls import EMERGENCIES, SpecialStep, name, step
from control.ami import ManagerGone
from control.call_limits import ChannelLimits, OnTheLine
from control.call_ownership import refuse_others
from control.pbx import Pbx
from control.supervisors import Helpers, supervisors_there
from hotline import clock
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.numbers import EMERGENCY
from hotline.permissions import Action
from hotline.special_callers.store import SpecialCall
from hotline.staff.service import permitted
from ivr.limits import Deadline, Ending, Normal, Review, Rules, Special, State, after, special_deadline
from transfer.ladder import Rung

ACTIONS: Final[Mapping[str, Action]] = MappingProxyType(
    {
        "asked": Action.CALL_ASK,
        "authorised": Action.CALL_AUTHORISE,
        "refused": Action.CALL_AUTHORISE,
        "no_topic": Action.CALL_ASK,
        "topic": Action.CALL_GUIDE,
        "guided": Action.CALL_GUIDE,
        "failed": Action.CALL_GUIDE,
        **dict.fromkeys(EMERGENCIES, Action.CALL_EMERGENCY),
    }
)


class NotSet(HotlineError, code="not-set"):
    """On record, but Asterisk could not be told."""

    call_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class StepTaken:
    """Result of a step: the state of the call in a sentence for programs, and whom it rings, if anybody."""

    state: str
    helpers: Helpers | None = None

    @property
    def lines(self) -> list[str]:
        """Both as sentences for programs."""
        return [self.state, *([self.helpers.line] if self.helpers else [])]


@dataclass(frozen=True)
class SpecialSteps:
    """Takes steps in special calls."""

    factory: Sessions
    pbx: Pbx
    rules: Rules
    on_duty: Callable[[datetime], tuple[Rung, ...]]
    """Officers on duty who are rung at an instant."""

    def act(self, kind: str, call_id: str, *, by: str, reason: str, at: datetime) -> StepTaken:
        """Take a step in a call of one's own, or in any as a supervisor.

        Raises NotPermitted, NotTheirs, NoSuchCall, NotInThisState, NotUp, NotSet, ManagerGone.
        """
        rules = self.rules
        with transaction(self.factory) as session:
            permitted(session, by, ACTIONS[kind], at)
            channel = channel_of(session, call_id)
            pbx = self.pbx.of(node_of(session, channel))
        refuse_others(self.factory, self.pbx, call_id, by=by, at=at)
        with closing(ChannelLimits(pbx, rules)) as line:
            seen = line.look(channel)
            before = seen.state(rules)
            done = SpecialStep(kind, at, by, seen.listed if kind == "no_topic" else None, reason)
            with transaction(self.factory) as session:
                row = session.get(SpecialCall, call_id)
                if isinstance(before, Normal) and row and row.state == "REVIEW":
                    before = Review(before.history)
                now = after(rules, before, done.event())
                step(session, rules, call_id, done, before, now)
                subject, was = f"call:{call_id}", {"state": name(before)}
                told = {"state": name(now), "did": kind}
                audit(session, at, by, ACTIONS[kind], subject, before=was, after=told, reason=reason)
            try:
                line.bring(seen, now, clock.now())
                helpers = self._call(line, seen, kind, at)
            except ManagerGone as error:
                raise NotSet(call_id, str(error)) from error
        return StepTaken(
            _told(now, special_deadline(rules, now) if isinstance(now, Special) else None, at), helpers
        )

    def _call(self, line: ChannelLimits, seen: OnTheLine, kind: str, at: datetime) -> Helpers | None:
        """Ring whom a step calls to the talk; who of them is there."""
        if kind in EMERGENCY:
            line.join_number(seen, kind)
        if kind not in ("emergency", "asked"):
            return None
        with looking(self.factory) as session:  # before they ring: a phone with one line is busy then
            there = supervisors_there(session, self.pbx.supervisors, line.is_there, at)
        line.join(seen, silent=kind == "asked")
        duty = tuple(rung.name for rung in self.on_duty(at)) if kind == "emergency" else ()
        return Helpers(there, duty)


def _told(state: State, due: Deadline | None, at: datetime) -> str:
    match state:
        case Ending():
            return f"the call ends now ({state.deadline.why})"
        case Special() if due:
            left = max(0.0, (due.at - at).total_seconds())
            when = due.at.astimezone(clock.TAIPEI)
            return f"the call is special: it ends at {when:%H:%M:%S}, in {left:.0f} s ({due.why})"
        case Normal() if state.history.emergency:
            return "every limit is lifted for good"
    return f"the call is {name(state).lower()}; nothing ends it"
