"""Kept sound, compressed: every sample of FLAC comes back, Opus sounds alike, any place is found."""

from pathlib import Path

import numpy as np
import pytest

from recordings import vault
from recordings.codecs import DecodedSound, PlainSound, SoundCodec, decoded, fit
from recordings.container import UnsealedFile
from recordings.sealing import SealedSound, seal
from recordings.vault import NotSound
from tests.sound import RATE, speech, write_wav

KEY = bytes(range(32))


def opened(draft: Path) -> UnsealedFile:
    content = draft.read_bytes()
    return UnsealedFile(KEY, lambda start, count: content[start : start + count], len(content))


def kept(path: Path, codec: SoundCodec = SoundCodec.FLAC) -> tuple[SealedSound, Path]:
    draft = path.with_suffix(".sealed")
    return seal(path, draft, KEY, codec), draft


def test_every_sample_comes_back_and_the_hash_is_that_of_the_wav(tmp_path: Path) -> None:
    """Smaller, encrypted, and the same sound."""
    said = speech(64)
    path = write_wav(tmp_path / "a.wav", said)
    told, draft = kept(path)
    assert (told.codec, told.original) == (SoundCodec.FLAC, vault.sha256(path))
    assert told.size == draft.stat().st_size < path.stat().st_size
    assert told.sha256 == vault.sha256(draft)
    assert not draft.read_bytes().startswith((b"RIFF", b"fLaC"))
    sound = DecodedSound(opened(draft))
    assert (sound.rate, sound.frames) == (RATE, len(said))
    assert np.array_equal(sound.read(0, len(said)), said)
    for place in (12_345, 30 * RATE - 100, 60 * RATE, 63 * RATE):
        assert np.array_equal(sound.read(place, 500), said[place : place + 500])
    assert len(sound.read(len(said), 10)) == 0
    sound.close()


def test_opus_is_much_smaller_and_sounds_alike(tmp_path: Path) -> None:
    """As loud at the same places, and as long."""
    said = speech(4)
    told, draft = kept(write_wav(tmp_path / "a.wav", said), SoundCodec.OPUS)
    assert told.codec is SoundCodec.OPUS and told.size < len(said) * 2 / 4
    sound = DecodedSound(opened(draft))
    heard = sound.read(0, sound.frames)
    assert (sound.rate, len(heard)) == (RATE, len(said))
    loud = [
        np.sqrt(np.mean(one[start : start + 800].astype(float) ** 2))
        for one in (said, heard)
        for start in (4000, 16000)
    ]
    assert loud[0] == pytest.approx(loud[2], rel=0.3) and loud[1] == pytest.approx(loud[3], rel=0.3)
    sound.close()


@pytest.mark.parametrize("what", ["two channels", "bytes behind the sound", "no sound", "a torn head"])
def test_what_samples_alone_do_not_tell_is_kept_as_it_is(tmp_path: Path, what: str) -> None:
    """Byte for byte: the hash of evidence must be computed from what is kept."""
    path = write_wav(tmp_path / "a.wav", speech(1), channels=2 if what == "two channels" else 1)
    if what == "bytes behind the sound":
        path.write_bytes(path.read_bytes() + b"LIST\x04\x00\x00\x00abcd")
    elif what == "no sound":
        path.write_bytes(b"none at all")
    elif what == "a torn head":
        path.write_bytes(path.read_bytes()[:20])
    assert fit(path, SoundCodec.FLAC) is SoundCodec.WAV
    told, draft = kept(path)
    assert (told.codec, told.original) == (SoundCodec.WAV, vault.sha256(path))
    assert opened(draft).read(0, 1 << 20) == path.read_bytes()


def test_what_is_no_sound_says_so(tmp_path: Path) -> None:
    """Kept, but not to be played."""
    path = tmp_path / "a.wav"
    path.write_bytes(b"none at all")
    _told, draft = kept(path)
    with pytest.raises(NotSound):
        decoded(opened(draft), SoundCodec.WAV)


def test_a_plain_file_is_read_from_any_place(tmp_path: Path) -> None:
    """Also one whose head was never closed."""
    said = speech(1)
    path = write_wav(tmp_path / "a.wav", said)
    raw = bytearray(path.read_bytes())
    raw[4:8] = raw[40:44] = bytes(4)
    path.write_bytes(raw)
    sound = PlainSound(vault.opened(path))
    assert (sound.rate, sound.frames) == (RATE, len(said))
    assert np.array_equal(sound.read(100, 50), said[100:150])
    assert len(sound.read(len(said) - 5, 50)) == 5
    sound.close()
