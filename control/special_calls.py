"""Steps of a person in a special call, by command: permitted, decided, written down, then set in Asterisk."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from calls.carrier_handoff import channel_of
from calls.special_calls import SpecialStep, name, step
from control.ami import ManagerGone
from control.call_limits import ChannelLimits
from control.pbx import Pbx
from hotline import clock
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.special_callers.store import SpecialCall
from hotline.staff.service import permitted
from ivr.limits import Deadline, Ending, Normal, Review, Rules, Special, State, after, special_deadline

ACTIONS: Final[Mapping[str, Action]] = MappingProxyType(
    {
        "asked": Action.CALL_ASK,
        "authorised": Action.CALL_AUTHORISE,
        "refused": Action.CALL_AUTHORISE,
        "no_topic": Action.CALL_ASK,
        "topic": Action.CALL_GUIDE,
        "guided": Action.CALL_GUIDE,
        "failed": Action.CALL_GUIDE,
        "emergency": Action.CALL_EMERGENCY,
    }
)


class NotSet(HotlineError, code="not-set"):
    """On record, but Asterisk could not be told."""

    call_id: str
    reason: str


@dataclass(frozen=True)
class SpecialSteps:
    """Takes steps in special calls."""

    factory: Sessions
    pbx: Pbx
    rules: Rules

    def act(self, kind: str, call_id: str, *, by: str, reason: str, at: datetime) -> str:
        """Take a step; its result. Raises NotPermitted, NotInThisState, NotUp, NotSet."""
        rules = self.rules
        with transaction(self.factory) as session:
            permitted(session, by, ACTIONS[kind], at)
            channel = channel_of(session, call_id)
        with closing(ChannelLimits(self.pbx, rules)) as line:
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
                if kind in ("emergency", "asked"):
                    line.join(seen, silent=kind == "asked")
            except ManagerGone as error:
                raise NotSet(call_id, str(error)) from error
        return _told(now, special_deadline(rules, now) if isinstance(now, Special) else None, at)


def _told(state: State, due: Deadline | None, at: datetime) -> str:
    match state:
        case Ending():
            return f"the call ends now ({state.deadline.why})"
        case Special() if due:
            left = max(0.0, (due.at - at).total_seconds())
            when = due.at.astimezone(clock.TAIPEI)
            return f"the call is special: it ends at {when:%H:%M:%S}, in {left:.0f} s ({due.why})"
        case Normal() if state.history.emergency:
            return "every limit is lifted; the supervisors' phones ring"
    return f"the call is {name(state).lower()}; nothing ends it"
