"""What the stores' tests need beside the databases."""

from datetime import time

import pytest

from hotline.callbacks.service import Callbacks
from hotline.worktime import Calendar, OfficeHours, Worktime


@pytest.fixture
def callbacks() -> Callbacks:
    """Promises kept within four office hours."""
    return Callbacks(Worktime(Calendar(), OfficeHours(time(8, 30), time(17, 30))))
