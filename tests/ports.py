"""Ports for servers of tests, no two of which are given to anybody at once."""

import fcntl
import os
import socket
from itertools import islice
from pathlib import Path
from tempfile import gettempdir

PORTS = range(7000, 8000)
"""Not those that the kernel gives to connections (32768 on): between choice and start one could be taken.
Browsers refuse none of them.
"""
NEXT = Path(gettempdir()) / f"hotline-test-ports-{os.geteuid()}"
"""Where the next one stands, for all processes of this user that run tests."""


def free_ports(how_many: int) -> list[int]:
    """Ports that nobody uses now, UDP and TCP, and that nobody else is given before all others were."""
    with NEXT.open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        first = int(file.read() or PORTS.start)
        turns = (PORTS[(first - PORTS.start + step) % len(PORTS)] for step in range(len(PORTS)))
        found = list(islice(filter(_is_free, turns), how_many))
        assert len(found) == how_many, "no port is free"
        file.truncate(0)
        file.write(str(found[-1] + 1))
    return found


def free_port() -> int:
    """One of them."""
    return free_ports(1)[0]


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as trial:
                trial.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
