"""The head of an AGI request, read strictly: nobody may add a line to it.

Caller-given text is printed raw by Asterisk into this head, so a repeated or
unknown key, an argument in the wrong place or a head that does not end is an
attack or a fault, and the call goes to a person.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

LINES = 60
LINE_BYTES = 8192
KNOWN = frozenset(
    "agi_network agi_network_script agi_request agi_channel agi_language agi_type agi_uniqueid agi_version "
    "agi_callerid agi_calleridname agi_callingpres agi_callingani2 agi_callington agi_callingtns agi_dnid "
    "agi_rdnis agi_context agi_extension agi_priority agi_enhanced agi_accountcode agi_threadid".split()
)
LAST = "agi_threadid"


class ForgedHead(ValueError):
    """The head is not what Asterisk writes."""


@dataclass(frozen=True)
class Head:
    """The fields of a request and its arguments, in order."""

    fields: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    @property
    def script(self) -> str:
        """The path asked for, without its leading slash."""
        return self.fields.get("agi_network_script", "")


def read_head(readline: Callable[[int], bytes]) -> Head:
    """Read to the empty line. Raises ForgedHead; EOFError when the peer closed at once (a probe)."""
    fields: dict[str, str] = {}
    arguments: list[str] = []
    for number in range(LINES):
        raw = readline(LINE_BYTES)
        if not raw:
            raise EOFError if number == 0 else ForgedHead("it ends early")
        if not raw.endswith(b"\n"):
            raise ForgedHead("a line is too long")
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            return _whole(fields, tuple(arguments))
        _take(line, fields, arguments)
    raise ForgedHead("it has too many lines")


def _take(line: str, fields: dict[str, str], arguments: list[str]) -> None:
    key, colon, value = line.partition(":")
    if not colon:
        raise ForgedHead("a line has no key")
    if key.startswith("agi_arg_"):
        if LAST not in fields or key != f"agi_arg_{len(arguments) + 1}":
            raise ForgedHead("an argument is out of place")
        arguments.append(value.strip())
    elif key not in KNOWN or arguments:
        raise ForgedHead("a key is unknown or out of place")
    elif key in fields:
        raise ForgedHead("a key is repeated")
    else:
        fields[key] = value.strip()


def _whole(fields: dict[str, str], arguments: tuple[str, ...]) -> Head:
    if LAST not in fields or "agi_network_script" not in fields:
        raise ForgedHead("it ends early")
    return Head(fields, arguments)
