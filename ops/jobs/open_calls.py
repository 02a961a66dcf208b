"""Open calls compared with the channels that Asterisk really has, and files of sound with their rows.

The event log is the second witness, and it can fail: its disk fills up. Then the end of a call is seen by
nobody, and its row would stay open for ever, its sound lie without a row.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy import select

from calls.cdr import OFFICERS, CallResult, EndReason
from calls.cdr_writer import Records
from calls.cel import phone_of
from calls.store import CallRow
from calls.unseen_ends import ClosedCall, Vanished, close, open_calls
from control.ami import AMI, ManagerAccount
from hotline import metrics
from hotline.db import Sessions, add_once, looking, transaction
from hotline.errors import HotlineError
from hotline.settings import Settings
from ivr.numerals import Language
from ivr.prompts import Shelf
from recordings import vault
from recordings.policy import BOTH_WAYS, Direction, file_name
from recordings.service import expect_found
from recordings.store import Recording
from recordings.vault import NotSound

log = structlog.get_logger()
EVERY: Final = timedelta(seconds=5)
PATIENCE: Final = timedelta(seconds=15)
"""Within it the event log tells of an end, if it can be written at all."""
QUIET: Final = timedelta(seconds=60)
"""Nobody writes on a file that has not changed for so long and whose call is over."""
MANY: Final = 500
"""Names in one statement."""
_HEADERS: Final = ("Uniqueid", "Linkedid", "Channel", "BridgeId", "Application")


@dataclass(frozen=True, slots=True)
class AsteriskChannel:
    """One channel that is up, and the bridge it is in."""

    id: str
    linked: str
    name: str
    bridge: str = ""
    application: str = ""


def channels(settings: Settings) -> list[AsteriskChannel]:
    """List the channels that are up. Raises HotlineError while Asterisk does not answer."""
    with AMI.of(settings, ManagerAccount.LOOKS) as ami:
        return channels_of(ami)


def channels_of(ami: AMI) -> list[AsteriskChannel]:
    """The same, over a connection that may ask. Raises HotlineError."""
    shown = (one for one in ami.ask("CoreShowChannels") if one.get("Event") == "CoreShowChannel")
    return [AsteriskChannel(*(one.get(name, "") for name in _HEADERS)) for one in shown]


@dataclass(slots=True)
class _Watched:
    """Observations of one open call."""

    up_at: datetime | None = None
    gone_at: datetime | None = None
    met_at: datetime | None = None
    agent: str = ""


class UnseenEnds:
    """Closing of this node's calls that Asterisk has no more and whose end the event log does not tell.

    ``loaded``: the event log is read to its end. ``look``: the channels of this moment; raises HotlineError.
    ``notice``: how long the notice takes in a language.
    """

    def __init__(
        self,
        factory: Sessions,
        settings: Settings,
        records: Records,
        look: Callable[[], Sequence[AsteriskChannel]],
        loaded: Callable[[datetime], bool],
        notice: Callable[[str], timedelta],
    ) -> None:
        self._factory, self._settings, self._records = factory, settings, records
        self._look, self._loaded, self._notice = look, loaded, notice
        self._watched: dict[str, _Watched] = {}

    def run(self, at: datetime) -> int:
        """Look once; how many calls were closed: none without an answer of Asterisk."""
        with looking(self._factory) as session:
            known = open_calls(session, self._settings.node)
        self._watched = {one: self._watched.get(one, _Watched()) for one in known}
        if not known:
            return 0
        try:
            there = self._look()
        except HotlineError as error:
            log.warning("unseen.not_looked", why=str(error))
            return 0
        up = {one.id for one in there} | {one.linked for one in there}
        for call_id, watched in self._watched.items():
            if call_id in up:
                watched.up_at, watched.gone_at = at, None
                _meet(watched, call_id, there, at)
            else:
                watched.gone_at = watched.gone_at or at
        vanished = [
            Vanished(one, self._ended(one, watched, known[one]), watched.met_at, watched.agent)
            for one, watched in self._watched.items()
            if watched.gone_at and at - watched.gone_at >= PATIENCE
        ]
        return self._close(vanished) if vanished and self._loaded(at) else 0

    def _close(self, vanished: Sequence[Vanished]) -> int:
        closed = end(self._factory, self._records, vanished, self._notice)
        for one in closed:
            metrics.unseen_ends.inc()
            log.error("call.end_not_seen", call=one.id, outcome=one.outcome, why=one.why)
        return len(closed)

    def _ended(self, call_id: str, watched: _Watched, last: datetime) -> datetime:
        """Last change of its sound, which Asterisk writes to the end; else the first look without its channel."""
        since, until = max(last, watched.up_at or last), watched.gone_at or last
        sound = vault.look(self._settings.recordings / file_name(call_id, Direction.CALLER))
        if sound and since <= sound.changed_at <= until:
            return sound.changed_at
        return max(since, until) if watched.up_at else since


def end(
    factory: Sessions, records: Records, vanished: Sequence[Vanished], notice: Callable[[str], timedelta]
) -> Sequence[ClosedCall]:
    """End these calls, each once, with what 1999 placed by them; those that were open until now."""
    with transaction(factory) as session:
        closed = close(session, vanished, notice)
        records.end_placed(session, [one.id for one in closed])
    for one in closed:
        metrics.calls.labels(one.outcome, one.why).inc()
    return closed


def notice_of(shelf: Shelf) -> Callable[[str], timedelta]:
    """How long the notice of a recording takes in a language."""
    return lambda language: timedelta(seconds=shelf.seconds("V-01", Language(language)))


def _meet(watched: _Watched, call_id: str, there: Iterable[AsteriskChannel], at: datetime) -> None:
    """Note whether the caller is joined with a phone now, and whose it is."""
    bridges = {one.bridge for one in there if one.id == call_id and one.bridge}
    others = [one for one in there if one.bridge in bridges and one.id != call_id]
    if others and not watched.met_at:
        watched.met_at = at
        phone = phone_of(others[0].name)
        watched.agent = "" if phone in OFFICERS else phone


class FoundFiles:
    """Rows for files of recorded sound that have none; empty files of a call that met nobody go."""

    def __init__(self, factory: Sessions, settings: Settings) -> None:
        self._factory, self._settings = factory, settings
        ways = "|".join(BOTH_WAYS)
        self._name = re.compile(rf"({re.escape(settings.node)}-(\d{{9,11}})\.\d+)-({ways})\.wav")
        self._known: set[str] = set()

    def run(self, at: datetime) -> int:
        """Look at every file once; how many had no row."""
        folder = self._settings.recordings
        new = [
            path
            for path in folder.glob("*.wav")
            if path.name not in self._known and self._name.fullmatch(path.name)
        ]
        quiet = [path for path in new if (one := vault.look(path)) and at - one.changed_at >= QUIET]
        return sum(self._bring(quiet[start : start + MANY]) for start in range(0, len(quiet), MANY))

    def _bring(self, paths: Sequence[Path]) -> int:
        names = [path.name for path in paths]
        with looking(self._factory) as session:
            chosen = select(Recording.path).where(Recording.path.in_(names))
            self._known |= set(session.scalars(chosen))
            ids = {self._call(name) for name in names}
            calls = select(CallRow.id, CallRow.ended_at).where(CallRow.id.in_(ids))
            ended = {call_id: ended_at is not None for call_id, ended_at in session.execute(calls)}
        without_row = [path for path in paths if path.name not in self._known]
        empty = [path for path in without_row if (one := vault.look(path)) and one.is_empty]
        for path in empty:
            if ended.get(self._call(path.name)):  # Asterisk writes on in one whose caller still waits
                path.unlink(missing_ok=True)
        lost = [path for path in without_row if path not in empty and ended.get(self._call(path.name), True)]
        for path in lost:
            self._give_row(path)
        return len(lost)

    def _give_row(self, path: Path) -> None:
        found, parts = vault.look(path), self._name.fullmatch(path.name)
        if found is None or parts is None:
            return
        call_id, direction = parts[1], Direction(parts[3])
        try:
            seconds = vault.head(path).seconds
        except (NotSound, OSError):
            seconds = 0.0
        began = found.changed_at - timedelta(seconds=seconds)
        arrived = min(began, datetime.fromtimestamp(int(parts[2]), UTC))
        row = {
            "id": call_id,
            "node": self._settings.node,
            "started_at": arrived,
            "recorded_at": began,
            "ended_at": found.changed_at,
            "end_reason": EndReason.SYSTEM,
            "outcome": CallResult.ABANDONED,
        }
        with transaction(self._factory) as session:
            add_once(session, CallRow, [row])
            expect_found(session, call_id, direction, self._settings.node, seconds, found.changed_at)
        self._known.add(path.name)
        metrics.found_files.inc()
        log.error("recording.without_row", file=path.name, seconds=round(seconds, 1))

    def _call(self, name: str) -> str:
        parts = self._name.fullmatch(name)
        return parts[1] if parts else ""
