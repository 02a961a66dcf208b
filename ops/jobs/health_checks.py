"""Health checks: lines and extensions dead at two looks, and a damaged journal, become tickets (P11)."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from calls.store import Leg
from hotline.db import Sessions, transaction
from hotline.errors import HotlineError
from hotline.settings.carriers import OFFICERS, SECOND_TRUNK, TRUNK
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from transfer.outcome import OUT_OF_REACH

log = structlog.get_logger()
LINES: Final = {
    OFFICERS: (FaultKind.SWITCHBOARD, "主機{node}到總機與各分機的線路沒有回應，轉接無法響鈴"),
    TRUNK: (FaultKind.INTERNET, "主機{node}到電信業者的線路沒有回應，無法撥打外線"),
    SECOND_TRUNK: (FaultKind.INTERNET, "主機{node}的第二條中繼線沒有回應，第一條故障時無法撥打外線"),
}
"""Asterisk's name of each line we depend on: whose fault it is when it is dead, and what that means."""
BY_THE_OTHER: Final = "主機{node}的第一條中繼線沒有回應，外線改由第二條撥出"
JOURNAL: Final = "主機{node}的通話日誌有{places}處毀損，其中內容可能遺失；請檢查該主機的磁碟"
RECENT: Final = timedelta(days=1)
"""Age at which a sighting of a phone in Asterisk's event log opens no ticket any more."""
CONTACT: Final = re.compile(r"^\s*Contact:\s+([\w-]+)/\S+\s+\S+\s+(\w+)", re.MULTILINE)
DEAD: Final = "Unavail"


class FaultCheck:
    """``contacts`` asks Asterisk's console for its lines, and raises HotlineError while there is none.

    ``damaged`` counts the damaged places in the journal of ``node``.
    What one node sees says nothing of another's lines.
    """

    def __init__(
        self,
        factory: Sessions,
        contacts: Callable[[], str],
        node: str,
        damaged: Callable[[], int] = lambda: 0,
    ) -> None:
        self._factory, self._contacts, self._node, self._damaged = factory, contacts, node, damaged
        self._before = frozenset[str]()

    def run(self, at: datetime) -> int:
        """Look, and open what was ill the last time too; how many tickets are new."""
        lines = self._lines()
        dead = {self._key(name): self._ill(name, lines) for name, state in lines.items() if state == DEAD}
        lasting = {key: one for key, one in dead.items() if key in self._before}
        checked = {self._key(name) for name in lines} - (dead.keys() - lasting.keys())
        self._before = frozenset(dead) if lines else self._before
        journal = f"journal:{self._node}"
        checked |= {journal}
        if places := self._damaged():
            lasting[journal] = HealthFinding(
                FaultKind.INTERNET, JOURNAL.format(node=self._node, places=places)
            )
        with transaction(self._factory) as session:
            rung = _rung(session, at)
            lasting |= {f"desk:{key}": _extension(key, legs) for key, legs in rung.items() if _is_dead(legs)}
            checked |= {f"desk:{key}" for key, legs in rung.items() if _is_dead(legs) or _works(legs)}
            return faults.find(session, lasting, frozenset(checked), at)

    def _key(self, line: str) -> str:
        return f"line:{line}@{self._node}"

    def _ill(self, line: str, lines: Mapping[str, str]) -> HealthFinding:
        kind, words = LINES[line]
        if line == TRUNK and lines.get(SECOND_TRUNK, DEAD) != DEAD:
            words = BY_THE_OTHER
        return HealthFinding(kind, words.format(node=self._node))

    def _lines(self) -> Mapping[str, str]:
        """Ask for the lines; empty while Asterisk cannot be asked: then nothing is known of any."""
        try:
            return states(self._contacts())
        except HotlineError as error:
            log.warning("faults.not_looked", why=str(error))
            return {}


def states(contacts: str) -> Mapping[str, str]:
    """The state of each line we depend on, from the table of Asterisk's console."""
    return {name: state for name, state in CONTACT.findall(contacts) if name in LINES}


def _rung(session: Session, at: datetime) -> Mapping[str, list[Leg]]:
    """The recent rings of each extension that have ended, the latest last."""
    chosen = select(Leg).where(Leg.started_at >= at - RECENT, Leg.extension != "", Leg.outcome != "")
    found = dict[str, list[Leg]]()
    for leg in session.scalars(chosen.order_by(Leg.started_at)):
        found.setdefault(leg.extension, []).append(leg)
    return found


def _is_dead(legs: Sequence[Leg]) -> bool:
    """Twice in a row: one time may have been the exchange's."""
    return len(legs) > 1 and all(leg.outcome in OUT_OF_REACH for leg in legs[-2:])


def _works(legs: Sequence[Leg]) -> bool:
    return legs[-1].outcome not in OUT_OF_REACH


def _extension(extension: str, legs: Sequence[Leg]) -> HealthFinding:
    return HealthFinding(FaultKind.INTERNET, f"分機{extension}連續兩次無法連線", legs[-1].agency)
