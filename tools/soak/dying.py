"""Processes of ours that die by kill -9 at a named point between a promise that is made and its row.

The programs are those that run: the AGI server, the replay of the journal, the follower of the event log.
Only one function of each is made to end the process, before it, behind it, or with half of its bytes written.
"""

import ctypes
import importlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from pathlib import Path
from threading import local
from typing import Any, Final


class WritePath(StrEnum):
    """Way on which a promise becomes a row."""

    DATABASE = "database"
    """The server writes it."""
    JOURNAL = "journal"
    """The database is away; the server writes the journal."""
    REPLAY = "replay"
    """The journal becomes rows."""
    EVENT_LOG = "event log"
    """The dialplan promised alone; the follower loads its event."""


@dataclass(frozen=True, slots=True)
class DeathPoint:
    """``what``: module:function; ``when``: before, after or half; ``table``: only for rows of it.

    ``promised``: only once this thread has written the promise, for what runs for other things too.
    """

    way: WritePath
    what: str
    when: str = "before"
    table: str = ""
    promised: bool = False

    @property
    def name(self) -> str:
        """Name in reports."""
        of = f" ({self.table})" if self.table else ""
        return f"{self.way}: {self.when} {self.what.partition(':')[2]}{of}"


PROMISE: Final = "hotline.callbacks.service:Callbacks.promise"
_ROW: Final = "hotline.callbacks.service:add_once"
_COMMIT: Final = "sqlalchemy.engine.base:Connection._commit_impl"
_SEND: Final = "agi_scripts.server:Wire.write"
_WRITE: Final = "hotline.journal.writer:_write_all"


def _in_the_transaction(way: WritePath) -> Iterator[DeathPoint]:
    """Points in a transaction: the same rows are written on every way but the journal's."""
    yield DeathPoint(way, PROMISE)
    yield DeathPoint(way, _ROW, "after", "Callback")
    yield DeathPoint(way, "hotline.outbox.service:write", "after")
    yield DeathPoint(way, _ROW, "after", "CallbackRequest")
    yield DeathPoint(way, PROMISE, "after")
    yield DeathPoint(way, _COMMIT, "before", promised=True)
    yield DeathPoint(way, _COMMIT, "after", promised=True)


def _answering(way: WritePath) -> Iterator[DeathPoint]:
    """Points at which the promise is durable, and the caller is yet to hear of it."""
    yield DeathPoint(way, "calls.turn_facts:Ledger.write", "after")
    yield DeathPoint(way, "ivr.turns:Switchboard._announce")
    yield DeathPoint(way, "agi_scripts.session:answer")
    yield DeathPoint(way, "agi_scripts.line:Line.set_variable")
    yield DeathPoint(way, _SEND, "half")
    yield DeathPoint(way, _SEND, "after")


POINTS: Final = (
    DeathPoint(WritePath.DATABASE, "agi_scripts.server:AgiServer._decided"),
    DeathPoint(WritePath.DATABASE, "calls.turn_facts:Ledger.write"),
    DeathPoint(WritePath.DATABASE, "calls.group_commit:Gathering.bring"),
    DeathPoint(WritePath.DATABASE, "calls.turn_facts:apply"),
    DeathPoint(WritePath.DATABASE, "calls.turn_facts:_write", "after"),
    *_in_the_transaction(WritePath.DATABASE),
    DeathPoint(WritePath.DATABASE, "calls.turn_facts:Ledger._copy"),
    DeathPoint(WritePath.DATABASE, "calls.turn_facts:Ledger._copy", "after"),
    *_answering(WritePath.DATABASE),
    DeathPoint(WritePath.JOURNAL, "hotline.journal.writer:Journal.append"),
    DeathPoint(WritePath.JOURNAL, "hotline.journal.writer:encoded", "after"),
    DeathPoint(WritePath.JOURNAL, "hotline.journal.writer:Journal._commit"),
    DeathPoint(WritePath.JOURNAL, "hotline.journal.writer:Journal._begin", "after"),
    DeathPoint(WritePath.JOURNAL, "hotline.journal.writer:Journal._reserve", "after"),
    DeathPoint(WritePath.JOURNAL, _WRITE, "half"),
    DeathPoint(WritePath.JOURNAL, _WRITE, "after"),
    DeathPoint(WritePath.JOURNAL, "os:fdatasync", "after"),
    *_answering(WritePath.JOURNAL),
    DeathPoint(WritePath.REPLAY, "ops.jobs.journal_replay:Replay.positions"),
    DeathPoint(WritePath.REPLAY, "ops.jobs.journal_replay:Replay._write"),
    DeathPoint(WritePath.REPLAY, "calls.turn_facts:_write", "after"),
    *_in_the_transaction(WritePath.REPLAY),
    DeathPoint(WritePath.REPLAY, "ops.jobs.journal_replay:_move"),
    DeathPoint(WritePath.REPLAY, "ops.jobs.journal_replay:_move", "after"),
    DeathPoint(WritePath.REPLAY, "hotline.journal.marks:Marks.remember"),
    DeathPoint(WritePath.REPLAY, "hotline.journal.marks:Marks.remember", "after"),
    DeathPoint(WritePath.REPLAY, "hotline.journal:sweep", "after"),
    DeathPoint(WritePath.EVENT_LOG, "ops.jobs.cel_follower:Follower._load_batch"),
    DeathPoint(WritePath.EVENT_LOG, "ops.jobs.cel_follower:move", "after"),
    DeathPoint(WritePath.EVENT_LOG, "calls.cdr_writer:add_once", "after", "CelEvent"),
    DeathPoint(WritePath.EVENT_LOG, "calls.cdr_writer:_upsert", "after", "CallRow"),
    *_in_the_transaction(WritePath.EVENT_LOG),
    DeathPoint(WritePath.EVENT_LOG, "ops.jobs.cel_follower:Follower._load_batch", "after"),
)
"""Every point once; a test sees that each is reached."""

_thread = local()


def arm(point: DeathPoint) -> None:
    """Have this process die there from now on."""
    _wrap(PROMISE, _noting)
    _wrap(point.what, lambda original: _deadly(original, point))


def _wrap(what: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    module, _, path = what.partition(":")
    *owners, name = path.split(".")
    owner = reduce(getattr, owners, importlib.import_module(module))
    setattr(owner, name, around(getattr(owner, name)))


def _noting(original: Callable[..., Any]) -> Callable[..., Any]:
    def promise(*words: Any, **more: Any) -> Any:
        answer = original(*words, **more)
        _thread.has_promised = True
        return answer

    return promise


def _deadly(original: Callable[..., Any], point: DeathPoint) -> Callable[..., Any]:
    def run(*words: Any, **more: Any) -> Any:
        if not _is_here(point, words):
            return original(*words, **more)
        if point.when == "before":
            die()
        if point.when == "half":
            original(*_halved(words))
            die()
        answer = original(*words, **more)
        die()
        return answer

    return run


def _is_here(point: DeathPoint, words: tuple[Any, ...]) -> bool:
    if point.promised and not getattr(_thread, "has_promised", False):
        return False
    if point.what == _WRITE and not any(_bytes_in(words)):
        return False  # the zeros written ahead of the lines
    return not point.table or any(getattr(word, "__name__", "") == point.table for word in words)


def _bytes_in(words: tuple[Any, ...]) -> bytes:
    return next(bytes(word) for word in words if isinstance(word, bytes | memoryview))


def _halved(words: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(word[: len(word) // 2] if isinstance(word, bytes) else word for word in words)


def die() -> None:
    """Die as a machine does: no handler runs, nothing is flushed."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


# --- what the processes run --------------------------------------------------------------------------


def nothing() -> None:
    """A process that is only begun."""


def serve(point: DeathPoint, port: int, env: Mapping[str, str], log: str) -> None:
    """The AGI server, as ``python -m ops.run.agi`` runs it."""
    _begin(env, log)
    arm(point)
    sys.argv = ["ops.run.agi", "--port", str(port)]
    from ops.run.agi import main

    main()


def replay(point: DeathPoint, env: Mapping[str, str], log: str) -> None:
    """Do what the jobs do with the journal."""
    _begin(env, log)
    from hotline.settings import load_settings
    from ops.jobs.journal_replay import Replay
    from ops.wiring import workshop

    house = workshop(load_settings(), "dying")
    arm(point)
    Replay(house.factory, house.settings.journal, house.callbacks, keys=house.keys).run()


def follow(point: DeathPoint, env: Mapping[str, str], log: str) -> None:
    """Do what the jobs do with the event log."""
    _begin(env, log)
    from calls.cdr_writer import Records
    from hotline import clock
    from hotline.settings import load_settings
    from ops.jobs.cel_follower import Follower
    from ops.wiring import workshop

    settings = load_settings()
    house = workshop(settings, "dying")
    records = Records(settings.node, house.callbacks)
    arm(point)
    Follower(house.factory, settings.cel, settings.node, records).load(clock.now())


def _begin(env: Mapping[str, str], log: str) -> None:
    """Begin in this home and no other; dead with its parent; silent but for its log."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    os.environ.update(env)
    file = os.open(Path(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
