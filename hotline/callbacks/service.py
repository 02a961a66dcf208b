"""Use cases of promises."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from hotline import metrics
from hotline.callbacks.store import Callback
from hotline.db import add_once
from hotline.worktime import Worktime


class Callbacks:
    """Promises callbacks; the due time is 4 h of the WH clock after the promise (P5.1.1)."""

    def __init__(self, worktime: Worktime, within: timedelta) -> None:
        self._worktime, self._within = worktime, within

    def due(self, at: datetime) -> datetime:
        """When a promise given at ``at`` must be kept."""
        return self._worktime.add(at, self._within)

    def promise(
        self, session: Session, call_id: str, number: str, language: str, origin: str, at: datetime
    ) -> bool:
        """Write the promise; False when this call had one already (a replay, a second wish)."""
        row = {
            "call_id": call_id, "number": number, "language": language, "origin": origin,
            "matter": "", "state": "OPEN", "registered_at": at, "due_at": self.due(at),
        }  # fmt: skip
        is_new = add_once(session, Callback, [row]) == 1
        if is_new:
            metrics.promises.labels(origin).inc()
        return is_new
