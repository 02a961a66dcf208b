"""Where the keys come from: a file that one user reads, or a command; what is wrong with it is told."""

import stat
from pathlib import Path

import pytest

from hotline.clock import taipei
from hotline.keys.files import KeyCommand, KeyFile, KeysAway, key_place, line, new_key
from hotline.keys.ring import KeyRing

OLD, NEW = bytes(32), bytes(range(32))
KEYS = {"k1": OLD, "k2": NEW}


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    one = KeyFile(tmp_path / "keys" / "installation.keys")
    one.write(KEYS)
    return one


def test_a_file_is_written_whole_and_for_its_user_alone(file: KeyFile) -> None:
    """In a folder that nobody else may enter; nothing is left beside it."""
    assert stat.S_IMODE(file.place.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.place.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.place.parent.iterdir()] == ["installation.keys"]
    assert list(KeyFile(file.place).read().items()) == list(KEYS.items())


def test_a_file_that_has_changed_is_read_again(file: KeyFile) -> None:
    """And one that has not is not: a process looks each second."""
    assert file.read() is file.read()
    file.write({"k3": NEW})
    assert list(file.read()) == ["k3"]


@pytest.mark.parametrize("mode", [0o604, 0o602])
def test_a_file_that_others_may_read_is_refused(file: KeyFile, mode: int) -> None:
    """Who could copy it may have done so."""
    file.place.chmod(mode)
    with pytest.raises(KeysAway) as refused:
        KeyFile(file.place).read()
    assert refused.value.why == "open"


def test_the_group_of_the_service_may_read_it(file: KeyFile) -> None:
    """A file that belongs to root, in a directory of the city's own."""
    file.place.chmod(0o640)
    assert list(KeyFile(file.place).read()) == ["k1", "k2"]


def test_a_missing_file_is_told_as_that(tmp_path: Path) -> None:
    """Not as one that cannot be read."""
    lost = KeyFile(tmp_path / "keys" / "installation.keys")
    with pytest.raises(KeysAway) as away:
        lost.read()
    assert not lost.is_there and away.value.why == "missing"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", "1"),
        ("k1 AAAA\n", "1"),
        (line("k1", OLD) + "k2\n", "2"),
        (line("k1", OLD) + line("k1", NEW), "2"),
        (line("k.1", OLD), "1"),
        (line("k1", OLD) + "k2 *\n", "2"),
    ],
    ids=["empty", "short", "no-key", "twice", "id", "base64"],
)
def test_a_line_that_is_no_key_is_named_and_not_repeated(file: KeyFile, text: str, number: str) -> None:
    """Its number, and nothing of what it holds."""
    file.place.write_text(text)
    with pytest.raises(KeysAway) as wrong:
        file.read()
    assert (wrong.value.why, wrong.value.detail) == ("form", number)


def test_comments_and_empty_lines_are_nothing(file: KeyFile) -> None:
    """A person may say where the copy lies."""
    file.place.write_text(f"# the copy lies in the safe\n\n{line('k1', OLD)}")
    assert file.read() == {"k1": OLD}


def test_a_command_prints_the_same(file: KeyFile) -> None:
    """And comes before the file."""
    one = key_place(file.place.with_name("nowhere"), f"cat {file.place}")
    assert isinstance(one, KeyCommand) and one.is_there and list(one.read().items()) == list(KEYS.items())


@pytest.mark.parametrize("command", ["false", "no-such-program", "'"])
def test_a_command_that_fails_is_told_without_what_it_printed(command: str) -> None:
    """By its exit, or why it could not be started."""
    with pytest.raises(KeysAway) as away:
        KeyCommand(command).read()
    assert away.value.why == "command"


def test_keys_that_a_command_prints_are_not_written_by_us() -> None:
    """The city keeps them."""
    with pytest.raises(KeysAway) as refused:
        KeyCommand("cat keys").write(KEYS)
    assert refused.value.why == "printed"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "keys").touch()
    with pytest.raises(KeysAway) as refused:
        KeyFile(tmp_path / "keys" / "installation.keys").write(KEYS)
    assert refused.value.why == "unwritable"


def test_a_new_key_is_one_that_a_ring_takes() -> None:
    """Its id begins with the day in Taipei."""
    id, key = new_key(taipei("2026-11-29T00:30"))
    assert id.startswith("261129") and KeyRing({id: key}).current == id
