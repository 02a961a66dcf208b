"""A script as a plan for real telephones: keys, how each officer's phone behaves, and what must be heard.

For whoever plays it over a real Asterisk: make the city as ``given`` (``hotline directory …``) and the office
open or not, start the officers' phones, let the agents answer, press ``keys`` as the caller and ``puts`` as
the agent who answered, and compare ``rung`` with the order in which phones rang and ``heard`` with what the
caller heard. Rings may be shorter than the script says: settings decide that.
"""

from dataclasses import dataclass, field

from tests.city import Given
from tests.script import PHONES, Script, sound

BEHAVES = {
    "busy": "busy",
    "no_answer": "silent",
    "unreachable": "480",
    "refused": "refuse",
    "failed": "503",
    "answered": "answer:0.5:2",
}
REGISTERS = "answer:0.5:14"
"""Long enough for the caller to be told."""


@dataclass
class Plan:
    """``phones``: extension, outside number or agent's phone to its behaviour, in ``hotline call``'s words.

    ``registers``: the phone that presses the key for a callback (``*32``) in its talk.
    """

    given: tuple[Given, ...]
    keys: list[str] = field(default_factory=list)
    puts: list[str] = field(default_factory=list)
    phones: dict[str, str] = field(default_factory=dict)
    rung: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    registers: str = ""
    hidden: bool = False
    end: str = ""

    @classmethod
    def of(cls, script: Script) -> "Plan":
        """Raises ValueError for a phone that would have to change its mind."""
        plan, asked, ringing = cls(script.given), False, ""
        for line in script.lines:
            match line.verb, line.words:
                case "dials", who:
                    plan.hidden = bool(who)
                case "presses", [keys]:
                    plan.keys.append(f"{keys}#" if asked and keys not in {"0", "9", "*"} else keys)
                    asked = asked or keys == "2"
                case "says_nothing", _:
                    plan.keys.append("-")
                case "transfers", [extension, *how]:
                    plan.puts.append(f"##{'*' if 'urgent' in how else ''}{extension}#")
                case "rings", [phone, *_]:
                    plan.rung.append(phone)
                    ringing = phone
                case "rings_back", [phone]:
                    ringing = phone
                case "answered", ["promised"]:
                    plan.registers = ringing
                    plan._behaves(ringing, REGISTERS)
                case verb, _ if verb in PHONES:
                    plan._behaves(ringing, BEHAVES[verb])
                case "hears" | "hears_of", names:
                    plan.heard += map(sound, names)
                case "is", ["end", reason]:
                    plan.end = reason
        return plan

    def _behaves(self, phone: str, how: str) -> None:
        if self.phones.setdefault(phone, how) != how:
            raise ValueError(f"{phone} cannot be {self.phones[phone]} and {how} in one call")
