"""Sealing of kept sound and photographs, in a process of its own; what computes makes way for all others."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from hotline import clock, disk, metrics
from hotline.cases import sealed_photographs
from hotline.db import is_away, transaction
from hotline.settings import Settings, load_settings
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from ops import logs, wiring
from ops.jobs.apart import idly, in_a_process
from ops.wiring import House
from recordings.codecs import SoundCodec
from recordings.sealing import Sealing, SealingReport

log = structlog.get_logger()
EVERY: Final = timedelta(minutes=1)
PAUSE: Final = timedelta(minutes=5)
"""Between the beginnings of two runs: a process costs a second to start."""
LONGEST: Final = timedelta(minutes=10)
"""A run ends after so long, with the file under way: what is left is for the next."""
TOLD: Final = "錄音或留言無法加密存放；檔案先留在主機上，通話照常。請檢查儲存空間、儲存服務和金鑰"


def sealing_of(house: House, *, is_urgent: bool = False) -> Sealing:
    """Sealing, as it is set up; urgent: whatever is whole, and no slower than what else the machine does."""
    return Sealing(
        house.factory,
        house.keys,
        house.folders,
        house.storages,
        house.journal,
        SoundCodec(house.settings.recording_codec),
        *(() if is_urgent else (house.settings.recording_sealed_after, idly)),
    )


def seal_all(house: House, at: datetime, is_over: Callable[[], bool] = lambda: False) -> SealingReport:
    """Seal and move all that is due, and tell what came of it to readiness."""
    sealed_photographs.seal_plain(house.factory, at)
    report = sealing_of(house).run(at, is_over)
    keep(house.settings, report)
    return report


def keep(settings: Settings, report: SealingReport) -> None:
    """Leave a report where readiness looks."""
    disk.keep(_place(settings), json.dumps(asdict(report)))


def latest(settings: Settings) -> SealingReport:
    """The report of the latest run; an empty one before the first."""
    with suppress(OSError, ValueError, TypeError):
        return SealingReport(**json.loads(_place(settings).read_text("utf-8")))
    return SealingReport()


def _place(settings: Settings) -> Path:
    return settings.home / "run" / "sealing.json"


class SealingRuns:
    """Starts a run when something is due; a fault is a log line, a metric and a ticket, once."""

    def __init__(self, house: House, start: Callable[[], object] | None = None) -> None:
        self._house, self._start = house, start or (lambda: in_a_process("ops.jobs.sealing"))
        self._sealing = sealing_of(house)
        self._begun_at: datetime | None = None
        self._fault = latest(house.settings).fault

    def run(self, at: datetime) -> int:
        """Look once; how many files still wait."""
        if self._begun_at and at - self._begun_at < PAUSE:
            return 0
        if self._is_due(at):
            self._begun_at = at
            self._start()
        elif latest(self._house.settings) != SealingReport():
            keep(self._house.settings, SealingReport())
        report = latest(self._house.settings)
        metrics.sound_waiting.set(report.waiting)
        self._tell(report, at)
        return report.waiting

    def _is_due(self, at: datetime) -> bool:
        return self._sealing.is_due(at) or sealed_photographs.is_any_plain(self._house.factory)

    def _tell(self, report: SealingReport, at: datetime) -> None:
        if report.fault and not self._fault:
            log.error("sealing.fault", why=report.fault, waiting=report.waiting)
        elif self._fault and not report.fault:
            log.info("sealing.mended")
        self._fault = report.fault
        node = self._house.settings.node
        key = f"sealing@{node}"
        ill = {key: HealthFinding(FaultKind.INTERNET, f"主機{node}：{TOLD}")} if report.fault else {}
        try:
            with transaction(self._house.factory) as session:
                faults.find(session, ill, frozenset((key,)), at)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("sealing.no_ticket", why=type(error).__name__)


def main() -> None:
    """Seal once."""
    settings = load_settings()
    logs.configure_logging(settings, "sealing")
    house = wiring.workshop(settings, "sealing")
    until = clock.monotonic() + LONGEST.total_seconds()
    report = seal_all(house, clock.now(), lambda: clock.monotonic() > until)
    if report != SealingReport():
        log.info("sealing.done", **asdict(report))


if __name__ == "__main__":
    main()
