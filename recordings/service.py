"""Use cases of recordings: expected, checked when their call has ended, compared with their checksum."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Update, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from hotline import disk
from hotline.db import Base, Sessions, add_once, looking, transaction
from recordings import gaps, vault
from recordings.gaps import GapReason, SoundGap
from recordings.judgement import ExpectedSound, Judgement, is_settled, judged, missing, trouble_now
from recordings.policy import BOTH_WAYS, Direction, MessageEnd, call_of_message, file_name
from recordings.store import BAD, Recording, RecordingGap, RecordingState, is_elsewhere, is_of
from recordings.vault import Folders, NotSound, SoundFile

BROKEN_OFF: Final = "the message broke off by a fault of ours"
GAP: Final = timedelta(seconds=30)
"""Between two looks: longer, and a disk may have been full in between."""
BATCH: Final = 100
"""Rows changed in one transaction."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Sound that is or will be lost; raised once a recording."""

    call_id: str
    path: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """Columns of an expected recording that a check reads; whole row objects cost most of a check's CPU."""

    call_id: str
    direction: str
    path: str
    started_at: datetime
    ended_at: datetime | None
    crashed: bool
    alarmed_at: datetime | None
    reason: str


_EXPECTATION: Final = tuple(getattr(Recording, one.name) for one in fields(Expectation))


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """A call whose recording began, at a node; ``ended_at`` is told when it is known, so are its gaps."""

    call_id: str
    node: str
    started_at: datetime
    ended_at: datetime | None = None
    crashed: bool = False
    gaps: tuple[SoundGap, ...] = ()


def expect(session: Session, *calls: RecordedCall) -> None:
    """From the moment recording begins one file a direction is expected; to be told as often as wanted."""
    rows = [
        _row(call.call_id, direction, call.node, call.started_at) for call in calls for direction in BOTH_WAYS
    ]
    add_once(session, Recording, rows)
    gaps.tell(session, ((call.call_id, one) for call in calls for one in call.gaps))
    ended = [
        {"of": call.call_id, "at": call.ended_at, "by_crash": call.crashed} for call in calls if call.ended_at
    ]
    if ended:
        table = Base.metadata.tables[Recording.__tablename__]
        still_up = update(table).where(table.c.call_id == bindparam("of"), table.c.ended_at.is_(None))
        values: dict[str, Any] = {"ended_at": bindparam("at"), "crashed": bindparam("by_crash")}
        session.connection().execute(still_up.values(values), ended)


def expect_anew(session: Session, call: RecordedCall) -> None:
    """Expect a call whose talks are known better now; what is judged already stays."""
    own = RecordingGap.call_id == call.call_id, RecordingGap.why == GapReason.AWAY
    session.execute(delete(RecordingGap).where(*own))
    expect(session, call)
    sound = Recording.call_id == call.call_id, Recording.direction.in_(BOTH_WAYS)
    begun = update(Recording).where(*sound, Recording.state == RecordingState.EXPECTED)
    session.execute(begun.values(started_at=call.started_at))


def expect_message(
    session: Session, name: str, node: str, seconds: float, ended_at: datetime, *, ended: str
) -> None:
    """Register a spoken message kept at a node, and what ended it. Idempotent."""
    known = BROKEN_OFF if ended == MessageEnd.CUT else ""
    expect_found(session, call_of_message(name), Direction.MESSAGE, node, seconds, ended_at, known)


def expect_found(
    session: Session,
    call_id: str,
    direction: Direction,
    node: str,
    seconds: float,
    ended_at: datetime,
    known: str = "",
) -> None:
    """Register a file that is known only by itself; ``known``: what is wrong with it. Idempotent."""
    row = _row(call_id, direction, node, ended_at - timedelta(seconds=seconds))
    add_once(session, Recording, [row | {"ended_at": ended_at, "reason": known}])


def _row(call_id: str, direction: Direction, node: str, started_at: datetime) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "direction": direction,
        "node": node,
        "path": file_name(call_id, direction),
        "state": RecordingState.EXPECTED,
        "started_at": started_at,
    }


class Recordings:
    """Watch over a node's recording files; ``alarm`` is told of each loss once, after it is stored."""

    def __init__(
        self,
        factory: Sessions,
        folders: Folders,
        alarm: Callable[[Alarm], None] = lambda _: None,
        calls_are_known: Callable[[datetime], bool] = lambda _: True,
        within: timedelta = timedelta(seconds=60),
    ) -> None:
        """A loss is told ``within`` so long of the call's end.

        ``calls_are_known``: the ends of calls are known by then, so that none only seems to be up.
        """
        self._patience = within / 2
        self._factory, self._folders = factory, folders
        self._alarm, self._calls_are_known = alarm, calls_are_known
        self._looks: dict[str, _Look] = {}
        self._gaps: dict[str, list[SoundGap]] = {}

    def check(self, at: datetime) -> int:
        """Look at every file expected here once; how many were settled. No transaction is open meanwhile."""
        with looking(self._factory) as session:
            here = Recording.state == RecordingState.EXPECTED, is_of(self._folders.node), ~is_elsewhere()
            rows = [Expectation(*row) for row in session.execute(select(*_EXPECTATION).where(*here))]
            self._gaps = gaps.of_calls(session, list({row.call_id for row in rows})) if rows else {}
        known = self._calls_are_known(at) if rows else False
        settled, before, self._looks = 0, self._looks, {}
        trouble = self._trouble() if rows else ""
        changes: list[_Change] = []
        for row in rows:
            found = vault.look(self._path(row))
            self._looks[row.path] = _look(row, before.get(row.path), found, trouble, at)
            if is_settled(self._expected(row), found, self._patience, at):
                changes.append(self._settled(row, found, at))
            elif row.ended_at is None and known and row.alarmed_at is None:
                changes += self._watched(row, found, at)
            if len(changes) >= BATCH:
                settled += self._save(changes)
                changes = []
        return settled + self._save(changes)

    def bad(self) -> int:
        """Count this node's recordings that are short, missing, changed or removed."""
        wrong = and_(is_of(self._folders.node), or_(Recording.state.in_(BAD), Recording.fault != ""))
        with looking(self._factory) as session:
            return session.scalar(select(func.count()).select_from(Recording).where(wrong)) or 0

    def _watched(self, row: Expectation, found: SoundFile | None, at: datetime) -> list["_Change"]:
        """Find the trouble of a recording that goes on, if any."""
        reason = trouble_now(self._expected(row), found, self._looks[row.path].grew_at, at)
        if not reason:
            return []
        alarm = Alarm(row.call_id, row.path, RecordingState.EXPECTED, reason)
        return [_Change(row, {"reason": reason, "alarmed_at": at}, alarm)]

    def _settled(self, row: Expectation, found: SoundFile | None, at: datetime) -> "_Change":
        """The final state of a recording."""
        judgement, facts = self._examined(row, found)
        alarming = judgement.state in BAD and row.alarmed_at is None
        values = {
            "state": judgement.state,
            "reason": judgement.reason,
            "checked_at": at,
            "expected_seconds": round(judgement.expected_seconds, 3),
            **facts,
            **({"alarmed_at": at} if alarming else {}),
        }
        alarm = Alarm(row.call_id, row.path, judgement.state, judgement.reason) if alarming else None
        return _Change(row, values, alarm, is_final=True)

    def _examined(self, row: Expectation, found: SoundFile | None) -> tuple[Judgement, dict[str, Any]]:
        """Mend the file, silence the music in it, measure and hash it."""
        expected, path = self._expected(row), self._path(row)
        if found is None:
            return missing(expected, "there is no file"), {}
        try:
            repaired = vault.repair(path)
            vault.silence(path, self._silences(row))
            head, checksum = vault.head(path), vault.sha256(path)
        except (NotSound, OSError) as error:
            return missing(expected, f"the file cannot be used: {error}"), {"size": found.size}
        judgement = judged(expected, found, head.seconds, repaired=repaired)
        return judgement, {"seconds": round(head.seconds, 3), "size": head.size, "sha256": checksum}

    def _save(self, changes: Sequence["_Change"]) -> int:
        """Change rows that are still as they were, in one transaction; how many got their final state.

        Of several workers one can; what it saved it tells.
        """
        if not changes:
            return 0
        with transaction(self._factory) as session:
            saved = [change for change in changes if _is_saved(session, change)]
        for change in saved:
            if change.alarm:
                self._alarm(change.alarm)
        return sum(change.is_final for change in saved)

    def _path(self, row: Expectation) -> Path:
        return self._folders.of(row.direction) / row.path

    def _trouble(self) -> str:
        """Reason why no sound of calls can be written now; empty when it can."""
        folder = self._folders.calls
        if not (why := disk.unwritable(folder)):
            return ""
        with suppress(OSError):
            why += f", {disk.free(folder) >> 20} MiB are free"
        return f"{folder} could not be written: {why}"

    def _expected(self, row: Expectation) -> ExpectedSound:
        """With what is known of the disk since the call began; of a message only what its end told."""
        look = self._looks.get(row.path)
        is_call = row.direction != Direction.MESSAGE
        fault = row.reason or (look.trouble if is_call and look and look.is_watched else None)
        known = bool(row.reason) and not is_call
        return ExpectedSound(row.started_at, row.ended_at, row.crashed, fault, known, self._gaps_of(row))

    def _gaps_of(self, row: Expectation) -> tuple[SoundGap, ...]:
        is_call = row.direction != Direction.MESSAGE
        return tuple(self._gaps.get(row.call_id, ())) if is_call else ()

    def _silences(self, row: Expectation) -> list[tuple[float, float]]:
        return gaps.silences(row.started_at, row.ended_at or row.started_at, self._gaps_of(row))


@dataclass(frozen=True, slots=True)
class _Look:
    """One file's observations: size, since when; no look left out since its call began; any trouble met."""

    size: int
    grew_at: datetime
    at: datetime
    is_watched: bool
    trouble: str


def _look(
    row: Expectation, before: _Look | None, found: SoundFile | None, trouble: str, at: datetime
) -> _Look:
    size = found.size if found else 0
    if before is None:
        return _Look(size, at, at, at - row.started_at <= GAP, trouble)
    grew_at = before.grew_at if before.size == size else at
    return _Look(size, grew_at, at, before.is_watched and at - before.at <= GAP, before.trouble or trouble)


@dataclass(frozen=True, slots=True)
class _Change:
    """Change of a row still expected, or without an alarm while its call is up; and the alarm to raise."""

    row: Expectation
    values: dict[str, Any]
    alarm: Alarm | None
    is_final: bool = False


def _is_saved(session: Session, change: _Change) -> bool:
    own = {"of": change.row.call_id, "way": change.row.direction}
    return session.connection().execute(_update(change.is_final), change.values | own).rowcount > 0


@cache
def _update(is_final: bool) -> Update:
    """Made once, and of the table, not its class: either way costs several times the CPU of the update."""
    table = Base.metadata.tables[Recording.__tablename__]
    still = table.c.state == RecordingState.EXPECTED if is_final else table.c.alarmed_at.is_(None)
    return update(table).where(
        table.c.call_id == bindparam("of"), table.c.direction == bindparam("way"), still
    )
