"""Watch over the other nodes: a silent one's states of telephones are set to UNKNOWN.

Silent is whose Asterisk answers no OPTIONS, not who leaves no sign of life in the database: a node whose
jobs hang, or that lost the database, goes on telling which telephones talk at it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog

from control import node_states
from control.ami import AMI, ManagerAccount
from control.pbx import Pbx
from control.sip_publish import Publisher
from hotline import clock
from hotline.errors import HotlineError
from ops.jobs.scheduler import Job
from ops.pbx.asterisk import running
from ops.wiring import House

log = structlog.get_logger()
EVERY: Final = timedelta(seconds=2)
AGAIN: Final = 4.0
"""Seconds after which a node that was silent has been asked once more: one lost answer is no death."""
MODULE: Final = "res_pjsip_publish_asterisk.so"
"""As it is loaded anew it asks all others for all their states."""


class SilentNodes:
    """The job of a node; ``publisher``: the way by which our Asterisk is told, ``ask_anew``: by which it asks
    the others, ``elapsed``: a clock that only goes forward.
    """

    def __init__(
        self,
        pbx: Pbx,
        publisher: Callable[[], Publisher],
        ask_anew: Callable[[], None],
        elapsed: Callable[[], float],
    ) -> None:
        self._pbx, self._publisher, self._ask_anew, self._elapsed = pbx, publisher, ask_anew, elapsed
        self._silent: Mapping[str, float] = {}
        self._forgotten = set[str]()

    def run(self) -> Sequence[str]:
        """Look once; the nodes whose states are UNKNOWN now."""
        try:
            with self._pbx.manager(ManagerAccount.LINE, patience=1.0) as ami:
                self._look(ami)
        except (HotlineError, OSError) as error:
            log.warning("nodes.not_looked", why=str(error))
        return sorted(self._forgotten)

    def _look(self, ami: AMI) -> None:
        now, names = self._elapsed(), [one.name for one in self._pbx.settings().nodes_beside]
        silent = [name for name in names if node_states.is_silent(ami, name)]
        self._silent = {name: self._silent.get(name, now) for name in silent}
        for name, since in self._silent.items():
            if name not in self._forgotten and now - since >= AGAIN:
                self._forget(ami, name)
        if back := self._forgotten - self._silent.keys():
            self._ask_anew()
            self._forgotten -= back
            log.info("node.heard_again", nodes=sorted(back))

    def _forget(self, ami: AMI, name: str) -> None:
        devices = node_states.known(ami)
        with self._publisher() as publisher:
            node_states.forget(publisher, name, devices)
        self._forgotten.add(name)
        log.warning("node.silent", name=name, telephones=len(devices))


def jobs_of(house: House) -> Sequence[Job]:
    """Declare it where each telephone is rung by several nodes; a node alone hears of no other."""
    settings = house.settings
    if not settings.is_one_line:
        return ()
    watch = SilentNodes(
        house.pbx,
        lambda: Publisher.of(settings),
        lambda: running(settings).reload(MODULE),
        clock.monotonic,
    )
    return (Job("silent-nodes", "what a dead node told of telephones counts for nothing", EVERY, watch.run),)
