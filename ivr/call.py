"""State of a call between two turns: small, frozen, to JSON and back.

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
    """The caller is in the agents' queue, or hearing the position between two slices.

    ``asked``: the extension of a transfer that found nobody; ``front``:
    before everybody else (§9.1 RETURNED).
    """

    asked: str = ""
    front: bool = False


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """The caller, promised a callback by ``due`` (ISO 8601) at their own number, may name another."""

    due: str
    origin: str
    asked: str = ""


@dataclass(frozen=True, slots=True)
class GivingNumber:
    """The caller keys in a number; ``origin``, ``asked`` as in the promise.

    ``due``: of the promise that stands already, at their own number; empty: that one is not dialled.
    """

    origin: str
    misses: int = 0
    asked: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmingNumber:
    """The caller hears the number keyed in; ``unsure`` counts silences and wrong keys."""

    number: str
    origin: str
    misses: int = 0
    asked: str = ""
    unsure: int = 0
    due: str = ""


@dataclass(frozen=True, slots=True)
class Dialling:
    """The caller keys in an extension (main menu, key 2)."""

    misses: int = 0


@dataclass(frozen=True, slots=True)
class GivingCase:
    """The caller of ``menu`` keys in a case number: to hear of the case, or to cancel it."""

    menu: str
    cancels: bool = False
    misses: int = 0


@dataclass(frozen=True, slots=True)
class HearingCase:
    """The caller hears how a case stands."""

    menu: str
    number: str


@dataclass(frozen=True, slots=True)
class GivingCode:
    """The caller keys in the code that was sent with a case's number by e-mail (P8.1)."""

    menu: str
    number: str
    misses: int = 0


@dataclass(frozen=True, slots=True)
class ConfirmingCancel:
    """The holder of a case confirms that it is cancelled (V-17); ``by_code``: known by the code of an e-mail,
    else by the telephone.
    """

    menu: str
    number: str
    by_code: bool = False
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Ringing:
    """The hunt for ``asked`` goes on; the ladder is computed as of ``began`` (seconds since 1970).

    ``now`` is the extension that rings, ``tried`` are those before it;
    ``by`` the agent's phone, if one asked.
    """

    asked: str
    began: float
    now: str
    tried: tuple[str, ...] = ()
    by: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class ComingBack:
    """Ring of the agent who transferred, after all rungs failed (§9.1 RETURNED)."""

    asked: str
    by: str


@dataclass(frozen=True, slots=True)
class LeavingMessage:
    """Message on what the callback due at ``due`` (ISO 8601) is about and, without a number, who to call."""

    name: str
    due: str
    has_number: bool = True


@dataclass(frozen=True, slots=True)
class Scoring:
    """The caller answers a question behind a talk, of so many; ``reason``: why the call ends behind them."""

    question: int
    questions: int
    words: bool
    reason: str
    misses: int = 0


@dataclass(frozen=True, slots=True)
class LeavingWords:
    """Free words behind those questions, as a message."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Crowded:
    """The caller's number has too many calls at once: a callback is offered."""

    misses: int = 0


@dataclass(frozen=True, slots=True)
class Gone:
    """The conversation is over."""


Place = (
    InMenu
    | Waiting
    | OwnNumber
    | GivingNumber
    | ConfirmingNumber
    | Dialling
    | GivingCase
    | HearingCase
    | GivingCode
    | ConfirmingCancel
    | Ringing
    | ComingBack
    | LeavingMessage
    | Scoring
    | LeavingWords
    | Crowded
    | Gone
)
PLACES: dict[str, type[Place]] = {
    "menu": InMenu,
    "waiting": Waiting,
    "own": OwnNumber,
    "number": GivingNumber,
    "confirm": ConfirmingNumber,
    "dialling": Dialling,
    "case": GivingCase,
    "status": HearingCase,
    "code": GivingCode,
    "cancel": ConfirmingCancel,
    "ringing": Ringing,
    "back": ComingBack,
    "message": LeavingMessage,
    "score": Scoring,
    "words": LeavingWords,
    "crowded": Crowded,
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
    listed: int = 0
    """The caller's entry of the special list (P7.3), 0 for none."""
    from_carrier: bool = False
    """The carrier gave the caller's number: nobody chose it who calls."""
    in_front: bool = False
    """Before everybody in the agents' queue: an earlier call was cut off in it, or in a talk."""

    def to(self, place: Place) -> "Call":
        """The same call somewhere else."""
        return replace(self, place=place)

    @property
    def holder(self) -> str:
        """The telephone by which the caller is known, as its carrier gives it; empty if not known so."""
        return self.caller if self.from_carrier else ""

    def to_json(self) -> str:
        """Compact JSON of at most LIMIT bytes."""
        place: dict[str, Any] = {name: getattr(self.place, name) for name in self.place.__slots__}
        body = {
            "v": FORMAT,
            "id": self.id,
            "m": self.menus,
            "p": [TAGS[type(self.place)], place],
            "c": self.caller,
            "l": self.language,
            "w": self.wanted,
            "n": sorted(self.notices),
            "r": self.recording,
            "b": self.bulletin_heard,
            "t": self.turn,
            "s": self.listed,
            "k": self.from_carrier,
            "f": self.in_front,
        }
        return json.dumps(body, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Call":
        """Read it back. Raises UnreadableCall for anything else, also for a later format."""
        try:
            body = json.loads(text)
            if body["v"] != FORMAT:
                raise UnreadableCall(f"call of format {body['v']}, this version reads {FORMAT}")
            tag, fields = body["p"]
            place = PLACES[tag](**{name: _frozen(value) for name, value in fields.items()})
            return cls(
                id=body["id"],
                menus=body["m"],
                place=place,
                caller=body["c"],
                language=Language(body["l"]),
                wanted=Language(body["w"]),
                notices=frozenset(Language(tag) for tag in body["n"]),
                recording=body["r"],
                bulletin_heard=body["b"],
                turn=body["t"],
                listed=body.get("s", 0),
                from_carrier=body.get("k", False),
                in_front=body.get("f", False),
            )
        except UnreadableCall:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise UnreadableCall(f"no call: {error}") from error


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
