"""``hotline keys``: the keys told, a rotation by hand, and a lost key named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline import clock
from hotline.db import looking, transaction
from hotline.keys import data_keys
from hotline.keys.files import KeyFile, KeysAway
from hotline.keys.ring import SIZE
from hotline.ledger.audit import audit_rows
from ops.run.readiness import Readiness
from ops.wiring import House, workshop
from tests.doors.conftest import Typed
from tests.keys import KEY

ID = KEY[0]
BY = ("--by", "admin-1")


def file_of(house: House) -> KeyFile:
    return KeyFile(house.settings.installation_keys)


def told_of_keys(house: House) -> list[str]:
    """What readiness says of them."""
    found = Readiness(workshop(house.settings, "web"), lambda: "", within=30).look().degraded
    return [one for one in found if one.startswith("keys: ")]


def test_a_rotation_is_two_commands_and_what_was_sealed_is_read(house: House, typed: Typed) -> None:
    """The new key waits until every node has it; then it seals, and the jobs wrap anew; on record."""
    with transaction(house.factory) as session:
        made, key = data_keys.make(session, house.keys, "recording", clock.now())
    typed("keys new", *BY)
    waiting = next(iter(file_of(house).read()))
    assert typed("keys list").output.startswith(f"{waiting:<16} waits")
    assert f"{waiting} seals" in typed("keys rotate", *BY).output
    house.keys.renew()
    assert house.keys.load() == (ID, waiting)
    assert data_keys.rewrap(house.factory, house.keys, clock.now()) == 1
    with looking(house.factory) as session:
        assert data_keys.unwrap(session, house.keys, made) == key
        assert [row.after for row in audit_rows(session) if row.action == "keys.change"] == [
            {"waits": True},
            {"seals": True},
        ]
    assert f"\n{waiting:<16} here, 1 values" in typed("keys check").output
    typed("keys rotate", *BY, refused=True)


def test_a_former_key_is_given_up_once_nothing_needs_it(house: House, typed: Typed) -> None:
    """Or when a person says that it is lost; the one that seals never is."""
    with transaction(house.factory) as session:
        data_keys.make(session, house.keys, "recording", clock.now())
    why = ("--reason", "the copy burned")
    typed(f"keys forget {ID}", *why, *BY, refused=True)
    typed("keys new", *BY)
    typed("keys rotate", *BY)
    assert "values are sealed by" in typed(f"keys forget {ID}", *why, *BY, refused=True).output
    typed(f"keys forget {ID} --lost", *why, *BY)
    assert ID not in typed("keys check").output


def test_a_file_of_the_journal_is_read_by_who_mends_it(house: House, typed: Typed, tmp_path: Path) -> None:
    """What no database takes lies there sealed; who reads it and why is on record."""
    file = tmp_path / "refused.json"
    sealed = house.keys.seal_text("journal", '{"matter":"路燈"}')
    file.write_text(
        f'{{"key":"turn:1","body":"{sealed}"}}\n{house.keys.seal_text("callback.name", "王小明")}\n'
    )
    told = typed("keys unseal", str(file), "--reason", "the row is mended", *BY).output
    assert '{"matter":"路燈"}' in told and "turn:1" in told and "王小明" not in told
    with looking(house.factory) as session:
        assert [(row.subject, row.reason) for row in audit_rows(session) if row.action == "keys.change"] == [
            ("file:refused.json", "the row is mended")
        ]


@pytest.mark.parametrize("command", ["new", "rotate", "forget 1 --reason x"])
def test_keys_are_the_administrators(typed: Typed, command: str) -> None:
    """Nobody else makes, changes or gives up one."""
    assert "agent-1" in typed(f"keys {command} --by agent-1", refused=True).output


def lost(file: KeyFile) -> None:
    file.place.unlink()


def another(file: KeyFile) -> None:
    file.write({"other": bytes(SIZE)})


def opened(file: KeyFile) -> None:
    file.place.chmod(0o644)


@pytest.mark.parametrize(
    ("harm", "told"),
    [(lost, "are not in"), (another, "encrypted by keys that are not in"), (opened, "Others than")],
)
def test_readiness_names_a_key_that_no_process_could_start_with(
    house: House, harm: Callable[[KeyFile], None], told: str
) -> None:
    """While those that run still hold it; calls go on."""
    assert told_of_keys(house) == []
    harm(file_of(house))
    (one,) = told_of_keys(house)
    assert told in one and str(file_of(house).place) in one


def test_a_command_without_its_key_says_so_in_a_sentence(house: House, typed: Typed) -> None:
    """And makes none: only a new installation has its first key made."""
    lost(file_of(house))
    assert "copy" in typed("keys list", refused=True).output
    typed("keys rotate", *BY, refused=True)
    assert not file_of(house).is_there


def test_a_process_goes_on_by_the_keys_it_holds(house: House) -> None:
    """A file that is taken away under it, or spoilt by an editor, ends no call."""
    house.keys.load()
    lost(file_of(house))
    house.refresh()
    assert house.keys.current == ID
    with pytest.raises(KeysAway):
        workshop(house.settings, "agi-new").keys.load()


def test_what_was_sealed_or_emptied_leaves_the_files_by_one_command(house: House, typed: Typed) -> None:
    """By who may change keys, on record; other processes are connected meanwhile."""
    with looking(house.factory):
        typed("scrub", "--by", "agent-1", refused=True)
    assert typed("scrub", *BY).output == f"{'hotline.db':<24} written anew\n"
    with looking(house.factory) as session:
        (row,) = audit_rows(session, subject="system:database")
    assert (row.by, row.after) == ("admin-1", {"scrubbed": 1, "left": [], "traces": 0})
