"""The city as this process knows it: taken anew when the revision moves, kept as a file for bad days.

Whoever decides asks ``city()``, which never touches the database. ``refresh`` does, and is called from time
to time beside the decisions. While the database is away calls are routed from the last good snapshot, also
by a process that starts only then.
"""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from hotline.db import Sessions, is_away, looking
from hotline.directory.rows import ROUTED, load_city
from hotline.directory.rules import Agency, Booking, City, Desk, DutyOfficer, Person, Seat, Section
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revision
from hotline.worktime.workdays import DayKind, OfficeHours, Override

FORM: Final = 1
"""Of the file; one of another form is not read."""
BACK: Final = timedelta(days=1)
"""A call in progress may ask for the directory of when it began."""
ANEW: Final = timedelta(hours=12)
"""A snapshot so old is taken anew, so that what ended long ago leaves it."""
NEVER: Final = -1


class Snapshot:
    """Holder of the newest city. The file is written whole or not at all."""

    def __init__(
        self,
        factory: Sessions,
        file: Path,
        now: Callable[[], datetime],
        *,
        seen: Callable[[float], None] = lambda at: None,
        away: Callable[[BaseException], None] = lambda error: None,
    ) -> None:
        self._factory, self._file, self._now = factory, file, now
        self._seen, self._away = seen, away
        self._lock, self._is_away = Lock(), False
        self._revision, self._city = NEVER, City()
        self._taken_at: datetime | None = None
        with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            # A missing or damaged file is none: then the city is empty until the database answers.
            self._city = from_json(self._file.read_text("utf-8"))

    def city(self) -> City:
        """The city as last seen, at once."""
        return self._city

    def refresh(self) -> None:
        """Look whether anything changed; waits for the database as long as its engine says, never longer."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._look()
            self._is_away = False
            self._seen(self._now().timestamp())
        except Exception as error:
            if not is_away(error):
                raise
            if not self._is_away:  # told once, not every second
                self._away(error)
            self._is_away = True
        finally:
            self._lock.release()

    def _look(self) -> None:
        at = self._now()
        with looking(self._factory) as session:
            latest = revision(session)
            if latest == self._revision and self._taken_at is not None and at < self._taken_at + ANEW:
                self._city.at(at).groups  # noqa: B018  what midnight changes is made here, not by a call
                return
            city = load_city(session, at - BACK, kinds=ROUTED)
        city.at(at).groups  # noqa: B018  made here, beside the decisions
        self._city, self._revision, self._taken_at = city, latest, at
        with suppress(OSError):  # on a full disk the snapshot in memory serves
            self._keep(city)

    def _keep(self, city: City) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(to_json(city), "utf-8")
        draft.replace(self._file)


def to_json(city: City) -> str:
    """The snapshot as text."""
    places = {
        place: [[key, value, _edges(period)] for key, value, period in rows]
        for place, rows in city.rows.items()
    }
    return json.dumps({"form": FORM, "rows": places}, ensure_ascii=False, default=_plain)


def from_json(text: str) -> City:
    """The snapshot from its text. Raises ValueError, LookupError or TypeError when it is none of ours."""
    read = json.loads(text)
    if read["form"] != FORM:
        raise ValueError(f"a snapshot of form {read['form']}, not {FORM}")
    return City(
        {
            place: tuple((key, MADE[place](value), _period(edges)) for key, value, edges in rows)
            for place, rows in read["rows"].items()
        }
    )


def _plain(value: Any) -> Any:
    """Convert a value that is no text into its words. Seats and the like inside come here too."""
    match value:
        case OfficeHours(opens, closes, pause):
            return {"edges": [edge.isoformat() for edge in (opens, closes, *(pause or ()))]}
        case _:
            kind: Any = type(value)
            return {name: getattr(value, name) for name in _words(kind)}


@cache
def _words(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _edges(period: Period) -> list[str | None]:
    return [period.since.isoformat(), period.until.isoformat() if period.until else None]


def _period(edges: list[str | None]) -> Period:
    since, until = (datetime.fromisoformat(edge) if edge else None for edge in edges)
    if since is None:
        raise ValueError("a period without a beginning")
    return Period(since, until)


def _desk(words: dict[str, Any]) -> Desk:
    seat, neighbours = words.pop("seat"), words.pop("neighbours", ())
    return Desk(**words, seat=Seat(**seat) if seat else None, neighbours=tuple(neighbours))


def _hours(words: dict[str, Any]) -> OfficeHours:
    opens, closes, *pause = (time.fromisoformat(edge) for edge in words["edges"])
    return OfficeHours(opens, closes, (pause[0], pause[1]) if pause else None)


MADE: Final[Mapping[str, Callable[[Any], Any]]] = {
    "agencies": lambda words: Agency(**words),
    "sections": lambda words: Section(**words),
    "persons": lambda words: Person(**words),
    "desks": _desk,
    "forwards": str,
    "away": str,
    "duty": lambda words: DutyOfficer(**words),
    "switchboards": str,
    "bookings": lambda words: Booking(**words),
    "hours": _hours,
    "days": lambda words: Override(DayKind(words["kind"]), words["reason"]),
}
"""How the value of each place of a city is made again."""
