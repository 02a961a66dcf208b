"""Gaps of a recording: the time of a call, behind the first word that is kept, of which no sound is.

While nobody is with the caller nothing is written, and the files go on where somebody is there again. While
the caller hears music in a talk Asterisk goes on writing: that time is made silent before hashing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from hotline.db import Base, add_once
from hotline.spans import Span, common, joined, seconds, without
from hotline.terms import named
from recordings.store import RecordingGap

SHORTEST: Final = timedelta(milliseconds=500)
"""What is shorter is no gap: phones are joined and parted within it."""
MARGIN: Final = timedelta(milliseconds=200)
"""What is left at both ends of a silence: so far the files and the event log may differ."""


@named("recording-gap")
class GapReason(StrEnum):
    """The reasons of a gap."""

    AWAY = "away"
    """Nobody was with the caller: put through, or waiting again."""
    CONSULT = "consult"
    """The agent asked somebody else; the caller heard music."""
    HOLD = "hold"
    """The caller was held, and heard music."""
    HELD = "held"
    """The same where a carrier records: its music is not fetched."""
    STOPPED = "stopped"
    """An agent has stopped the recording for good."""


UNWRITTEN: Final = (GapReason.AWAY, GapReason.HELD, GapReason.STOPPED)
"""Gaps that take no time in the files."""


@dataclass(frozen=True, slots=True)
class SoundGap:
    """A gap; ``until`` is None while nobody knows of its end; then it lasts to the call's."""

    since: datetime
    until: datetime | None
    why: GapReason

    def lasts(self, at: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return self.since <= at and (self.until is None or at < self.until)

    @property
    def is_written(self) -> bool:
        """Tell whether the files go on during it."""
        return self.why not in UNWRITTEN


_TABLE: Final = Base.metadata.tables[RecordingGap.__tablename__]
_ENDING: Final = (
    update(_TABLE)
    .where(
        _TABLE.c.call_id == bindparam("of"), _TABLE.c.since == bindparam("began"), _TABLE.c.until.is_(None)
    )
    .values(until=bindparam("over"))
)


def tell(session: Session, gaps: Iterable[tuple[str, SoundGap]]) -> None:
    """Keep gaps of calls; to be told as often as wanted, and once more when one is over."""
    rows = [
        {"call_id": call_id, "since": one.since, "until": one.until, "why": one.why} for call_id, one in gaps
    ]
    add_once(session, RecordingGap, rows)
    if over := [
        {"of": row["call_id"], "began": row["since"], "over": row["until"]} for row in rows if row["until"]
    ]:
        session.connection().execute(_ENDING, over)


def of_call(session: Session, call_id: str) -> list[SoundGap]:
    """The gaps of a call, in order."""
    return of_calls(session, [call_id]).get(call_id, [])


def is_stopped(session: Session, call_id: str) -> bool:
    """True if an agent has stopped the recording of a call for good."""
    return any(one.why is GapReason.STOPPED for one in of_call(session, call_id))


def of_calls(session: Session, call_ids: Sequence[str]) -> dict[str, list[SoundGap]]:
    """The gaps of calls that have some."""
    chosen = select(RecordingGap).where(RecordingGap.call_id.in_(call_ids))
    found = dict[str, list[SoundGap]]()
    for row in session.scalars(chosen.order_by(RecordingGap.since)):
        found.setdefault(row.call_id, []).append(SoundGap(row.since, row.until, GapReason(row.why)))
    return found


def written(began_at: datetime, ended_at: datetime, gaps: Iterable[SoundGap]) -> list[Span]:
    """The stretches of a call that its files hold one behind the other."""
    return without([(began_at, ended_at)], _spans(gaps, ended_at, is_written=False))


def silences(began_at: datetime, ended_at: datetime, gaps: Sequence[SoundGap]) -> list[tuple[float, float]]:
    """The music in the files, from second to second."""
    stretches = written(began_at, ended_at, gaps)
    music = common(stretches, _spans(gaps, ended_at, is_written=True))
    return [
        (place(stretches, since + MARGIN), place(stretches, until - MARGIN))
        for since, until in music
        if until - since > 2 * MARGIN
    ]


def place(stretches: Sequence[Span], at: datetime) -> float:
    """The second of the files at which an instant of the call stands; in a gap, where it begins."""
    return seconds((since, min(until, at)) for since, until in stretches if since < at)


def _spans(gaps: Iterable[SoundGap], ended_at: datetime, *, is_written: bool) -> list[Span]:
    return joined((one.since, one.until or ended_at) for one in gaps if one.is_written is is_written)
