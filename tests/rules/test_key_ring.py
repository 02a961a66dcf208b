"""The ring of keys: the newest seals, every one opens, and nothing opens for another purpose."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.keys.ring import DIGEST, KeyMissing, KeyRing, SealBroken, sealed_by

OLD, NEW = bytes(32), bytes(range(32))
NUMBER = "+886912345678"


def test_the_last_key_seals_and_all_open() -> None:
    """A rotation: what was sealed before is read, and what is sealed now bears the newer id."""
    before, after = KeyRing({"old": OLD}), KeyRing({"old": OLD, "new": NEW})
    sealed = before.seal("journal", b"what was said")
    assert after.open("journal", sealed) == b"what was said"
    assert (before.current, after.current) == ("old", "new")
    assert after.seal("journal", b"").startswith(b"new:")


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_as_it_was(plain: bytes) -> None:
    """Also nothing at all; and no two seals are alike."""
    ring = KeyRing({"old": OLD})
    assert ring.open("sound", ring.seal("sound", plain)) == plain
    assert ring.seal("sound", plain) != ring.seal("sound", plain)


@pytest.mark.parametrize("place", [3, 4, 16, -1])
def test_one_changed_bit_is_no_seal(place: int) -> None:
    """Behind the id, in the nonce, in the text, in the tag."""
    ring = KeyRing({"old": OLD})
    sealed = bytearray(ring.seal("sound", b"one second of sound"))
    sealed[place] ^= 1
    with pytest.raises((SealBroken, KeyMissing)):
        ring.open("sound", bytes(sealed))


def test_another_purpose_and_another_key_open_nothing() -> None:
    """A number's seal copied into a name's column; the same id with other bytes."""
    sealed = KeyRing({"old": OLD}).seal("number", b"0912345678")
    with pytest.raises(SealBroken):
        KeyRing({"old": OLD}).open("name", sealed)
    with pytest.raises(SealBroken):
        KeyRing({"old": NEW}).open("number", sealed)


@pytest.mark.parametrize("sealed", [b"", b":", b"old:", b"old:short"])
def test_what_is_no_seal_is_refused(sealed: bytes) -> None:
    """Whatever a disk gives back."""
    with pytest.raises((SealBroken, KeyMissing)):
        KeyRing({"old": OLD}).open("number", sealed)


def test_a_missing_key_is_named() -> None:
    """So that a person knows which copy to look for."""
    sealed = KeyRing({"old": OLD}).seal("number", b"0912345678")
    with pytest.raises(KeyMissing) as lost:
        KeyRing({"new": NEW}).open("number", sealed)
    assert lost.value.id == "old"


def test_a_key_that_another_process_seals_by_is_read_when_it_is_met() -> None:
    """The file was rotated while this process ran."""
    file: dict[str, bytes] = {"old": OLD}
    ring = KeyRing({}, lambda: dict(file))
    assert ring.current == "old"
    file["new"] = NEW
    sealed = KeyRing(file).seal("number", b"0912345678")
    assert ring.open("number", sealed) == b"0912345678" and ring.current == "new"


def test_a_flood_of_unknown_keys_reads_the_file_once() -> None:
    """Rows of a database that is not ours: no disk is asked for each."""
    asked = list[int]()

    def again() -> Mapping[str, bytes]:
        asked.append(1)
        return {"old": OLD}

    ring = KeyRing({}, again)
    sealed = KeyRing({"new": NEW}).seal("number", b"0912345678")
    for _ in range(20):
        with pytest.raises(KeyMissing):
            ring.open("number", sealed)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "keys",
    [{}, {"old": b"short"}, {"": OLD}, {"a:b": OLD}, {"Old": OLD}],
    ids=["none", "short", "empty", "colon", "case"],
)
def test_a_ring_of_no_keys_is_none(keys: dict[str, bytes]) -> None:
    """An id stands before a colon in what is sealed, and in a text that is searched for."""
    with pytest.raises(ValueError):
        KeyRing(keys)


def test_texts_are_sealed_into_texts() -> None:
    """The id can be searched for; a text from before is read as it stands."""
    ring = KeyRing({"old": OLD, "new": NEW})
    sealed = ring.seal_text("name", "王小明")
    assert sealed.startswith("sealed:new:") and sealed.isascii() and sealed_by(sealed) == "new"
    assert ring.open_text("name", sealed) == "王小明"
    assert ring.open_text("name", "王小明") == "王小明" and sealed_by("王小明") == ""


def test_a_text_that_looks_sealed_is_sealed_like_any_other() -> None:
    """What a caller says cannot make a row unreadable."""
    ring = KeyRing({"old": OLD})
    said = "sealed:old:AAAA"
    assert ring.open_text("matter", ring.seal_text("matter", said)) == said
    with pytest.raises(SealBroken):
        ring.open_text("matter", said)


def test_a_keyed_hash_is_the_same_for_the_same_text_and_tells_nothing() -> None:
    """Of each purpose another, and of each key: without the key nobody can try all numbers."""
    ring, other = KeyRing({"old": OLD}), KeyRing({"old": NEW})
    mark = ring.digest("number", NUMBER)
    assert mark == KeyRing({"old": OLD}).digest("number", NUMBER) and len(mark) == DIGEST
    assert len({mark, ring.digest("name", NUMBER), other.digest("number", NUMBER)}) == 3


def test_a_search_while_a_rotation_goes_on_knows_every_hash() -> None:
    """Rows bear the former key's or the newer one's."""
    before, after = KeyRing({"old": OLD}), KeyRing({"old": OLD, "new": NEW})
    found = after.digests("number", NUMBER)
    assert before.digest("number", NUMBER) in found and after.digest("number", NUMBER) in found
