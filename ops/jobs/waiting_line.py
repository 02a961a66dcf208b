"""One line of waiting callers over all nodes: told, looked at, and the agents lent to whose turn it is.

What cannot be known holds nobody back: while the rows cannot be read, or another node tells nothing more, its
callers count for nothing, and only the order suffers (decision 0053).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from control import queue_line
from control.ami import AMI, ManagerAccount
from control.pbx import Pbx
from control.queue_line import QUEUES
from hotline import clock
from hotline.cluster import waiting_store
from hotline.cluster.waiting_line import (
    WaitingCaller,
    tickets_elsewhere,
    whose_turn,
    with_those_between,
)
from hotline.db import Sessions, connect, is_away, looking, sessions, transaction
from hotline.errors import HotlineError
from ops.jobs.scheduler import Job
from ops.wiring import House

log = structlog.get_logger()
EVERY: Final = timedelta(seconds=0.25)
WAIT: Final = timedelta(seconds=1)
"""Longest wait for the database in one look: a line that hangs must not hold callers back."""
SILENT: Final = 3.0
"""Seconds after which what was read is not believed any more."""
AGAIN: Final = 1.0
"""Seconds after which the same is told again."""


@dataclass
class OthersLines:
    """What other nodes tell of their callers; ``elapsed`` is a clock that only goes forward."""

    factory: Sessions
    node: str
    elapsed: Callable[[], float]
    _beats: dict[str, tuple[int, float]] = field(default_factory=dict)
    _lines: Sequence[waiting_store.WaitingLine] = ()

    def read(self) -> Sequence[WaitingCaller]:
        """Callers of the nodes that told something lately; of a database that is away what was read last."""
        try:
            with looking(self.factory) as session:
                self._lines = waiting_store.lines(session, beside=self.node)
        except Exception as error:
            if not is_away(error):
                raise
        now = self.elapsed()
        for line in self._lines:
            if self._beats.get(line.node, (-1, 0.0))[0] != line.beats:
                self._beats[line.node] = (line.beats, now)
        living = (line for line in self._lines if now - self._beats[line.node][1] < SILENT)
        return [one for line in living for one in line.waiting]


@dataclass
class OwnLine:
    """What this node tells the others: at once when it changes, and again while anybody waits."""

    factory: Sessions
    node: str
    elapsed: Callable[[], float]
    _told: Sequence[WaitingCaller] | None = None
    _told_at: float = 0.0

    def tell(self, waiting: Sequence[WaitingCaller]) -> bool:
        """Write it down if there is reason; whether it was. A database that is away is asked again."""
        now = self.elapsed()
        if waiting == self._told and not (waiting and now - self._told_at >= AGAIN):
            return False
        try:
            with transaction(self.factory) as session:
                waiting_store.tell(session, self.node, waiting)
        except Exception as error:
            if not is_away(error):
                raise
            return False
        self._told, self._told_at = waiting, now
        return True


class LineWatch:
    """The job of a node: it looks at the line and lends its members, or lends them itself again."""

    def __init__(self, pbx: Pbx, others: OthersLines, own: OwnLine) -> None:
        self._pbx, self._others, self._own = pbx, others, own
        self._ami: AMI | None = None
        self._elsewhere: Mapping[str, tuple[int, ...]] = {}
        self._before: Sequence[WaitingCaller] = ()
        self._is_held_back = True  # after a start nobody knows

    def run(self) -> str:
        """Look once; the node whose turn it is, empty = everybody's."""
        others = self._others.read()
        try:
            if self._ami is None:
                self._ami = self._pbx.manager(ManagerAccount.LINE, patience=1.0)
            return self._bring(self._ami, others)
        except HotlineError as error:
            log.warning("line.not_looked", why=str(error))
            self.close()
            return ""

    def close(self) -> None:
        """Leave the manager; the next look begins anew."""
        if self._ami:
            self._ami.close()
        self._ami, self._elsewhere, self._is_held_back = None, {}, True

    def _bring(self, ami: AMI, others: Sequence[WaitingCaller]) -> str:
        if not others and not self._is_held_back and queue_line.is_empty(ami):
            self._before = ()
            self._own.tell(())
            self._tell(ami, others)
            return ""
        line, node = queue_line.look(ami, self._own.node), self._own.node
        self._own.tell(with_those_between(line.waiting, self._before))
        self._before = line.waiting
        self._tell(ami, others)
        turn = whose_turn([*others, *line.waiting])
        was, self._is_held_back = self._is_held_back, turn not in ("", node)
        if was or self._is_held_back:
            queue_line.tell_held_back(ami, line.members, clock.now() if self._is_held_back else None)
        queue_line.lend(ami, line.members, not self._is_held_back)
        return turn

    def _tell(self, ami: AMI, others: Sequence[WaitingCaller]) -> None:
        """Tell the dialplan who waits elsewhere; again and again, for a reload of it forgets."""
        told = {queue: tickets_elsewhere(others, self._own.node, queue) for queue in QUEUES}
        for queue, tickets in told.items():
            if tickets or self._elsewhere.get(queue):
                queue_line.tell_elsewhere(ami, queue, tickets)
        self._elsewhere = told


def jobs_of(house: House) -> Sequence[Job]:
    """Declare it where telephones are reached from several nodes; a node alone has its own line."""
    settings = house.settings
    if not settings.is_one_line:
        return ()
    factory = sessions(connect(settings.database, wait=WAIT, pool=1))
    others = OthersLines(factory, settings.node, clock.monotonic)
    watch = LineWatch(house.pbx, others, OwnLine(factory, settings.node, clock.monotonic))
    return (Job("line", "callers of all nodes are answered in their order", EVERY, watch.run),)
