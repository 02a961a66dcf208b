"""Backup and restore are killed before and after every step: a half backup is never taken for whole, and the
same command, given again, makes the machine whole.
"""

import importlib
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from hotline.numbers import e164
from hotline.settings import Settings
from tests.backed_up import MINUTE, BackedUpNode, EmptyMachine, empty_machine, node
from tests.forking import ended, in_a_process

pytestmark = pytest.mark.dialects

ONE = "0902345678"
TAKING = (
    "ops.backup.store:BackupStore.draft",
    "ops.backup.databases:copy",
    "ops.backup.taking:_seal_events",
    "ops.backup.copying:BackupDraft.take_folder",
    "ops.backup.taking:_write",
    "ops.backup.store:BackupStore.finish",
    "ops.backup.sound:keep",
)
RESTORING = (
    "ops.backup.restoring:_begin",
    "ops.backup.restoring:_put_files",
    "ops.backup.restoring:_put_keys",
    "ops.backup.databases:put_back",
    "ops.wiring:migrate",
    "ops.backup.restoring:make_deletions_good",
    "ops.backup.restoring:_bring_up",
    "ops.backup.sound:bring_back",
)


@pytest.fixture
def old(tmp_path: Path, database: Engine, database_url: str) -> Iterator[BackedUpNode]:
    made = node(tmp_path, database_url)
    made.promises(ONE)
    sealed = made.settings.sealed / "2026-11"
    sealed.mkdir(parents=True)
    (sealed / "a").write_bytes(b"a")
    made.backs_up()
    made.ends()
    yield made
    made.ends()


def dies_at(step: str, *, after: bool) -> None:
    """The first use of it is the last thing that this process does."""
    module, _, path = step.partition(":")
    owner: Any = importlib.import_module(module)
    *outer, name = path.split(".")
    for one in outer:
        owner = getattr(owner, one)
    real: Callable[..., object] = getattr(owner, name)

    def once(*given: object, **named: object) -> object:
        if after:
            real(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    setattr(owner, name, once)


def backs_up(settings: Settings, root: Path, at: datetime, step: str, after: bool) -> None:
    dies_at(step, after=after)
    BackedUpNode(settings, root, at).backs_up()


def restores(machine: EmptyMachine, root: Path, step: str, after: bool) -> None:
    dies_at(step, after=after)
    machine.restores(root)


@pytest.mark.parametrize("after", [False, True])
def test_a_backup_that_is_killed_leaves_the_earlier_ones_and_no_half_one(
    old: BackedUpNode, after: bool
) -> None:
    """At every step; the next one is whole."""
    for step in TAKING:
        before = old.store.whole()
        old.at += 2 * MINUTE
        assert (
            ended(in_a_process(backs_up, old.settings, old.root, old.at, step, after)) == -signal.SIGKILL
        ), step
        whole = old.store.whole()
        is_done = step.endswith("sound:keep") or after and step.endswith("finish")
        assert whole[: len(before)] == before and len(whole) == len(before) + is_done, step
        old.at += 2 * MINUTE
        old.backs_up()
        for one in old.store.whole():
            old.verified(one)
        assert list(old.store.folder.glob("*.part")) == []


@pytest.mark.parametrize("after", [False, True])
def test_a_restore_that_is_killed_is_begun_anew_by_the_same_command(
    old: BackedUpNode, request: pytest.FixtureRequest, tmp_path: Path, after: bool
) -> None:
    """At every step: nothing is doubled, and a start meanwhile is refused by the mark that is left."""
    for number, step in enumerate(RESTORING):
        with empty_machine(request, tmp_path / str(number), old.settings) as new:
            assert ended(in_a_process(restores, new, old.root, step, after)) == -signal.SIGKILL, step
            mark = new.settings.home / "restoring.json"
            assert mark.exists() or (step.endswith("_begin") and not after), step
            new.restores(old.root)
            made = new.starts()
            assert set(made.rows()) == {e164(ONE)} and not mark.exists(), step
            assert (new.settings.sealed / "2026-11" / "a").read_bytes() == b"a", step
            made.ends()
