"""Journals whose bodies are sealed: nothing of a caller stands in the files, and all of it comes back."""

from pathlib import Path

import pytest

from hotline.clock import taipei
from hotline.journal import Damage, Journal, lag, pending, recorded, sweep
from hotline.journal.lines import PURPOSE, encoded
from hotline.keys.ring import SIZE, KeyMissing, KeyRing
from tests.keys import RING

TEN = taipei("2026-11-24T10:00")
BODY = {"number": "+886912345678", "matter": "路燈不亮"}
OLD, NEW = {"old": bytes(SIZE)}, {"new": bytes(range(SIZE))}


def written(folder: Path, keys: KeyRing | None, *names: str) -> None:
    journal = Journal(folder, "ntpc1-agi1", keys=keys)
    for name in names:
        journal.append(name, TEN, BODY)
    journal.close()


def test_nothing_of_a_caller_stands_in_the_file_and_all_comes_back(tmp_path: Path) -> None:
    """Key and instant stand in clear: they are what a replay and a search go by."""
    written(tmp_path, RING, "turn:1:2:CallbackPromised")
    (file,) = tmp_path.glob("*.journal")
    content = file.read_text()
    assert "0912345678"[1:] not in content and "number" not in content and "\\u8def" not in content
    (entry,) = pending(tmp_path, {}, keys=RING)
    assert (entry.key, entry.at, entry.body) == ("turn:1:2:CallbackPromised", TEN, BODY)


def test_old_plain_lines_are_read_beside_sealed_ones(tmp_path: Path) -> None:
    """Of the release before, whose processes may still run."""
    written(tmp_path, None, "plain")
    written(tmp_path, RING, "sealed")
    assert {one.key: one.body for one in pending(tmp_path, {}, keys=RING)} == {"plain": BODY, "sealed": BODY}


def test_a_rotation_leaves_nothing_unread(tmp_path: Path) -> None:
    """What was sealed by the former key is opened by it as long as it is kept."""
    written(tmp_path, KeyRing(OLD), "before")
    written(tmp_path, KeyRing({**OLD, **NEW}), "after")
    assert [one.body for one in pending(tmp_path, {}, keys=KeyRing({**OLD, **NEW}))] == [BODY, BODY]


def test_a_missing_key_keeps_what_it_sealed_waiting(tmp_path: Path) -> None:
    """It is counted and swept nowhere; with the key it is replayed."""
    written(tmp_path, KeyRing(OLD), "waits")
    with pytest.raises(KeyMissing):
        list(pending(tmp_path, {}, keys=KeyRing(NEW)))
    assert lag(tmp_path, {}).entries == 1 and sweep(tmp_path, {}).kept == ()
    assert [one.key for one in pending(tmp_path, {}, keys=KeyRing(OLD))] == ["waits"]


def test_a_forged_seal_is_damage_and_holds_up_nothing(tmp_path: Path) -> None:
    """Its checksum is right; its bytes are kept where a person finds them."""
    written(tmp_path, RING, "before")
    (file,) = tmp_path.glob("*.journal")
    forged = encoded("forged", TEN, BODY, KeyRing({"test": bytes(SIZE)}))
    behind = encoded("behind", TEN, BODY, RING)
    begins = file.stat().st_size + forged.index(b"sealed:")
    file.write_bytes(file.read_bytes() + forged + behind)
    told = list[Damage]()
    assert [one.key for one in pending(tmp_path, {}, told.append, keys=RING)] == ["before", "behind"]
    (damage,) = told
    assert damage.offset == begins and damage.content == forged[forged.index(b"sealed:") : -3]


def test_a_damaged_line_is_salvaged_as_before(tmp_path: Path) -> None:
    """A line break that became another byte: both facts are whole."""
    lines = encoded("one", TEN, BODY, RING)[:-1] + b"x" + encoded("two", TEN, BODY, RING)
    (tmp_path / "ntpc1-agi1.0.000001.journal").write_bytes(lines)
    assert [(one.key, one.body) for one in pending(tmp_path, {}, keys=RING)] == [("one", BODY), ("two", BODY)]


def test_a_search_goes_by_what_stands_in_clear(tmp_path: Path) -> None:
    """Promises among all that was written; others are not opened."""
    written(tmp_path, KeyRing(OLD), "turn:1:1")
    written(tmp_path, RING, "turn:1:2:CallbackPromised")
    assert [one.body for one in recorded(tmp_path, TEN.replace(year=2000), b"CallbackPromised", RING)] == [
        BODY
    ]


def test_sealed_lines_are_of_one_purpose(tmp_path: Path) -> None:
    """What was sealed for a row opens in no journal."""
    line = encoded("x", TEN, {}, None).replace(b"{}", f'"{RING.seal_text("callback.number", "1")}"'.encode())
    assert PURPOSE == "journal"
    (tmp_path / "ntpc1-agi1.0.000001.journal").write_bytes(line)
    assert list(pending(tmp_path, {}, keys=RING)) == []
