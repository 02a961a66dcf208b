"""The files compared with what was stored about them: changed, removed, and those nobody expects.

A sealed file is compared as it lies in its storage: that needs no key.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import select, tuple_, update

from hotline.clock import TAIPEI
from hotline.db import Sessions, execute, looking, transaction
from hotline.ledger.audit import audit
from recordings import vault
from recordings.policy import keys_of
from recordings.service import Alarm
from recordings.storage import StorageAway, Storages, pieces
from recordings.store import CHANGED_BEFORE, Recording, is_of
from recordings.vault import Folders, NotSound

PAGE: Final = 100
WITNESS: Final = "verification"
NOBODYS: Final = "no call expects this"
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
        self,
        factory: Sessions,
        folders: Folders,
        alarm: Callable[[Alarm], None] = lambda _: None,
        storages: Storages | None = None,
    ) -> None:
        self._factory, self._folders, self._alarm = factory, folders, alarm
        self._storages = storages or Storages({}, "", folders.calls)
        self._away: dict[str, SoundFault] = {}

    def verify(self, at: datetime) -> list[SoundFault]:
        """List every fault there is. Each row tells when it was compared; a fault alarms when it is new.

        A storage that is away is one fault: what lies there is not compared, and its rows stay as they are.
        """
        self._away = {}
        found = [fault for row in self._rows() if (fault := self._compare(row, at))]
        orphans = list(self.orphans(at))
        return [*found, *orphans, *self._away.values()]

    def orphans(self, at: datetime) -> Iterator[SoundFault]:
        """Files that no call expects; the youngest are left out, and those without a word."""
        for path in (*_entries(self._folders.calls, "*"), *_entries(self._folders.messages, "*.wav")):
            found = vault.look(path)
            is_nothing = found and (found.is_empty or at - found.changed_at <= YOUNG)
            if not is_nothing and not self._known([path.name]):
                yield SoundFault(path.name, NOBODYS)
        for name, storage in self._storages.known.items():
            try:
                kept = [one for one, changed_at in storage.names() if at - changed_at > YOUNG]
            except StorageAway as away:
                self._away[name] = SoundFault(name, f"cannot be asked: {away.why}")
                continue
            for start in range(0, len(kept), PAGE):
                page = kept[start : start + PAGE]
                known = {row.sealed_as for row in self._known(page) if name in (row.storage, row.also_in)}
                yield from (SoundFault(f"{name}:{one}", NOBODYS) for one in page if one not in known)

    def _known(self, names: list[str]) -> list[Recording]:
        """Rows that files of these names belong to."""
        key = tuple_(Recording.call_id, Recording.direction)
        if not (keys := keys_of(names)):
            return []
        with looking(self._factory) as session:
            return list(session.scalars(select(Recording).where(key.in_(keys))))

    def _rows(self) -> Iterator[Recording]:
        """Yield this node's rows with a checksum by pages: no transaction is open while files are read."""
        key = tuple_(Recording.call_id, Recording.direction)
        last = ("", "")
        here = Recording.sha256 != "", Recording.destroyed_at.is_(None), is_of(self._folders.node)
        query = select(Recording).where(*here).order_by(Recording.call_id, Recording.direction)
        while True:
            with transaction(self._factory) as session:
                rows = list(session.scalars(query.where(key > last).limit(PAGE)))
            if not rows:
                return
            yield from rows
            last = (rows[-1].call_id, rows[-1].direction)

    def _compare(self, row: Recording, at: datetime) -> SoundFault | None:
        try:
            what = self._what_is_wrong(row)
            if what and (moved := self._moved(row)):
                row, what = moved, self._what_is_wrong(moved)
        except StorageAway as away:
            self._away[away.storage] = SoundFault(away.storage, f"cannot be asked: {away.why}")
            return None
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

    def _moved(self, row: Recording) -> Recording | None:
        """The row as it is now, if its sound has gone elsewhere since it was read."""
        with looking(self._factory) as session:
            now = session.get_one(Recording, (row.call_id, row.direction))
        return now if (now.storage, now.also_in) != (row.storage, row.also_in) else None

    def _what_is_wrong(self, row: Recording) -> str:
        if row.destroyed_at:
            return ""
        if row.storage:
            return self._what_is_wrong_sealed(row)
        path = self._folders.of(row.direction) / row.path
        when = _since(row.checked_at)
        if vault.look(path) is None:
            return f"removed {when}".rstrip()
        try:
            return "" if vault.sha256(path) == row.sha256 else f"changed {when}".rstrip()
        except (NotSound, OSError) as error:
            return f"cannot be read: {error}"

    def _what_is_wrong_sealed(self, row: Recording) -> str:
        if row.fault == CHANGED_BEFORE:
            return CHANGED_BEFORE
        if row.storage in self._away:
            raise StorageAway(row.storage, self._away[row.storage].what)
        when = _since(row.checked_at)
        digest = hashlib.sha256()
        try:
            for piece in pieces(self._storages.of(row.storage), row.sealed_as):
                digest.update(piece)
        except FileNotFoundError:
            return f"removed {when}".rstrip()
        return "" if digest.hexdigest() == row.sealed_sha256 else f"changed {when}".rstrip()


def _since(at: datetime | None) -> str:
    return f"since {at.astimezone(TAIPEI):%Y-%m-%d %H:%M:%S}" if at else ""


def _entries(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if folder.is_dir() else []
