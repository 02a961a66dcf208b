"""Work of the jobs in a process apart: a function at idle priority, or a module to its end."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn, TypeVar

from hotline import metrics

T = TypeVar("T")
COMMAND: Final = ("setpriv", "--pdeathsig", "KILL", sys.executable, "-m")


def idly(work: Callable[[], T]) -> T:
    """Do work in a child at idle priority, and raise what it raises.

    So is no lock of the database ever held by who is given no time while others compute.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _answer(work, writing)
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


def _answer(work: Callable[[], object], to: int) -> NoReturn:
    """The child's part: it touches nothing that its parent has opened, and ends at once."""
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


def in_a_process(module: str) -> None:
    """Run a module of ours to its end; killed with us.

    It counts nothing: metrics of processes that go would stay.
    """
    environment = {name: value for name, value in os.environ.items() if name != metrics.SHARED}
    subprocess.run((*COMMAND, module), check=True, env=environment)
