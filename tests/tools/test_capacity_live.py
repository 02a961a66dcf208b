"""The simulated line of docs/capacity.md beside a real one."""

from pathlib import Path

import pytest

from hotline.settings import load_settings
from tools.capacity.trial import Trial, made

pytestmark = [pytest.mark.live, pytest.mark.thorough]


def test_the_simulated_wait_is_the_measured_one_within_a_tenth(room: Path) -> None:
    """Two hundred calls to eight played agents, six minutes."""
    found = made(Trial(), room, load_settings().cache)
    assert found.measured > 0.5, found
    assert found.difference <= 0.1, found


@pytest.fixture
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that Asterisk's own user can enter."""
    folder = tmp_path_factory.mktemp("trial")
    for one in (folder, *folder.parents[:3]):
        one.chmod(one.stat().st_mode | 0o011)
    return folder
