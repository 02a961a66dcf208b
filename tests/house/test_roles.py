"""What a machine runs by its roles: each process and each job, and together all of them once."""

from pathlib import Path

import pytest

from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from hotline.settings.faults import BadSettings
from ops.jobs.places import places
from ops.jobs.schedule import jobs
from ops.pbx.home import AsteriskHome
from ops.pbx.program import NO_ASTERISK
from ops.run.job_readiness import watched_jobs
from ops.run.supervisor import specs
from ops.wiring import workshop
from tests.house.test_systemd import UNITS, lines

ALWAYS = {"jobs", "web"}
"""What every machine runs: it has a journal, and is looked at."""
OF_SOUND = {"recordings", "messages", "sealing"}
"""Of machines to whose disk sound comes: a node, and one that fetches what Twilio recorded."""


def processes(home: Path, *roles: MachineRole) -> set[str]:
    return {spec.name for spec in specs(AsteriskHome.of(Settings(home=home, roles=roles), NO_ASTERISK))}


def work(home: Path, *roles: MachineRole) -> list[str]:
    return [job.name for job in jobs(workshop(Settings(home=home, roles=roles), "jobs"))]


def test_processes_go_by_the_roles(tmp_path: Path) -> None:
    """Without a role a machine runs all; a child is told the roles that it was started with."""
    calls = {"agi-1", "agi-2", "listener", "asterisk"}
    assert processes(tmp_path) == ALWAYS | calls | {"console"}
    assert processes(tmp_path, MachineRole.NODE) == ALWAYS | calls
    assert processes(tmp_path, MachineRole.CONSOLE, MachineRole.JOBS) == ALWAYS | {"console"}
    settings = Settings(home=tmp_path, roles=(MachineRole.JOBS, MachineRole.WEB))
    told = {spec.environment["HOTLINE_ROLES"] for spec in specs(AsteriskHome.of(settings, NO_ASTERISK))}
    assert told == {"jobs,web"}


def test_each_job_belongs_to_one_role_or_to_every_machine(tmp_path: Path) -> None:
    """Those of a node and of the cluster have in common what looks after sound; together they are what one
    machine does.
    """
    everywhere = work(tmp_path, MachineRole.WEB)
    node, once = work(tmp_path, MachineRole.NODE), work(tmp_path, MachineRole.JOBS)
    assert set(node) & set(once) - OF_SOUND == set(everywhere) == set(work(tmp_path, MachineRole.CONSOLE))
    assert set(node) & set(once) >= OF_SOUND
    whole = work(tmp_path)
    assert len(whole) == len(set(whole)) and set(whole) == {*node, *once}
    assert {"callbacks", "outbox", "packs"} <= set(once) - set(everywhere)
    assert {"event-log", "members", "found-files"} <= set(node) - set(everywhere)


def test_only_a_node_has_folders_of_an_asterisk(tmp_path: Path) -> None:
    """What another machine does not have is no fault there."""
    named = {
        role: {one.name for one in places(Settings(home=tmp_path, roles=(role,)))} for role in MachineRole
    }
    own = {"journal", "state"}
    assert named.pop(MachineRole.NODE) == own | {"recordings", "messages", "event log"}
    assert all(names == own for names in named.values())


@pytest.mark.parametrize("role", MachineRole)
def test_what_is_watched_is_run(tmp_path: Path, role: MachineRole) -> None:
    """No machine misses the sign of a job that it does not run."""
    assert set(watched_jobs(Settings(home=tmp_path, roles=(role,)))) <= set(work(tmp_path, role))


def test_a_role_that_is_none_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name in the environment."""
    from hotline.settings import load_settings

    monkeypatch.setenv("HOTLINE_ROLES", "node,pages")
    with pytest.raises(BadSettings) as refused:
        load_settings()
    (fault,) = refused.value.faults
    assert "HOTLINE_ROLES" in str(fault) and "console" in str(fault)


def test_the_units_of_a_node_are_what_it_runs() -> None:
    """Those of the whole but the pages."""
    whole, node = (
        set(" ".join(lines(UNITS / f"{name}.target", "Wants")).split())
        for name in ("hotline", "hotline-node")
    )
    assert whole - node == {"hotline-console.service"} and node < whole
