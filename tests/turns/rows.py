"""What a scene leaves in the database, and the hour it is played at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select

from calls.store import CallEvent, CallRow
from hotline.callbacks.store import Callback
from hotline.clock import taipei
from hotline.db import sessions, transaction

NOON = taipei("2026-11-24T12:00")


@dataclass
class Rows:
    """What the database holds after a scene, once ``replay`` has brought the journal into it."""

    engine: Engine
    replay: Callable[[], object] = lambda: None

    def call(self, call_id: str) -> CallRow:
        self.replay()
        with transaction(sessions(self.engine)) as session:
            return session.get_one(CallRow, call_id)

    def events(self, call_id: str) -> list[str]:
        self.replay()
        query = select(CallEvent.kind).where(CallEvent.call_id == call_id).order_by(CallEvent.id)
        with transaction(sessions(self.engine)) as session:
            return list(session.scalars(query))

    def details(self, call_id: str) -> list[object]:
        """What is kept of each event of a call."""
        self.replay()
        with transaction(sessions(self.engine)) as session:
            return list(session.scalars(select(CallEvent.detail).where(CallEvent.call_id == call_id)))

    def promises(self) -> list[Callback]:
        with transaction(sessions(self.engine)) as session:
            return list(session.scalars(select(Callback)))


@dataclass
class Hour:
    """The time the server believes in."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at
