"""The record of plays: who was given which seconds of whose call, and on what ground."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hotline.ledger.looks import look
from hotline.terms import named
from recordings.playing import SoundSpan, Track
from recordings.retrieval_store import Play

TOGETHER: Final = timedelta(minutes=10)
"""Pieces that follow each other within so long are one hearing."""


@named("play-kind")
class PlayKind(StrEnum):
    """What sound was given for."""

    HEARD = "heard"
    PREPARED = "prepared"
    """To find what is to be silenced."""
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is played to whom: of which call, on what ground, for which reason."""

    by: str
    ground: str
    call_id: str
    track: Track
    reason: str
    how: PlayKind = PlayKind.HEARD
    about: str = ""
    """What the look at personal data is about; the call, if it is nothing else."""


def note(session: Session, heard: Heard, span: SoundSpan, at: datetime) -> None:
    """Write down a piece before it is given; the first of a hearing is a look at the call too."""
    if not _goes_on(session, heard, at):
        about = heard.about or f"call:{heard.call_id}"
        look(session, at, heard.by, about, heard.reason, heard.track)
    row = Play(at=at, by=heard.by, ground=heard.ground, how=heard.how, call_id=heard.call_id)
    row.track, row.begins, row.ends = heard.track, round(span.begins, 3), round(span.ends, 3)
    session.add(row)


def _goes_on(session: Session, heard: Heard, at: datetime) -> bool:
    same = Play.ground == heard.ground, Play.call_id == heard.call_id, Play.by == heard.by
    latest = select(func.max(Play.at)).where(*same, Play.track == heard.track, Play.how == heard.how)
    last = session.scalar(latest)
    return last is not None and at - last < TOGETHER


@dataclass(frozen=True, slots=True)
class PlayedStretch:
    """Pieces that followed each other, as one."""

    at: datetime
    by: str
    ground: str
    how: PlayKind
    call_id: str
    track: Track
    begins: float
    ends: float


def stretches(plays: Iterable[Play]) -> list[PlayedStretch]:
    """Plays in the order of their rows, those that follow each other as one; the latest first."""
    open_ones = dict[tuple[str, ...], PlayedStretch]()
    found = list[PlayedStretch]()
    for row in plays:
        key = (row.by, row.ground, row.how, row.call_id, row.track)
        before, begins = open_ones.get(key), row.begins
        if before and before.ends == begins and row.at - before.at < timedelta(days=1):
            found.remove(before)
            at, begins = before.at, before.begins
        else:
            at = row.at
        made = PlayedStretch(
            at, row.by, row.ground, PlayKind(row.how), row.call_id, Track(row.track), begins, row.ends
        )
        open_ones[key] = made
        found.append(made)
    return sorted(found, key=lambda one: one.at, reverse=True)


def plays_of(session: Session, ground: str) -> list[PlayedStretch]:
    """All that was played on one ground."""
    return stretches(session.scalars(select(Play).where(Play.ground == ground).order_by(Play.id)))


def latest(session: Session, most: int) -> list[PlayedStretch]:
    """The latest plays of all."""
    rows: Sequence[Play] = session.scalars(select(Play).order_by(Play.id.desc()).limit(most)).all()
    return stretches(reversed(rows))
