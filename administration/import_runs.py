"""Imports that people watch: each runs in a thread of this process, tells how far it is,
and keeps its outcome.

What is known of one is lost with the process; the file that was sent is not, and can be tried anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from threading import Lock, Thread
from typing import Final

import structlog

from administration.bulk_import import ImportLine, ImportResult, OtherThanShown, beside, bring, digest_of
from administration.uploads import Upload, Uploads
from hotline.db import Sessions
from hotline.directory.files.importing import ReadFiles, read_content
from hotline.errors import HotlineError
from hotline.ledger.changes import ChangeContext
from hotline.permissions import Action
from hotline.sheets.faults import BadSheets

log = structlog.get_logger()
REMEMBERED: Final = 50
"""So many are known at once; the oldest is forgotten first."""


class ImportStage(StrEnum):
    """Stage of an import."""

    TRYING = "trying"
    TRIED = "tried"
    WRITING = "writing"
    WRITTEN = "written"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """From when on a file counts, and whether what it does not list ends."""

    start: datetime
    complete: bool = False


@dataclass(frozen=True, slots=True)
class ImportRun:
    """An import as it is now; ``other``: the directory changed since it was shown last."""

    upload: Upload
    plan: ImportPlan
    stage: ImportStage
    done: int = 0
    of: int = 0
    brought: ImportResult | None = None
    lines: tuple[ImportLine, ...] = ()
    """Of files with faults: every line, those with faults first."""
    error: HotlineError | None = None
    other: bool = False

    @property
    def is_running(self) -> bool:
        """True while somebody has to wait."""
        return self.stage in (ImportStage.TRYING, ImportStage.WRITING)


class IsRunning(HotlineError, code="is-running"):
    """One step at a time."""


class NothingShown(HotlineError, code="nothing-shown"):
    """Approval of an import that has not been tried."""


class Imports:
    """The imports of this process, by the name of their file."""

    def __init__(self, sessions: Sessions, uploads: Uploads) -> None:
        self._sessions, self._uploads = sessions, uploads
        self._lock, self._works = Lock(), dict[str, ImportRun]()

    def of(self, token: str, owner: str) -> ImportRun | None:
        """Import of an owner; None after a restart."""
        work = self._works.get(token)
        return work if work and work.upload.owner == owner else None

    def attempt(self, upload: Upload, plan: ImportPlan, *, at: datetime) -> None:
        """Begin a dry run. Raises IsRunning."""
        self._begin(ImportRun(upload, plan, ImportStage.TRYING), lambda work: self._try(work, at))

    def approve(self, upload: Upload, *, at: datetime, reason: str) -> None:
        """Begin to write what was shown, and only that. Raises IsRunning, NothingShown."""
        shown = self.of(upload.token, upload.owner)
        if shown is None or shown.brought is None:
            raise NothingShown
        self._begin(
            replace(shown, stage=ImportStage.WRITING, done=0), lambda work: self._write(work, at, reason)
        )

    def forget(self, upload: Upload) -> None:
        """Drop an import. Raises IsRunning."""
        with self._lock:
            if (known := self._works.pop(upload.token, None)) and known.is_running:
                self._works[upload.token] = known
                raise IsRunning
        self._uploads.forget(upload)

    def _begin(self, work: ImportRun, run: Callable[[ImportRun], ImportRun]) -> None:
        token = work.upload.token
        with self._lock:
            if (known := self._works.get(token)) and known.is_running:
                raise IsRunning
            self._works.pop(token, None)
            self._works[token] = work
            over = [one for one, known in self._works.items() if not known.is_running]
            for one in over[: max(0, len(self._works) - REMEMBERED)]:
                del self._works[one]
        Thread(target=self._run, args=(work, run), name=f"import-{token[:6]}", daemon=True).start()

    def _run(self, work: ImportRun, run: Callable[[ImportRun], ImportRun]) -> None:
        """Run an import; whatever happens, its page shows it."""
        try:
            self._put(run(work))
        except HotlineError as error:
            self._put(replace(work, stage=ImportStage.FAILED, error=error))
        except Exception:
            log.exception("import.failed")
            self._put(replace(work, stage=ImportStage.FAILED))

    def _try(self, work: ImportRun, at: datetime) -> ImportRun:
        try:
            return replace(work, stage=ImportStage.TRIED, brought=self._bring(work, at, "", dry_run=True))
        except BadSheets as bad:
            return self._faulty(work, bad, at)

    def _write(self, work: ImportRun, at: datetime, reason: str) -> ImportRun:
        """Write what was shown; when it would be something else, show that instead."""
        shown = work.brought
        try:
            expected = digest_of(shown.outcomes) if shown else ""
            brought = self._bring(work, at, reason, dry_run=False, expected=expected)
        except OtherThanShown:
            return replace(self._try(work, at), other=True)
        except BadSheets as bad:
            return self._faulty(work, bad, at)
        self._uploads.forget(work.upload)
        return replace(work, stage=ImportStage.WRITTEN, brought=brought)

    def _faulty(self, work: ImportRun, bad: BadSheets, at: datetime) -> ImportRun:
        """The good lines beside the faults: nothing was written, and nothing can be approved."""
        pen = ChangeContext(at, work.upload.owner, Action.DIRECTORY_IMPORT, "")
        lines = beside(self._sessions, self._read(work), bad.faults, work.plan.start, pen)
        return replace(work, stage=ImportStage.FAILED, brought=None, lines=tuple(lines))

    def _read(self, work: ImportRun) -> ReadFiles:
        upload = work.upload
        return read_content(upload.name, self._uploads.content(upload), upload.only)

    def _bring(
        self, work: ImportRun, at: datetime, reason: str, *, dry_run: bool, expected: str = ""
    ) -> ImportResult:
        pen = ChangeContext(at, work.upload.owner, Action.DIRECTORY_IMPORT, reason)
        return bring(
            self._sessions,
            self._read(work),
            work.plan.start,
            pen,
            complete=work.plan.complete,
            dry_run=dry_run,
            expected=expected,
            progress=lambda done, of: self._put(replace(work, done=done, of=of)),
        )

    def _put(self, work: ImportRun) -> None:
        self._works[work.upload.token] = work
