"""``hotline backup``, ``hotline restore``, the backups that the jobs have made, and what is told of them."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hotline import clock
from hotline.numbers import e164
from hotline.settings import Settings
from ops.backup.faults import NotRestored
from ops.backup.state import copy_faults, risks
from ops.backup.store import chosen, store_of
from ops.cli.main import main
from ops.jobs.apart import in_a_process
from tests.backed_up import BackedUpNode, node
from tests.keys import put_keys

ONE = "0902345678"
MINUTE = timedelta(minutes=1)
Command = Callable[..., Result]


@pytest.fixture
def old(tmp_path: Path) -> Iterator[BackedUpNode]:
    made = node(tmp_path, "")
    made.promises(ONE)
    yield made
    made.ends()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Type a command for a home; it must be accepted unless ``refused``."""

    def run(home: Path, *words: object, refused: bool = False) -> Result:
        monkeypatch.setenv("HOTLINE_HOME", str(home))
        result = CliRunner().invoke(main, [str(word) for word in words])
        assert (result.exit_code != 0) == refused, f"{result.output} {result.exception or ''}"
        assert "Traceback" not in result.output
        return result

    return run


def test_a_machine_is_made_anew_by_two_commands(old: BackedUpNode, typed: Command, tmp_path: Path) -> None:
    """And looked at before; both say what they did."""
    (tmp_path / "safe").mkdir()
    made = typed(old.settings.home, "backup", old.root, "--keys", tmp_path / "safe").output
    assert " files, " in made and "0 are not sealed yet" in made
    home = tmp_path / "new"
    keys = tmp_path / "safe" / "ntpc1.keys"
    assert "keys" in typed(home, "restore", old.root, "--dry-run", refused=True).output
    looked = typed(home, "restore", old.root, "--dry-run", "--keys", keys).output
    assert "node ntpc1" in looked and "later changes are lost" in looked and not home.exists()
    told = typed(home, "restore", old.root, "--keys", keys).output
    assert "0 records that were deleted since are deleted again" in told and f"{home} was made in" in told
    assert e164(ONE)[-3:] in typed(home, "callback", "list").output
    again = typed(home, "restore", old.root, refused=True).output
    assert "is not empty" in again


def test_what_cannot_be_done_is_said_in_words(
    old: BackedUpNode, typed: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to type next."""
    assert "HOTLINE_BACKUP_FOLDER" in typed(old.settings.home, "backup", refused=True).output
    assert "is not there" in typed(old.settings.home, "backup", tmp_path / "no", refused=True).output
    assert "holds no whole backup" in typed(tmp_path / "new", "restore", old.root, refused=True).output
    monkeypatch.setenv("HOTLINE_BACKUP_KEYS", str(tmp_path / "keys"))
    assert "keys were not copied" in typed(old.settings.home, "backup", old.root, refused=True).output


def test_the_jobs_have_one_made_in_a_process_of_its_own(
    old: BackedUpNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails fails the job."""
    monkeypatch.setenv("HOTLINE_HOME", str(old.settings.home))
    monkeypatch.setenv("HOTLINE_BACKUP_FOLDER", str(old.root))
    in_a_process("ops.backup")
    (made,) = store_of(Settings()).whole()
    assert (made / "manifest.json").stat().st_uid == os.geteuid()
    monkeypatch.setenv("HOTLINE_BACKUP_FOLDER", str(old.root / "no"))
    with pytest.raises(subprocess.CalledProcessError):
        in_a_process("ops.backup")


def test_health_tells_of_a_backup_that_is_too_old(old: BackedUpNode) -> None:
    """Only where some are wanted; so many minutes after the last whole one."""
    now = clock.now()
    assert list(copy_faults(old.settings, now)) == []
    wanted = old.settings.model_copy(update={"backup_folder": old.root})
    assert list(copy_faults(wanted, now)) == [f"backup: there is none in {old.root}"]
    made = old.backs_up()
    at = old.at
    assert list(copy_faults(wanted, at + 12 * MINUTE)) == []
    (late,) = copy_faults(wanted, at + 13 * MINUTE)
    assert late == f"backup: the last whole one in {old.root} is of {at:%Y-%m-%d %H:%M}"
    made.path.rename(made.path.with_name(f"{made.path.name}.part"))
    assert list(copy_faults(wanted, at)) == [f"backup: there is none in {old.root}"]
    away = old.settings.model_copy(update={"backup_folder": old.root / "no"})
    assert list(copy_faults(away, at)) == [f"backup: {old.root / 'no'} is not there"]


def test_a_second_copy_on_the_same_disk_or_away_is_told(old: BackedUpNode, tmp_path: Path) -> None:
    """It would be lost with this machine."""
    for folder, why in ((tmp_path, "same disk"), (tmp_path / "no", "No such file")):
        settings = old.settings.model_copy(update={"journal_second": folder})
        (fault,) = copy_faults(settings, clock.now())
        assert fault.startswith("second copy of the journal: ") and why in fault


def test_a_backup_dated_ahead_is_told_and_put_back_by_its_name_alone(old: BackedUpNode) -> None:
    """It would be the newest until its time comes, whatever is backed up since."""
    made = old.backs_up().path
    wanted = old.settings.model_copy(update={"backup_folder": old.root})
    at = old.at - timedelta(days=365)
    (fault,) = copy_faults(wanted, at)
    assert f"is dated ahead, {old.at:%Y-%m-%d %H:%M}" in fault
    with pytest.raises(NotRestored) as refused:
        chosen(old.root, at)
    assert refused.value.why == "ahead" and refused.value.path == made
    assert chosen(made, at) == chosen(old.root, old.at) == made


def test_keys_that_a_command_prints_are_told_not_to_be_copied(
    old: BackedUpNode, typed: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the command and by the doctor; the backup is made."""
    (tmp_path / "safe").mkdir()
    command = f"cat {old.settings.installation_keys}"
    monkeypatch.setenv("HOTLINE_KEYS_COMMAND", command)
    told = typed(old.settings.home, "backup", old.root, "--keys", tmp_path / "safe").output
    assert "keys that a command prints are copied nowhere" in told
    assert list((tmp_path / "safe").iterdir()) == [] and len(old.store.whole()) == 1
    update = {"backup_folder": old.root, "backup_keys": tmp_path / "safe", "keys_command": command}
    assert any("not copied" in line for line in risks(old.settings.model_copy(update=update)))


def test_the_doctor_says_what_would_be_lost(old: BackedUpNode, tmp_path: Path) -> None:
    """By the settings: nothing, minutes, or all; and when the last backup was."""
    told = list(risks(old.settings))
    assert "promises may be lost with this machine, all" in told[0] and "all would be lost" in told[1]
    update: dict[str, object] = {"backup_folder": old.root}
    told = list(risks(old.settings.model_copy(update=update)))
    assert "those of the last 4 min" in told[0] and "there is none yet" in told[1]
    old.backs_up()
    update |= {"journal_second": tmp_path, "backup_database": "apart"}
    told = list(risks(old.settings.model_copy(update=update)))
    assert "none would be lost" in told[0] and f"is of {old.at:%Y-%m-%d %H:%M}" in told[1]
    assert "4 min" in told[2] and "write-ahead log" in told[3]


def test_keys_that_are_there_are_not_written_over(old: BackedUpNode, typed: Command, tmp_path: Path) -> None:
    """Those of the machine open what is put back, or it is refused."""
    typed(old.settings.home, "backup", old.root)
    home = put_keys(tmp_path / "new")
    other = tmp_path / "other.keys"
    other.write_text("other " + "A" * 43 + "=\n")
    other.chmod(0o600)
    typed(home, "restore", old.root, "--keys", other)
    assert "other" not in (home / "keys" / "installation.keys").read_text()
