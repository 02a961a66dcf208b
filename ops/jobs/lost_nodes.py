"""Calls that were up at a node when it was last heard of, and that it does not end: it never comes back."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog

from calls.cdr_writer import Records
from calls.unseen_ends import Vanished, open_calls
from hotline.cluster.nodes import nodes
from hotline.db import Sessions, looking
from ops.jobs.open_calls import end

log = structlog.get_logger()
LOST: Final = timedelta(hours=1)
"""Without a sign of life for so long a node is taken for one that does not come back."""


class LostNodes:
    """Closing of calls of lost nodes, as ended by the system at the last sign of life.

    A node that was only cut off reads its event log when it is back, and the ends that this tells count.
    ``notice``: how long the notice of a recording takes in a language.
    """

    def __init__(self, factory: Sessions, records: Records, notice: Callable[[str], timedelta]) -> None:
        self._factory, self._records, self._notice = factory, records, notice
        self._silent: Mapping[str, datetime] = {}

    def run(self, at: datetime) -> int:
        """Look once; how many calls were closed.

        Only of nodes that were as silent at the look before: when the database is back after an hour, all
        have time for a sign.
        """
        with looking(self._factory) as session:
            silent = {one.name: one.seen_at for one in nodes(session) if at - one.seen_at >= LOST}
            vanished = [
                Vanished(call_id, ended_at)
                for name, seen_at in silent.items() & self._silent.items()
                for call_id, told_at in open_calls(session, name).items()
                if at - (ended_at := max(seen_at, told_at)) >= LOST
            ]
        self._silent = silent
        closed = end(self._factory, self._records, vanished, self._notice) if vanished else ()
        for one in closed:
            log.warning("call.end_with_node", call=one.id, outcome=one.outcome, why=one.why)
        return len(closed)
