"""The measured pace of the queue as a small file beside the calls, so that it is read without a database."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ivr.numerals import Language
from ivr.queue_pace import Advances, Pace


class PaceFile:
    """The pace as it was measured last. Looked at once a second at most; a damaged file counts as none."""

    def __init__(self, file: Path, elapsed: Callable[[], float]) -> None:
        self._file, self._elapsed = file, elapsed
        self._looked_at, self._changed, self._pace = -1.0, 0, Pace()

    def read(self, talk: timedelta) -> Pace:
        """The same object until something changes."""
        if self._looked_at < 0 or self._elapsed() - self._looked_at >= 1.0:
            self._looked_at = self._elapsed()
            if (changed := self._changed_at()) != self._changed:
                self._changed, self._pace = changed, self._measured()
        if self._pace.talk != talk:
            self._pace = replace(self._pace, talk=talk)
        return self._pace

    def write(self, pace: Pace) -> None:
        """Keep what was measured; whole or not at all."""
        told = {
            "at": pace.measured_at and pace.measured_at.isoformat(),
            "lately": {language: _pair(one) for language, one in pace.lately.items()},
            "hourly": {
                language: {str(hour): _pair(one) for hour, one in hours.items()}
                for language, hours in pace.hourly.items()
            },
        }
        draft = self._file.with_suffix(".draft")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(told), "utf-8")
        draft.replace(self._file)
        self._looked_at = -1.0

    def _changed_at(self) -> int:
        try:
            return self._file.stat().st_mtime_ns
        except OSError:
            return 0

    def _measured(self) -> Pace:
        try:
            told = json.loads(self._file.read_text("utf-8"))
            return Pace(
                lately={Language(tag): Advances(*pair) for tag, pair in told["lately"].items()},
                hourly={
                    Language(tag): {int(hour): Advances(*pair) for hour, pair in hours.items()}
                    for tag, hours in told["hourly"].items()
                },
                measured_at=datetime.fromisoformat(told["at"]),
            )
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Pace()


def _pair(one: Advances) -> tuple[float, float]:
    return round(one.seconds, 3), round(one.places, 3)
