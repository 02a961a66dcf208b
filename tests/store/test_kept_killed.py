"""Event log and journal are killed before every step of their sealing, on both databases: every promise is
one row, every line is read once, and after the next run nothing of a caller stands in clear.
"""

import json
import os
import signal
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from calls.cdr_writer import Records
from calls.store import CelEvent
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.db import Sessions, looking
from hotline.journal import Journal, Marks
from hotline.journal.lines import encoded
from hotline.worktime import Calendar, OfficeHours, Worktime
from ops.jobs.cel_follower import Follower
from ops.jobs.cel_kept import KeptEvents
from ops.jobs.journal_replay import Replay
from tests.forking import ended, in_a_process
from tests.keys import RING
from tests.store.test_cases_numbers import own, place
from tests.store.test_cel import NOW, Log
from tests.store.test_sealing_killed import Steps

pytestmark = pytest.mark.dialects
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NUMBER = b"9123456"


def callbacks() -> Callbacks:
    return Callbacks(Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30))))


def follows(factory: Sessions, home: Path) -> None:
    """What the jobs do with the log in two hours: load, turn, seal, remove."""
    kept = KeptEvents(home / "journal" / "events", RING)
    records = Records("ntpc1", callbacks())
    how = {"batch": 3, "keep": 35 * DAY, "marks": Marks(home / "journal"), "kept": kept}
    follower = Follower(factory, home / "cel", "ntpc1", records, **how)
    for minutes in (0, 70, 130):
        at = NOW + timedelta(minutes=minutes)
        follower.load(at)
        follower.tidy(at)


def followed(url: str, home: Path, at: int) -> None:
    steps, factory = Steps(at), own(url)
    steps.watch(factory, home)
    follows(factory, home)


def writes(home: Path, call: int) -> None:
    """A call that a promise was given in, as Asterisk writes it; written at NOW."""
    log = Log(home / "cel")
    spoken, hung_up = f"{number(call)}|zh-TW|dialplan", "PJSIP/trunk-00000001"
    log.event(call, 0, "CHAN_START", num=number(call))
    log.event(call, 1, "PROMISE", num=number(call), eventextra=json.dumps({"extra": spoken}))
    log.event(call, 2, "HANGUP", num=number(call), eventextra=json.dumps({"hangupsource": hung_up}))
    os.utime(log.path, (NOW.timestamp(),) * 2)


def number(call: int) -> str:
    """Another caller's each, for a second promise to one joins the first."""
    return f"09123456{call:02}"


def in_clear(home: Path) -> list[str]:
    return [path.name for path in home.rglob("*") if path.is_file() and NUMBER in path.read_bytes()]


def promised(factory: Sessions) -> list[str | None]:
    with looking(factory) as session:
        return list(session.scalars(select(Callback.call_id).order_by(Callback.id)))


def test_the_event_log_is_killed_before_every_step_of_its_sealing(factory: Sessions, tmp_path: Path) -> None:
    """Each kill is met by another call; at the end every line of all is in a copy, and was loaded once."""
    home, at = tmp_path / "home", 1
    (home / "cel").mkdir(parents=True)
    while True:
        writes(home, at)
        came = ended(in_a_process(followed, place(factory), home, at))
        if came == 0:
            break
        assert came == -signal.SIGKILL
        follows(factory, home)
        assert list((home / "cel").iterdir()) == [] == in_clear(home)
        at += 1
    assert at > 12
    with looking(factory) as session:
        lines = session.execute(select(CelEvent.file, CelEvent.offset)).all()
    assert len(lines) == len(set(lines)) == 3 * at
    assert promised(factory) == [f"ntpc1-{call}.1" for call in range(1, at + 1)]
    kept = KeptEvents(home / "journal" / "events", RING)
    copied = {line for file in kept.files() for _place, line in kept.lines(file, 0, 99)}
    assert sum(b'"PROMISE"' in line for line in copied) == at and in_clear(home) == []


def turn(call: int) -> dict[str, object]:
    """An entry of the journal: a promise that a turn gave while the database was away."""
    promise = {"number": number(call), "language": "zh-TW", "origin": "caller", "due_at": "", "extension": ""}
    columns = {"turn": 1, "language": "zh-TW", "wanted": "zh-TW"}
    told = {
        "call": f"ntpc1-{call}.1",
        "at": NOW.isoformat(),
        "node": "ntpc1",
        "line": "asterisk",
        "menus": "",
    }
    return {**told, "columns": columns, "events": [["CallbackPromised", promise]]}


def replays(factory: Sessions, home: Path) -> None:
    replay = Replay(factory, home / "journal", callbacks(), now=lambda: NOW, keys=RING)
    replay.run()
    replay.tidy(NOW - 35 * DAY, 1 << 30)


def replayed(url: str, home: Path, at: int) -> None:
    steps, factory = Steps(at), own(url)
    steps.watch(factory, home)
    replays(factory, home)


def written(home: Path, call: int) -> None:
    """A promise, an entry that no database takes, and a line whose middle a failing disk changed."""
    journal = Journal(home / "journal", f"ntpc1-agi{call}", keys=RING)
    journal.append(f"turn:{call}:CallbackPromised", NOW, turn(call))
    journal.append(f"bad:{call}", NOW, {"call": "x" * 99, "number": "0912345678"})
    journal.close()
    (file,) = (home / "journal").glob(f"ntpc1-agi{call}.*.journal")
    changed = encoded(f"changed:{call}", NOW, turn(0), RING)
    with file.open("ab") as writing:
        writing.write(changed[:90] + b"\xff" + changed[91:])


def test_the_journal_is_killed_before_every_step(factory: Sessions, tmp_path: Path) -> None:
    """What is applied is kept, what is damaged or refused lies where a person finds it, sealed as it was."""
    home, at = tmp_path / "home", 1
    while True:
        written(home, at)
        came = ended(in_a_process(replayed, place(factory), home, at))
        if came == 0:
            break
        assert came == -signal.SIGKILL
        replays(factory, home)
        assert promised(factory) == [f"ntpc1-{call}.1" for call in range(1, at + 1)]
        at += 1
    assert at > 6
    folder = home / "journal"
    assert list(folder.glob("*.journal")) == [] == in_clear(home)
    assert (
        len(list((folder / "damaged").glob("*.journal"))) == len(list((folder / "refused").iterdir())) == at
    )
