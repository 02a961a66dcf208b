"""Rescue of callers whose spoken message is taken by no one: the listener hangs, and Asterisk waits for it.

A message grows as long as it is spoken, silence too. One that stands still, while its caller's channel is in
the audio socket and the listener does not answer, is taken from it: what was said is kept, and the caller
hears the next words. While Asterisk's manager is away the dialplan's own limit holds.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from control.ami import AMI, ManagerAccount
from hotline import metrics
from hotline.errors import HotlineError
from hotline.settings import Settings
from ops.jobs.open_calls import AsteriskChannel, channels_of
from recordings.messages import Messages
from recordings.policy import MessageEnd, call_of_message

log = structlog.get_logger()
EVERY: Final = timedelta(seconds=0.5)
STILL: Final = 1.0
"""Seconds without a byte: sound that does not come is written as silence within 0.2 s."""
SPARE: Final = 30.0
"""Seconds for the invitation before a message, and its end."""
APPLICATION: Final = "AudioSocket"
CUT, ALONE = "cut", "alone"
"""Where the dialplan goes on: behind the message, or with a record of its own, for nothing was taken."""
PATIENCE: Final = 1.0
"""Seconds within which a listener that does not hang answers."""
NOBODY, REFUSAL = b"\x01\x00\x10" + bytes(16), b"\xff\x00\x00"
"""A frame of the audio socket with an id that no message has, and the listener's answer."""


class Manager:
    """Asterisk's channels, seen and led on; each call raises HotlineError while it does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def channels(self) -> list[AsteriskChannel]:
        """List the channels that are up."""
        with self._manager() as ami:
            return channels_of(ami)

    def lead(self, channel: AsteriskChannel, exten: str) -> None:
        """Redirect a channel to a place of [message]."""
        with self._manager() as ami:
            ami.ask("Redirect", Channel=channel.name, Context="message", Exten=exten, Priority=1)

    def _manager(self) -> AMI:
        return AMI.of(self._settings, ManagerAccount.RESCUES, patience=1.0)


@dataclass(slots=True)
class _Watched:
    """One message that was announced: its size, and since when it has that; None: no file yet."""

    announced_at: float
    grew_at: float
    size: int | None = None


class Rescue:
    """Watch over messages under way. ``is_hung`` asks the listener; ``longest``: seconds of a message."""

    def __init__(
        self, messages: Messages, manager: Manager, is_hung: Callable[[], bool], longest: float
    ) -> None:
        self._messages, self._manager, self._is_hung, self._longest = messages, manager, is_hung, longest
        self._watched: dict[str, _Watched] = {}

    def run(self, at: float) -> int:
        """Look once, at an instant of the steady clock; how many callers were led on."""
        for name in self._messages.announced():
            self._watched.setdefault(name, _Watched(at, at))
        for name, seen in list(self._watched.items()):
            if self._messages.is_told(name) or at - seen.announced_at > self._longest + SPARE:
                del self._watched[name]
            elif (size := self._messages.size(name)) != seen.size:
                seen.size, seen.grew_at = size, at
        still = {
            call_of_message(name): name for name, one in self._watched.items() if at - one.grew_at >= STILL
        }
        waiting = self._in_the_socket(still) if still else []
        if not waiting or not self._is_hung():
            return 0
        return sum(self._lead_on(still[channel.id], channel) for channel in waiting)

    def _in_the_socket(self, still: dict[str, str]) -> Sequence[AsteriskChannel]:
        try:
            there = self._manager.channels()
        except HotlineError as error:
            log.warning("rescue.not_looked", why=str(error))
            return []
        return [one for one in there if one.id in still and one.application == APPLICATION]

    def _lead_on(self, name: str, channel: AsteriskChannel) -> bool:
        if self._messages.size(name) != self._watched[name].size:
            return False  # it went on meanwhile
        heard = self._messages.take_over(name)
        try:
            self._manager.lead(channel, CUT if heard else ALONE)
        except HotlineError as error:
            log.error("rescue.failed", message=name, why=str(error))
            return False
        del self._watched[name]
        metrics.messages.labels(MessageEnd.CUT).inc()
        log.error("listener.hangs", message=name, seconds=heard.seconds if heard else 0.0)
        return True


def hangs(address: str, port: int) -> bool:
    """Tell whether the listener is there and does not answer; one that is gone keeps no caller waiting."""
    return _answer(address, port) is None


def listens(address: str, port: int) -> bool:
    """Tell whether the listener works: it refuses an id of no message, a hung one does nothing."""
    return _answer(address, port) == REFUSAL


def _answer(address: str, port: int) -> bytes | None:
    """Answer of the listener to an id of no message; None when it hangs, empty when it is gone."""
    try:
        with socket.create_connection((address, port), PATIENCE) as line:
            line.settimeout(PATIENCE)
            line.sendall(NOBODY)
            return line.recv(3)
    except TimeoutError:
        return None
    except OSError:
        return b""
