"""Telephones without a right account: what Asterisk refused, put on record once and for good.

They stand in Asterisk's security log (``ops.pbx.log``). Whoever tries thousands of accounts or addresses
fills that log and not the evidence: an address has one row a run, and a run has so many rows at most.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from hotline import metrics
from hotline.accounts.tries import PHONE_FAILED, STRANGER
from hotline.db import looking, transaction
from hotline.ledger.audit import audit
from hotline.settings.carriers import LINES
from hotline.staff.store import agents
from ops.jobs import cel_files
from ops.jobs.cel_files import LogFile
from ops.jobs.cel_follower import move, stored
from ops.pbx.log import REFER_REFUSED, REFUSED, SECURITY
from ops.wiring import House

log = structlog.get_logger()
UNKNOWN: Final = "unknown"
"""An account that is none: what was sent instead may be a number or a password, and is kept nowhere."""
OTHERS: Final = "others"
"""The addresses that have no row of their own."""
MOST_ROWS: Final = 50
MOST_LINES: Final = 5000


@dataclass(frozen=True, slots=True)
class RefusedPhone:
    """One request that Asterisk refused."""

    address: str
    account: str
    why: str


def refused_in(lines: Iterable[bytes]) -> Iterator[RefusedPhone]:
    """Read refused requests from lines of the security log; what cannot be read is none."""
    for line in lines:
        try:
            told = json.loads(line)
            if told["event"] == REFUSED:
                yield RefusedPhone(str(told["address"]), str(told["account"]), str(told["why"]))
        except (ValueError, LookupError, TypeError):
            continue


def refers_in(lines: Iterable[bytes]) -> Iterator[str]:
    """Whose REFER was refused, from lines of the security log; of a phone only that it was one."""
    for line in lines:
        with suppress(ValueError, LookupError, TypeError):
            told = json.loads(line)
            if told["event"] == REFER_REFUSED:
                yield told["line"] if told["line"] in LINES else "phone"


class Refusals:
    """``run(at)`` reads on where the last run ended; the position moves with the rows, or nothing does."""

    def __init__(self, house: House, most_rows: int = MOST_ROWS) -> None:
        self._factory, self._settings, self._most = house.factory, house.settings, most_rows
        self._folder = house.settings.home / "asterisk" / "log"

    def run(self, at: datetime) -> int:
        """Put refused requests on record; how many."""
        return sum(self._file(file, at) for file in cel_files.files(self._folder, SECURITY))

    def _file(self, file: LogFile, at: datetime) -> int:
        with looking(self._factory) as session:
            start = stored(session, file.identity)
        if start >= file.size:
            return 0
        batch = list(cel_files.lines(file, start, MOST_LINES))
        if not batch:
            return 0
        found = list(refused_in(line for _, line in batch))
        with transaction(self._factory) as session:
            if not move(session, file, start, batch[-1][0] + len(batch[-1][1]), at):
                return 0  # another run was here
            self._keep(session, found, at)
        for one in found:
            metrics.sip_refused.labels(one.why).inc()
        for refer in refers_in(line for _, line in batch):
            metrics.refers_refused.labels(refer).inc()
            log.warning("refer.refused", line=refer)
        return len(found)

    def _keep(self, session: Session, found: list[RefusedPhone], at: datetime) -> None:
        if not found:
            return
        known = {agent.phone for agent in agents(session)} | {
            *self._settings.supervisors,
            "citizen",
            "visitor",
        }
        often = Counter(one.address for one in found)
        own = {address for address, _times in often.most_common(self._most)}
        for address in (*sorted(own), OTHERS):
            here = [one for one in found if (one.address if one.address in own else OTHERS) == address]
            if not here:
                continue
            accounts = sorted({one.account if one.account in known else UNKNOWN for one in here})
            subject = f"phone:{accounts[0]}" if len(accounts) == 1 else f"phone:{UNKNOWN}"
            after = {
                "from": address,
                "times": len(here),
                "accounts": accounts,
                "why": sorted({one.why for one in here}),
            }
            audit(session, at, STRANGER, PHONE_FAILED, subject, after=after)
            log.warning("phones.refused", address=address, times=len(here), accounts=accounts)
