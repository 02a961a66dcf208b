"""Retention that is killed at any step, has no log, runs at two nodes, or meets an old database (P0-a)."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine

from administration.retention import make_good
from hotline import legal_holds
from hotline.callbacks.store import Callback
from hotline.db import Sessions, transaction
from hotline.legal_holds import HeldRecord
from hotline.retention import masking
from hotline.retention.deletion_log import DeletionLog, NoDeletionLog
from hotline.retention.store import RetentionRun
from tests.put_back import OldCopy
from tests.retaining import DAY, NAME, NIGHT, RetentionScene, latest

pytestmark = pytest.mark.dialects


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path) -> RetentionScene:
    return RetentionScene(factory, tmp_path / "deletions")


class Died(Exception):
    """The process was killed."""


def dies(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """Its first use is the last thing that the process does."""
    place, _, what = name.rpartition(".")
    owner = {"log": DeletionLog, "masking": masking, "run": RetentionRun}[place]
    real: Callable[..., object] = getattr(owner, what)

    def once(*given: object, **named: object) -> object:
        if after:
            real(*given, **named)
        raise Died

    monkeypatch.setattr(owner, what, once)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["masking._chosen", "masking._empty", "log.append", "run.count"])
def test_killed_at_any_step_each_record_goes_whole_and_once(
    scene: RetentionScene, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    """What was begun is undone or done, and the next run does the rest; counts are true."""
    call = scene.call()
    scene.promise(call)
    scene.retention.run(NIGHT - DAY)
    with monkeypatch.context() as patched:
        dies(patched, step, after=after)
        with pytest.raises(Died):
            scene.retention.run(NIGHT)
    assert not scene.masked(call)
    scene.retention.run(NIGHT + timedelta(minutes=10))
    assert scene.masked(call)
    assert latest(scene)[0].done == {"calls": 1, "promises": 1, "notices": 1}


def test_without_a_log_nothing_is_deleted(scene: RetentionScene) -> None:
    """Of what could not be told, nothing goes."""
    call = scene.call()
    scene.retention.run(NIGHT - DAY)
    scene.folder.parent.mkdir(exist_ok=True)
    scene.folder.write_text("no folder")
    with pytest.raises(NoDeletionLog):
        scene.retention.run(NIGHT)
    assert not scene.masked(call)
    scene.folder.unlink()
    scene.retention.run(NIGHT)
    assert scene.masked(call)


def test_two_nodes_at_once_delete_each_record_once(scene: RetentionScene, tmp_path: Path) -> None:
    """Whoever is faster; together they count what went."""
    for number in range(250):
        scene.call(f"n1-1.{number}")
    other = RetentionScene(scene.factory, tmp_path / "others", "n2")
    for one in (scene, other):
        one.retention.run(NIGHT - DAY)
    together, faults = Barrier(2), list[BaseException]()

    def runs(one: RetentionScene) -> None:
        together.wait(10)
        try:
            one.retention.run(NIGHT)
        except BaseException as error:
            faults.append(error)

    threads = [Thread(target=runs, args=(one,)) for one in (scene, other)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert faults == []
    assert sum(run.done.get("calls", 0) for run in latest(scene)) == 250
    told = [*scene.eraser.log.read(), *other.eraser.log.read()]
    assert len({one.subject for one in told}) == len(told) == 250


def test_a_database_put_back_loses_again_what_was_deleted(
    scene: RetentionScene, database: Engine, tmp_path: Path
) -> None:
    """Before anybody is served; what is held in the copy stays, and another record of the number too."""
    call, held = scene.call("n1-1.1"), scene.call("n1-1.2")
    number = scene.promise(call)
    copy = OldCopy(database, tmp_path)
    scene.nights()
    assert scene.masked(call) and scene.masked(held)
    copy.put_back()
    assert not scene.masked(call)
    with transaction(scene.factory) as session:
        legal_holds.hold(session, "referral:1", HeldRecord.CALL, [held], by="rdec-1", at=NIGHT)
    assert make_good(scene.factory, scene.eraser, NIGHT) > 0
    assert scene.masked(call) and not scene.masked(held)
    assert scene.row(Callback, number).number == ""
    assert make_good(scene.factory, scene.eraser, NIGHT) == 0


def test_a_number_given_anew_by_a_database_put_back_is_not_taken_for_the_old_one(
    scene: RetentionScene, database: Engine, tmp_path: Path
) -> None:
    """Promises are told apart by when they were registered."""
    copy = OldCopy(database, tmp_path)
    old = scene.promise(scene.call("n1-1.1"))
    scene.nights()
    copy.put_back()
    new = scene.promise(scene.call("n1-1.9", NIGHT), at=NIGHT)
    assert new == old
    make_good(scene.factory, scene.eraser, NIGHT)
    assert scene.row(Callback, new).name == NAME


def test_a_torn_line_of_the_log_costs_no_other(scene: RetentionScene) -> None:
    """After a loss of power the next line begins on its own."""
    scene.call("n1-1.1")
    scene.nights()
    with scene.eraser.log.path.open("ab") as file:
        file.write(b'{"record": "call", "ki')
    scene.call("n1-1.2")
    scene.nights(until=NIGHT + 2 * DAY)
    assert [one.subject for one in scene.eraser.log.read()] == ["n1-1.1", "n1-1.2"]
