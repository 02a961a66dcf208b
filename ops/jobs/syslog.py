"""Sending of the audit log to a collector as its rows are written; what cannot be sent waits."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import structlog

from hotline import disk, metrics
from hotline.db import Sessions, looking, transaction
from hotline.ledger import forwarding
from hotline.ledger.chain import ChainHead
from hotline.settings import Settings
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from ops.syslog import AUDIT, SyslogSocket, written

log = structlog.get_logger()
PAGE: Final = 500
PAGES: Final = 10
"""Pages of one run: what a long absence left goes out by and by."""
TOLD: Final = "稽核紀錄送不到市府的日誌收集端，先留在資料庫，恢復後補送；請檢查收集端、網路和憑證"


@dataclass(frozen=True, slots=True)
class SyslogReport:
    """What came of the latest run: how many rows wait, and why."""

    waiting: int = 0
    fault: str = ""


def latest(settings: Settings) -> SyslogReport:
    """The report of the latest run; an empty one before the first."""
    with suppress(OSError, ValueError, TypeError):
        return SyslogReport(**json.loads(_place(settings).read_text("utf-8")))
    return SyslogReport()


class AuditForwarding:
    """Sends rows behind those that were sent; a fault is a log line, a metric and a ticket, once.

    Rows count as sent when the collector's machine has acknowledged them: where a connection breaks before
    that they are sent again, and then perhaps twice; their place in the chain tells.
    """

    def __init__(self, factory: Sessions, settings: Settings, collector: SyslogSocket) -> None:
        self._factory, self._settings, self._collector = factory, settings, collector
        self._unsure: ChainHead | None = None
        self._fault = latest(settings).fault

    def run(self, at: datetime) -> int:
        """Send what waits; how many rows still do."""
        fault = ""
        try:
            if self._is_settled():
                self._send_all()
        except OSError as error:
            fault = str(error) or type(error).__name__
        with looking(self._factory) as session:
            left = forwarding.waiting(session)
        metrics.syslog_waiting.set(left)
        self._tell(SyslogReport(left, fault), at)
        return left

    def _is_settled(self) -> bool:
        """Take up what became of the rows of the run before; whether more may be sent."""
        if self._collector.is_open():
            if self._collector.unheard():
                return False
            if self._unsure:
                with transaction(self._factory) as session:
                    forwarding.mark(session, self._unsure)
        else:
            self._collector.hang_up()
        self._unsure = None
        return True

    def _send_all(self) -> None:
        with transaction(self._factory) as session:
            place = forwarding.sent(session)
        for _ in range(PAGES):
            with looking(self._factory) as session:
                rows = forwarding.rows_after(session, place.position, PAGE)
            for row in rows:
                self._collector.send(self._line(row))
                place = self._unsure = ChainHead(row["position"], row["hash"])
            if len(rows) < PAGE:
                return

    def _line(self, row: Mapping[str, Any]) -> bytes:
        at, is_local = datetime.fromisoformat(row["at"]), self._collector.is_local
        return written(AUDIT, row, at, self._settings.node, "jobs", is_local=is_local)

    def _tell(self, report: SyslogReport, at: datetime) -> None:
        if bool(report.fault) != bool(self._fault):
            if report.fault:
                log.error("syslog.away", why=report.fault, waiting=report.waiting)
            else:
                log.info("syslog.mended")
            disk.keep(_place(self._settings), json.dumps(asdict(report)))
            self._open_ticket(report, at)
        self._fault = report.fault

    def _open_ticket(self, report: SyslogReport, at: datetime) -> None:
        node = self._settings.node
        key = f"syslog@{node}"
        ill = {key: HealthFinding(FaultKind.INTERNET, f"主機{node}：{TOLD}")} if report.fault else {}
        with transaction(self._factory) as session:
            faults.find(session, ill, frozenset((key,)), at)


def _place(settings: Settings) -> Path:
    return settings.home / "run" / "syslog.json"
