"""Sealed files: any place can be read by the key, and nothing that was changed is."""

import io
import os
from collections.abc import Callable

import pytest

from hotline.keys.ring import SealBroken
from recordings.container import SEGMENT, TAG, SealedWriter, UnsealedFile

KEY = bytes(range(32))
HEAD = 20


def sealed(plain: bytes, key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(key, out)
    for start in range(0, len(plain), 50_000):
        writer.write(plain[start : start + 50_000])
    writer.finish()
    return out.getvalue()


def unsealed(content: bytes, key: bytes = KEY) -> UnsealedFile:
    return UnsealedFile(key, lambda start, count: content[start : start + count], len(content))


@pytest.mark.parametrize("size", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT, 3 * SEGMENT + 5])
def test_what_was_written_comes_back(size: int) -> None:
    """Whatever its length; only head and tags are added."""
    plain = os.urandom(size)
    content = sealed(plain)
    assert unsealed(content).read(0, size + 1) == plain
    assert len(content) == HEAD + size + TAG * max(1, -(-size // SEGMENT))


@pytest.mark.parametrize("place", [0, 17, SEGMENT - 3, SEGMENT, 2 * SEGMENT + 11])
def test_any_place_can_be_read(place: int) -> None:
    """Also over the edge of a segment, and behind the end."""
    plain = os.urandom(3 * SEGMENT)
    file = unsealed(sealed(plain))
    assert file.read(place, 100) == plain[place : place + 100]
    assert file.read(len(plain) - 50, 100) == plain[-50:]
    assert file.read(len(plain), 10) == b""


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "a bit of its head": lambda c: c[:12] + bytes([c[12] ^ 1]) + c[13:],
    "a bit of its sound": lambda c: c[:5000] + bytes([c[5000] ^ 1]) + c[5001:],
    "the last segment": lambda c: c[: HEAD + 2 * (SEGMENT + TAG)],
    "the last byte": lambda c: c[:-1],
    "two segments, exchanged": lambda c: (
        c[:HEAD]
        + c[HEAD + SEGMENT + TAG : HEAD + 2 * (SEGMENT + TAG)]
        + c[HEAD : HEAD + SEGMENT + TAG]
        + c[HEAD + 2 * (SEGMENT + TAG) :]
    ),
    "everything": lambda c: bytes(len(c)),
    "all but a few bytes": lambda c: c[:10],
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_refused(what: str) -> None:
    """Also a file that was cut between two segments."""
    content = CHANGES[what](sealed(os.urandom(2 * SEGMENT + 999)))
    with pytest.raises(SealBroken):
        file = unsealed(content)
        file.read(0, file.size)


def test_another_key_opens_nothing() -> None:
    """Not even to tell what is in it."""
    with pytest.raises(SealBroken):
        unsealed(sealed(b"sound"), key=bytes(32))


def test_the_same_sound_is_sealed_otherwise_each_time() -> None:
    """One that is sealed again after a crash shares no nonce with the first try."""
    assert sealed(b"sound") != sealed(b"sound")
