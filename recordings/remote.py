"""Sound that a carrier recorded: expected as soon as it is told of, fetched, and then removed there.

What is not there yet, or cannot be had now, is asked for again with growing pauses; what cannot be had at all
is marked in its own rows, like any other loss. No transaction is open while the carrier is asked.
"""

import os
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from hotline.db import Sessions, add_once, execute, looking, transaction
from hotline.errors import HotlineError
from hotline.legal_holds import HeldRecord, is_held
from hotline.spans import joined
from recordings import gaps
from recordings.policy import Direction, file_name, message_name
from recordings.service import Alarm, RecordedCall, expect
from recordings.store import Recording, RecordingState, RemoteRecording, RemoteState
from recordings.vault import Folders

log = structlog.get_logger()
PAUSES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 15, 60, 300, 900, 3600, 3 * 3600, 12 * 3600)
)
"""After the first failed attempt, the second, …; after the last no more is tried."""
LEASE: Final = timedelta(minutes=10)
"""Who fetches has so long until another may."""
TALKS_KNOWN: Final = timedelta(minutes=2)
"""After a call it is known within so long which talks it had."""
UNHEARD: Final = timedelta(hours=1)
"""Sound of a call that seems to have had no talk is removed at the carrier, unfetched, after so long."""
SILENT: Final = timedelta(hours=5)
"""Of what nobody has heard for so long it is asked for anyhow: no call is longer."""
FRAMES: Final = 1 << 16
CLOCKS: Final = timedelta(seconds=1)
"""The carrier tells its times in whole seconds: so much more is kept around a talk, that no word is lost."""
WHOLE: Final = (0.0, inf)
"""All seconds of a sound."""


class Carrier(Protocol):
    """Service that keeps the sound; raises HotlineError. It saves a wav, of two channels if it has them."""

    def save_recording(self, sid: str, path: Path) -> None: ...

    def delete_recording(self, sid: str) -> None: ...


@dataclass(frozen=True, slots=True)
class CarrierReport:
    """A carrier's report on a recording; ``ready``: it can be fetched, ``absent``: there will be none."""

    sid: str
    message: bool
    started_at: datetime
    seconds: float | None = None
    ready: bool = False
    absent: str = ""


def note(
    session: Session, call_id: str, node: str, told: CarrierReport, at: datetime, *, whole: bool = True
) -> Alarm | None:
    """Keep what the carrier says to a node, in any order and as often as it says it; the alarm of a loss.

    ``whole``: all of a call's sound is kept, not only its talks, which are expected once they are known.
    """
    row = {
        "sid": told.sid,
        "call_id": call_id,
        "message": told.message,
        "whole": whole or told.message,
        "state": RemoteState.SOUNDING,
        "started_at": told.started_at,
        "next_at": at,
    }
    add_once(session, RemoteRecording, [row])
    if whole and not told.message:
        expect(session, RecordedCall(call_id, node, told.started_at))
    remote = session.get_one(RemoteRecording, told.sid, with_for_update=True, populate_existing=True)
    if remote.state not in (RemoteState.SOUNDING, RemoteState.WAITING):
        return None
    remote.seconds = told.seconds if told.seconds is not None else remote.seconds
    if told.absent:
        lost = lose(session, remote, told.absent, at)
        return lost if remote.whole else None  # where somebody talked its rows will tell
    if told.ready:
        remote.state = RemoteState.WAITING
        remote.next_at = at if whole or told.message else at + TALKS_KNOWN
    return None


def lose(session: Session, remote: RemoteRecording, why: str, at: datetime) -> Alarm:
    """There is no such sound any more: its rows say so."""
    remote.state, remote.reason = RemoteState.LOST, why
    lost = update(Recording).where(_rows_of(remote), Recording.state == RecordingState.EXPECTED)
    session.execute(
        lost.values(state=RecordingState.MISSING, reason=why, ended_at=at, checked_at=at, alarmed_at=at)
    )
    names = [message_name(remote.call_id)] if remote.message else [remote.call_id]
    return Alarm(remote.call_id, names[0], RecordingState.MISSING, why)


def is_sounding(session: Session, call_id: str) -> bool:
    """True while a carrier records a call."""
    own = RemoteRecording.call_id == call_id, RemoteRecording.message.is_(False)
    chosen = select(RemoteRecording.sid).where(*own, RemoteRecording.state == RemoteState.SOUNDING)
    return session.scalar(chosen.limit(1)) is not None


def _rows_of(remote: RemoteRecording) -> ColumnElement[bool]:
    is_message = Recording.direction == Direction.MESSAGE
    return and_(Recording.call_id == remote.call_id, is_message if remote.message else ~is_message)


def _may_be_removed() -> ColumnElement[bool]:
    """Condition that the carrier is asked to remove its copy: ours is here, and no legal hold keeps it."""
    held = is_held(HeldRecord.CALL, RemoteRecording.call_id)
    return and_(RemoteRecording.state == RemoteState.FETCHED, ~held)


class RemoteFetch:
    """Brings sound here, whichever node was told of it; several workers never fetch the same at once."""

    def __init__(
        self,
        factory: Sessions,
        folders: Folders,
        carrier: Carrier,
        alarm: Callable[[Alarm], None] = lambda _: None,
    ) -> None:
        self._factory, self._folders, self._carrier, self._alarm = factory, folders, carrier, alarm

    def run(self, at: datetime) -> int:
        """Try all that is due once; how many were brought."""
        due = or_(RemoteRecording.state == RemoteState.WAITING, _may_be_removed())
        silent = RemoteRecording.state == RemoteState.SOUNDING, RemoteRecording.next_at < at - SILENT
        with transaction(self._factory) as session:
            session.execute(update(RemoteRecording).where(*silent).values(state=RemoteState.WAITING))
            query = select(RemoteRecording).where(due, RemoteRecording.next_at <= at)
            rows = list(session.scalars(query.order_by(RemoteRecording.next_at).limit(20)))
        return sum(self._try(row, at) for row in rows if self._claim(row, at))

    def _claim(self, row: RemoteRecording, at: datetime) -> bool:
        own = [RemoteRecording.sid == row.sid, RemoteRecording.state == row.state]
        if row.state == RemoteState.FETCHED:
            own.append(_may_be_removed())
        with transaction(self._factory) as session:
            taken = update(RemoteRecording).where(*own, RemoteRecording.next_at == row.next_at)
            return bool(execute(session, taken.values(next_at=at + LEASE)))

    def _try(self, row: RemoteRecording, at: datetime) -> bool:
        try:
            if row.state == RemoteState.FETCHED:
                self._carrier.delete_recording(row.sid)
                self._settle(row, RemoteState.GONE, at)
                return False
            kept = [WHOLE] if row.whole else self._talks(row)
            if not kept and at < _ended(row) + UNHEARD:
                return self._wait(row, at + TALKS_KNOWN)
            if kept:
                bring(self._carrier, row, self._folders, kept)
        except (HotlineError, OSError, wave.Error, EOFError) as error:
            self._failed(row, str(error), at)
            return False
        self._settle(row, RemoteState.FETCHED, at)
        return True

    def _talks(self, row: RemoteRecording) -> list[tuple[float, float]]:
        """The seconds of the carrier's sound in which the caller talked with somebody, as far as known."""
        with looking(self._factory) as session:
            known = session.scalars(select(Recording).where(_rows_of(row)).limit(1)).first()
            told = gaps.of_call(session, row.call_id)
        if known is None:
            return []
        talks = gaps.written(known.started_at, known.ended_at or _ended(row), told)
        around = joined((since - CLOCKS, until + CLOCKS) for since, until in talks)
        return [
            (max(0.0, (since - row.started_at).total_seconds()), (until - row.started_at).total_seconds())
            for since, until in around
        ]

    def _wait(self, row: RemoteRecording, until: datetime) -> bool:
        with transaction(self._factory) as session:
            session.get_one(RemoteRecording, row.sid).next_at = until
        return False

    def _settle(self, row: RemoteRecording, state: RemoteState, at: datetime) -> None:
        """The files are looked at like any others; also those that were given up as missing before."""
        with transaction(self._factory) as session:
            remote = session.get_one(RemoteRecording, row.sid)
            remote.state, remote.attempts, remote.next_at, remote.reason = state, 0, at, ""
            if state is RemoteState.FETCHED:
                times = {"started_at": row.started_at, "ended_at": _ended(row)} if row.whole else {}
                here = update(Recording).where(
                    _rows_of(row), Recording.state.in_((RecordingState.EXPECTED, RecordingState.MISSING))
                )
                session.execute(
                    here.values(
                        state=RecordingState.EXPECTED,
                        reason="",
                        node=self._folders.node,
                        **times,
                    )
                )
        log.info("recording.remote", recording=row.sid, call=row.call_id, state=state)

    def _failed(self, row: RemoteRecording, why: str, at: datetime) -> None:
        """Again after a pause; after the last pause it is lost, or stays there and a person is told."""
        lost = None
        with transaction(self._factory) as session:
            remote = session.get_one(RemoteRecording, row.sid)
            remote.attempts, remote.reason = row.attempts + 1, why
            if remote.attempts <= len(PAUSES):
                remote.next_at = at + PAUSES[remote.attempts - 1]
            elif row.state == RemoteState.WAITING:
                lost = lose(session, remote, f"{why}; tried {remote.attempts} times", at)
            else:
                remote.next_at = at + PAUSES[-1]
        log.warning(
            "recording.remote_failed", recording=row.sid, call=row.call_id, attempt=row.attempts + 1, why=why
        )
        if lost:
            self._alarm(lost)


def bring(
    carrier: Carrier,
    row: RemoteRecording,
    folders: Folders,
    kept: Sequence[tuple[float, float]] = (WHOLE,),
) -> None:
    """Write a recording's files, each whole or not at all, of the sound those seconds that are ``kept``.

    Raises errors of the carrier, disk or sound.
    """
    if row.message:
        folder, names = folders.messages, [f"{message_name(row.call_id)}.wav"]
    else:
        folder = folders.calls
        names = [file_name(row.call_id, direction) for direction in (Direction.CALLER, Direction.AGENT)]
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    whole = folder / f".{names[0]}.whole"
    drafts = [folder / f".{name}.new" for name in names]
    try:
        carrier.save_recording(row.sid, whole)
        divide(whole, drafts, kept)
        for draft, name in zip(drafts, names, strict=True):
            os.replace(draft, folder / name)
    finally:
        for path in (whole, *drafts):
            path.unlink(missing_ok=True)


def divide(whole: Path, parts: list[Path], kept: Sequence[tuple[float, float]] = (WHOLE,)) -> None:
    """Each channel of a wav file of 16 bit into a file of its own; of a single one, a copy into each."""
    with wave.open(str(whole), "rb") as sound:
        if sound.getsampwidth() != 2:
            raise wave.Error(f"{8 * sound.getsampwidth()} bits a sample")
        channels = sound.getnchannels()
        writers = [wave.open(str(part), "wb") for part in parts]
        try:
            for writer in writers:
                writer.setparams((1, 2, sound.getframerate(), 0, "NONE", ""))
            for frames in _frames(sound, kept):
                samples = np.frombuffer(frames, "<i2").reshape(-1, channels)
                for number, writer in enumerate(writers):
                    writer.writeframes(samples[:, min(number, channels - 1)].tobytes())
        finally:
            for writer in writers:
                writer.close()
    for part in parts:
        with part.open("rb") as file:
            os.fsync(file.fileno())


def _frames(sound: wave.Wave_read, kept: Sequence[tuple[float, float]]) -> Iterator[bytes]:
    """The frames of those seconds, in pieces."""
    rate, last = sound.getframerate(), sound.getnframes()
    for since, until in kept:
        begins, ends = (round(min(at * rate, last)) for at in (since, until))
        sound.setpos(begins)
        for place in range(begins, ends, FRAMES):
            yield sound.readframes(min(FRAMES, ends - place))


def _ended(row: RemoteRecording) -> datetime:
    return row.started_at + timedelta(seconds=row.seconds or 0.0)
