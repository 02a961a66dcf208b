"""Started by root, nothing of ours runs as root:
who runs as what, whose the files are, and a home of a start before.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from calls.store import CallRow
from control.passwords import new
from hotline.callbacks.store import Callback
from hotline.db import transaction
from hotline.settings.kinds import CHECKOUT
from hotline.staff.store import Agent
from ops.machine import users
from recordings.store import Recording, RecordingState
from tests.chosen import is_plain
from tests.live.conftest import everyday
from tests.live.system import System, is_ready

pytestmark = [pytest.mark.live, pytest.mark.skipif(os.geteuid() != 0, reason="only root can run others")]


@pytest.fixture(scope="module")
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """One of its own: what others write there as root, and whose calls go on, would be told as ours."""
    if is_plain(request):
        yield request.getfixturevalue("everyday")
        return
    with everyday() as one:
        yield one


OURS = ("agi-1", "agi-2", "listener", "jobs", "web", "console")


@pytest.mark.parametrize("name", OURS)
def test_each_of_our_processes_is_a_user_without_capabilities(system: System, name: str) -> None:
    """All four ids, no capability in any set, none for a program it starts, and groups it writes for."""
    ours, status = users.User.named(users.OURS), status_of(system.supervisor.pid(name))
    assert status["Uid"].split() == [str(ours.uid)] * 4
    assert status["Gid"].split() == [str(ours.gid)] * 4
    assert {status[f"Cap{which}"] for which in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"
    asterisk, turn = users.User.named(users.ASTERISK), users.turn()
    written_for = {asterisk.gid} | ({turn.gid} if turn else set())
    assert set(map(int, status["Groups"].split())) == {ours.gid} | written_for


@pytest.mark.promise("Nothing runs as root")
def test_asterisk_is_another_user_that_cannot_change_what_we_write(system: System) -> None:
    """It reads its configuration, and neither the database, nor passwords, nor keys, nor the journal."""
    asterisk = users.User.named(users.ASTERISK)
    assert status_of(system.supervisor.pid("asterisk"))["Uid"].split() == [str(asterisk.uid)] * 4
    home = system.settings.home
    for path in (system.home.etc, *system.home.etc.iterdir()):
        assert asterisk.may(path, 4) and not asterisk.may(path, 2), path
    keys, secrets = system.settings.installation_keys, home / "secrets"
    for path in (home / "hotline.db", secrets, secrets / "ami", keys.parent, keys, system.settings.journal):
        assert not asterisk.may(path, 4) and not asterisk.may(path, 2), path
    assert not asterisk.may(home, 2)


def test_telephones_are_written_while_asterisk_runs(system: System) -> None:
    """The jobs' user writes pjsip.conf and has it read anew; its owner and rights stay."""
    file = system.home.etc / "pjsip.conf"
    before = file.stat()
    with transaction(system.house.factory) as session:
        session.add(Agent(phone="agent-77", name="示範話務員", secret=new(), languages=["zh-TW"]))
    system.until(lambda: "agent-77" in system.home.rx("pjsip show endpoints"), 30, "Asterisk knows the phone")
    after = file.stat()
    assert after.st_ino != before.st_ino
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)


def test_commands_of_root_leave_no_file_of_root(system: System, tmp_path: Path) -> None:
    """What they make in the home belongs to our processes; what was asked for elsewhere, to who asked."""
    shutil.rmtree(system.settings.home / "menus", ignore_errors=True)
    log = system.settings.home / "log"  # this supervisor is a thread of root's
    others = (system.settings.home / "settings.toml", log)
    command(system, "bulletin", "on", "typhoon", "--by", "admin-1")
    command(system, "bulletin", "off", "--by", "admin-1")
    command(system, "calls")
    command(system, "asterisk", "rx", "core show uptime")
    command(system, "directory", "export", str(tmp_path / "city"))
    assert (tmp_path / "city" / "desks.csv").stat().st_uid == users.ROOT
    assert owned_by_root(system.settings.home, but=others) == []


def test_a_home_of_a_start_before_is_handed_over_and_loses_nothing(system: System) -> None:
    """All of it root's and Asterisk's as such starts left it:
    promise, recording, message and log are there as before.
    """
    system.call("1,3,say:zh-TW/V-08")
    before = kept(system)
    assert min(before.values()) > 0, before
    system.supervisor.stop()
    system.house.engine.dispose()
    as_made_by_root(system)
    system.starts_again()
    system.until(lambda: is_ready(system), 60, "the system is ready")
    assert kept(system) == before
    command(system, "recordings", "verify")
    assert "promised" in {system.call("1,3,say:zh-TW/V-08").record.outcome}
    assert kept(system) == {name: 2 * count for name, count in before.items()}
    assert owned_by_root(system.settings.home, but=(system.settings.home / "settings.toml",)) == []


def kept(system: System) -> dict[str, int]:
    """How many there are of what may not be lost, once all of it is judged."""

    def judged() -> bool:
        with transaction(system.house.factory) as session:
            return not session.scalars(
                select(Recording).where(Recording.state == RecordingState.EXPECTED)
            ).all()

    system.until(judged, 60, "the recordings are judged")
    with transaction(system.house.factory) as session:
        whole = select(func.count()).where(
            Recording.state.in_((RecordingState.WHOLE, RecordingState.REPAIRED))
        )
        return {
            "calls": session.scalar(select(func.count()).select_from(CallRow)) or 0,
            "promises": session.scalar(select(func.count()).select_from(Callback)) or 0,
            "recordings": session.scalar(whole) or 0,
            "messages": len(list(system.settings.messages.glob("*.wav"))),
        }


def as_made_by_root(system: System) -> None:
    """Owners and rights as they were while our processes ran as root, with its umask."""
    asterisk, ours = users.User.named(users.ASTERISK), users.User.named(users.OURS)
    home, its = (
        system.settings.home,
        (*system.home.shared, *(system.home.root / name for name in ("log", "spool", "db"))),
    )
    shutil.rmtree(system.home.run)
    for folder, folders, files in os.walk(home):
        for path in (Path(folder), *(Path(folder, name) for name in (*folders, *files))):
            owner = path.lstat().st_uid
            is_asterisks = owner == asterisk.uid or (path in its)
            uid = asterisk.uid if is_asterisks else users.ROOT
            is_shared = path.is_relative_to(system.home.root) or is_asterisks
            os.chown(path, uid, asterisk.gid if is_shared else users.ROOT, follow_symlinks=False)
            if path.is_symlink():
                continue
            mode = (0o750 if is_shared else 0o711 if path == home else 0o700) if path.is_dir() else 0o600
            path.chmod(0o640 if path.parent == system.home.etc else mode)
    assert not ours.may(home / "hotline.db", 4)
    (home / "settings.toml").chmod(0o644)


def owned_by_root(folder: Path, but: tuple[Path, ...]) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.lstat().st_uid == users.ROOT)
    return [path for path in found if not any(path.is_relative_to(one) for one in but)]


def command(system: System, *words: str) -> str:
    """`hotline …` as root types it."""
    run = subprocess.run(
        (str(CHECKOUT / ".venv/bin/hotline"), *words),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "HOTLINE_HOME": str(system.settings.home)},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def status_of(pid: int) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: " ".join(rest.split()) for name, _, rest in (line.partition(":") for line in lines)}
