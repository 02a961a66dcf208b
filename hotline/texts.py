"""Texts that people write: whether they can be kept and read. Pure."""

from hotline.errors import HotlineError
from hotline.log_masking import is_text


class Unfit(HotlineError):
    """A text that cannot be kept as it is: ``why`` is empty, control, or long."""

    def __init__(self, field: str, why: str, most: int = 0) -> None:
        self.field, self.why, self.most = field, why, most
        words = {
            "empty": "is empty; write it down",
            "control": "holds control characters; type it again",
            "long": f"is too long; shorten it to {most} characters",
        }
        super().__init__(f"The {field} {words[why]}")


def fit(field: str, text: str, most: int, *, needed: bool = True) -> str:
    """The text without blanks around it. Raises Unfit unless somebody can read it."""
    plain = text.replace("\r\n", "\n").strip()
    if needed and not plain:
        raise Unfit(field, "empty")
    if not is_text(plain):
        raise Unfit(field, "control")
    if len(plain) > most:
        raise Unfit(field, "long", most)
    return plain
