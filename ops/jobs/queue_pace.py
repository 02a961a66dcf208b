"""The pace of the agents' queue, measured again and again for what waiting callers are told (V-04)."""

from datetime import datetime, timedelta
from typing import Final

from calls.queue_waits import measured
from hotline.db import Sessions, looking
from ivr.numerals import Language
from ivr.queue_pace import FORGOTTEN, Hours, Pace, hourly, lately
from ivr.queue_pace_file import PaceFile

DAYS: Final = timedelta(days=14)
"""Stretch of time in which each hour of the day is measured."""
HOURLY: Final = timedelta(hours=1)


class PaceWatch:
    """Measures the latest advances each time, and those of each hour of the day once an hour."""

    def __init__(self, factory: Sessions, file: PaceFile) -> None:
        self._factory, self._file = factory, file
        self._hourly: dict[Language, Hours] = {}
        self._measured_at: datetime | None = None

    def run(self, at: datetime) -> Pace:
        """Measure, keep and return the pace at this instant. Harmless when run twice."""
        with looking(self._factory) as session:
            if self._measured_at is None or at - self._measured_at >= HOURLY:
                days = measured(session, at - DAYS, at)
                self._hourly = {language: hourly(found) for language, found in days.items()}
                self._measured_at = at
            latest = measured(session, at - 2 * FORGOTTEN, at)
        now = {language: lately(found, at) for language, found in latest.items()}
        pace = Pace(lately=now, hourly=self._hourly, measured_at=at)
        self._file.write(pace)
        return pace
