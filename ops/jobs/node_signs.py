"""Signs of life of this machine, and what its Asterisk is told when somebody drains or resumes the node."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from sqlalchemy.orm import Session

from control.ami import ManagerAccount
from control.pbx import Pbx
from hotline import clock, disk
from hotline.cluster import nodes
from hotline.cluster.nodes import NameWatch
from hotline.db import Sessions, looking, transaction
from hotline.errors import HotlineError
from hotline.networks import is_loopback
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole

log = structlog.get_logger()
MACHINE_ID: Final = Path("/etc/machine-id")
DRAINED: Final = "DRAINED_NODE"
"""Global variable of the dialplan: not empty while new calls are refused."""


def note(settings: Settings) -> Path:
    """File that is there while this node is drained, for readiness, and while the database is away."""
    return settings.home / "run" / "drained"


def is_drained(settings: Settings) -> bool:
    """Tell whether new calls are refused here because somebody drained the node."""
    return note(settings).exists()


def taken_note(settings: Settings) -> Path:
    """File that is there while another machine lives under this one's name."""
    return settings.home / "run" / "name-taken"


def why_drained(settings: Settings) -> str:
    """Why new calls are refused here, for who looks at readiness; empty = they are not."""
    if taken_note(settings).exists():
        return f"another machine lives under the name {settings.node}: set HOTLINE_NODE to another one here"
    if is_drained(settings):
        return f"the node is drained, new calls are refused; hotline node resume {settings.node} ends that"
    return ""


def manager_of(settings: Settings) -> str:
    """Where other machines reach the manager of this one; empty where they cannot."""
    is_reached = settings.runs(MachineRole.NODE) and not is_loopback(settings.ami_address)
    return f"{settings.ami_address}:{settings.ami_port}" if is_reached else ""


def machine_of(settings: Settings) -> str:
    """Identifier of this machine: a hash of its system's id and of that of its HOTLINE_HOME."""
    file = settings.home / "run" / "machine"
    if not file.exists():
        disk.keep(file, uuid4().hex)
    system = MACHINE_ID.read_bytes() if MACHINE_ID.exists() else b""
    return hashlib.sha256(system + file.read_bytes()).hexdigest()[:32]


class NodeSigns:
    """The row of this machine: written by it now and then, read each second."""

    def __init__(
        self,
        factory: Sessions,
        pbx: Pbx,
        settings: Settings,
        release: str,
        elapsed: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._factory, self._pbx, self._settings, self._release = factory, pbx, settings, release
        self._watch = NameWatch(elapsed)

    def is_due(self, session: Session, at: datetime) -> bool:
        """Tell whether ``run`` would do anything."""
        found = nodes.look(session, self._settings.node, self._machine, at)
        wants = found.is_sign_due or found.is_drained or found.sign_of_another is not None
        return wants or is_drained(self._settings) or taken_note(self._settings).exists()

    @cached_property
    def _machine(self) -> str:
        return machine_of(self._settings)

    def run(self, at: datetime) -> bool:
        """Leave a sign of life if it is due, and bring Asterisk what the row says; whether a sign was left."""
        name, machine = self._settings.node, self._machine
        with looking(self._factory) as session:
            found = nodes.look(session, name, machine, at)
        if self._watch.is_taken(found.sign_of_another):
            self._refuse()
            return False
        taken_note(self._settings).unlink(missing_ok=True)
        if found.is_sign_due or found.sign_of_another:
            roles = self._settings.roles or tuple(MachineRole)
            with transaction(self._factory) as session:
                nodes.sign(session, name, roles, self._release, at, manager_of(self._settings), machine)
        if found.is_drained or is_drained(self._settings):
            self._bring(found.is_drained)
        return found.is_sign_due

    def _refuse(self) -> None:
        """Take no calls under a name that another machine has: two calls could have one number."""
        if not taken_note(self._settings).exists():
            log.error("node.name_taken", name=self._settings.node)
            disk.keep(taken_note(self._settings), "")
        if self._settings.runs(MachineRole.NODE):
            self._bring(True)

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
