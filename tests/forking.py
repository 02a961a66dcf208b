"""Processes of their own for tests that kill them: forked by a process that has no threads.

The process of the tests has: a lock that another of its threads holds at the moment of a fork stays locked in
the child for ever.
"""

import os
from collections.abc import Callable
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

_spawn = get_context("spawn")


def in_a_process(work: Callable[..., object], *given: Any) -> int:
    """Begin a process that does this, a function of a module with what can be pickled; its number."""
    _forker().send((work, given))
    return int(_forker().recv())


def ended(pid: int) -> int:
    """How it ended: 0, 1 by an exception, or minus the signal that killed it."""
    _forker().send(pid)
    return int(_forker().recv())


@cache
def _forker() -> "Connection[Any, Any]":
    ours, theirs = _spawn.Pipe()
    _spawn.Process(target=_serve, args=(theirs,), daemon=True).start()
    return ours


def _serve(asked: "Connection[Any, Any]") -> None:
    while True:
        match asked.recv():
            case int() as pid:
                asked.send(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            case work, given:
                if (pid := os.fork()) == 0:
                    _die(work, given)
                asked.send(pid)


def _die(work: Callable[..., object], given: tuple[Any, ...]) -> None:
    code = 1
    try:
        work(*given)
        code = 0
    finally:
        os._exit(code)
