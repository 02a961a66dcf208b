"""A request for a callback, and the number it can be kept at."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from hotline.callbacks.ownership import Ownership
from hotline.dialling import Dialling, Refusal
from hotline.errors import HotlineError
from hotline.numbers import ANONYMOUS, e164

_SEPARATORS: Final = re.compile(r"[ ()-]")
_NUMBER: Final = re.compile(r"\+?[0-9]{8,15}")


class NumberMissing(HotlineError, code="number-missing"):
    """A number given at a desk that nobody can be called at."""

    number: str


class NumberNotDialled(HotlineError, code="number-not-dialled", varies_by="why"):
    """A telephone number at which 1999 calls nobody."""

    number: str
    why: Refusal


def written_number(text: str) -> str:
    """A number as people write it, ``(02)2960-3456`` too, in the form of the rows. Raises NumberMissing."""
    digits = _SEPARATORS.sub("", text)
    if not _NUMBER.fullmatch(digits):
        raise NumberMissing(text)
    return e164(digits)


def given_number(text: str, dialling: Dialling) -> str:
    """A dialled number in the form of the rows. Raises NumberMissing, NumberNotDialled."""
    number = written_number(text)
    if why := dialling.refusal(number):
        raise NumberNotDialled(text, why)
    return e164(dialling.subscriber(number))


@dataclass(frozen=True, slots=True)
class Wish:
    """A request for a callback: whom to call, about what, whose it is."""

    number: str
    language: str
    origin: str
    place: Ownership = Ownership()
    matter: str = ""
    name: str = ""
    given_by: str = ""
    """The caller who gives ``number`` instead of their own, E.164 or anonymous; empty = their own."""
    without_number: bool = False
    """No dialled number is known: ``number`` is the caller's as shown, and a person sees the promise."""

    @property
    def open_key(self) -> str | None:
        """Key of the number and matter; None for an unknown number, which joins nothing."""
        if self.number == ANONYMOUS:
            return None
        topic = sha256(self.matter.encode()).hexdigest()[:12] if self.matter else ""
        return f"{self.number}|{self.place.extension or topic}"
