"""Rules of messages: what they may say, when they go, when they are tried again (spec §18, P0-c). Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from string import Formatter
from typing import Final

from hotline.clock import TAIPEI
from hotline.log_masking import clean
from hotline.terms import named

RETRIES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""After the first failure, the second, the third; after the fourth a person has to look (P0-c)."""
ONE_SMS, PART_OF_SMS = 70, 67
"""UCS-2 characters of a text in one segment, and of each segment of a longer one."""
SENDERS: Final = ("【新北1999】", "【1999")
"""How a text begins: a citizen's with the city's name, the staff's with the line's."""
LINK: Final = re.compile(r"://|\bwww\.|[A-Za-z0-9]\.[A-Za-z]{2}|\bline\.me\b", re.IGNORECASE)
"""Carriers refuse texts with an address in them; so do we, whoever wrote it."""


@named("notice-channel")
class MessageChannel(StrEnum):
    """The channel of a message."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"
    """A line for another system: sent as often as it takes, for whoever gets it twice knows it by its key."""


TO_PEOPLE: Final = (MessageChannel.EMAIL, MessageChannel.SMS)
"""Channels of messages that somebody reads: none is sent three times."""

FACTS: Final[Mapping[str, tuple[MessageChannel, ...]]] = {
    "address": (MessageChannel.SMS,),
    "agency": (MessageChannel.SMS, MessageChannel.EMAIL),
    "case": (MessageChannel.SMS, MessageChannel.EMAIL),
    "code": (MessageChannel.EMAIL,),
    "date": (MessageChannel.SMS, MessageChannel.EMAIL),
    "category": (MessageChannel.EMAIL,),
    "count": (MessageChannel.EMAIL,),
    "due": (MessageChannel.SMS, MessageChannel.EMAIL),
    "list": (MessageChannel.EMAIL,),
    "matter": (MessageChannel.EMAIL,),
    "month": (MessageChannel.EMAIL,),
    "number": (MessageChannel.SMS, MessageChannel.EMAIL),
    "place": (MessageChannel.EMAIL,),
    "proof": (MessageChannel.SMS, MessageChannel.EMAIL),
    "question": (MessageChannel.EMAIL,),
}
"""The facts a message may tell, and over what: nobody's name, telephone or address is among them (§18)."""

SECRETS: Final = frozenset(("code", "proof"))
"""Facts that open something to who knows them: shown in no list, and not kept once the message went."""
HIDDEN: Final = "●●●●●●"


@dataclass(frozen=True, slots=True)
class Template:
    """A message's wording; the names in braces are its facts, ``longest`` their longest in characters.

    ``segments``: SMS it may take at most; ``can_wait``: not sent at night; ``lines``: the fact that may have
    several lines.
    """

    channels: tuple[MessageChannel, ...]
    text: str
    longest: Mapping[str, int] = field(default_factory=dict)
    segments: int = 1
    can_wait: bool = False
    lines: str = ""

    @property
    def is_for_citizens(self) -> bool:
        """Tell whether it begins with the city's name, as only messages to citizens do."""
        return self.text.startswith(SENDERS[0])

    @property
    def secrets(self) -> frozenset[str]:
        """The facts of it that are secret."""
        return SECRETS.intersection(names(self.text))

    def without_secrets(self, text: str) -> str:
        """A text of this template with its secrets hidden; all its facts where it cannot be taken apart."""
        parts = []
        for words, name, _, _ in Formatter().parse(self.text):
            parts.append(f"({re.escape(words)})")
            if name is not None:
                parts.append(f"(?P<{name}>.*?)")
        found = re.fullmatch("".join(parts), text, re.DOTALL)
        if found is None:
            return self.text.format_map(dict.fromkeys(names(self.text), HIDDEN))
        hidden = {found.re.groupindex[name] for name in self.secrets}
        return "".join(HIDDEN if n in hidden else part for n, part in enumerate(found.groups(), 1))

    def written(self, facts: Mapping[str, str], channel: MessageChannel) -> str:
        """The text, whatever stands in its facts. Raises KeyError when one is missing."""
        texts = {name: self._fact(name, facts[name], channel) for name in names(self.text)}
        return self.text.format_map(texts).rstrip()

    def _fact(self, name: str, value: str, channel: MessageChannel) -> str:
        lines = value.splitlines() if name == self.lines else [value]
        plain = "\n".join(clean(" ".join(line.split())) for line in lines)
        if channel is MessageChannel.SMS:
            plain = LINK.sub("…", plain)
        longest = self.longest[name]
        return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def names(text: str) -> list[str]:
    """The facts a text asks for. Raises ValueError for braces that do not fit together."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def faults(template: Template) -> Iterator[str]:
    """Reason why a template may not be used, one sentence each (§18)."""
    try:
        asked = set(names(template.text))
    except ValueError as error:
        yield f"braces that do not fit together: {error}"
        return
    if not template.text.startswith(SENDERS):
        yield f"does not begin with the sender: {' or '.join(SENDERS)}"
    if LINK.search(template.text):
        yield "holds a link"
    if not template.channels:
        yield "has no channel"
    for name in sorted(asked | set(template.longest)):
        if name not in FACTS:
            yield f"{{{name}}} is no fact a message may tell; these are: {', '.join(sorted(FACTS))}"
        elif refused := [channel for channel in template.channels if channel not in FACTS[name]]:
            yield f"{{{name}}} may not be told by {', '.join(refused)}"
        elif name not in asked or template.longest.get(name, 0) < 1:
            yield f"{{{name}}} must stand in the text and, with its longest, under [longest]"
    if template.lines and template.lines not in asked:
        yield f"lines names {template.lines!r}, which does not stand in the text"
    if MessageChannel.SMS in template.channels and not asked - set(template.longest):
        yield from _too_long(template)


def _too_long(template: Template) -> Iterator[str]:
    if "\n" in template.text:
        yield "an SMS is one line"
    if not template.text.startswith(SENDERS[0]):
        yield f"an SMS begins with {SENDERS[0]}"
    whole = template.text.format_map({name: "字" * most for name, most in template.longest.items()})
    if segments(whole) > template.segments:
        yield f"takes {segments(whole)} SMS at its longest ({units(whole)} characters), allowed: {template.segments}"


def units(text: str) -> int:
    """Characters as an SMS counts them: those outside the basic plane, most emoji, count two."""
    return len(text.encode("utf-16-be", "replace")) // 2


def segments(text: str) -> int:
    """Count the SMS that a text takes, in UCS-2; a character that counts two is never cut in two."""
    if units(text) <= ONE_SMS:
        return 1
    count, room = 1, PART_OF_SMS
    for character in text:
        width = units(character)
        if width > room:
            count, room = count + 1, PART_OF_SMS
        room -= width
    return count


@dataclass(frozen=True, slots=True)
class Night:
    """The hours in which a message that can wait is kept back; may go over midnight."""

    begins: time
    ends: time

    def covers(self, at: datetime) -> bool:
        """Tell whether it is night in Taipei; its last moment is day."""
        clock = at.astimezone(TAIPEI).time()
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


NEVER: Final = Night(time(0), time(0))


def spoken_instant(at: datetime) -> str:
    """``11月24日 16:30``, as §18 writes times."""
    local = at.astimezone(TAIPEI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def next_try(tries: int, at: datetime) -> datetime | None:
    """Instant when a message that failed for the ``tries``-th time is tried again; None = never."""
    return at + RETRIES[tries - 1] if tries <= len(RETRIES) else None


class DeliveryState(StrEnum):
    """The carrier's report on a message that was sent."""

    UNKNOWN = ""
    ON_ITS_WAY = "on its way"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


_CARRIERS: Final = {
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.UNDELIVERED,
    "canceled": DeliveryState.UNDELIVERED,
}
_ORDER: Final = (
    DeliveryState.UNKNOWN,
    DeliveryState.ON_ITS_WAY,
    DeliveryState.UNDELIVERED,
    DeliveryState.DELIVERED,
)


def newest(known: DeliveryState, status: str) -> DeliveryState:
    """Compute the state after one more report, in any order and number; what was delivered stays so."""
    return max(known, _CARRIERS.get(status.lower(), DeliveryState.ON_ITS_WAY), key=_ORDER.index)
