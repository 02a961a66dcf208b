"""One running system for the faults it survives; those that break it have one of their own."""

import shutil
from collections.abc import Iterator

import pytest

from ivr.menus import FOLDER
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import System, running


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The hotline as `make up` runs it, with menu files of its own that a test may change."""
    refuse_or_go_on()
    menus = tmp_path_factory.mktemp("menus")
    for file in FOLDER.glob("*.toml"):
        shutil.copy(file, menus)
    with running(menus=str(menus)) as one:
        yield one
        assert_clean(one)
