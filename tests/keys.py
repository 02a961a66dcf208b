"""The one key of all installations of the tests, and engines' ring of it."""

from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from hotline import db
from hotline.keys.files import KeyFile
from hotline.keys.ring import SIZE, KeyRing

KEY: Final = ("test", bytes(range(SIZE)))
RING: Final = KeyRing(dict([KEY]))


def put_keys(home: Path) -> Path:
    """Give a home that no start has made the keys it would have."""
    KeyFile(home / "keys" / "installation.keys").write(dict([KEY]))
    return home


def in_memory() -> Engine:
    """An engine of an empty database in memory, with all tables: made anew for each run of a state machine."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    setattr(engine.dialect, db.KEYS, RING)
    db.Base.metadata.create_all(engine)
    return engine
