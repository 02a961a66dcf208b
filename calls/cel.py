"""One line of Asterisk's event log, read with care: what a caller put into it must do no harm.

Asterisk's JSON writer escapes nothing but the quotation mark, so a backslash, a line break or a control
character in a caller's number makes a line that is no JSON, or two lines. Yet no caller can write a quotation
mark that has no backslash before it: the part of a line before the number can always be trusted, and
a line can begin nowhere else than at ``{"eventtype":"``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hotline.settings.carriers import SECOND_TRUNK, TRUNK

UNREADABLE: Final = "UNREADABLE"
SYSTEM_START: Final = "SYSTEM_START"
_BEGIN: Final = b'{"eventtype":"'
_HEAD_FIELDS: Final = "eventtype userdeftype eventtime linkedid uniqueid channame context exten".split()
_HEAD: Final = re.compile(
    r"\{"
    + ",".join(rf'"{name}":"(?P<{name}>[^"\\]*)"' for name in _HEAD_FIELDS)
    + r'(?:,"userfield":"(?P<userfield>[^"\\]*)")?,"num":"'
)
"""The fields before the number; event logs of before 0.3 have no user field."""
_KIND: Final = re.compile(r"[A-Z][A-Z_]{0,31}")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EPOCH: Final = re.compile(r"(\d{1,10})\.(\d{1,6})", re.ASCII)
_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BEGINNING: Final = re.compile(re.escape(_BEGIN))
_LONGEST_KEPT: Final = 2000


@dataclass(frozen=True, slots=True)
class EventLogLine:
    """A line without its empty fields, or what is left of one behind ``skipped`` bytes of its line."""

    skipped: int
    kind: str
    call_id: str
    at: datetime | None
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChannelEvent:
    """One event on one channel of a call."""

    kind: str
    at: datetime
    call_id: str
    channel: str
    name: str
    key: str = ""
    context: str = ""
    exten: str = ""
    user_field: str = ""
    number: str = ""
    app: str = ""
    arguments: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def phone(self) -> str:
        """``agent-1`` of the channel ``PJSIP/agent-1-0000002a``."""
        return phone_of(self.name)

    @property
    def cause(self) -> int | None:
        """Q.850 cause of a hung-up channel."""
        cause = self.extra.get("hangupcause")
        return cause if isinstance(cause, int) else None

    @property
    def said(self) -> str:
        """The text our dialplan gave to an event of its own."""
        return str(self.extra.get("extra", ""))


def phone_of(channel_name: str) -> str:
    """The endpoint's name in a channel's name; of either trunk the first's."""
    name = channel_name.partition("/")[2].rpartition("-")[0][:64]
    return TRUNK if name == SECOND_TRUNK else name


def read(raw: bytes) -> Iterator[EventLogLine]:
    """The lines in one line: usually one, more where a torn line and a whole one run together."""
    starts = [found.start() for found in _BEGINNING.finditer(raw)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    for start, end in zip(starts, (*starts[1:], len(raw)), strict=True):
        if raw[start:end].strip():
            yield _read(start, raw[start:end].decode("utf-8", "replace"))


def seen(body: Mapping[str, Any], at: datetime, key: str) -> ChannelEvent:
    """The event of a body that ``read`` found readable."""
    told = body.get
    return ChannelEvent(
        kind=body["eventtype"],
        at=at,
        call_id=body["linkedid"],
        channel=body["uniqueid"],
        name=told("channame", ""),
        key=key,
        context=told("context", ""),
        exten=told("exten", ""),
        user_field=told("userfield", ""),
        number=told("num", ""),
        app=told("appname", ""),
        arguments=told("appdata", ""),
        extra=_table(told("eventextra", "")),
    )


def _read(skipped: int, text: str) -> EventLogLine:
    body = _object(text) or _head(text)
    kind, at = str(body.get("eventtype", "")), instant(body.get("eventtime"))
    linked, channel = str(body.get("linkedid", "")), str(body.get("uniqueid", ""))
    if at and kind == SYSTEM_START:
        return EventLogLine(skipped, kind, "", at, body)
    if at and _KIND.fullmatch(kind) and _ID.fullmatch(linked) and _ID.fullmatch(channel):
        return EventLogLine(skipped, kind, linked, at, body)
    return EventLogLine(skipped, UNREADABLE, "", None, {"text": _plain(text)})


def _object(text: str) -> dict[str, Any]:
    value = _table(text)
    if _is_plain(text) and all(type(item) is str for item in value.values()):
        return _filled(value)
    return _filled({_plain(str(name)): _plain(str(item)) for name, item in value.items()})


def _filled(fields: Mapping[str, str]) -> dict[str, Any]:
    return {name: text for name, text in fields.items() if text}


def _head(text: str) -> dict[str, Any]:
    """Fields before a number that broke the line; the rest is kept only as text."""
    found = _HEAD.match(text)
    return {**_filled(found.groupdict()), "torn": _plain(text[found.end() :])} if found else {}


def _is_plain(text: str) -> bool:
    """True if ``_plain`` would change nothing in the line, as in nearly all: no word is examined twice."""
    escapes = "\\" in text.replace('\\"', "")
    return len(text) <= _LONGEST_KEPT and not escapes and not _NOT_TEXT.search(text)


def _plain(text: str) -> str:
    """Both databases can hold it."""
    return _NOT_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)[:_LONGEST_KEPT]


def instant(written: Any) -> datetime | None:
    """Read seconds since 1970 with a fraction, as Asterisk writes an instant; None for anything else."""
    found = _EPOCH.fullmatch(str(written))
    return found and _1970 + timedelta(seconds=int(found[1]), microseconds=int(found[2].ljust(6, "0")))


def _table(text: str) -> dict[str, Any]:
    """Object of JSON; empty for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
