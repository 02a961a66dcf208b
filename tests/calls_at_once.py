"""How many calls this machine carries sound for at once:
measured when a run starts, and shared by its workers.

Callers hear and press in real time, so a machine with more calls than it has CPU for tears what they hear. A
test module says by ``AT_ONCE`` how many calls it has up at one time (two when it says nothing). It waits
until so many of the machine's are free, or all of them if it wants more; its own pools hold ``within`` of
that.
"""

import fcntl
import os
import time
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Final

from demo.baresip import group_niceness

FOLDER, MOST = "CALLS_AT_ONCE_LOCKS", "CALLS_AT_ONCE"
"""Variables by which workers are told where the locks are, and how many calls there may be."""
CALLS_A_CORE = 8
"""Carried by a free core: sound goes before the tests' own work."""
FEWEST, USUAL = 2, 2
SOUND: Final = -10
"""Niceness of Asterisk and of the phones: another system that starts beside them tears nothing that they play."""
MEASURED = 0.5
"""Seconds."""
POLL = 0.1
held: dict[Path, list[IO[bytes]]] = {}


def measure() -> None:
    """Set how many calls there may be, from the share of each core that a process gets now."""
    if FOLDER in os.environ:
        return
    cores = len(os.sched_getaffinity(0))
    with get_context("fork").Pool(cores) as pool:
        free = sum(pool.map(_share, range(cores)))
    os.environ[MOST] = str(max(FEWEST, round(free * CALLS_A_CORE)))
    os.environ[FOLDER] = mkdtemp(prefix="hotline-calls-", dir="/tmp")


def most() -> int:
    """Calls at once; without a measurement as many as anybody wants."""
    return int(os.environ.get(MOST, "1000"))


def ahead(pid: int) -> None:
    """Let a program that sends sound in real time go before all that merely computes, where we may."""
    if os.geteuid() == 0:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(ProcessLookupError):  # a thread that has ended since
                os.setpriority(os.PRIO_PROCESS, int(thread.name), SOUND)
        group_niceness(pid, SOUND)


def within(wanted: int) -> int:
    """So many calls as a module wants, or as it was given."""
    return min(wanted, sum(map(len, held.values())) or wanted)


def take(path: Path, module: object, limit: int) -> None:
    """Wait until the calls of a test module are free:
    those it wants, ``limit`` at most, or all that there may be.

    One module waits at a time, so that none waits for ever.
    """
    if path in held or FOLDER not in os.environ:
        return
    folder, wanted = Path(os.environ[FOLDER]), min(getattr(module, "AT_ONCE", USUAL), limit, most())
    mine = held.setdefault(path, [])
    with (folder / "waiting").open("wb") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        while len(mine) < wanted:
            for number in range(most()):
                if len(mine) < wanted:
                    _take_one(folder / str(number), mine)
            if len(mine) < wanted:
                time.sleep(POLL)


def give_back(path: Path) -> None:
    """The calls of a module are over. Idempotent."""
    for lock in held.pop(path, ()):
        lock.close()


def _take_one(path: Path, mine: list[IO[bytes]]) -> None:
    lock = path.open("wb")
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine.append(lock)
        return
    lock.close()


def _share(_core: int) -> float:
    """The part of a core that a busy process gets, with the precedence that Asterisk and phones have here."""
    os.setsid()
    ahead(os.getpid())
    spent, began = time.process_time(), time.monotonic()
    while time.monotonic() < began + MEASURED:
        pass
    return (time.process_time() - spent) / MEASURED
