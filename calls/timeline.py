"""The events of a call that a person wants to read, in the past tense, as rows of ``call_event``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from calls import outbound_limits
from calls.cdr import QUEUE, CallDetailRecord
from calls.cel import ChannelEvent, phone_of
from calls.kept_sound import AWAITED, BEGUN
from hotline.clock import from_epoch
from hotline.numbers import ANONYMOUS, e164
from ivr.steps import Fact, KeyPressed, LanguageChosen, MenuHeard, detail
from recordings.policy import verdict

_SETTLED: Final = timedelta(seconds=1)
"""A phone's end is told once nothing can change why it ended."""

_WRITTEN: Final = timedelta(minutes=1)
"""A second that the dialplan tells is believed if its event was written within so long after it."""
PROMISE_SPOKEN: Final = "PromiseSpoken"
Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event to be read; ``key`` makes a replay harmless."""

    key: str
    at: datetime
    kind: str
    detail: Detail

    def row(self, call_id: str) -> Detail:
        """The row of a call."""
        return {"key": self.key, "call_id": call_id, "at": self.at, "kind": self.kind, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class DialplanPromise:
    """A promise that the dialplan gave alone; ``phone`` is the extension or agent's phone that registered it.

    ``at`` is the dialplan's own second where it told one: the due time that is spoken later counts from it.
    """

    at: datetime
    number: str
    language: str
    origin: str
    phone: str = ""
    given_by: str = ""
    """The caller, if the number is another than the call's: keyed in, and confirmed."""


def told(events: Sequence[ChannelEvent], record: CallDetailRecord) -> Iterator[TimelineEntry]:
    """Events of the caller's channel and of the phones rung for it; later ones only add to them."""
    latest = (
        max((event.at for event in events), default=record.started_at) if record.legs else record.started_at
    )
    for n, (when, fact) in enumerate(_in_first_menus(record)):
        yield TimelineEntry(f"first:{record.id}:{n}", when, type(fact).__name__, detail(fact))
    for event in events:
        if event.kind == AWAITED and record.recorded_at is None:
            continue  # nobody is joined with the caller yet
        known = (
            _on_the_line(event, events) if event.channel == record.id else _on_a_phone(event, record, latest)
        )
        if known:
            at = record.recorded_at if event.kind == AWAITED else None
            yield TimelineEntry(f"cel:{event.key}", at or event.at, *known)
    if record.end:
        end = record.end
        how = {"why": end.why, "said": end.said, "cause": end.cause, "place": end.place}
        yield TimelineEntry(f"end:{record.id}", end.at, "CallEnded", how)


def promises(events: Sequence[ChannelEvent], record: CallDetailRecord) -> list[DialplanPromise]:
    """The dialplan's promises: ``number|language|origin|phone|epoch``; an unreadable number: the caller's."""
    return [promised(one.said, record.caller, one.at) for one in events if one.kind == "PROMISE"]


def promised(said: str, caller: str, at: datetime) -> DialplanPromise:
    """One of them."""
    sent, language, origin, phone, epoch = (*said.split("|"), "", "", "", "", "")[:5]
    number = e164(sent)
    number = caller if number == ANONYMOUS else number
    by = "" if number == caller else caller
    second = from_epoch(epoch)
    began = second if second and timedelta(0) <= at - second < _WRITTEN else at
    return DialplanPromise(began, number, language[:16] or "zh-TW", origin[:16] or "dialplan", phone[:32], by)


def _in_first_menus(record: CallDetailRecord) -> Iterator[tuple[datetime, Fact]]:
    """Facts of the menus that Asterisk asks by itself; of later menus decisions tell them."""
    if (first := record.first_menu) is None:
        return
    yield first.at, MenuHeard(first.menu)
    if chosen := first.key:
        yield chosen.at, KeyPressed(first.menu, chosen.key, known=True)
        yield chosen.at, LanguageChosen(chosen.wanted, chosen.spoken)
        yield chosen.at, MenuHeard(chosen.next_menu)


def _on_the_line(event: ChannelEvent, events: Sequence[ChannelEvent]) -> tuple[str, Detail] | None:
    match event.kind:
        case "ANSWER":
            return "Answered", {}
        case "HOSTILE":
            return "HostileCaller", {"in": event.said}
        case "NOTICE":
            return "NoticeHeard", {"language": event.said}
        case kind if kind in (BEGUN, AWAITED):
            heard = {e.said for e in events if e.kind == "NOTICE" and e.at <= event.at}
            return "RecordingStarted", {"language": event.said, "permission": verdict(heard, event.said)}
        case "APP_START" if event.app == QUEUE:
            return "QueueEntered", {"queue": event.arguments.partition(",")[0]}
        case "APP_END" if event.app == QUEUE:
            return "QueueWasLeft", {}
        case "BRIDGE_ENTER":
            return "Bridged", {}
        case "BRIDGE_EXIT":
            return "Parted", {}
        case "FAILOVER":
            return "FailedOver", {"to": event.said}
        case "MESSAGE":
            return "MessageInvited", {"name": event.said}
        case "TONE":
            return "MessageBegun", {"name": event.said}
        case "PROMISE":
            return PROMISE_SPOKEN, {"said": event.said}
        case outbound_limits.OUTBOUND:
            return outbound_limits.REFUSED, {"limit": event.said}
    return None


def _on_a_phone(event: ChannelEvent, record: CallDetailRecord, latest: datetime) -> tuple[str, Detail] | None:
    leg = next((leg for leg in record.legs if leg.channel == event.channel), None)
    if leg is None:
        return None
    match event.kind:
        case "NOTICE":  # of a relayed call, to who answers
            return "NoticeHeard", {"language": event.said, "phone": leg.phone}
        case kind if kind == AWAITED:
            return "RecordingStarted", {
                "language": event.said,
                "permission": verdict({event.said}, event.said),
            }
        case "CHAN_START":
            return "PhoneRang", {"phone": leg.phone}
        case "ANSWER":
            return "PhoneAnswered", {"phone": leg.phone, "rang": leg.ring_seconds}
        case "HANGUP" if record.end or latest - event.at > _SETTLED:
            by = phone_of(str(event.extra.get("hangupsource", "")))
            return "PhoneEnded", {"phone": leg.phone, "outcome": leg.outcome, "cause": leg.cause, "by": by}
    return None
