"""Priority on a busy machine: who serves calls goes before all others, who computes for long after them."""

import ctypes
import os
import platform
import threading
from contextlib import suppress
from typing import Final

HIGH_PRIORITY: Final = -10
"""Nice value of processes that callers wait for: what else computes costs them a part of their time."""
LOW_PRIORITY: Final = 10
"""Nice value of threads that compute for long."""
SLICE: Final = 100_000
"""Nanoseconds that who serves calls asks for at a time: the sooner a kernel of 6.12 or later gives them."""
SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274}
"""Number of the system call, which the C library has no name for."""


class _Attributes(ctypes.Structure):
    """``struct sched_attr`` of sched_setattr(2)."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def raise_priority(pid: int) -> None:
    """Put a process that has just begun before all others of this machine, with all it will start.

    Without the right to do so (no root, no RLIMIT_NICE) it has its turn as often as all others, but soon.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, HIGH_PRIORITY)
    with suppress(OSError, KeyError):
        number, nice = SCHED_SETATTR[platform.machine()], os.getpriority(os.PRIO_PROCESS, pid)
        wanted = _Attributes(size=ctypes.sizeof(_Attributes), nice=nice, runtime=SLICE)
        ctypes.CDLL(None).syscall(number, pid, ctypes.byref(wanted), 0)


def lower_priority() -> None:
    """Take only a tenth of a core that others want too, for this thread and as long as it lives."""
    us = threading.get_native_id()
    os.setpriority(os.PRIO_PROCESS, us, max(LOW_PRIORITY, os.getpriority(os.PRIO_PROCESS, us)))
