"""State of a held call beside that of the engine: pure."""

from dataclasses import dataclass
from datetime import datetime

BETWEEN = "-"


@dataclass(frozen=True, slots=True)
class Visit:
    """The dialled number, what our Asterisk gave us to keep, and the end due by rule, seen at an instant."""

    at: datetime
    dialled: str = ""
    kept: str = ""
    ends_at: datetime | None = None
    ends_why: str = ""

    @property
    def seconds_left(self) -> float | None:
        """Until the call must end; None for never."""
        return (self.ends_at - self.at).total_seconds() if self.ends_at else None

    @property
    def ends(self) -> str:
        """``1795567609-cap``, as it travels to our Asterisk and back; empty for never."""
        return f"{self.ends_at.timestamp():.0f}{BETWEEN}{self.ends_why}" if self.ends_at else ""
