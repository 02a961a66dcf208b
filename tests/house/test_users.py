"""Who runs as what: rights given up, files made as another, folders that are shut,
and what root does not obey.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hotline.settings import Settings
from ops.machine import users
from ops.machine.views import can_unshare, shut, through
from ops.pbx.home import AsteriskHome
from ops.pbx.program import Program
from ops.run import preflight
from ops.run.handing_over import hand_over
from ops.starting import PathFault
from ops.terminal import in_words
from tests.faults.disks import needs_root

pytestmark = needs_root
NONE = Program("22.10.1", ("asterisk",), Path("/nowhere"), Path("/nowhere"))


@pytest.fixture(scope="module", autouse=True)
def both_users() -> None:
    users.create_users()


def home_of(place: Path, **more: object) -> AsteriskHome:
    return AsteriskHome.of(Settings(home=place, **more), NONE)  # type: ignore[arg-type]


def test_files_are_made_as_another_and_links_of_theirs_lead_nowhere(tmp_path: Path) -> None:
    """Root keeps reading, writes as that user may, and is itself again afterwards."""
    ours = users.User.named(users.OURS)
    theirs, secret = tmp_path / "theirs", tmp_path / "secret"
    theirs.mkdir()
    os.chown(theirs, ours.uid, ours.gid)
    secret.write_text("root's")
    secret.chmod(0o600)
    (theirs / "link").symlink_to(secret)
    with users.acting_as(ours):
        (theirs / "made").write_text("x")
        assert secret.read_text() == "root's"
        with pytest.raises(PermissionError):
            (theirs / "link").write_text("over it")
        with pytest.raises(PermissionError):
            (tmp_path / "beside").touch()
        with users.acting_as_caller():
            (tmp_path / "asked-for").touch()
    assert (theirs / "made").stat().st_uid == ours.uid
    assert (tmp_path / "asked-for").stat().st_uid == users.ROOT
    (tmp_path / "beside").touch()


def test_the_supervisor_keeps_no_more_than_it_needs() -> None:
    """Anew, with the same words; what it starts cannot gain the rest."""
    code = "import sys; from ops.machine.users import give_up_rights; give_up_rights(); print(sys.argv[1], open('/proc/self/status').read())"
    told = subprocess.run(
        (sys.executable, "-c", code, "word"), capture_output=True, text=True, check=True
    ).stdout
    assert told.startswith("word ") and "NoNewPrivs:\t1" in told
    (bounding,) = [int(line.split()[1], 16) for line in told.splitlines() if line.startswith("CapBnd:")]
    assert bounding.bit_count() <= len(users.SUPERVISOR_KEEPS)
    assert not bounding & (1 << 16 | 1 << 12 | 1 << 13), "neither kernel modules, network, nor raw packets"


def test_a_folder_behind_a_shut_one_is_reached_by_its_own_path(tmp_path: Path) -> None:
    """And nothing else behind it: a checkout in root's home."""
    if not can_unshare():
        pytest.skip("mounting is not allowed here")
    checkout = tmp_path / "root" / "checkout"
    checkout.mkdir(parents=True)
    (checkout / "file").write_text("reached")
    (tmp_path / "root" / "private").write_text("not for you")
    for path in (tmp_path, tmp_path / "root"):
        path.chmod(0o700)
    assert shut(checkout)
    script = f"cat {checkout}/file; ls {tmp_path}/root"
    words = (*through((checkout,)), *users.User.named(users.OURS).dropped(), "sh", "-c", script)
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "reachedcheckout\n"


@pytest.mark.parametrize(("owner", "mode"), [(65534, 0o644), (0, 0o666)])
def test_root_does_not_obey_settings_that_others_can_change(tmp_path: Path, owner: int, mode: int) -> None:
    """Whoever could write them could have root run any program: refused, with what to type."""
    file = tmp_path / "settings.toml"
    file.write_text("")
    os.chown(file, owner, 0)
    file.chmod(mode)
    with pytest.raises(PathFault) as refused:
        hand_over(home_of(tmp_path))
    assert f"chown root {file}" in in_words(refused.value)


def test_settings_that_only_root_reads_are_read_by_ours(tmp_path: Path) -> None:
    """They stay root's; the home is ours, and a second time there is nothing left to hand over."""
    file, ours = tmp_path / "settings.toml", users.User.named(users.OURS)
    file.write_text("")
    file.chmod(0o600)
    (tmp_path / "hotline.db").touch(mode=0o600)
    assert hand_over(home_of(tmp_path)) == 2
    assert file.stat().st_uid == users.ROOT and ours.may(file, 4) and not ours.may(file, 2)
    assert ours.may(tmp_path / "hotline.db", 6) and ours.may(tmp_path, 7)
    assert hand_over(home_of(tmp_path)) == 0


def test_a_secret_that_ours_cannot_read_is_named_before_the_start(tmp_path: Path) -> None:
    """With its setting and what to type; readable, nothing is said of it."""
    place = Path("/tmp") / f"hotline-secret-{os.getpid()}"
    place.write_text("password")
    try:
        place.chmod(0o600)
        home = home_of(tmp_path, smtp_password_file=place)
        (fault,) = [one for one in map(in_words, preflight.with_asterisk(home)) if "HOTLINE_" in one]
        assert "HOTLINE_SMTP_PASSWORD_FILE" in fault and f"chgrp {users.OURS} {place}" in fault
        os.chown(place, 0, users.User.named(users.OURS).gid)
        place.chmod(0o640)
        assert [one for one in map(in_words, preflight.with_asterisk(home)) if "HOTLINE_" in one] == []
    finally:
        place.unlink()
