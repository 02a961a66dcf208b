"""Outage log: a time without jobs, found when they run again, and pages that do not answer (P5.4.3)."""

import http.client
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from hotline import outages
from hotline.db import Sessions, transaction
from hotline.outages import OutagePart
from hotline.settings import Settings

log = structlog.get_logger()
EVERY: Final = timedelta(seconds=30)
SILENCE: Final = timedelta(minutes=3)
"""No run of this job for so long was an outage: a restart takes less."""
PATIENCE: Final = 3.0
"""Seconds that the pages have to answer."""


def pages_answer(settings: Settings) -> bool:
    """Tell whether the pages of this node answer, whatever they say but a fault."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.console_address, settings.console_address)
    connection = http.client.HTTPConnection(host, settings.console_port, timeout=PATIENCE)
    try:
        connection.request("HEAD", "/")
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class OutageWatch:
    """``seen``: a file that is touched by each look; ``pages``: whether they answer.

    Pages that are silent at two looks in a row are down since the first; a node may have none.
    """

    def __init__(self, factory: Sessions, node: str, seen: Path, pages: Callable[[], bool]) -> None:
        self._factory, self._node, self._seen, self._pages = factory, node, seen, pages
        self._silent_since: datetime | None = None
        self._has_pages = False

    def run(self, at: datetime) -> int:
        """Look, and keep what is new; how many outages began or ended."""
        last, answers, changed = self._last_look(), self._pages(), 0
        self._has_pages = self._has_pages or answers
        with transaction(self._factory) as session:
            if last and at - last > SILENCE:
                changed += outages.begin(session, self._node, OutagePart.SYSTEM, last, at)
            if answers:
                changed += outages.end(session, self._node, OutagePart.PAGES, at)
            elif self._silent_since:
                changed += outages.begin(session, self._node, OutagePart.PAGES, self._silent_since)
        self._silent_since = None if answers or not self._has_pages else self._silent_since or at
        if changed:
            log.warning("outage.logged", pages_answer=answers, last_look=last.isoformat() if last else "")
        self._seen.touch()
        os.utime(self._seen, (at.timestamp(), at.timestamp()))
        return changed

    def _last_look(self) -> datetime | None:
        with suppress(FileNotFoundError):
            return datetime.fromtimestamp(self._seen.stat().st_mtime, UTC)
        return None
