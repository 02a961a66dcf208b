"""The daily run of retention: it deletes what was announced, then announces what goes next (P4.12, P9).

A run may be ended anywhere and run twice, at several nodes at once: each record goes once, whole, in a short
transaction. Rows and sound of a held call, a held case or an open matter stay.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from administration.retention_rules import RULES
from administration.sound_retention import SoundRetention
from hotline.db import Sessions, looking, one_at_a_time, transaction
from hotline.ledger.audit import SYSTEM, audit
from hotline.legal_holds import TURNS
from hotline.retention import masking, rules, store
from hotline.retention.deletion_log import Deletion
from hotline.retention.kinds import FILES, SOUND, DeletionGround, Periods, RetentionKind
from hotline.retention.masking import DueCount, Eraser
from hotline.retention.rules import Untils
from hotline.retention.store import RetentionRun

log = structlog.get_logger()

RAN: Final = "retention.run"
"""The action under which runs stand in the audit log."""
REMEMBERED: Final = timedelta(days=40)
"""For so long erasures are done again each day: the journal may have brought a record back with a database
that was put back."""


@dataclass(frozen=True, slots=True)
class OldFiles:
    """Files that are of a kind by their folder, and go by their age; a link is removed, not followed."""

    kind: RetentionKind
    folder: Path
    names: str = "*"

    def over(self, until: datetime) -> list[Path]:
        """Files that were last written before an instant."""
        found = (path for path in self.folder.glob(self.names) if path.is_symlink() or path.is_file())
        return sorted(path for path in found if _is_older(path, until))


@dataclass(frozen=True, slots=True)
class Retention:
    """The run of a node; ``rest`` is told the seconds that a batch took, and gives way to others."""

    factory: Sessions
    eraser: Eraser
    periods: Callable[[], Periods]
    files: Sequence[OldFiles]
    elapsed: Callable[[], float]
    rest: Callable[[float], object]
    sound: SoundRetention | None = None

    @property
    def node(self) -> str:
        """The node whose run it is."""
        return self.eraser.log.node

    def run(self, at: datetime) -> Mapping[str, int]:
        """Delete what is due today, once a day; what went, by kind. Raises NoDeletionLog."""
        day = rules.day_of(at)
        with transaction(self.factory) as session:
            run = store.run_of(session, day, self.node, at)
            announced = store.announced(session, rules.begins(day))
        if run.ended_at:
            return {}
        untils = rules.allowed(rules.untils(self.periods(), day), announced)
        self._delete(untils, run, at)
        self._erase_again(run, at)
        return self._end(run, at)

    def _delete(self, untils: Untils, run: RetentionRun, at: datetime) -> None:
        for kind in sorted(SOUND & untils.keys()):
            if self.sound:
                self._paced(self.sound.destroy(kind, untils[kind], at, _counting(run, kind)))
        for rule in RULES:
            if until := untils.get(rule.kind):
                self._paced(self.eraser.mask(rule, until, at, _counting(run, rule.kind)))
        for files in self.files:
            if until := untils.get(files.kind):
                self._remove(files, until, run)

    def _paced(self, batches: Iterator[int]) -> None:
        begun = self.elapsed()
        for _some in batches:
            self.rest(self.elapsed() - begun)
            begun = self.elapsed()

    def _remove(self, files: OldFiles, until: datetime, run: RetentionRun) -> None:
        if gone := sum(map(_is_removed, files.over(until))):
            with transaction(self.factory) as session:
                _counting(run, files.kind)(session, gone)

    def _erase_again(self, run: RetentionRun, at: datetime) -> None:
        """Do the erasures of the last weeks again, where a record has come back."""
        with looking(self.factory) as session:
            begin = store.log_size(session, self.node, run.day - REMEMBERED)
        told = [one for one in self.eraser.log.read(begin) if one.ground is DeletionGround.ERASURE]
        replay(self.factory, self.eraser, told, at, self.sound)

    def _end(self, run: RetentionRun, at: datetime) -> Mapping[str, int]:
        """Announce what goes next, and put the run on record."""
        following = rules.untils(self.periods(), run.day + rules.DAY)
        with looking(self.factory) as session:
            announced: dict[str, Any] = {
                kind: _announced(one, following[kind]) for kind, one in due(session, following).items()
            }
            for kind in sorted(SOUND & following.keys()):
                if self.sound:
                    count = self.sound.count(session, kind, following[kind])
                    announced[kind] = _announced(count, following[kind])
        for kind in sorted(FILES & following.keys()):
            how_many = sum(len(one.over(following[kind])) for one in self.files if one.kind is kind)
            announced[kind] = _announced(DueCount(how_many, 0), following[kind])
        with transaction(self.factory) as session:
            row = session.get_one(RetentionRun, (run.day, run.node))
            row.announced, row.ended_at, row.log_size = announced, at, self.eraser.log.size()
            told = {"done": row.done, "announced": {kind: one["due"] for kind, one in announced.items()}}
            audit(session, at, SYSTEM, RAN, f"retention:{run.day}", after=told)
            done = dict(row.done)
        log.info("retention.ran", done=done, next=told["announced"])
        return done


def _is_older(path: Path, until: datetime) -> bool:
    try:
        return path.lstat().st_mtime < until.timestamp()
    except FileNotFoundError:
        return False


def _is_removed(path: Path) -> bool:
    """Remove a file; one that cannot be is told, and keeps no other."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.error("retention.file_not_removed", path=str(path), why=error.strerror)
        return False
    return True


def due(session: Session, untils: Untils) -> dict[RetentionKind, DueCount]:
    """Count what of each kind of rows was over before these instants, and what of it is needed still."""
    found = dict[RetentionKind, DueCount]()
    for rule in RULES:
        if until := untils.get(rule.kind):
            one, sofar = masking.count(session, rule, until), found.get(rule.kind, DueCount(0, 0))
            found[rule.kind] = DueCount(sofar.due + one.due, sofar.needed + one.needed)
    return found


def _announced(count: DueCount, until: datetime) -> dict[str, Any]:
    return {"until": until.isoformat(), **asdict(count)}


def _counting(run: RetentionRun, kind: RetentionKind) -> Callable[[Session, int], None]:
    """Count what was deleted in the transaction that deletes it."""

    def did(session: Session, how_many: int) -> None:
        session.get_one(RetentionRun, (run.day, run.node)).count(kind, how_many)

    return did


def replay(
    factory: Sessions,
    eraser: Eraser,
    deletions: Sequence[Deletion],
    at: datetime,
    sound: SoundRetention | None = None,
) -> int:
    """Delete again what the log tells of; how many records were whole."""
    sounds = [one for one in deletions if one.kind in SOUND]
    done = sound.again(sounds, at) if sound else 0
    for rule in RULES:
        told = [one for one in deletions if (one.record, one.kind) == (rule.record, rule.kind)]
        if told:
            with transaction(factory) as session:
                done += eraser.again(session, rule, told, at)
    return done


def make_good(factory: Sessions, eraser: Eraser, at: datetime, sound: SoundRetention | None = None) -> int:
    """Do again what the deletion log knows and this database does not, because an older copy of it was put
    back; how many records were whole. Before anybody is served. Raises NoDeletionLog.
    """
    with transaction(factory) as session:
        one_at_a_time(session, TURNS)  # nobody is between a line and its commit
        begin, end = store.position(session, eraser.log.node), eraser.log.size()
    if begin == end:
        return 0
    if begin > end:
        log.error("deletions.log_lost", path=str(eraser.log.path), known=begin, there=end)
    done = replay(factory, eraser, list(eraser.log.read(begin)), at, sound)
    with transaction(factory) as session:
        one_at_a_time(session, TURNS)
        if store.position(session, eraser.log.node) == begin:
            store.move(session, eraser.log.node, end, at)
    log.warning("deletions.made_good", records=done)
    return done
