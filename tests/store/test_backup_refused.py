"""What is not put back, and leaves an empty machine as it was: backups that were changed, cut off, made by
others or of another node, and what would come over something that is there.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from hotline.keys.checks import KeysLost
from hotline.keys.files import KeyFile
from hotline.keys.ring import SIZE, KeyRing
from hotline.numbers import e164
from ops.backup import databases, manifest
from ops.backup.faults import NotRestored
from ops.run import preflight
from ops.starting import PathFault
from ops.wiring import SCHEMA_MARK, settle_keys
from tests.backed_up import BackedUpNode, EmptyMachine, empty_machine, node
from tests.keys import KEY
from tests.retaining import RetentionScene

pytestmark = pytest.mark.dialects

ONE = "0902345678"


@pytest.fixture
def old(tmp_path: Path, database: Engine, database_url: str) -> Iterator[BackedUpNode]:
    """The machine that will be lost."""
    made = node(tmp_path, database_url)
    yield made
    made.ends()


@pytest.fixture
def new(request: pytest.FixtureRequest, tmp_path: Path, old: BackedUpNode) -> Iterator[EmptyMachine]:
    with empty_machine(request, tmp_path, old.settings) as made:
        yield made


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_without_the_newest_log_of_deletions_nobody_is_served(old: BackedUpNode, new: EmptyMachine) -> None:
    """A backup that knows of deletions of which the log does not tell is not put back; with the log it is."""
    scene = RetentionScene(old.house.factory, old.settings.deletions, old.settings.node)
    call = scene.call()
    scene.nights()
    backup = old.backs_up().path
    log = old.store.folder / "deletions" / "ntpc1.jsonl"
    told = log.read_bytes()
    log.unlink()
    old.ends()
    with pytest.raises(NotRestored) as refused:
        new.restores(backup)
    assert refused.value.why == "deletions" and (new.settings.home / "restoring.json").exists()
    log.write_bytes(told)
    new.restores(backup)
    made = new.starts()
    assert RetentionScene(made.house.factory, made.settings.deletions, "ntpc1").masked(call)
    made.ends()


def test_without_the_keys_nothing_is_put_back_and_with_them_it_goes_on(
    old: BackedUpNode, new: EmptyMachine
) -> None:
    """Another key, another under its name, or the newest alone: known before anything is written."""
    old.promises(ONE)
    newer = {"newer": bytes(range(SIZE))}
    KeyFile(old.settings.installation_keys).write(dict([KEY]) | newer)
    settle_keys(old.settings)
    old.house.keys.renew()
    old.backs_up()
    old.ends()
    place = KeyFile(new.settings.installation_keys)
    for keys in ({"other": bytes(SIZE)}, {"newer": bytes(SIZE)}):
        place.write(keys)
        with pytest.raises(NotRestored) as refused:
            new.restores(old.root)
        assert refused.value.why == "foreign"
    place.write(newer)
    with pytest.raises(KeysLost):
        new.restores(old.root)
    assert [path.name for path in new.settings.home.iterdir()] == ["keys"]
    place.write(dict([KEY]) | newer)
    new.restores(old.root)
    made = new.starts()
    assert set(made.rows()) == {e164(ONE)}
    made.ends()


def test_a_start_refuses_a_home_that_is_put_back_by_half(
    old: BackedUpNode, new: EmptyMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the same command has ended; the units of systemd look for the mark, too."""
    old.promises(ONE)
    old.backs_up()
    old.ends()

    def refused() -> list[PathFault]:
        found = preflight.before_anything(new.settings, with_ports=False)
        return [one for one in found if isinstance(one, PathFault)]

    with monkeypatch.context() as patched:
        patched.setattr(databases, "put_back", ending)
        with pytest.raises(KeyboardInterrupt):
            new.restores(old.root)
    assert [one.why for one in refused()] == ["half-restored"]
    new.restores(old.root)
    assert refused() == []


def ending(*_given: object) -> None:
    raise KeyboardInterrupt


def test_a_backup_that_somebody_without_the_keys_wrote_is_refused(
    old: BackedUpNode, new: EmptyMachine
) -> None:
    """Though its list and its hashes agree: a command in its settings would be run by this machine."""
    old.promises(ONE)
    (old.settings.home / "settings.toml").write_text("")
    backup = old.backs_up().path
    told = old.verified(backup)
    old.ends()
    (backup / "home" / "settings.toml").write_text('keys_command = "touch /tmp/run"\n')
    digest = manifest.digest_of(backup / "home" / "settings.toml")
    listed = replace(told.files["home/settings.toml"], sha256=digest)
    forged = replace(told, files={**told.files, "home/settings.toml": listed})
    other = KeyRing({KEY[0]: bytes(SIZE)})
    for seal in (None, b"", other.seal(manifest.PURPOSE, bytes(32))):
        for name, content in manifest.written(forged, other).items():
            if name != manifest.SEAL:
                (backup / name).write_bytes(content)
        if seal is not None:
            (backup / manifest.SEAL).write_bytes(seal)
        with pytest.raises(NotRestored) as refused:
            new.restores(backup)
        assert refused.value.why in ("foreign", "changed")
    (backup / manifest.SEAL).unlink()
    with pytest.raises(NotRestored) as refused:
        new.restores(backup)
    assert refused.value.why == "none"
    assert [path.name for path in new.settings.home.iterdir()] == ["keys"]


def test_a_backup_that_was_cut_off_is_refused(old: BackedUpNode, new: EmptyMachine) -> None:
    """Wherever it was: each of its files cut to half, or gone."""
    old.promises(ONE)
    backup = old.backs_up().path
    old.ends()
    for file in files_below(backup):
        content = file.read_bytes()
        for rest in (content[: len(content) // 2] if content else None, None):
            file.unlink()
            if rest is not None:
                file.write_bytes(rest)
            with pytest.raises(NotRestored):
                new.restores(backup)
            file.write_bytes(content)
    assert [path.name for path in new.settings.home.iterdir()] == ["keys"]
    new.restores(backup)


@pytest.mark.parametrize("name", ["database", "journal", "manifest.json", "SHA256SUMS", "seal"])
def test_one_changed_byte_is_found_before_anything_is_written(
    old: BackedUpNode, new: EmptyMachine, name: str
) -> None:
    """In any file; the machine is as empty as before."""
    old.promises(ONE)
    backup = old.backs_up().path
    old.ends()
    file = next(path for path in sorted(files_below(backup)) if name in str(path.relative_to(backup)))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(NotRestored) as refused:
        new.restores(old.root)
    assert refused.value.why == ("foreign" if name == "seal" else "changed")
    assert [path.name for path in new.settings.home.iterdir()] == ["keys"]


def test_nothing_is_put_over_what_is_there(old: BackedUpNode, new: EmptyMachine) -> None:
    """Neither in the home nor in the database; and no other node's, no newer one's, and no half one."""
    old.promises(ONE)
    backup = old.backs_up().path
    for home, why in ((old.settings.home, "home"), (new.settings.home, "filled")):
        settings = new.settings.model_copy(update={"home": home, "database_url": old.settings.database_url})
        with pytest.raises(NotRestored) as refused:
            EmptyMachine(settings, old.root).restores(backup)
        assert refused.value.why == why
    assert set(old.rows()) == {e164(ONE)}
    other = EmptyMachine(new.settings.model_copy(update={"node": "ntpc2"}), old.root)
    with pytest.raises(NotRestored) as refused:
        other.restores(backup)
    assert refused.value.why == "other-node"
    part = backup.rename(backup.with_name(f"{backup.name}.part"))
    for place in (part, old.root):
        with pytest.raises(NotRestored) as refused:
            new.restores(place)
        assert refused.value.why == "none"


def test_a_backup_of_a_newer_release_is_refused(old: BackedUpNode, new: EmptyMachine) -> None:
    """Whose schema nobody here knows; nothing is written."""
    with old.house.engine.begin() as connection:
        connection.execute(text(f"UPDATE {SCHEMA_MARK} SET version_num = '9999'"))
    ahead = old.backs_up().path
    with pytest.raises(NotRestored) as refused:
        new.restores(ahead)
    assert refused.value.why == "newer"
    assert [path.name for path in new.settings.home.iterdir()] == ["keys"]
