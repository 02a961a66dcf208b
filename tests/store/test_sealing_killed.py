"""Sealing, moving and destroying are killed before every step, on both databases, in a folder and in a store:
no row loses its sound, no sound its row, and the next run leaves nothing plain.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event

from hotline.db import Sessions
from recordings.object_storage import S3, S3Place, S3Storage
from recordings.storage import FOLDER, Storage
from tests.forking import ended, in_a_process
from tests.sealed import BEGAN, LATER, NODE, KeptHome
from tests.store.test_cases_numbers import own, place

pytestmark = pytest.mark.dialects
SECOND = "s3_second"
WRITES = ("INSERT", "UPDATE", "DELETE")
CHANGING = {"os.rename", "os.remove", "os.mkdir", "os.link"}


class KilledStep(NamedTuple):
    """What is done with a sealed or plain message, in which storage it lies before, and which is chosen."""

    does: Callable[[KeptHome, str], object]
    before: str
    chosen: str


def seals(home: KeptHome, _call: str) -> None:
    home.run()


def destroys(home: KeptHome, call: str) -> None:
    home.archive.destroy(call, "message", "old", LATER)


ACTS = {
    "sealed into the folder": KilledStep(seals, "", FOLDER),
    "sealed into the store": KilledStep(seals, "", S3),
    "moved to the store": KilledStep(seals, FOLDER, S3),
    "moved to the folder": KilledStep(seals, S3, FOLDER),
    "moved to another store": KilledStep(seals, S3, SECOND),
    "destroyed while plain": KilledStep(destroys, "", FOLDER),
    "destroyed in the folder": KilledStep(destroys, FOLDER, FOLDER),
    "destroyed in the store": KilledStep(destroys, S3, S3),
}


@dataclass
class Steps:
    """Counts what changes anything; at the one named the process is killed before it."""

    at: int
    done: int = 0

    def step(self) -> None:
        self.done += 1
        if self.done == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, factory: Sessions, place: Path) -> None:
        """Writes and commits of the database, and every file that is made, named or removed below a place."""
        engine = factory.kw["bind"]

        def asked(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if statement.lstrip().startswith(WRITES):
                self.step()

        def hook(name: str, facts: tuple[Any, ...]) -> None:
            writes = name == "open" and isinstance(facts[2], int) and facts[2] & (os.O_WRONLY | os.O_RDWR)
            if (
                (writes or name in CHANGING)
                and str(place) in str(facts[0])
                and "hotline.db" not in str(facts[0])
            ):
                self.step()

        event.listen(engine, "before_cursor_execute", asked)
        event.listen(engine, "commit", lambda _connection: self.step())
        sys.addaudithook(hook)


@dataclass
class SteppedStore:
    """A store before and after whose changes the process may be killed."""

    store: Storage
    steps: Steps

    def put(self, name: str, file: Path) -> None:
        self.steps.step()
        self.store.put(name, file)
        self.steps.step()

    def delete(self, name: str) -> None:
        self.steps.step()
        self.store.delete(name)
        self.steps.step()

    def delete_all(self, names: Sequence[str]) -> None:
        for name in names:
            self.delete(name)

    def size(self, name: str) -> int | None:
        return self.store.size(name)

    def read(self, name: str, start: int, count: int) -> bytes:
        return self.store.read(name, start, count)

    def names(self) -> Iterator[tuple[str, datetime]]:
        return self.store.names()

    def fault(self) -> str:
        return self.store.fault()


def killed(url: str, home: Path, stored: dict[str, S3Place], name: str, call: str, at: int) -> None:
    """Do it in a home of one's own, and die before a step."""
    steps, factory, act = Steps(at), own(url), ACTS[name]
    others = {one: SteppedStore(S3Storage(bucket), steps) for one, bucket in stored.items()}
    steps.watch(factory, home)
    act.does(KeptHome(factory, home, others, act.chosen), call)


@pytest.mark.parametrize("name", ACTS)
def test_killed_before_any_step_nothing_is_lost(
    factory: Sessions, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    act = ACTS[name]
    stored: dict[str, S3Place] = {}
    for one in {act.before, act.chosen} - {"", FOLDER}:
        stored[one] = replace(request.getfixturevalue("object_store").bucket(), name=one)
    others = {one: S3Storage(bucket) for one, bucket in stored.items()}
    home = KeptHome(factory, tmp_path, others, act.chosen)
    at = 1
    while True:
        call = f"{NODE}-{BEGAN.timestamp():.0f}.{at}"
        home.takes_a_message(call)
        if act.before:
            home.choosing(act.before).run()
        came = ended(in_a_process(killed, place(factory), tmp_path, stored, name, call, at))
        if came == 0:  # there was no such step: it is done
            break
        assert came == -signal.SIGKILL
        home.refuse_loss()
        home.run()
        home.refuse_leftovers()
        home.archive.destroy(call, "message", "over", LATER)  # the next one is alone again
        at += 1
    assert at > 6
    home.run()
    home.refuse_leftovers()
