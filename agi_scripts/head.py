"""The head of an AGI request, read strictly: nobody may add a line to it.

Caller-given text is printed raw by Asterisk into this head, so a key that is
repeated, unknown or out of its place, a head that ends before its last key or
that does not end is an attack or a fault, and the call goes to a person.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

LINES = 60
LINE_BYTES = 8192
KEYS = tuple(
    "agi_network agi_network_script agi_request agi_channel agi_language agi_type agi_uniqueid agi_version "
    "agi_callerid agi_calleridname agi_callingpres agi_callingani2 agi_callington agi_callingtns agi_dnid "
    "agi_rdnis agi_context agi_extension agi_priority agi_enhanced agi_accountcode agi_threadid".split()
)
"""What Asterisk 22 writes over the network: each once, in this order, then the arguments."""


class ForgedHead(ValueError):
    """The head is not what Asterisk writes."""


@dataclass(frozen=True)
class AgiHead:
    """The fields of a request and its arguments, in order."""

    fields: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    @property
    def script(self) -> str:
        """The path asked for, without its leading slash."""
        return self.fields.get("agi_network_script", "")


def read_head(readline: Callable[[int], bytes]) -> AgiHead:
    """Read to the empty line. Raises ForgedHead; EOFError when the peer closed at once (a probe)."""
    fields: dict[str, str] = {}
    arguments: list[str] = []
    for place, expected in enumerate(_EXPECTED):
        raw = readline(LINE_BYTES)
        if not raw:
            raise EOFError if place == 0 else ForgedHead("it ends early")
        if not raw.endswith(b"\n"):
            raise ForgedHead("a line is too long" if len(raw) >= LINE_BYTES else "it ends early")
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            if place < len(KEYS):
                raise ForgedHead("it ends early")
            return AgiHead(fields, tuple(arguments))
        if not line.startswith(expected):
            # The key itself is not told: it may be the caller's words.
            raise ForgedHead(f"{expected[:-1]} should follow, and something else does")
        value = line[len(expected) :].strip()
        if place < len(KEYS):
            fields[KEYS[place]] = value
        else:
            arguments.append(value)
    raise ForgedHead("it has too many lines")


_EXPECTED = tuple(
    f"{key}:" for key in (*KEYS, *(f"agi_arg_{number}" for number in range(1, LINES - len(KEYS) + 1)))
)
"""How each line begins: the key and its colon."""
