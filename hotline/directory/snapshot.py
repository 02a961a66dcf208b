"""The city as this process knows it: taken anew when the revision moves, kept as a file for bad days.

Whoever decides asks ``city()``, which never touches the database. ``refresh`` does, and is called from time
to time beside the decisions. While the database is away calls are routed from the last good snapshot, also
by a process that starts only then.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from hotline.db import Sessions, is_away, looking
from hotline.directory.rows import ROUTED, load_city
from hotline.directory.rules import Agency, Booking, City, Desk, DutyOfficer, Person, Section
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revision
from hotline.worktime.workdays import OfficeHours, Override

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
        with suppress(OSError, ValueError, LookupError, TypeError):
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
    rows = _Rows.model_construct(None, **city.rows)
    return _Kept.model_construct(form=1, rows=rows).model_dump_json(exclude_unset=True)


def from_json(text: str) -> City:
    """The snapshot from its text. Raises ValueError, LookupError or TypeError when it is none of ours."""
    rows = _Kept.model_validate_json(text).rows
    return City({place: getattr(rows, place) for place in rows.model_fields_set})


Value = TypeVar("Value")
_Edges = Annotated[
    Period,
    BeforeValidator(lambda edges: dict(zip(("since", "until"), edges, strict=True))),
    PlainSerializer(lambda period: (period.since, period.until)),
]
_Hours = Annotated[
    OfficeHours,
    BeforeValidator(lambda words: _hours(*words["edges"])),
    PlainSerializer(lambda hours: {"edges": (hours.opens, hours.closes, *(hours.pause or ()))}),
]
_Dated = tuple[tuple[str, Value, _Edges], ...]


def _hours(opens: str, closes: str, *pause: str) -> dict[str, Any]:
    return {"opens": opens, "closes": closes, "pause": pause or None}


class _Rows(BaseModel):
    """The rows of each place of a city; a place that is not kept is empty."""

    model_config = ConfigDict(extra="forbid")

    agencies: _Dated[Agency] = ()
    sections: _Dated[Section] = ()
    persons: _Dated[Person] = ()
    desks: _Dated[Desk] = ()
    forwards: _Dated[str] = ()
    away: _Dated[str] = ()
    duty: _Dated[DutyOfficer] = ()
    switchboards: _Dated[str] = ()
    bookings: _Dated[Booking] = ()
    hours: _Dated[_Hours] = ()
    days: _Dated[Override] = ()


class _Kept(BaseModel):
    """A snapshot in its file."""

    form: Literal[1]
    """Of the file; one of another form is not read."""
    rows: _Rows
