"""The limits of a call as our Asterisk keeps them on its channel (special.dialplan),
by the rules of ``ivr.limits``.

That the dialplan keeps them so is shown with real calls (tests/live); here it plays its part in a scene.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from calls.webhook_calls import BETWEEN
from ivr import limits
from ivr.limits import (
    Deadline,
    Emergency,
    Ending,
    EndRule,
    Event,
    Guided,
    LimitHistory,
    Normal,
    NoTopic,
    Passed,
    Rules,
    Special,
    State,
    replay,
    special_deadline,
    warnings,
)

RULES: Final = Rules()
V_15, V_16, V_20 = (f"hotline/zh-TW/V-{number}" for number in (15, 16, 20))
_1970: Final = datetime.fromtimestamp(0).astimezone()


class Channel:
    """One that came at this instant. ``listed``: the entry of the special list that the channel was told."""

    def __init__(self, at: datetime, state: State | None = None, longest_at: datetime | None = None) -> None:
        self.state, self.longest_at, self.seen_at = state or Normal(), longest_at, at
        self.listed = 0

    @classmethod
    def of(cls, kept: str, ends: str, at: datetime) -> "Channel":
        """As ``twilio,enter`` reads what another visit has left."""
        _, answered, guides, calm, failed, longest, seen = (kept.split(BETWEEN) + [""] * 7)[:7]
        end, _, why = ends.partition(BETWEEN)
        failed_at, guided = _instant(failed), (_instant(answered) or _1970,) * int(guides or 0)
        failing = failed_at and failed_at - RULES.answer
        history = LimitHistory(_instant(answered), guided, failing, calm == "yes")
        state = Special(history, "") if why in (EndRule.CAP, EndRule.GUIDANCES) else Normal(history)
        channel = cls(at, state, _instant(end) if why == EndRule.LONGEST else _instant(longest))
        due = channel.deadline
        assert (f"{due.at.timestamp():.0f}{BETWEEN}{due.why}" if due else "") == ends, (kept, ends)
        channel.seen_at = _instant(seen) or _1970
        return channel

    @property
    def left(self) -> tuple[str, str]:
        """``kept-…`` and ``ends-…`` as they are told by a REFER."""
        history, due = self.state.history, self.deadline
        fields = (
            "500000001",
            _seconds(history.answered_at),
            str(len(history.guidances) or ""),
            "yes" if history.emergency else "",
            _seconds(limits.failed_at(RULES, history)),
            _seconds(self.longest_at),
            _seconds(self.seen_at),
        )
        ends = f"{_seconds(due.at)}{BETWEEN}{due.why}" if due else f"0{BETWEEN}none"
        return f"kept{BETWEEN}{BETWEEN.join(fields)}", f"ends{BETWEEN}{ends}"

    @property
    def deadline(self) -> Deadline | None:
        """When the call must end."""
        if isinstance(self.state, Ending):
            return self.state.deadline
        found = [special_deadline(RULES, self.state)] if isinstance(self.state, Special) else []
        if self.longest_at:
            found.append(Deadline(self.longest_at, EndRule.LONGEST))
        return min(found, key=lambda one: one.at, default=None)

    @property
    def over(self) -> str:
        """The rule by which the call has ended; empty while it goes on."""
        return str(self.deadline.why) if self.deadline and self.deadline.at <= self.seen_at else ""

    def sees(self, event: Event) -> list[str]:
        """What is said: a guidance, V-20 once it is due, V-16."""
        due = {at for at in self._warnings() if self.seen_at < at <= event.at}
        was = isinstance(self.state, Special)
        told = replace(event, entry=self.listed or None) if isinstance(event, NoTopic) else event
        self.state = replay(RULES, (Passed(event.at), told), self.state)
        self.longest_at = None if isinstance(event, Emergency) else self.longest_at
        self.seen_at = event.at
        if self.over:
            return [V_16]
        at_once = not was and any(at <= event.at for at in self._warnings())
        return [V_15] * isinstance(event, Guided) + [V_20] * bool(due or at_once)

    def _warnings(self) -> tuple[datetime, ...]:
        return warnings(RULES, self.state, _1970)


def _instant(epoch: str) -> datetime | None:
    return datetime.fromtimestamp(int(epoch)).astimezone() if epoch else None


def _seconds(at: datetime | None) -> str:
    return f"{at.timestamp():.0f}" if at else ""
