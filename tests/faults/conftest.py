"""One running system for the faults it survives; those that break it have one of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ivr.menus import FOLDER
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """The hotline as `make up` runs it, with menu files of its own that a test may change."""
    refuse_or_go_on()
    with TemporaryDirectory(prefix="hotline-menus-", dir="/tmp") as menus:
        Path(menus).chmod(0o755)  # read by the user that our processes run as; pytest's own folders are shut
        for file in FOLDER.glob("*.toml"):
            shutil.copy(file, menus)
        with running(menus=menus) as one:
            yield one
            assert_clean(one)
