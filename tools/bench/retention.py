"""Time of the nightly run that masks a month of calls and destroys their sound (`--quick`: fewer), and how
long a batch holds the database.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import insert

from administration.retention import Retention
from administration.sound_retention import SoundRetention
from calls.store import CallEvent, CallRow, CelEvent, Leg
from hotline import clock
from hotline.callbacks.store import Callback, CallbackEvent, CallbackRequest
from hotline.clock import taipei
from hotline.db import Base, Sessions, connect, sessions, transaction
from hotline.keys.files import new_key
from hotline.keys.ring import KeyRing
from hotline.keys.store import DataKey
from hotline.retention.deletion_log import DeletionLog
from hotline.retention.masking import Eraser
from hotline.settings import Settings
from ops import limits
from ops.jobs.scheduler import give_way
from recordings.archive import Archive
from recordings.policy import Direction
from recordings.storage import FOLDER, FolderStorage, Storages
from recordings.store import Recording, RecordingState
from recordings.vault import Folders
from tools.bench import postgres
from tools.bench.plan import BenchPlan
from tools.bench.report import BenchFigure, BenchPart, BenchTable, percentile, shown
from tools.faults import CannotMeasure

MONTH: Final = 150_000
LIMIT: Final = 300.0
EVENTS: Final = (
    *"CallArrived RecordingBegun MenuHeard KeyPressed LanguageChosen Queued WaitAnnounced CallEnding".split(),
)
LINES: Final = 14
"""Lines of the event log of one call."""
PROMISED: Final = 20
"""One call of so many asks to be called back."""
AT_ONCE: Final = 1_000
WAIT: Final = timedelta(seconds=60)
KEYS: Final = KeyRing(dict([new_key(clock.now())]))
NODE: Final = "ntpc1"
SEALED: Final = b"sealed"
"""What a file of sound holds here: how long one is makes no difference to its end."""
BEGUN: Final = taipei("2025-10-01T00:00")
NIGHT: Final = taipei("2026-11-24T03:00")
DAY: Final = timedelta(days=1)

Rows = dict[type[Base], list[dict[str, Any]]]


def month(chance: Random, calls: int, begun: datetime = BEGUN) -> Iterator[Rows]:
    """A month of calls that are over for a year, some at a time, with all that is kept of each."""
    for start in range(0, calls, AT_ONCE):
        rows: Rows = {
            one: []
            for one in (
                *(CallRow, CallEvent, Leg, CelEvent, Callback, CallbackRequest, CallbackEvent),
                *(DataKey, Recording),
            )
        }
        for number in range(start, min(calls, start + AT_ONCE)):
            _call(rows, chance, number, begun)
        yield rows


def _call(rows: Rows, chance: Random, number: int, begun: datetime) -> None:
    at = begun + timedelta(seconds=17 * number)
    one = f"{NODE}-{at.timestamp():.0f}.{number}"
    caller = f"+8869{chance.randrange(10**8):08}"
    over = {"ended_at": at + timedelta(minutes=4), "end_reason": "caller", "outcome": "talked"}
    rows[CallRow].append(
        {"id": one, "node": "ntpc1", "caller": caller, "dialled": "1999", "started_at": at, **over}
    )
    for place, kind in enumerate(EVENTS):
        detail = {"caller": caller, "dialled": "1999"} if not place else {"menu": "main", "key": "1"}
        key = f"turn:{one}:{place}"
        rows[CallEvent].append({"key": key, "call_id": one, "at": at, "kind": kind, "detail": detail})
    leg = {"channel": f"{one}-a", "call_id": one, "phone": "agent-1", "started_at": at, "outcome": "answered"}
    rows[Leg].append(leg)
    for place in range(LINES):
        body = {
            "EventName": "APP_START",
            "CallerIDnum": caller,
            "Channel": "PJSIP/trunk-00000001",
            "AppData": "x" * 80,
        }
        line = {"file": f"f{number // 20_000}", "offset": number * LINES + place, "linked_id": one, "at": at}
        rows[CelEvent].append({**line, "kind": "APP_START", "body": body})
    for direction in (Direction.CALLER, Direction.AGENT):
        _sound(rows, one, direction, at, over["ended_at"])
    if not number % PROMISED:
        _promise(rows, number // PROMISED + 1, one, caller, over["ended_at"])


def _sound(rows: Rows, call: str, direction: Direction, at: datetime, ended_at: object) -> None:
    key, name = f"{len(rows[DataKey])}-{call}"[:32], f"{call}-{direction}"
    wrapped = {"kind": "recording", "wrapped": bytes(96), "wrapped_by": KEYS.current, "made_at": at}
    rows[DataKey].append({"id": key, **wrapped})
    about = {"call_id": call, "direction": direction, "node": NODE, "path": f"{name}.wav"}
    times = {"started_at": at, "ended_at": ended_at, "checked_at": ended_at}
    kept = {"key_id": key, "codec": "flac", "storage": FOLDER, "sealed_as": sealed_as(at, name)}
    whole = {"state": RecordingState.WHOLE, "sha256": "0" * 64}
    rows[Recording].append(about | times | kept | whole)


def sealed_as(at: datetime, name: str) -> str:
    """The name of a sealed file."""
    return f"{at:%Y-%m}/{name}.sealed"


def _promise(rows: Rows, number: int, call: str, caller: str, at: object) -> None:
    times = dict.fromkeys(("registered_at", "due_at", "remind_at", "closed_at"), at)
    words = {"number": caller, "name": "王小明", "matter": "路燈不亮", "result": "已說明", "state": "DONE"}
    origin = {"language": "zh-TW", "origin": "caller"}
    rows[Callback].append({"id": number, "call_id": call, **words, **origin, **times})
    rows[CallbackRequest].append(
        {"call_id": call, "callback_id": number, "origin": "caller", "at": at, "due_at": at}
    )
    for kind in ("registered", "claimed", "rung", "attempted", "close"):
        event = {
            "callback_id": number,
            "at": at,
            "by": "mei",
            "kind": kind,
            "before": "OPEN",
            "after": "DONE",
        }
        rows[CallbackEvent].append({**event, "reason": "民眾已知悉", "detail": {"owner_before": "mei"}})


def filled(factory: Sessions, calls: int, folder: Path) -> None:
    """Tables with a month of calls, as the database knows them after a night, and files of their sound."""
    engine = factory.kw["bind"]
    Base.metadata.create_all(engine)
    for rows in month(Random(1999), calls):
        with transaction(factory) as session:
            for table, some in rows.items():
                if some:
                    session.execute(insert(Base.metadata.tables[table.__tablename__]), some)
        for sound in rows[Recording]:
            path = folder / sound["sealed_as"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(SEALED)
    vacuum = "VACUUM " if engine.dialect.name == "postgresql" else ""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"{vacuum}ANALYZE")


def measure(plan: BenchPlan, scratch: Path) -> BenchPart:
    """Run the night after the month's year on both databases."""
    found = {
        "SQLite": _run(
            sessions(connect(f"sqlite:///{scratch}/retention.db", wait=WAIT, keys=KEYS)), plan, scratch / "a"
        )
    }
    lacking = postgres.lacking()
    if not lacking:
        with postgres.cluster(scratch) as cluster:
            found["PostgreSQL"] = _run(
                sessions(connect(cluster.url, wait=WAIT, keys=KEYS)), plan, scratch / "b"
            )
    rows = [
        (database, shown(took), *(shown(1000 * percentile(batches, part)) for part in (50, 99, 100)))
        for database, (took, batches) in found.items()
    ]
    head = ("database", "run s", "batch p50 ms", "p99 ms", "longest ms")
    note = (
        f"{plan.retained:,} calls with {len(EVENTS)} events, {LINES} lines and a leg and two sounds each; with "
        f"its rests. {lacking}"
    )
    worst = max(took for took, _batches in found.values()) * MONTH / plan.retained
    longest = percentile(found["SQLite"][1], 99)  # there, who writes waits for it
    return BenchPart(
        (BenchTable("(l) Retention", head, tuple(rows), note),),
        (
            BenchFigure(f"retention of {MONTH:,} calls", worst, "s", at_most=LIMIT),
            BenchFigure("batch of retention on SQLite, p99", 1000 * longest, "ms", at_most=100.0),
        ),
    )


def _run(factory: Sessions, plan: BenchPlan, folder: Path) -> tuple[float, list[float]]:
    kept = folder / "sealed"
    filled(factory, plan.retained, kept)
    batches, periods = list[float](), limits.retention(Settings())
    eraser = Eraser(factory, DeletionLog(folder, NODE))
    storages = Storages({FOLDER: FolderStorage(kept)}, FOLDER, kept / "drafts")
    archive = Archive(factory, KEYS, Folders(folder / "plain", folder / "messages", NODE), storages)
    sound = SoundRetention(factory, archive, eraser.log)

    def rest(took: float) -> None:
        batches.append(took)
        give_way(took)

    retention = Retention(factory, eraser, lambda: periods, (), clock.monotonic, rest, sound)
    retention.run(NIGHT - DAY)
    began = clock.monotonic()
    done = retention.run(NIGHT)
    took = clock.monotonic() - began
    whole = done["calls"] == plan.retained and done["talk"] == 2 * plan.retained
    if not whole or any(kept.glob("*/*")):
        raise CannotMeasure(f"the run left something: {done}")
    factory.kw["bind"].dispose()
    return took, batches
