"""What a process listens on, as the kernel tells."""

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

LISTENS = "0A"
ANY = frozenset(("0.0.0.0", "::"))


@dataclass(frozen=True, order=True)
class Socket:
    """One that listens (TCP) or takes packets (UDP)."""

    kind: str
    address: str
    port: int


def of(pids: Iterable[int]) -> set[Socket]:
    """All of these processes."""
    own = {link for pid in pids for link in _links(pid)}
    return {
        Socket(table[:3], _address(address), int(port, 16))
        for table in ("tcp", "tcp6", "udp", "udp6")
        for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
        for address, _, port in [fields[1].partition(":")]
        if f"socket:[{fields[9]}]" in own and (fields[3] == LISTENS or table.startswith("udp"))
    }


def _links(pid: int) -> set[str]:
    found = set()
    with suppress(FileNotFoundError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                found.add(os.readlink(link))
    return found


def _address(words: str) -> str:
    """Each 32 bits stand in this machine's own order."""
    raw = bytes.fromhex(words)
    whole = b"".join(raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    family = socket.AF_INET if len(whole) == 4 else socket.AF_INET6
    return str(ip_address(socket.inet_ntop(family, whole)))
