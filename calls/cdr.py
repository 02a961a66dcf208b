"""From the events of one call to its record: pure, in any order, as often as wanted (spec P0-a, P0-b).

The same events give the same record, and a part of them the record of a call that is still up. Whatever
is missing, a call has an end as soon as its channel, its linked id or its Asterisk has one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from calls.cel import ChannelEvent, phone_of
from calls.dialplan_lines import FirstMenu, first_steps
from calls.kept_sound import KeptSound, kept_sound
from calls.legs import LegRecord, legs_of
from hotline.numbers import ANONYMOUS, e164
from hotline.overflow import CallLimit
from hotline.spans import Span, joined, seconds
from hotline.terms import named
from ivr.limits import EndRule
from ivr.numerals import Language

CITIZENS: Final = frozenset(("from-trunk", "from-visitor"))
"""Where citizens' calls come in: from the carrier, and from a citizen's page."""
FROM_AGENTS: Final = "from-agents"
OFFICERS: Final = frozenset(("officers", "trunk"))
"""Endpoints behind which officers are."""
QUEUE: Final = "Queue"
PLAYBACK: Final = "Playback"
REFUSALS: Final = frozenset((*CallLimit, "forbidden"))
"""Words of our dialplan and the engine for a refused call: the limit met, or that nobody may make it."""


@named("call-end")
class EndReason(StrEnum):
    """Party or rule that ended a call."""

    CALLER = "caller_hung_up"
    AGENT = "agent_hung_up"
    OFFICER = "officer_hung_up"
    CITIZEN = "citizen_hung_up"
    """Whom 1999 had called."""
    HOTLINE = "ended_by_hotline"
    SYSTEM = "system"
    CAP = "cap"
    """A special call: P7.1, P7.3."""
    GUIDANCES = "3_guidances"
    LONGEST = "longest"
    """The blanket limit, if an operator sets one."""


RULES: Final = frozenset((*EndRule, EndReason.SYSTEM))
"""What our dialplan says of an end that neither side chose: a limit, or Asterisk's own end."""


@named("call-result")
class CallResult(StrEnum):
    """Outcome of a call."""

    TALKED = "talked"
    PROMISED = "promised"
    ABANDONED = "abandoned"
    """It ended in the greeting, a menu or a wait, whoever ended it."""
    INFORMED = "informed"
    """An information was heard to its end, and nothing else was waited for."""
    UNREACHED = "unreached"
    """Of a call that 1999 placed: nobody talked with the agent."""
    REFUSED = "refused"
    """One too many, nobody's to make, or while Asterisk was to end: never answered;
    or told so, and no callback was wanted.
    """


SERVED: Final = frozenset((CallResult.TALKED, CallResult.PROMISED, CallResult.INFORMED))
"""What a citizen called for; told alike by figures, trial calls and long proofs."""
INFORMED: Final = "INFORMED"
"""Our dialplan's event: an information was heard to its end."""
PLACES: Final = {
    ("answer", "s"): "greeting",
    ("line", "turn"): "decision",
    ("line", "second"): "decision",
    ("line", "perform"): "words",
    ("line", "first-menu"): "menu",
    ("line", "notice"): "words",
    ("line", "second-menu"): "menu",
    ("line", "ask"): "menu",
    ("line", "queue"): "queue",
    ("soon", "s"): "queue",
    ("queue-keys", "1"): "queue",
    ("to-a-human", "s"): "queue",
    ("ring", "s"): "ring",
    ("ring", "phone"): "ring",
    ("ring-agent", "s"): "ring",
    ("message", "s"): "message",
    ("promise", "s"): "promise",
    ("line", "end"): "goodbye",
}
"""Where in our dialplan the caller's channel was, as a person says it."""


@dataclass(frozen=True, slots=True)
class CallEnd:
    """End of a call; ``said`` is the reason of our dialplan, if that ended it, ``place`` where."""

    at: datetime
    why: EndReason
    cause: int | None = None
    said: str = ""
    place: str = ""


_SAME: Final = (
    "caller dialled started_at answered_at queued_at queue_seconds agent agent_at talk_seconds"
).split()
"""Columns of the call's row that are fields of its record."""


@dataclass(frozen=True, slots=True)
class CallDetailRecord:
    """Call as the event log knows it."""

    id: str
    caller: str
    dialled: str
    started_at: datetime
    answered_at: datetime | None
    queued_at: datetime | None
    queue_seconds: float | None
    agent: str
    agent_at: datetime | None
    talk_seconds: float | None
    end: CallEnd | None
    outcome: CallResult | None
    legs: tuple[LegRecord, ...]
    first_words_at: datetime | None = None
    first_menu: FirstMenu | None = None
    sound: KeptSound | None = None

    @property
    def first_prompt_seconds(self) -> float | None:
        """Seconds from the call's arrival to the first words."""
        if self.first_words_at is None:
            return None
        return max(0.0, (self.first_words_at - self.started_at).total_seconds())

    @property
    def recorded_at(self) -> datetime | None:
        """Instant from which sound is kept, if any is."""
        return self.sound.began_at if self.sound else None

    def columns(self) -> dict[str, Any]:
        """The columns of the call's row that are this witness's."""
        menu = self.first_menu
        key = menu.key if menu else None
        return {
            **{name: getattr(self, name) for name in _SAME},
            "recorded_at": self.recorded_at,
            "ended_at": self.end and self.end.at,
            "end_reason": self.end.why if self.end else "",
            "outcome": self.outcome or "",
            "menus": menu.menus if menu else "",
            "last_menu": key.next_menu if key else menu.menu if menu else "",
            "language": key.spoken if key else Language.MANDARIN,
            "wanted": key.wanted if key else Language.MANDARIN,
        }


def is_from_trunk(events: Iterable[ChannelEvent]) -> bool:
    """True if a citizen called: the channel the call is named after came in through the trunk's context.

    Should its first event be lost, any place but the agents' own will do.
    """
    own = [event for event in events if event.channel == event.call_id]
    doors = {event.context for event in own if event.kind == "CHAN_START"}
    return not doors.isdisjoint(CITIZENS) or (
        not doors and any(event.context != FROM_AGENTS for event in own)
    )


def record(
    events: Sequence[ChannelEvent], system_ended_at: datetime | None = None
) -> CallDetailRecord | None:
    """The record; None unless a citizen called. ``system_ended_at``: its Asterisk ended after it began."""
    return witnessed(events, system_ended_at) if is_from_trunk(events) else None


def witnessed(events: Sequence[ChannelEvent], system_ended_at: datetime | None = None) -> CallDetailRecord:
    """Record of a call, wherever it came in; it has events of its own channel."""
    events = sorted(events, key=lambda event: event.at)
    own = [event for event in events if event.channel == event.call_id]
    end = _end(events, own, system_ended_at)
    legs = legs_of(events, end.at if end else None)
    waits = _waits(own, legs, end.at if end else None)
    talks = joined(span for leg in legs for span in leg.talks)
    met = (leg for leg in legs if leg.talks and leg.is_agent)
    first = min(met, key=lambda leg: leg.talks[0], default=None)
    steps = next(filter(None, map(first_steps, reversed(own))), None)
    spoken = next((event.at for event in own if _speaks(event)), None)
    return CallDetailRecord(
        id=own[0].call_id,
        caller=_caller(own),
        dialled=next((e.exten for e in own if e.kind == "CHAN_START"), "")[:32],
        started_at=events[0].at,
        answered_at=_first(own, "ANSWER"),
        queued_at=next((e.at for e in own if e.kind == "APP_START" and e.app == QUEUE), None),
        queue_seconds=round(seconds(waits), 3) if waits else None,
        agent=first.phone[:32] if first else "",
        agent_at=(first.answered_at or first.talks[0][0]) if first else None,
        talk_seconds=round(seconds(talks), 3) if talks else None,
        end=end,
        outcome=_outcome(own, bool(talks), end) if end else None,
        legs=legs,
        first_words_at=steps.words_at if steps else spoken,
        first_menu=steps.menu if steps else None,
        sound=kept_sound(events, end.at if end else None),
    )


def _is_led_to_an_agent(event: ChannelEvent) -> bool:
    """True if the caller left while hearing that an agent is asked for."""
    return event.kind == "HANGUP" and (event.context, event.exten) == ("line", "queue")


def _speaks(event: ChannelEvent) -> bool:
    """True if sound is played: needed only by event logs of before 0.3."""
    return event.kind == "FIRST_WORDS" or (event.kind == "APP_START" and event.app == PLAYBACK)


def _first(own: Iterable[ChannelEvent], kind: str) -> datetime | None:
    return next((event.at for event in own if event.kind == kind), None)


def _caller(own: Sequence[ChannelEvent]) -> str:
    """Number as the dialplan left it, which knows whether it is withheld; before that, as it was sent."""
    later = [event.number for event in own if event.kind != "CHAN_START"]
    sent = next((event.number for event in own if event.kind == "CHAN_START"), "")
    return e164(later[0] if later else sent) if (later or sent) else ANONYMOUS


def _end(
    events: Sequence[ChannelEvent], own: Sequence[ChannelEvent], system_ended_at: datetime | None
) -> CallEnd | None:
    said = next((event.said for event in reversed(own) if event.kind == "END"), "")
    for event in own:
        if event.kind == "HANGUP":
            if system_ended_at is not None and event.at >= system_ended_at:  # it was told to end at once
                why = _by_rule(said) or EndReason.SYSTEM
                return CallEnd(event.at, why, event.cause, said, _place(event))
            return CallEnd(event.at, _who(event, events, said), event.cause, said, _place(event))
    for event in events:
        if event.kind == "LINKEDID_END":  # of a log of before 0.3: the caller's own end was lost
            return CallEnd(
                event.at, _by_rule(said) or (EndReason.HOTLINE if said else EndReason.SYSTEM), None, said
            )
    if system_ended_at is not None:
        return CallEnd(max(system_ended_at, events[-1].at), EndReason.SYSTEM, None, said)
    return None


def _who(hangup: ChannelEvent, events: Sequence[ChannelEvent], said: str) -> EndReason:
    """Asterisk names the channel that hung up first: the caller's, a phone's, or none but the dialplan."""
    if by_rule := _by_rule(said):
        return by_rule
    source = str(hangup.extra.get("hangupsource", ""))
    if source == hangup.name:
        return EndReason.CALLER
    # After an agent's end the caller may be told something more, and then the hotline ends the call.
    if source in {event.name for event in events} and said in ("", "talked", "transferred"):
        if _waited_after(source, events):
            return EndReason.HOTLINE if said else EndReason.CALLER
        return EndReason.OFFICER if phone_of(source) in OFFICERS else EndReason.AGENT
    # The dialplan's end names itself; who was ended by nobody at all was ended with Asterisk (measured:
    # ``core stop now``).
    return EndReason.HOTLINE if said or source else EndReason.SYSTEM


def _place(hangup: ChannelEvent) -> str:
    where = PLACES.get((hangup.context, hangup.exten))
    return where or f"{hangup.context}/{hangup.exten}".strip("/")


def _waited_after(source: str, events: Sequence[ChannelEvent]) -> bool:
    """True if the caller queued once more after that phone's end: Asterisk keeps the first name it had."""
    ends = (event.at for event in events if event.kind == "HANGUP" and event.name == source)
    gone_at = next(ends, None)
    own = (event for event in events if event.channel == event.call_id and event.kind == "APP_START")
    return gone_at is not None and any(event.app == QUEUE and event.at > gone_at for event in own)


def _by_rule(said: str) -> EndReason | None:
    """Also when the caller hangs up while the ending is spoken."""
    return EndReason(said) if said in RULES else None


def _waits(own: Sequence[ChannelEvent], legs: Sequence[LegRecord], ended_at: datetime | None) -> list[Span]:
    """Each stay in the queue until an agent's bridge; one that goes on now is not counted yet."""
    bridged = sorted(talk[0] for leg in legs for talk in leg.talks)
    waits, since = [], None
    for event in own:
        if event.kind == "APP_START" and event.app == QUEUE:
            since = since or event.at
        elif since and event.kind == "APP_END" and event.app == QUEUE:
            waits.append((since, event.at))
            since = None
    if since and (ended_at or any(at >= since for at in bridged)):
        waits.append((since, ended_at or bridged[-1]))
    return [(start, min((at for at in bridged if start <= at <= end), default=end)) for start, end in waits]


def _outcome(own: Sequence[ChannelEvent], talked: bool, end: CallEnd) -> CallResult:
    """A talk counts more than a promise, a promise more than a wait that led nowhere."""
    kinds = {event.kind for event in own}
    if end.said in REFUSALS:
        return CallResult.REFUSED
    if talked:
        return CallResult.TALKED
    if kinds & {"PROMISE", "MESSAGE"} or end.said == "promised":  # a message is spoken after the promise
        return CallResult.PROMISED
    waited = any(
        (event.kind == "APP_START" and not _speaks(event)) or _is_led_to_an_agent(event) for event in own
    )
    if end.said == EndReason.SYSTEM and "ANSWER" not in kinds:
        return CallResult.REFUSED
    # Whom the end of our own Asterisk cut off was not done with us, whatever was heard before.
    informed = INFORMED in kinds and not waited and end.why is not EndReason.SYSTEM
    return CallResult.INFORMED if informed else CallResult.ABANDONED
