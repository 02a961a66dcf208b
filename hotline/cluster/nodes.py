"""The machines of the cluster: a row each, with its roles, its latest sign of life, whether it is drained.

A drained node takes no new calls, and those that are up go on for as long as they last; it is so until
somebody resumes it, whatever is started anew meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hotline.db import WHO, Base, Instant, locked
from hotline.errors import HotlineError
from hotline.ledger.audit import audit
from hotline.permissions import Action
from hotline.settings.addresses import MachineRole
from hotline.staff.service import permitted

SILENT: Final = timedelta(seconds=10)
"""Without a sign of life for so long a machine is taken for down, and its calls for cut off."""
SIGNS: Final = timedelta(seconds=3)
"""Interval of signs of life."""
LAST_SIGN: Final = (SILENT + SIGNS).total_seconds()
"""Seconds after which the machine that left a sign would have left another."""


class NoSuchNode(HotlineError, code="no-such-node"):
    """A name that no machine of the cluster has."""

    name: str
    known: tuple[str, ...]


class NotANode(HotlineError, code="not-a-node"):
    """A machine that takes no calls, so that none can be kept from it."""

    name: str


class NodeTaken(HotlineError, code="node-taken"):
    """A name under which another machine lives."""

    name: str


class ClusterNode(Base):
    """One machine of the cluster."""

    __tablename__ = "node"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    roles: Mapped[list[str]] = mapped_column(JSON, comment="what it runs: node, web, console, jobs")
    release: Mapped[str] = mapped_column(String(32), comment="version of the product")
    manager: Mapped[str] = mapped_column(
        String(64), default="", comment="address:port of its Asterisk's manager, for others; empty = none"
    )
    seen_at: Mapped[datetime] = mapped_column(Instant, comment="latest sign of life")
    machine: Mapped[str] = mapped_column(
        String(64),
        default="",
        server_default="",
        comment="whose sign it was: two machines may not share a name",
    )
    drained_at: Mapped[datetime | None] = mapped_column(
        Instant, comment="no new calls since; null = it takes them"
    )
    drained_by: Mapped[str] = mapped_column(WHO, default="")

    def is_silent(self, at: datetime) -> bool:
        """Tell whether it is taken for down."""
        return at - self.seen_at > SILENT

    def is_sign_due(self, at: datetime) -> bool:
        """Tell whether its latest sign of life is too old."""
        return not self.seen_at <= at < self.seen_at + SIGNS

    def sign_of_another(self, machine: str) -> datetime | None:
        """The latest sign of life if it was another machine's; None while it is ours or nobody's."""
        return self.seen_at if self.machine not in ("", machine) else None


@dataclass(frozen=True)
class NodeLook:
    """A machine's own row: is a sign of life due, is it drained, did another machine sign it."""

    is_sign_due: bool = True
    is_drained: bool = False
    sign_of_another: datetime | None = None


def sign(
    session: Session,
    name: str,
    roles: Sequence[MachineRole],
    release: str,
    at: datetime,
    manager: str = "",
    machine: str = "",
) -> None:
    """Leave a sign of life of a machine; of one that nobody knew its row."""
    row = locked(session, ClusterNode, name)
    if row is None:
        row = ClusterNode(name=name, drained_by="")
        session.add(row)
    row.roles, row.release, row.manager, row.seen_at = list(map(str, roles)), release, manager, at
    row.machine = machine


def look(session: Session, name: str, machine: str, at: datetime) -> NodeLook:
    """Read the row of a machine once, for all that it does by it."""
    row = session.get(ClusterNode, name)
    if row is None:
        return NodeLook()
    return NodeLook(row.is_sign_due(at), row.drained_at is not None, row.sign_of_another(machine))


def take_name(session: Session, name: str, machine: str) -> None:
    """Have a name be this machine's, because who had it before is gone."""
    if row := locked(session, ClusterNode, name):
        row.machine = machine


class NameWatch:
    """Watch whether another machine lives under our name, by a clock that only goes forward."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._sign: datetime | None = None
        self._since = 0.0

    def is_taken(self, sign: datetime | None) -> bool:
        """Tell whether it may be so: its latest sign is not so old that another one should have come."""
        now = self._elapsed()
        if sign != self._sign:
            self._sign, self._since = sign, now
        return sign is not None and now - self._since < LAST_SIGN


def nodes(session: Session) -> Sequence[ClusterNode]:
    """All machines that ever left a sign of life."""
    return session.scalars(select(ClusterNode).order_by(ClusterNode.name)).all()


def managers(session: Session, at: datetime) -> Mapping[str, tuple[str, int]]:
    """Where the Asterisk of each living node is asked from another machine; those that take calls first."""
    living = [one for one in nodes(session) if one.manager and not one.is_silent(at)]
    places = {
        one.name: one.manager.rpartition(":") for one in sorted(living, key=lambda one: bool(one.drained_at))
    }
    return {name: (address, int(port)) for name, (address, _, port) in places.items()}


def drain(session: Session, name: str, by: str, at: datetime) -> ClusterNode:
    """Have a node take no new calls. Harmless to repeat. Raises NoSuchNode, NotANode, NotPermitted."""
    row = _changeable(session, name, by, at)
    if row.drained_at is None:
        row.drained_at, row.drained_by = at, by
        audit(session, at, by, Action.NODE_DRAIN, f"node:{name}", after={"drained": True})
    return row


def resume(session: Session, name: str, by: str, at: datetime) -> ClusterNode:
    """Have a node take calls again. Harmless to repeat. Raises NoSuchNode, NotANode, NotPermitted."""
    row = _changeable(session, name, by, at)
    if row.drained_at is not None:
        row.drained_at, row.drained_by = None, ""
        audit(session, at, by, Action.NODE_DRAIN, f"node:{name}", after={"drained": False})
    return row


def _changeable(session: Session, name: str, by: str, at: datetime) -> ClusterNode:
    permitted(session, by, Action.NODE_DRAIN, at)
    row = locked(session, ClusterNode, name)
    if row is None:
        raise NoSuchNode(name, tuple(one.name for one in nodes(session)))
    if MachineRole.NODE not in row.roles:
        raise NotANode(name)
    return row
