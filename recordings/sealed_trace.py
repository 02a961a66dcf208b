"""Trace of sealed sound in this machine's journal: an old copy of the database learns key and place by it.

Without it sound that was sealed since the copy was taken could not be opened any more, for its key is kept in
the database alone. The key stands in an entry as it stands there: wrapped by the installation's key. Once the
sound is destroyed, the entry is emptied.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import inspect, select, tuple_
from sqlalchemy.orm import Session

from hotline.db import Base, Instant, Sessions, add_once, looking
from hotline.journal import Journal, forgetting
from hotline.keys.store import DataKey
from recordings.store import Recording

SOUND: Final = "sealed_sound"
"""Where in an entry the recording's columns stand; no other entry has it."""
KEY: Final = "data_key"
NAMED: Final = "sound:"
"""How the keys of these entries begin, which stand in clear."""
ASKED: Final = 500
"""Sounds of one question to the database."""
_SEALED: Final = (
    "state",
    "checked_at",
    "key_id",
    "codec",
    "storage",
    "sealed_as",
    "sealed_size",
    "sealed_sha256",
    "sha256",
)


def leave(journal: Journal, session: Session, row: Recording, at: datetime) -> None:
    """Write what a row and its key tell, on the disk on return. Raises JournalUnwritable."""
    key = session.get_one(DataKey, row.key_id)
    journal.append(f"{NAMED}{row.call_id}/{row.direction}", at, {SOUND: _plain(row), KEY: _plain(key)})


def restore(session: Session, body: Mapping[str, Any]) -> None:
    """Bring one sound up to what its trace tells, unless it was destroyed since."""
    if not body[SOUND]:
        return
    told = _columns(Recording, body[SOUND])
    add_once(session, DataKey, [_columns(DataKey, body[KEY])])
    row = session.get(Recording, (told["call_id"], told["direction"]))
    if row is None:
        session.add(Recording(**told))
        session.flush()
    elif row.destroyed_at is None:
        for name in _SEALED:
            setattr(row, name, told[name])


def forget(directory: Path, factory: Sessions) -> int:
    """Empty the traces of sounds that were destroyed: no key of theirs is left in a journal; how many.

    Raises OSError.
    """

    def destroyed(traces: Collection[str]) -> set[str]:
        return _destroyed(factory, sorted(set(traces)))

    return forgetting.forget(directory, NAMED, destroyed, json.dumps({SOUND: None}, separators=(",", ":")))


def _destroyed(factory: Sessions, traces: list[str]) -> set[str]:
    found = set[str]()
    keys = tuple_(Recording.call_id, Recording.direction)
    with looking(factory) as session:
        for begin in range(0, len(traces), ASKED):
            some = [_named(one) for one in traces[begin : begin + ASKED]]
            chosen = select(Recording.call_id, Recording.direction)
            gone = session.execute(chosen.where(keys.in_(some), Recording.destroyed_at.is_not(None)))
            found |= {f"{NAMED}{row.call_id}/{row.direction}" for row in gone}
    return found


def _named(trace: str) -> tuple[str, ...]:
    return tuple(trace.removeprefix(NAMED).rsplit("/", 1))


def _plain(row: Base) -> dict[str, Any]:
    return {one.key: _text(getattr(row, one.key)) for one in inspect(type(row)).column_attrs}


def _text(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case bytes():
            return b64encode(value).decode()
    return value


def _columns(table: type[Base], told: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as the table has them now: those that a trace does not know are left out."""
    known = {one.name: one.type for one in table.__table__.columns if one.name in told}
    return {name: _value(kind, told[name]) for name, kind in known.items()}


def _value(kind: Any, told: Any) -> Any:
    if told is None:
        return None
    if isinstance(kind, Instant):
        return datetime.fromisoformat(told)
    return b64decode(told) if kind.python_type is bytes else told
