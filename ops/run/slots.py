"""Room for more calls on this node: RTP ports that nobody has bound, and what Asterisk itself allows."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from control.ami import AMI, ManagerAccount
from hotline.settings import Settings

SOCKETS: Final = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
PAIR: Final = 2
"""A call's sound takes two ports: RTP and RTCP."""
SHARE: Final = 0.1
"""With less than that left, calls are soon refused."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Places of one kind: how many there are and how many are left."""

    name: str
    most: int
    left: int

    @property
    def is_low(self) -> bool:
        """Tell whether little is left."""
        return self.left < self.most * SHARE


def rtp(settings: Settings) -> Slots:
    """Pairs of RTP ports, by the sockets that are really bound on this machine."""
    first, last = settings.rtp_from, settings.rtp_to
    used = {port // PAIR for port in _bound() if first <= port <= last}
    most = (last - first + 1) // PAIR
    return Slots(f"RTP ports {first} to {last}", most, max(0, most - len(used)))


def calls(settings: Settings) -> Slots | None:
    """Room by Asterisk's own limit of calls; None without one. Raises HotlineError while it is away."""
    with AMI.of(settings, ManagerAccount.LOOKS, patience=1.0) as ami:
        most = int(ami.ask("CoreSettings")[0].get("CoreMaxCalls", "0") or 0)
        up = int(ami.ask("CoreStatus")[0].get("CoreCurrentCalls", "0") or 0)
    return Slots("calls", most, max(0, most - up)) if most else None


def _bound() -> list[int]:
    ports: list[int] = []
    for table in SOCKETS:
        with suppress(FileNotFoundError):
            ports += [
                int(line.split()[1].rpartition(":")[2], 16)
                for line in table.read_text("ascii").splitlines()[1:]
            ]
    return ports
