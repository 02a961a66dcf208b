"""What keeps the hotline from starting, for whoever starts it at a terminal."""

from hotline.errors import HotlineError


class CannotStart(HotlineError, code="cannot-start"):
    """The machine lacks something: a port, a right, a program.
    Says it as the terminal shows it, and what to do there.
    """

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}. {self.remedy}"
