"""Who was cut off and calls again: is told so once, and who was in line goes to its front."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.numerals import Language
from ivr.prompts import Prompt
from ivr.steps import Prompts


@dataclass(frozen=True, slots=True)
class CutCall:
    """A call that ended because a machine or its Asterisk died.

    ``waited``: its caller had asked for an agent, perhaps talked with one, and was promised no callback.
    """

    id: str
    language: Language
    waited: bool


class CutCalls(Protocol):
    """The calls that were cut off lately."""

    def are_there(self) -> bool:
        """Tell whether there are any."""
        ...

    def untold(self, caller: str, at: datetime) -> CutCall | None:
        """The earliest of a caller's (E.164) that nobody has been told of."""
        ...


def words(cut: CutCall) -> Prompts:
    """What its caller is told, in the language that was spoken to them."""
    return (Prompt("cut-off.front" if cut.waited else "cut-off", cut.language),)
