"""The shipped units: one a process, each as shut as systemd itself finds fit,
and each starts what it says.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import mkdtemp

import pytest

from hotline.settings import Settings, load_settings
from hotline.settings.kinds import CHECKOUT
from ops.backup.state import RESTORING
from ops.machine import users
from ops.machine.views import through
from ops.pbx.asterisk import find_or_install
from ops.pbx.home import AsteriskHome
from ops.pbx.program import Program
from ops.run import turn
from ops.run.supervisor import specs
from ops.wiring import workshop
from tests.faults.citizens import citizens
from tests.live.conftest import refuse_or_go_on
from tests.live.system import System, is_open, is_ready
from tests.ports import free_ports

UNITS = CHECKOUT / "ops" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
WORST = 3.0
PLACES = {"/opt/hotline": str(CHECKOUT), "%i": ""}
NONE = Program("22.10.1", ("asterisk",), Path("/nowhere"), Path("/nowhere"))


def lines(unit: Path, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", unit.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("unit", [*SERVICES, *UNITS.glob("edge/*.service")], ids=lambda unit: unit.stem)
def test_systemd_finds_each_unit_shut(unit: Path) -> None:
    """By its own measure, 3.0 or better."""
    run = subprocess.run(
        (
            "systemd-analyze",
            "security",
            "--offline=yes",
            "--no-pager",
            f"--threshold={WORST * 10:.0f}",
            str(unit),
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for \S+: (\d+\.\d+)", run.stdout)
    assert found and float(found[1]) <= WORST and run.returncode == 0, run.stdout + run.stderr


def test_each_process_of_the_supervisor_is_a_unit_of_its_own(tmp_path: Path) -> None:
    """By the same module; Asterisk by the command that `hotline asterisk configure` writes."""
    started = {command for unit in SERVICES for command in lines(unit, "ExecStart")}
    modules = {found[1] for one in started if (found := re.search(r" -m (\S+)", one))}
    home = AsteriskHome.of(Settings(home=tmp_path), NONE)
    ours = [spec for spec in specs(home) if spec.name != "asterisk"]
    assert modules == {spec.command[spec.command.index("-m") + 1] for spec in ours}
    wanted = set(" ".join(lines(UNITS / "hotline.target", "Wants")).split())
    ports = {f"hotline-agi@{port}.service" for port in Settings.model_fields["agi_ports"].default}
    others = {unit.name for unit in SERVICES if "@" not in unit.name and unit.stem != "hotline-prepare"}
    assert wanted == ports | others


def test_no_end_of_a_unit_ends_asterisk() -> None:
    """Asterisk requires none and is part of none but targets; none of the others pulls it down."""
    for unit in SERVICES:
        assert not lines(unit, "Requires") and not lines(unit, "BindsTo")
        assert all(part.endswith(".target") for part in " ".join(lines(unit, "PartOf")).split())
    asterisk = UNITS / "hotline-asterisk.service"
    assert lines(asterisk, "KillMode") == ["mixed"]
    (patience,) = re.findall(r"^TimeoutStopSec=(\d+)min$", asterisk.read_text("utf-8"), re.MULTILINE)
    assert int(patience) > Settings.model_fields["drain_minutes"].default


@pytest.mark.parametrize("target", ["hotline.target", "hotline-node.target"])
def test_a_target_ends_what_it_began(target: str) -> None:
    """By `systemctl stop`, which goes by PartOf alone."""
    begins = set(" ".join(lines(UNITS / target, "Wants")).split())
    parts = {unit.name for unit in SERVICES if target in " ".join(lines(unit, "PartOf")).split()}
    assert {re.sub(r"@\d+", "@", one) for one in begins} == parts


def test_what_dies_is_started_anew_however_often() -> None:
    """By itself systemd gives up after five starts within ten seconds."""
    for unit in SERVICES:
        if lines(unit, "Restart"):
            assert lines(unit, "StartLimitIntervalSec") == ["0"], unit


def test_units_of_machines_without_calls_begin_with_the_machine() -> None:
    """Each by itself, for the target of the whole hotline brings Asterisk."""
    for name in ("jobs", "web", "console"):
        assert lines(UNITS / f"hotline-{name}.service", "WantedBy") == ["multi-user.target"]


def test_no_process_is_started_from_a_home_that_is_put_back_by_half() -> None:
    """Nothing that reads the database; its copies may be written by who writes them."""
    readers = [unit for unit in SERVICES if unit.stem.split("-")[1] not in ("prepare", "asterisk", "turn")]
    for unit in readers:
        assert lines(unit, "ConditionPathExists") == [f"!/var/lib/hotline/{RESTORING}"], unit
        (written,) = lines(unit, "ReadWritePaths")
        folders = ["-/mnt/hotline-journal"] + ["-/mnt/hotline-backup"] * (unit.stem == "hotline-jobs")
        assert written.split() == ["/var/lib/hotline", *folders], unit


def test_coturns_unit_reads_what_the_hotline_writes() -> None:
    """As its package's user, who gets that file alone; where none was written it is not started."""
    unit, settings = UNITS / "hotline-turn.service", Settings(home=Path("/var/lib/hotline"))
    written = str(settings.turn / turn.TEMPLATE.name)
    assert lines(unit, "User") == [users.TURN]
    assert lines(unit, "LoadCredential") == [f"{turn.TEMPLATE.name}:{written}"]
    (start,) = lines(unit, "ExecStart")
    assert start == f"{lines(unit, 'ConditionPathExists')[1]} -c %d/{turn.TEMPLATE.name}"
    assert lines(unit, "ConditionPathExists")[0] == written


@contextmanager
def unit_started(name: str, home: Path, instance: str = "") -> Iterator[None]:
    """What systemd would do for a unit, as its user and without a right;
    ended by its own ExecStop, else by SIGTERM.
    """
    unit = UNITS / f"{name}.service"
    (user,) = lines(unit, "User")
    for command in lines(unit, "ExecStartPre"):
        done(command, home, user)
    (start,) = lines(unit, "ExecStart")
    if lines(unit, "Type") == ["oneshot"]:
        done(start, home, user)
        yield
        return
    with (home.parent / f"{unit.stem}{instance}.log").open("wb") as log:
        process = subprocess.Popen(
            words(start, home, user, instance),
            stdout=log,
            stderr=log,
            env=environment(home),
            umask=0o007,
            cwd=CHECKOUT,
            start_new_session=True,
        )
        try:
            yield
            for command in lines(unit, "ExecStop"):
                done(command, home, user)
        finally:
            process.terminate()
            process.wait(30)


def words(command: str, home: Path, user: str, instance: str = "") -> tuple[str, ...]:
    plain = command.removeprefix("+")
    given = {"/var/lib/hotline": str(home), "%i": instance, "%d": str(home / "turn")}
    for place, here in {**PLACES, **given}.items():
        plain = plain.replace(place, here)
    needed = (Path(sys.base_prefix), CHECKOUT, home)
    own = () if command.startswith("+") else (*through(needed), *users.User.named(user).dropped())
    return (*own, *shlex.split(plain))


def done(command: str, home: Path, user: str) -> None:
    run = subprocess.run(
        words(command, home, user),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=CHECKOUT,
        env=environment(home),
        umask=0o007,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HOTLINE_HOME": str(home), "HOME": str(home), "PYTHONUNBUFFERED": "1"}


@pytest.mark.live
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run others")
def test_the_units_commands_serve_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as its user, none as root: prepared, configured, started;
    a restart of ours ends no call; ended in order.
    """
    refuse_or_go_on()
    users.create_users()
    place = Path(mkdtemp(prefix="hotline-units-", dir="/tmp"))
    place.chmod(0o711)
    home = place / "home"
    home.mkdir(mode=0o711)
    ours = users.User.named(users.OURS)
    os.chown(home, ours.uid, ours.gid)
    names = ("sip_port", "ami_port", "web_port", "console_port", "message_port", "turn_port")
    *others, agi1, agi2 = free_ports(len(names) + 2)
    given = {
        **dict(zip(names, others, strict=True)),
        "recording_minimum_free": 0,
        "rtp_from": 28000,
        "rtp_to": 28399,
        "turn_address": '"127.0.0.1"',
    }
    told = "".join(f"{name} = {value}\n" for name, value in given.items())
    (home / "settings.toml").write_text(f"{told}agi_ports = [{agi1}, {agi2}]\ndrain_minutes = 0.1\n")
    monkeypatch.setenv("HOTLINE_HOME", str(home))
    settings = load_settings()
    with (
        unit_started("hotline-prepare", home),
        unit_started("hotline-jobs", home),
        unit_started("hotline-agi@", home, str(agi1)),
        unit_started("hotline-listener", home),
        unit_started("hotline-web", home),
        unit_started("hotline-console", home),
        unit_started("hotline-asterisk", home),
        unit_started("hotline-turn", home) if turn.program() else nullcontext(),
    ):
        asterisk = AsteriskHome.of(settings, find_or_install(settings.cache))
        system = System(asterisk, workshop(settings, "tests"), None, place)  # type: ignore[arg-type]
        system.until(lambda: is_open(settings.agi_address, agi1), 30, "decisions are made")
        system.until(lambda: is_ready(system), 60, "calls are served")
        system.until(lambda: is_open("127.0.0.1", settings.console_port), 30, "the pages answer")
        if turn.program():
            asked = settings.turn_address, settings.turn_port
            system.until(lambda: not list(turn.silent(*asked)), 20, "the TURN server answers")
        with citizens(system, ["0912000001"]) as (one,):
            one.dial(system)
            with unit_started("hotline-agi@", home, str(agi2)):
                system.in_menu("0912000001")
            one.press("1")
            system.in_menu("0912000001", 2)
            one.hang_up()
        row = system.row("0912000001")
        assert (row.end_reason, row.last_menu) == ("caller_hung_up", "main")
    left = [
        path for path in home.rglob("*") if path.lstat().st_uid == users.ROOT and path.name != "settings.toml"
    ]
    assert left == []
