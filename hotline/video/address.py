"""The short address of the sign-language pages in words. Pure."""

from typing import Final

_WORDS: Final = {".": "點", "/": "斜線"}


def in_words(address: str) -> str:
    """An address without its signs, as an SMS may carry it: carriers refuse links (spec §18)."""
    return "".join(_WORDS.get(sign, sign) for sign in address)
