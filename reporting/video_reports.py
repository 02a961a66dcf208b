"""The sign-language service in a month: a row an agency with its counters, and one for own devices (P6.7)."""

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from hotline.clock import month_bounds
from hotline.directory.store import AgencyRow
from hotline.ledger.history import all_in_force
from hotline.video.figures import OWN_DEVICE, VideoCount, VideoWay, counts, sessions_of
from reporting.answer_times import MonthTable
from reporting.figures.spans import moment
from reporting.rows_behind import Known
from reporting.table import Row

HEAD = ("agency", "persons served", "minutes", "extended", "not served", "misuse")


def video(session: Session, first: date, now: datetime) -> MonthTable:
    """Persons that were served, how long, and who left unserved; by agency, own devices last."""
    since, until = month_bounds(first)
    end = min(until, now)
    names = {row.key: row.name for row in all_in_force(session, AgencyRow, end)}
    found = counts(session, since, end)
    own = found.pop(OWN_DEVICE, VideoCount())
    rows = [_row(f"{code} {names.get(code, '')}".rstrip(), found[code]) for code in sorted(found)]
    return MonthTable(f"video {first:%Y-%m}", HEAD, 1, [*rows, _row(OWN_DEVICE, own)])


def _row(name: str, of: VideoCount) -> Row:
    return (name, *map(str, (of.served, of.minutes, of.extended, of.left, of.misuse)))


COLUMNS: Final = {
    "persons served": VideoWay.SERVED,
    "extended": VideoWay.EXTENDED,
    "not served": VideoWay.LEFT,
    "misuse": VideoWay.MISUSE,
}
"""What a column counts."""


def video_behind(session: Session, first: date, now: datetime, head: str, agency: str) -> list[Known]:
    """Numbers of the sessions behind a number of an agency, with when each was asked for."""
    since, until = month_bounds(first)
    found = sessions_of(session, since, min(until, now), agency, COLUMNS[head])
    return [(number, moment(at)) for number, at in found]
