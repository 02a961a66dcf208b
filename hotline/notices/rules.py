"""Templates of messages and when a failed one is tried again (spec §18, P0-c). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hotline.clock import TAIPEI

RETRIES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
"""After the first failure, the second, the third; after the fourth a person has to look (P0-c)."""


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Template:
    """A message's wording; the names in braces are its facts."""

    channel: Channel
    text: str


TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {
        "N-01": Template(Channel.EMAIL, "【1999】待回電：{matter}，請於{due}前回覆民眾。"),
        "N-02": Template(Channel.EMAIL, "【1999】回電即將逾時：{matter}，期限{due}。"),
        "N-03": Template(Channel.EMAIL, "【1999】回電已逾時：{matter}，期限{due}。"),
    }
)


def written(template: str, facts: Mapping[str, str]) -> str:
    """The text of a message on one line, whatever stands in its facts. Raises KeyError when a fact is missing."""
    plain = {name: " ".join(value.split()) for name, value in facts.items()}
    return TEMPLATES[template].text.format_map(plain)


def spoken_instant(at: datetime) -> str:
    """``11月24日 16:30``, as §18 writes times."""
    local = at.astimezone(TAIPEI)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def next_try(tries: int, at: datetime) -> datetime | None:
    """When a message that failed for the ``tries``-th time is tried again; None = never."""
    return at + RETRIES[tries - 1] if tries <= len(RETRIES) else None
