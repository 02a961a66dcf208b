"""The name of this machine in the cluster, looked at before anything starts under it."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from hotline import clock
from hotline.cluster import nodes
from hotline.cluster.nodes import SILENT, NameWatch, NodeTaken
from hotline.settings import Settings
from ops.jobs.node_signs import machine_of

PAUSE: Final = 0.5


def have_name(
    settings: Settings,
    opened: Callable[[], AbstractContextManager[Session]],
    tell: Callable[[str], None],
    at: datetime,
    *,
    elapsed: Callable[[], float] = clock.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """See that no other machine lives under this one's name, and take the name of one that is gone.

    Raises NodeTaken.
    """
    name, machine, watch = settings.node, machine_of(settings), NameWatch(elapsed)
    with opened() as session:
        first = sign = nodes.look(session, name, machine, at).sign_of_another
    if sign is None:
        return
    if at - sign < SILENT:
        tell(f"Another machine was {name} a moment ago; looking whether it still is")
        while watch.is_taken(sign):
            pause(PAUSE)
            with opened() as session:
                sign = nodes.look(session, name, machine, at).sign_of_another
            if sign != first:
                raise NodeTaken(name)
    with opened() as session:
        nodes.take_name(session, name, machine)
