"""Texts that people write: whether they can be kept and read. Pure."""

from typing import Literal

from hotline.errors import HotlineError
from hotline.log_masking import is_text


class UnfitText(HotlineError, code="unfit-text", varies_by="why"):
    """A text that cannot be kept as it is."""

    field: str
    why: Literal["empty", "control", "long"]
    most: int = 0


def fit(field: str, text: str, most: int, *, needed: bool = True) -> str:
    """The text without blanks around it. Raises UnfitText unless somebody can read it."""
    plain = text.replace("\r\n", "\n").strip()
    if needed and not plain:
        raise UnfitText(field, "empty")
    if not is_text(plain):
        raise UnfitText(field, "control")
    if len(plain) > most:
        raise UnfitText(field, "long", most)
    return plain
