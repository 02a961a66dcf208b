"""Limits of a call that is up, read and set in Asterisk:
the caller's channel is the truth while the call lasts.

The account may ask and set variables and originate, and nothing else. Whoever sets a limit writes first when
the call must end, and the timer only when no decision is running: the dialplan sets it again after each
decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from control.ami import AMI, ActionRefused, ManagerAccount
from control.pbx import Pbx
from control.supervisors import LONGEST_RING, THERE
from hotline.errors import HotlineError
from ivr.limits import Ending, LimitHistory, Normal, Rules, Special, State, cap_at, failed_at

NAMES: Final = "ANSWERED_AT CAP_AT FAILED_AT GUIDES LISTED CALM LONGEST_AT DECIDING LANG".split()
ANSWERED_AT, CAP_AT, FAILED_AT, GUIDES, LISTED, CALM, LONGEST_AT, DECIDING, LANG = NAMES
"""Variables of special.dialplan on the caller's channel."""
TIMER: Final = "TIMEOUT(absolute)"
SHORTEST: Final = 0.05
"""Seconds; 0 would be no limit at all."""


class NotUp(HotlineError, code="not-up"):
    """Asterisk has no such call now."""

    call_id: str


@dataclass(frozen=True, slots=True)
class OnTheLine:
    """A call as its channel has it: ``channel`` its name, ``listed`` its entry of the special list."""

    channel: str
    variables: Mapping[str, str]

    @property
    def listed(self) -> int | None:
        """The caller's entry of the special list when the call came in."""
        entry = self.variables[LISTED]
        return int(entry) if entry.isdecimal() else None

    def state(self, rules: Rules) -> State:
        """State of the call; the instants of its guidances are in the record, their number is here."""
        answered, failed = _instant(self.variables[ANSWERED_AT]), _instant(self.variables[FAILED_AT])
        count = self.variables[GUIDES]
        history = LimitHistory(
            answered_at=answered,
            guidances=(answered or _1970,) * (int(count) if count.isdecimal() else 0),
            failing_at=failed and failed - rules.answer,
            emergency=self.variables[CALM] == "yes",
        )
        return Special(history, "") if self.variables[CAP_AT] else Normal(history)


class ChannelLimits:
    """The calls of this node's Asterisk."""

    def __init__(self, pbx: Pbx, rules: Rules) -> None:
        self._pbx, self._rules = pbx, rules
        self._ami = pbx.manager(ManagerAccount.LIMITS)

    def close(self) -> None:
        """Leave."""
        self._ami.close()

    def look(self, call_id: str) -> OnTheLine:
        """The call as it is now. Raises NotUp, ManagerGone."""
        try:
            channel = self._get(call_id, "CHANNEL(name)")
            return OnTheLine(channel, {name: self._get(channel, name) for name in NAMES})
        except ActionRefused as error:
            raise NotUp(call_id) from error

    def bring(self, seen: OnTheLine, after: State, at: datetime) -> None:
        """Set what ``after`` asks for. Idempotent. Raises NotUp when the caller has gone meanwhile."""
        history = after.history
        is_special = isinstance(after, Special | Ending)
        wanted = {
            GUIDES: str(len(history.guidances) or ""),
            FAILED_AT: _seconds(failed_at(self._rules, history)),
            CALM: "yes" if history.emergency else "",
            CAP_AT: (_seconds(cap_at(self._rules, history)) if is_special else ""),
        }
        if history.emergency:
            wanted[LONGEST_AT] = ""
        try:
            for name, value in wanted.items():
                if value != seen.variables[name]:
                    self._set(seen.channel, name, value)
            self._time(seen.channel, at)
        except ActionRefused as error:
            raise NotUp(seen.channel) from error
        if wanted[CAP_AT] and not seen.variables[CAP_AT]:
            self._warn(seen)

    def join(self, seen: OnTheLine, *, silent: bool) -> None:
        """Ring the supervisors and let who answers hear the call, and speak unless ``silent``.

        In an emergency also the officers on duty, when no supervisor answers.
        """
        self._originate(
            "s@supervisor",
            "supervisor-joins",
            (self._pbx.supervisor_ring if silent else LONGEST_RING).total_seconds(),
            SPIED=seen.channel,
            JOINS="qE" if silent else "qBE",
            SAID="hotline/zh-TW/beep" if silent else "hotline/zh-TW/supervisor.emergency",
            RINGS_FOR="asked" if silent else "emergency",
        )

    def join_number(self, seen: OnTheLine, number: str) -> None:
        """Have 110 or 119 join the call: all three hear each other."""
        ring = LONGEST_RING.total_seconds()
        self._originate(
            f"{number}@emergency-number", "supervisor-joins", ring, SPIED=seen.channel, JOINS="qBE"
        )

    def is_there(self, device: str) -> bool:
        """Tell whether a phone can be rung now."""
        (answer,) = self._ami.ask("Getvar", Variable=f"DEVICE_STATE({device})")
        return answer.get("Value", "") in THERE

    def _time(self, channel: str, at: datetime) -> None:
        """The timer, unless a decision has its own; looked at twice, for one may begin meanwhile."""
        ends = [self._get(channel, name) for name in (CAP_AT, FAILED_AT, LONGEST_AT)]
        cap, failed, longest = (float(end) if end else None for end in ends)
        due = [end for end in (cap, failed if cap else None, longest) if end]
        left = max(SHORTEST, min(due) - at.timestamp()) if due else 0.0
        if self._get(channel, DECIDING):
            return
        self._set(channel, TIMER, f"{left:.3f}")
        match self._get(channel, DECIDING):
            case "":
                return
            case "key":  # words are being said, and the dialplan sets it again after them
                left = 0.0
            case _:
                limit = self._pbx.decision_limit.total_seconds()
                left = min(left or limit, limit)
        self._set(channel, TIMER, f"{left:.3f}")

    def _warn(self, seen: OnTheLine) -> None:
        warn(self._ami, seen.channel, CAP_AT, self._rules.warning, seen.variables[LANG])

    def _originate(self, waits: str, then: str, seconds: float, **variables: str) -> None:
        _originate(self._ami, waits, then, seconds, **variables)

    def _get(self, channel: str, name: str) -> str:
        (answer,) = self._ami.ask("Getvar", Channel=channel, Variable=name)
        return answer.get("Value", "")

    def _set(self, channel: str, name: str, value: str) -> None:
        self._ami.ask("Setvar", Channel=channel, Variable=name, Value=value)


def warn(ami: AMI, channel: str, watched: str, before: timedelta, language: str) -> None:
    """Have V-20 whispered to a channel so long before an end that its variable ``watched`` holds, unless that
    changes. Raises ActionRefused, ManagerGone.
    """
    _originate(
        ami,
        "s@warning",
        "warning-whispers",
        86400,
        SPIED=channel,
        WATCHED=watched,
        BEFORE=f"{before.total_seconds():g}",
        SAID=f"hotline/{language}/V-20",
    )


def _originate(ami: AMI, waits: str, then: str, seconds: float, **variables: str) -> None:
    """A channel that first runs ``waits``, and when that answers, context ``then``."""
    inherited = (f"__{name}={value}" for name, value in variables.items())
    ami.originate(f"Local/{waits}/n", then, seconds, inherited, Async="true")


_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _instant(text: str) -> datetime | None:
    return datetime.fromtimestamp(float(text), UTC) if text else None


def _seconds(at: datetime | None) -> str:
    return f"{at.timestamp():.3f}" if at else ""
