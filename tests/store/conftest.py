"""What the stores' tests need beside the databases."""

from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest

from hotline.callbacks.service import Callbacks
from hotline.journal import Journal
from hotline.worktime import Calendar, OfficeHours, Worktime
from tests import seaweed
from tests.seaweed import NoStore, ObjectStore
from tests.store.ledgers import Clockwork


@pytest.fixture
def callbacks() -> Callbacks:
    """Promises kept within four office hours."""
    return Callbacks(Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30))))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Of a process that writes there."""
    journal = Journal(tmp_path / "journal", "test")
    yield journal
    journal.close()


@pytest.fixture
def elapsed() -> Clockwork:
    """The clock of a ledger's rest."""
    return Clockwork()


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """An S3-compatible store of our own, once a worker. Without one: skipped."""
    try:
        with seaweed.running() as store:
            yield store
    except NoStore as why:
        pytest.skip(str(why))
