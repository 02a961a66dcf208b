"""Priority on a busy machine: who serves calls goes before all others, who computes for long after them."""

import os
import threading
from contextlib import suppress
from typing import Final

HIGH_PRIORITY: Final = -10
"""Nice value of processes that callers wait for: what else computes costs them a part of their time."""
LOW_PRIORITY: Final = 10
"""Nice value of threads that compute for long."""


def raise_priority(pid: int) -> None:
    """Put a process that has just begun before all others of this machine, with all it will start.

    A supervisor without the right to do so (no root, no RLIMIT_NICE) leaves it as it is.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, HIGH_PRIORITY)


def lower_priority() -> None:
    """Take only a tenth of a core that others want too, for this thread and as long as it lives."""
    us = threading.get_native_id()
    os.setpriority(os.PRIO_PROCESS, us, max(LOW_PRIORITY, os.getpriority(os.PRIO_PROCESS, us)))
