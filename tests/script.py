"""A call written down line by line, so that one script can be played over every line.

Each line is a verb and its words; what follows ``#`` is for the reader.

    at 2026-11-24T10:00                 when the call comes in (without it: NOON)
    given forward 5112 5301             what the city is changed by; also: away EXT CAUSE · closed SECTION ·
                                        fault AGENCY [NUMBER]
    dials [hidden]                      the caller
    presses KEYS · says_nothing         at a menu, or at a question for a number
    finds_nobody · talks                in the queue: no agent there; an agent talks and the call ends
    transfers EXT [urgent] [faq|law|doubt] [by PHONE]    the agent who talks puts the caller through
    rings EXT [KIND [SECONDS]]          what rings now; KIND is the rung's
    whispers ID …                       exactly what who answers is told
    busy · no_answer · unreachable · refused · failed · answered [promised]    what the phone that rings does
    rings_back PHONE                    the agent who transferred is rung again
    waits_in_front                      in the queue before everybody else
    leaves_a_message                    something is said after the tone
    hears ID …                          exactly this is said before what comes next; ID alone is in Mandarin
    hears_of ID …                       among others
    is DOING [DETAIL]                   ask, queue, ring, agent, message or end, with its reason
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from hotline.clock import taipei
from tests.city import Given
from tests.turns.rows import NOON
from tests.turns.scene import Caller
from transfer.reasons import TransferReason

PHONES = frozenset(("busy", "no_answer", "unreachable", "refused", "failed", "answered"))


@dataclass(frozen=True)
class Line:
    """One line of a script."""

    verb: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """A whole call. ``lines`` has all but ``at`` and ``given``."""

    at: datetime
    given: tuple[Given, ...]
    lines: tuple[Line, ...]

    @classmethod
    def read(cls, text: str) -> "Script":
        """Raises ValueError for a verb nobody can play."""
        found = [Line(words[0], tuple(words[1:])) for words in _written(text)]
        for line in found:
            if line.verb not in VERBS and line.verb not in {"at", "given"}:
                raise ValueError(f"no line can play {line.verb!r}")
        moments = [taipei(line.words[0]) for line in found if line.verb == "at"]
        return cls(
            moments[0] if moments else NOON,
            tuple(line.words for line in found if line.verb == "given"),
            tuple(line for line in found if line.verb in VERBS),
        )


def _written(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if words := line.partition(" #")[0].split():
            yield words


def sound(name: str) -> str:
    """``zh-TW/V-05`` for ``V-05``."""
    return name if "/" in name else f"zh-TW/{name}"


def _transfers(caller: Caller, extension: str, *how: str) -> None:
    by = how[how.index("by") + 1] if "by" in how else "agent-1"
    reason = next((word for word in how if word in set(TransferReason)), "")
    caller.is_transferred_to(extension, by, urgent="urgent" in how, reason=reason)


def _says(caller: Caller, verb: str, names: tuple[str, ...]) -> None:
    getattr(caller, verb)(*map(sound, names))


VERBS: dict[str, Callable[..., object]] = {
    "dials": lambda caller, *who: caller.dials(caller="" if who else "0912345678"),
    "presses": lambda caller, *keys: caller.presses(*keys),
    "says_nothing": lambda caller: caller.says_nothing(),
    "finds_nobody": lambda caller: caller.finds_nobody(),
    "talks": lambda caller: caller.talks(),
    "transfers": _transfers,
    "rings": lambda caller, *words: caller.rings(*words),
    "whispers": lambda caller, *names: _says(caller, "whispers", names),
    "answered": lambda caller, *how: caller.answered(promised="promised" in how),
    **{
        verb: (lambda caller, verb=verb: getattr(caller, verb)())
        for verb in ("busy", "no_answer", "unreachable", "refused", "failed", "waits_in_front")
    },
    "rings_back": lambda caller, phone: caller.rings_back(phone),
    "leaves_a_message": lambda caller: caller.leaves_a_message(),
    "hears": lambda caller, *names: _says(caller, "hears", names),
    "hears_of": lambda caller, *names: _says(caller, "hears_of", names),
    "is": lambda caller, *words: caller.is_(*words),
}


def play(script: Script, caller: Caller) -> Caller:
    """Line by line, over the bare engine or the fake Asterisk; AssertionError names the line that fails."""
    caller.at(script.at)
    for number, line in enumerate(script.lines, 1):
        try:
            VERBS[line.verb](caller, *line.words)
        except AssertionError as error:
            raise AssertionError(f"line {number}, {line.verb} {' '.join(line.words)}: {error}") from error
    return caller
