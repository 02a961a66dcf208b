"""Processes of the release before and of this one work side by side on one database (resilience row 47).

The release before is taken from this repository's history and run as the programs that it was.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import insert

from demo.seed import seed
from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit_values
from hotline.ledger.store import AuditRow
from hotline.settings import Settings
from hotline.settings.kinds import CHECKOUT
from ops.wiring import migrate, workshop
from tests.postgres import Postgres

BEFORE: Final = "cd2dd36"
"""The last commit whose processes may still run while ours start."""
PARTS: Final = ("hotline", "ivr", "transfer", "recordings", "agi_scripts", "web", "ops")
Typed = Callable[..., str]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout of the release before."""
    return checkout_of(BEFORE, PARTS, tmp_path_factory.mktemp("before"))


def checkout_of(commit: str, parts: Sequence[str], place: Path) -> Path:
    """Parts of this repository as they were."""
    known = ("git", "-C", str(CHECKOUT), "cat-file", "-e", f"{commit}^{{commit}}")
    if not shutil.which("git") or subprocess.run(known, capture_output=True, check=False).returncode:
        pytest.skip("needs git and this repository's history: git fetch --unshallow")
    packed = subprocess.run(
        ("git", "-C", str(CHECKOUT), "archive", commit, *parts), capture_output=True, check=True
    )
    subprocess.run(("tar", "-x", "-C", str(place)), input=packed.stdout, check=True)
    return place


@pytest.fixture
def by_each(before: Path, postgres: Postgres, tmp_path: Path) -> Iterator[tuple[Typed, Typed]]:
    """The ``hotline`` command of the release before, and ours, over one upgraded database."""
    home = tmp_path / "home"
    with postgres.database() as database_url:
        settings = Settings(home=home, database_url=database_url)
        migrate(settings)
        house = workshop(settings, "tests")
        with transaction(house.factory) as session:
            row = audit_values(clock.now(), "admin-1", "a.b", "city:1", None, None, "")
            session.execute(insert(AuditRow).values(row))  # of the release before, whose log goes on
            seed(session, clock.now())
        house.engine.dispose()
        yield program(before, home, database_url), program(CHECKOUT, home, database_url)


def program(checkout: Path, home: Path, database_url: str, *module: str) -> Typed:
    """The command of one checkout, or another of its programs; what it says. It must succeed."""
    environment = {
        "PYTHONPATH": str(checkout),
        "HOTLINE_HOME": str(home),
        "HOTLINE_DATABASE_URL": database_url,
    }

    def typed(*words: str) -> str:
        told = subprocess.run(
            (sys.executable, *(module or ("-m", "ops.cli")), *words),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=checkout,
            env={**os.environ, **environment},
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    return typed


def test_resilience_47_either_release_goes_on_with_what_the_other_began(by_each: tuple[Typed, Typed]) -> None:
    """Promises opened by one are claimed by the other and closed by the first;
    the audit log stays one whole chain.
    """
    old, new = by_each
    for number, (opens, works) in enumerate(((old, new), (new, old)), 1):
        opens(
            "callback",
            "open",
            "0912345678",
            "--extension",
            "5112",
            "--name",
            "示範市民",
            "--by",
            "agent-1",
            "--matter",
            "路燈不亮",
        )
        assert "WORKING" in works("callback", "claim", str(number), "--by", "officer-5112")
        assert "DONE" in opens("callback", "close", str(number), "--by", "officer-5112", "--result", "已派工")
    old("audit", "verify")
