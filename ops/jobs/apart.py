"""Work of the jobs in a process apart: a function at idle priority, or a module to its end."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final, NoReturn, TypeVar

from hotline import metrics

T = TypeVar("T")
COMMAND: Final = ("setpriv", "--pdeathsig", "KILL", sys.executable, "-m")
LONGEST: Final = timedelta(minutes=20)
"""Of work at idle priority, which waits for all others: what takes longer hangs."""
LONGEST_RUN: Final = timedelta(hours=2)
"""Of a module, which does such work several times."""


def idly(work: Callable[[], T], longest: timedelta = LONGEST) -> T:
    """Do work in a child at idle priority, and raise what it raises; ChildProcessError when it took too long.

    So is no lock of the database ever held by who is given no time while others compute.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _answer(work, writing, longest)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        raw = told.read()
    os.waitpid(child, 0)
    if not raw:
        raise ChildProcessError("what worked apart was killed")
    found = pickle.loads(raw)
    if isinstance(found, Exception):
        raise found
    return found  # type: ignore[no-any-return]


def _answer(work: Callable[[], object], to: int, longest: timedelta) -> NoReturn:
    """The child's part: it touches nothing that its parent has opened, and ends at once.

    It is killed by its own alarm, whatever it computes in, and also when its parent is gone.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, longest.total_seconds())
    try:
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        try:
            answer: object = work()
        except Exception as error:
            answer = error
        with os.fdopen(to, "wb") as telling:
            telling.write(pickle.dumps(answer))
    finally:
        os._exit(0)


def in_a_process(module: str, longest: timedelta = LONGEST_RUN) -> None:
    """Run a module of ours to its end; killed with us, and when it takes too long.

    It counts nothing: metrics of processes that go would stay.
    """
    environment = {name: value for name, value in os.environ.items() if name != metrics.SHARED}
    limit = longest.total_seconds()
    subprocess.run((*COMMAND, module), check=True, env=environment, timeout=limit)
