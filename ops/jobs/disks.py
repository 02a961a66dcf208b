"""Alarm of the disks: one that cannot be written, or soon not, is a metric, a log line and a ticket."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from hotline import metrics
from hotline.db import Sessions, is_away, transaction
from hotline.settings import Settings
from hotline.tickets import faults
from hotline.tickets.faults import HealthFinding
from hotline.tickets.rules import FaultKind
from ops.jobs import places

log = structlog.get_logger()
EVERY: Final = timedelta(seconds=15)
NAMES: Final[Mapping[str, str]] = {
    "recordings": "通話錄音",
    "messages": "語音留言",
    "event log": "通話事件紀錄",
    "journal": "待登錄的紀錄",
    "state": "系統資料",
}
UNWRITABLE: Final = "；通話照常，但會缺少聲音或紀錄，請清出空間或修正權限"


class DiskWatch:
    """Watch over the folders that calls are written to: a log line a change, a ticket a fault."""

    def __init__(self, factory: Sessions, settings: Settings) -> None:
        self._factory, self._settings = factory, settings
        self._known: dict[str, str] = {}

    def run(self, at: datetime) -> int:
        """Look, and tell; how many faults. The database comes last: it may be on the very disk."""
        all_places, found, texts = places.places(self._settings), dict[str, str](), dict[str, str]()
        for place in all_places:
            why, key = places.fault(place), f"disk:{place.name}"
            metrics.unwritable.labels(place.name).set(bool(why))
            if why:
                found[key] = why
                texts[key] = f"{NAMES[place.name]}無法寫入（{place.folder}）{UNWRITABLE}"
        least = self._settings.recording_minimum_free
        for disk in places.disks(all_places):
            for name in disk.names:
                metrics.disk_free_bytes.labels(name).set(disk.free)
            if disk.free < least:
                key = f"disk-free:{disk.names[0]}"
                found[key] = f"{disk.free >> 20} MiB are free in {disk.folder}"
                said = "、".join(NAMES[name] for name in disk.names)
                texts[key] = f"{said}的磁碟（{disk.folder}）只剩 {disk.free >> 20} MiB；請在寫滿之前清出空間"
        self._tell(found)
        keys = [f"{kind}:{place.name}" for place in all_places for kind in ("disk", "disk-free")]
        self._open_tickets(texts, keys, at)
        return len(found)

    def _tell(self, found: Mapping[str, str]) -> None:
        for key in found.keys() - self._known.keys():
            log.error("disk.fault", place=key, why=found[key])
        for key in self._known.keys() - found.keys():
            log.info("disk.mended", place=key)
        self._known = dict(found)

    def _open_tickets(self, texts: Mapping[str, str], keys: Sequence[str], at: datetime) -> None:
        """Open tickets for this node's disks: another's of the same name may be well."""
        node = self._settings.node
        ill = {
            f"{key}@{node}": HealthFinding(FaultKind.INTERNET, f"主機{node}：{text}")
            for key, text in texts.items()
        }
        checked = frozenset(f"{key}@{node}" for key in keys)
        try:
            with transaction(self._factory) as session:
                faults.find(session, ill, checked, at)
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("disk.no_ticket", why=type(error).__name__)
