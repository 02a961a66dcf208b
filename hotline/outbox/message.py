"""The interface of senders, between the outbox and whatever brings a message on its way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

REPORTS: Final = "/twilio/message"
"""Where Twilio tells what became of a message, under the public address; ``?notice=`` names it."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as a sender gets it; ``key`` is the same however often it is sent, ``number`` the row's.

    ``is_secret``: it holds a code, so it is written nowhere in clear.
    """

    key: str
    template: str
    channel: str
    recipient: str
    text: str
    written_at: datetime
    number: int = 0
    is_secret: bool = False


class NotSent(Exception):
    """The sender could not.

    ``why`` may be read in a log, ``detail`` may not: the other side's words name people. ``for_good``: it
    would be refused again. ``may_be_done``: it left us and nobody knows what became of it. ``gateway_away``:
    others would fail now too.
    """

    def __init__(
        self,
        why: str,
        detail: str = "",
        *,
        for_good: bool = False,
        may_be_done: bool = False,
        gateway_away: bool = False,
    ) -> None:
        self.why, self.detail = why, detail
        self.for_good, self.may_be_done, self.gateway_away = for_good, may_be_done, gateway_away
        super().__init__(f"{why}: {detail}" if detail else why)


class Sender(Protocol):
    """Brings a letter on its way. Raises NotSent. One that is sent twice has the same key both times."""

    def send(self, letter: Letter) -> str:
        """The name under which the other side knows it."""
        ...
