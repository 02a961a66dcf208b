"""Asterisk configured, and running over it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from control.presence import asterisk_state
from hotline import clock
from ops.machine.users import create_users
from ops.machine.views import can_unshare
from ops.pbx.asterisk import find_or_install
from ops.pbx.configuration import write
from ops.pbx.home import AsteriskHome
from ops.pbx.prompts import put_prompts
from ops.run.processes import Spec, Supervisor
from tests.house.configured import AGENTS, settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskHome]:
    """Everything written, nothing started; where this machine permits, in a folder others may not enter."""
    create_users()
    folder = tmp_path_factory.mktemp("hotline") if can_unshare() else Path(mkdtemp(dir="/var/tmp"))
    folder.chmod(0o711)
    chosen = settings(folder)
    one = AsteriskHome.of(chosen, find_or_install(chosen.cache))
    write(one, AGENTS)
    put_prompts(chosen.prompts, one.root / "sounds")
    yield one
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running(home: AsteriskHome, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    """A real Asterisk over that configuration."""
    spec = Spec("asterisk", home.command("TERM"), before=lambda: home.mark_start())
    supervisor = Supervisor([spec], tmp_path_factory.mktemp("log"), lambda _line: None).start()
    by = clock.monotonic() + 20
    while clock.monotonic() < by and asterisk_state(home.settings):
        pass
    home.rx("core waitfullybooted")
    yield supervisor
    supervisor.stop()
