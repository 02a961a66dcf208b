"""Signs of life of this machine, and what its Asterisk is told when somebody drains or resumes the node."""

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from control.ami import ManagerAccount
from control.pbx import Pbx
from hotline import disk
from hotline.cluster import nodes
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.networks import is_loopback
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole

log = structlog.get_logger()
DRAINED: Final = "DRAINED_NODE"
"""Global variable of the dialplan: not empty while new calls are refused."""


def note(settings: Settings) -> Path:
    """File that is there while this node is drained, for readiness, and while the database is away."""
    return settings.home / "run" / "drained"


def is_drained(settings: Settings) -> bool:
    """Tell whether new calls are refused here because somebody drained the node."""
    return note(settings).exists()


def manager_of(settings: Settings) -> str:
    """Where other machines reach the manager of this one; empty where they cannot."""
    is_reached = settings.runs(MachineRole.NODE) and not is_loopback(settings.ami_address)
    return f"{settings.ami_address}:{settings.ami_port}" if is_reached else ""


class NodeSigns:
    """The row of this machine: written by it now and then, read each second."""

    def __init__(self, factory: Sessions, pbx: Pbx, settings: Settings, release: str) -> None:
        self._factory, self._pbx, self._settings, self._release = factory, pbx, settings, release

    def run(self, at: datetime) -> bool:
        """Leave a sign of life if it is due, and bring Asterisk what the row says; whether a sign was left."""
        name = self._settings.node
        with looking(self._factory) as session:
            is_due = nodes.is_sign_due(session, name, at)
            wanted = nodes.is_drained(session, name)
        if is_due:
            roles = self._settings.roles or tuple(MachineRole)
            with transaction(self._factory) as session:
                nodes.sign(session, name, roles, self._release, at, manager_of(self._settings))
        if wanted or is_drained(self._settings):
            self._bring(wanted)
        return is_due

    def _bring(self, wanted: bool) -> None:
        """Tell Asterisk again and again while it is drained: one that was started anew does not know."""
        try:
            with self._pbx.manager(ManagerAccount.LIMITS) as ami:
                ami.ask("Setvar", Variable=DRAINED, Value="yes" if wanted else "")
        except HotlineError as error:
            log.warning("node.not_told", drained=wanted, why=str(error))
            return
        if wanted and not is_drained(self._settings):
            log.info("node.drained")
            disk.keep(note(self._settings), "")
        elif not wanted:
            log.info("node.resumed")
            with suppress(FileNotFoundError):
                note(self._settings).unlink()
