"""The files compared with what was stored about them: changed, removed, and those nobody expects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select, tuple_, update

from hotline.clock import TAIPEI
from hotline.db import Sessions, execute, transaction
from hotline.ledger.audit import audit
from recordings import vault
from recordings.service import Alarm
from recordings.store import Recording, is_of
from recordings.vault import Folders, NotSound

PAGE: Final = 100
WITNESS: Final = "verification"
FOUND_BAD: Final = "recording.found-bad"
FOUND_WELL: Final = "recording.found-well"
"""What the audit log says of a file that is no more, or is again, as it was stored."""
YOUNG: Final = timedelta(minutes=10)
"""A file may be there so long before its call is known from the event log."""


@dataclass(frozen=True, slots=True)
class SoundFault:
    """A file that is not as it was stored; ``call_id`` is empty for one that no call expects."""

    path: str
    what: str
    call_id: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


class SoundVerification:
    """Compares every file that a node keeps with its checksum."""

    def __init__(
        self, factory: Sessions, folders: Folders, alarm: Callable[[Alarm], None] = lambda _: None
    ) -> None:
        self._factory, self._folders, self._alarm = factory, folders, alarm

    def verify(self, at: datetime) -> list[SoundFault]:
        """List every fault there is. Each row tells when it was compared; a fault alarms when it is new."""
        return [*(fault for row in self._rows() if (fault := self._compare(row, at))), *self.orphans(at)]

    def orphans(self, at: datetime) -> list[SoundFault]:
        """Files that no call expects, the youngest left out."""
        with transaction(self._factory) as session:
            known = set(session.scalars(select(Recording.path)))
        faults = []
        for path in (*_entries(self._folders.calls, "*"), *_entries(self._folders.messages, "*.wav")):
            found = vault.look(path)
            if path.name not in known and (found is None or at - found.changed_at > YOUNG):
                faults.append(SoundFault(path.name, "no call expects this"))
        return faults

    def _rows(self) -> Iterator[Recording]:
        """Yield this node's rows with a checksum by pages: no transaction is open while files are read."""
        key = tuple_(Recording.call_id, Recording.direction)
        last = ("", "")
        here = Recording.sha256 != "", is_of(self._folders.node)
        query = select(Recording).where(*here).order_by(Recording.call_id, Recording.direction)
        while True:
            with transaction(self._factory) as session:
                rows = list(session.scalars(query.where(key > last).limit(PAGE)))
            if not rows:
                return
            yield from rows
            last = (rows[-1].call_id, rows[-1].direction)

    def _compare(self, row: Recording, at: datetime) -> SoundFault | None:
        what = self._what_is_wrong(row)
        is_news = self._store(row, what, at) and what != row.fault
        if is_news and what and not row.fault:
            self._alarm(Alarm(row.call_id, row.path, row.state, what))
        return SoundFault(row.path, what, row.call_id) if what else None

    def _store(self, row: Recording, what: str, at: datetime) -> bool:
        """Store the result, and a change of it in the audit log; False when another worker was quicker."""
        mine = (Recording.call_id == row.call_id, Recording.direction == row.direction)
        with transaction(self._factory) as session:
            unchanged = update(Recording).where(*mine, Recording.fault == row.fault)
            is_mine = bool(execute(session, unchanged.values(verified_at=at, fault=what)))
            if is_mine and what != row.fault:
                action, reason = (FOUND_BAD, what) if what else (FOUND_WELL, "as it was stored again")
                before, after = {"sha256": row.sha256, "fault": row.fault}, {"fault": what}
                of = f"recording:{row.call_id}/{row.direction}"
                audit(session, at, WITNESS, action, of, before=before, after=after, reason=reason)
            return is_mine

    def _what_is_wrong(self, row: Recording) -> str:
        path = self._folders.of(row.direction) / row.path
        when = f"since {row.checked_at.astimezone(TAIPEI):%Y-%m-%d %H:%M:%S}" if row.checked_at else ""
        if vault.look(path) is None:
            return f"removed {when}".rstrip()
        try:
            return "" if vault.sha256(path) == row.sha256 else f"changed {when}".rstrip()
        except (NotSound, OSError) as error:
            return f"cannot be read: {error}"


def _entries(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if folder.is_dir() else []
