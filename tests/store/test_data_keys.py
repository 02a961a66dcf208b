"""Data keys and the keys that wrap them: made, destroyed, rotated, and a lost one told at the start."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.keys import checks, data_keys
from hotline.keys.checks import KeyInUse, KeysLost, NoKeyWaits
from hotline.keys.data_keys import KeyDestroyed
from hotline.keys.files import KeyFile, KeysAway
from hotline.keys.ring import SIZE, KeyMissing, KeyRing, SealBroken
from hotline.keys.store import DataKey
from hotline.keys.usage import values_sealed_by
from hotline.settings import Settings
from ops.wiring import migrate, workshop

pytestmark = pytest.mark.dialects
AT = taipei("2026-11-24T10:00")
LATER = AT + timedelta(days=30)
OLD, NEW = {"old": bytes(SIZE)}, {"new": bytes(range(SIZE))}
BEFORE, AFTER = KeyRing(OLD), KeyRing({**OLD, **NEW})


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as one:
        yield one


def rotated(factory: Sessions, ring: KeyRing = AFTER) -> KeyRing:
    """A database in which the old key sealed first and the new one since."""
    with transaction(factory) as session:
        checks.mark(session, BEFORE, AT)
        checks.mark(session, ring, LATER)
    return ring


def test_a_data_key_is_a_keys_own_and_stands_wrapped(session: Session) -> None:
    """Nothing in its row is the key."""
    id, key = data_keys.make(session, BEFORE, "recording", AT)
    row = session.get_one(DataKey, id)
    assert data_keys.unwrap(session, BEFORE, id) == key and len(key) == SIZE
    assert key not in row.wrapped and (row.kind, row.wrapped_by) == ("recording", "old")
    assert data_keys.make(session, BEFORE, "recording", AT) != (id, key)


def test_a_destroyed_key_is_gone_and_its_row_stays(session: Session) -> None:
    """Once; and all of a long list."""
    made = [data_keys.make(session, BEFORE, "recording", AT)[0] for _ in range(data_keys.STEP + 1)]
    kept, _ = data_keys.make(session, BEFORE, "recording", AT)
    assert data_keys.destroy(session, made, LATER) == len(made)
    assert data_keys.destroy(session, made, LATER + timedelta(days=1)) == 0
    row = session.get_one(DataKey, made[0])
    assert not any(row.wrapped) and row.destroyed_at == LATER
    with pytest.raises(KeyDestroyed):
        data_keys.unwrap(session, BEFORE, made[0])
    assert data_keys.unwrap(session, BEFORE, kept)


def test_a_row_cannot_bear_the_key_of_another(session: Session) -> None:
    """Who may write the database cannot lead one recording's sound to another's."""
    one, _ = data_keys.make(session, BEFORE, "recording", AT)
    other, _ = data_keys.make(session, BEFORE, "recording", AT)
    session.get_one(DataKey, one).wrapped = session.get_one(DataKey, other).wrapped
    with pytest.raises(SealBroken):
        data_keys.unwrap(session, BEFORE, one)


def test_a_data_key_that_no_row_has_is_missing(session: Session) -> None:
    """And is not called destroyed: nobody decided so."""
    with pytest.raises(KeyMissing):
        data_keys.unwrap(session, BEFORE, "nowhere")


def test_a_rotation_wraps_anew_and_the_data_keys_stay(factory: Sessions) -> None:
    """In steps; a second run finds nothing, and the former key is needed no more."""
    with transaction(factory) as session:
        made = dict(data_keys.make(session, BEFORE, "recording", AT) for _ in range(data_keys.STEP + 1))
        gone, _ = data_keys.make(session, BEFORE, "recording", AT)
        data_keys.destroy(session, [gone], AT)
    ring = rotated(factory)
    with transaction(factory) as session:
        assert values_sealed_by(session, "old") == len(made)
    assert data_keys.rewrap(factory, ring, LATER) == len(made)
    assert data_keys.rewrap(factory, ring, LATER) == 0
    with transaction(factory) as session:
        assert values_sealed_by(session, "old") == 0
        alone = KeyRing(NEW)
        assert all(data_keys.unwrap(session, alone, id) == key for id, key in made.items())


def test_a_node_that_is_behind_wraps_nothing_back(factory: Sessions) -> None:
    """The new key waits there: what the other node has wrapped by it stays."""
    ring = rotated(factory)
    with transaction(factory) as session:
        data_keys.make(session, ring, "recording", LATER)
    behind = KeyRing({**NEW, **OLD})
    assert behind.current == "old" and data_keys.rewrap(factory, behind, LATER) == 0


# --- the first start ---------------------------------------------------------------------------------


def place(home: Path) -> KeyFile:
    return KeyFile(home / "keys" / "installation.keys")


def settle(factory: Sessions, file: KeyFile) -> KeyRing:
    """A start of a node."""
    ring = KeyRing({}, file.read)
    with transaction(factory) as session:
        checks.settle(session, file, ring, AT)
    return ring


def test_the_first_start_makes_a_key_and_the_next_finds_it(factory: Sessions, tmp_path: Path) -> None:
    """With its check in the database, once."""
    ring = settle(factory, place(tmp_path))
    assert settle(factory, place(tmp_path)).load() == ring.load()
    with transaction(factory) as session:
        assert session.scalar(select(func.count()).select_from(DataKey)) == 1
        assert checks.lost(session, ring) == ()


def test_a_second_node_makes_no_key_of_its_own(factory: Sessions, tmp_path: Path) -> None:
    """It is told to bring the first one's: two keys would be two halves of a database."""
    ring = settle(factory, place(tmp_path / "one"))
    with pytest.raises(KeysLost) as lost:
        settle(factory, place(tmp_path / "two"))
    assert lost.value.ids == ring.load() and not place(tmp_path / "two").is_there
    place(tmp_path / "two").write(place(tmp_path / "one").read())
    assert settle(factory, place(tmp_path / "two")).load() == ring.load()


@pytest.mark.parametrize(
    "wrong", [{"other": bytes(SIZE)}, {"test": bytes(SIZE)}], ids=["another", "same-name"]
)
def test_a_wrong_key_is_told_at_the_start(factory: Sessions, tmp_path: Path, wrong: dict[str, bytes]) -> None:
    """Another installation's file, or one of the same name that somebody typed."""
    settle(factory, place(tmp_path))
    place(tmp_path).write(wrong)
    with pytest.raises(KeysLost):
        settle(factory, place(tmp_path))


def test_an_unreadable_file_is_never_replaced(factory: Sessions, tmp_path: Path) -> None:
    """Of a new installation too: it may be the copy that a person has just brought."""
    file = place(tmp_path)
    file.place.parent.mkdir(mode=0o700)
    file.place.write_text("no key")
    file.place.chmod(0o600)
    with pytest.raises(KeysAway):
        settle(factory, file)
    assert file.place.read_text() == "no key"


def test_a_start_makes_the_key_and_a_lost_one_stops_it(database_url: str, tmp_path: Path) -> None:
    """As `hotline up` does it, before the first process."""
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    migrate(settings)
    migrate(settings)
    settings.installation_keys.unlink()
    with pytest.raises(KeysLost) as lost:
        migrate(settings)
    assert lost.value.place == settings.installation_keys and not settings.installation_keys.exists()
    house = workshop(settings, "cli")
    with pytest.raises(KeysAway):
        house.keys.load()
    house.engine.dispose()


# --- rotation ----------------------------------------------------------------------------------------


def test_the_key_that_waits_comes_next_on_every_node(factory: Sessions, session: Session) -> None:
    """On the first node it is the one that never sealed, on the second the one by which the first seals."""
    waiting = KeyRing({**NEW, **OLD})
    checks.mark(session, BEFORE, AT)
    with pytest.raises(NoKeyWaits):
        checks.successor(session, BEFORE)
    assert checks.successor(session, waiting) == "new"
    checks.mark(session, AFTER, LATER)
    assert checks.successor(session, waiting) == "new"
    with pytest.raises(NoKeyWaits):
        checks.successor(session, AFTER)


def test_a_former_key_is_given_up_and_never_comes_back(factory: Sessions) -> None:
    """Its file may lose it, and no rotation takes it for a new one. The one that seals cannot be given up."""
    ring = rotated(factory)
    with transaction(factory) as session:
        assert checks.former(session, ring) == ("old",)
        with pytest.raises(KeyInUse):
            checks.forget(session, ring, "new", LATER)
        checks.forget(session, ring, "old", LATER)
        assert checks.lost(session, KeyRing(NEW)) == () and checks.former(session, ring) == ()
        with pytest.raises(NoKeyWaits):
            checks.successor(session, ring)


def test_every_check_is_made_once(database: Engine, factory: Sessions) -> None:
    """Two processes that begin to seal by the same key."""
    for _ in range(2):
        rotated(factory)
    with transaction(factory) as session:
        assert list(checks.known(session)) == ["old", "new"]
