"""Presence of the phones of a ladder: free, busy, unreachable or unknown, as far as anybody can tell now.

Officers' phones stand behind one exchange. Asterisk knows whether that exchange answers and with which of
its phones it talks; of the others only what the exchange tells, as the device ``Custom:EXTENSION``.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import Leg
from control.ami import AMI, ManagerAccount
from control.pbx import Pbx
from hotline.db import Sessions, looking
from hotline.errors import HotlineError
from hotline.settings.carriers import OFFICERS, SECOND_TRUNK, TRUNK
from hotline.terms import named
from hotline.tickets.store import FaultRow
from transfer.ladder import Rung

log = structlog.get_logger()
PATIENCE: Final = 1.0
"""Seconds that an agent who looks at a ladder waits for Asterisk."""
LONGEST: Final = timedelta(hours=8)
"""A leg without an end that began longer ago is one whose end was never told."""


@named("desk-state")
class DeskState(StrEnum):
    """The state of a desk's phone."""

    FREE = "free"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


DEVICES: Final[Mapping[str, DeskState]] = MappingProxyType(
    {
        "NOT_INUSE": DeskState.FREE,
        **dict.fromkeys(("INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"), DeskState.BUSY),
        "UNAVAILABLE": DeskState.UNREACHABLE,
    }
)
"""Asterisk's device states; any other tells nothing."""


def desk_states(factory: Sessions, pbx: Pbx, rungs: Sequence[Rung], at: datetime) -> Mapping[str, DeskState]:
    """The state of each rung, by extension. While Asterisk is away only what the rows tell is known."""
    extensions = {rung.extension for rung in rungs}
    with looking(factory) as session:
        busy, dead = _in_talks(session, extensions, at), _out_of_reach(session, extensions)
    told = asked(pbx, rungs)

    def state(extension: str) -> DeskState:
        if extension in busy:
            return DeskState.BUSY
        if extension in dead:
            return DeskState.UNREACHABLE
        return told.get(extension, DeskState.UNKNOWN)

    return {extension: state(extension) for extension in extensions}


def asked(pbx: Pbx, rungs: Sequence[Rung]) -> Mapping[str, DeskState]:
    """Ask an Asterisk for each rung; nothing is known while it cannot be asked."""
    if not rungs:
        return {}
    try:
        with pbx.any().manager(ManagerAccount.LOOKS, patience=PATIENCE) as ami:
            return devices(ami, rungs)
    except HotlineError as error:
        log.warning("desks.not_asked", why=str(error))
        return {}


def devices(ami: AMI, rungs: Sequence[Rung]) -> Mapping[str, DeskState]:
    """Ask for the state of each rung: dead line, or as its exchange tells; outside numbers have none."""
    lines = {line: _line_state(ami, line) for line in dict.fromkeys(map(_line, rungs))}
    found = dict[str, DeskState]()
    for rung in rungs:
        if lines[_line(rung)] is DeskState.UNREACHABLE:
            found[rung.extension] = DeskState.UNREACHABLE
        elif not rung.number:
            found[rung.extension] = _device(ami, f"Custom:{rung.extension}")
    return found


def _line(rung: Rung) -> str:
    return TRUNK if rung.number else OFFICERS


def _line_state(ami: AMI, line: str) -> DeskState:
    """The state of a line; outside numbers are out of reach only when the second trunk is away, too."""
    state = _device(ami, f"PJSIP/{line}")
    if state is DeskState.UNREACHABLE and line == TRUNK:
        second = _device(ami, f"PJSIP/{SECOND_TRUNK}")
        return state if second is DeskState.UNKNOWN else second
    return state


def _device(ami: AMI, device: str) -> DeskState:
    told = ami.ask("Getvar", Variable=f"DEVICE_STATE({device})")[0].get("Value", "")
    return DEVICES.get(told, DeskState.UNKNOWN)


def _in_talks(session: Session, extensions: Collection[str], at: datetime) -> frozenset[str]:
    """Extensions that a call of ours rings or talks with now."""
    up = select(Leg.extension).where(
        Leg.extension.in_(extensions), Leg.ended_at.is_(None), Leg.started_at > at - LONGEST
    )
    return frozenset(session.scalars(up))


def _out_of_reach(session: Session, extensions: Collection[str]) -> frozenset[str]:
    """Extensions that a health check could not reach, and has not reached since."""
    keys = {f"desk:{extension}": extension for extension in extensions}
    dead = select(FaultRow.open_key).where(FaultRow.open_key.in_(keys), FaultRow.recovered_at.is_(None))
    return frozenset(keys[key] for key in session.scalars(dead) if key)
