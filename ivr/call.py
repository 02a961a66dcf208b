"""All that is kept of a call between two turns: small, frozen, to JSON and back.

It travels with the call in a channel variable and is the truth between turns;
the database holds the record. So menus go on while the database is away.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from ivr.prompts import Language

FORMAT = 1
LIMIT = 900
"""Bytes of JSON at most: an AGI command line is cut at 2048."""


class UnreadableCall(ValueError):
    """The text is no call of a format this version knows."""


@dataclass(frozen=True, slots=True)
class InMenu:
    """The caller is being asked; ``misses`` counts silences and wrong keys in this menu."""

    name: str
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The caller is in the agents' queue, or hearing the position between two slices."""


@dataclass(frozen=True, slots=True)
class GivingNumber:
    """The caller, whose number is hidden, keys in where to call back; ``origin`` as in the promise."""

    origin: str
    misses: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """The conversation is over."""


Place = InMenu | Waiting | GivingNumber | Gone
PLACES: dict[str, type[InMenu] | type[Waiting] | type[GivingNumber] | type[Gone]] = {
    "menu": InMenu,
    "waiting": Waiting,
    "number": GivingNumber,
    "gone": Gone,
}
TAGS = {kind: tag for tag, kind in PLACES.items()}


@dataclass(frozen=True, slots=True)
class Call:
    """One call between turns; ``menus`` is the version of the menus it keeps to its end."""

    id: str
    menus: str
    place: Place
    caller: str = ""
    language: Language = Language.MANDARIN
    wanted: Language = Language.MANDARIN
    notices: frozenset[Language] = frozenset()
    recording: bool = False
    bulletin_heard: bool = False
    turn: int = 0

    def to(self, place: Place) -> "Call":
        """The same call somewhere else."""
        return replace(self, place=place)

    def to_json(self) -> str:
        """Compact JSON of at most LIMIT bytes."""
        place: dict[str, Any] = {name: getattr(self.place, name) for name in self.place.__slots__}
        body = {
            "v": FORMAT, "id": self.id, "m": self.menus, "p": [TAGS[type(self.place)], place],
            "c": self.caller, "l": self.language, "w": self.wanted, "n": sorted(self.notices),
            "r": self.recording, "b": self.bulletin_heard, "t": self.turn,
        }  # fmt: skip
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Call":
        """Read it back. Raises UnreadableCall for anything else, also for a later format."""
        try:
            body = json.loads(text)
            if body["v"] != FORMAT:
                raise UnreadableCall(f"call of format {body['v']}, this version reads {FORMAT}")
            tag, fields = body["p"]
            return cls(
                id=body["id"], menus=body["m"], place=PLACES[tag](**fields), caller=body["c"],
                language=Language(body["l"]), wanted=Language(body["w"]),
                notices=frozenset(Language(tag) for tag in body["n"]),
                recording=body["r"], bulletin_heard=body["b"], turn=body["t"],
            )  # fmt: skip
        except UnreadableCall:
            raise
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise UnreadableCall(f"no call: {error}") from error
