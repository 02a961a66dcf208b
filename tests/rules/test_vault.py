"""Files of sound: what their heads say and what they hold; heads mended;
what may be recorded under which name.
"""

import hashlib
import os
import struct
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from recordings import vault
from recordings.judgement import (
    ExpectedSound,
    Judgement,
    expected_seconds,
    is_settled,
    judged,
    missing,
    trouble_now,
)
from recordings.policy import BOTH_WAYS, Direction, RecordingVerdict, file_name, verdict
from recordings.store import RecordingState
from recordings.vault import NotSound, SoundFile

RATE = 8000
BEGAN = taipei("2026-11-24T10:00:00")
ENDED = BEGAN + timedelta(seconds=100)


def write_wav(path: Path, seconds: float, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"\x01\x02" * int(seconds * rate))
    return path


def as_after_a_crash(path: Path, more: bytes = b"") -> Path:
    """Sizes of zero, as Asterisk leaves them when it is killed, perhaps half a sample at the end."""
    raw = bytearray(path.read_bytes())
    raw[4:8] = raw[40:44] = bytes(4)
    path.write_bytes(bytes(raw) + more)
    return path


def seconds_heard(path: Path) -> float:
    """What a player makes of it."""
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


class TestHead:
    @pytest.mark.parametrize("rate", [8000, 16000])
    def test_closed_file_is_left_alone(self, tmp_path: Path, rate: int) -> None:
        """A true head is not touched."""
        path = write_wav(tmp_path / "a.wav", 2.5, rate)
        before = path.read_bytes()
        assert (vault.head(path).seconds, vault.repair(path)) == (2.5, False)
        assert path.read_bytes() == before

    @pytest.mark.parametrize("more", [b"", b"\x07"])
    def test_killed_writer(self, tmp_path: Path, more: bytes) -> None:
        """Sizes of zero are mended: every whole sample is heard, no byte of sound is changed."""
        path = as_after_a_crash(write_wav(tmp_path / "a.wav", 2.5), more)
        sound = path.read_bytes()[44:]
        assert vault.head(path).seconds == 2.5
        assert (vault.repair(path), vault.repair(path)) == (True, False)
        assert seconds_heard(path) == 2.5
        assert path.read_bytes()[44:] == sound

    def test_mending_interrupted(self, tmp_path: Path) -> None:
        """With only the first of both sizes written, the next call mends the rest."""
        path = as_after_a_crash(write_wav(tmp_path / "a.wav", 1))
        raw = bytearray(path.read_bytes())
        raw[40:44] = struct.pack("<I", len(raw) - 44)
        path.write_bytes(raw)
        assert vault.repair(path)
        assert seconds_heard(path) == 1

    def test_mending_keeps_the_time_of_the_last_sound(self, tmp_path: Path) -> None:
        """When the sound was last written is evidence of when Asterisk died."""
        path = as_after_a_crash(write_wav(tmp_path / "a.wav", 1))
        os.utime(path, (1_700_000_000, 1_700_000_000))
        vault.repair(path)
        assert path.stat().st_mtime == 1_700_000_000

    def test_head_that_promises_more_than_there_is(self, tmp_path: Path) -> None:
        """A file that was cut holds what it holds."""
        path = write_wav(tmp_path / "a.wav", 2)
        os.truncate(path, 44 + RATE)
        assert vault.head(path).seconds == 0.5
        vault.repair(path)
        assert seconds_heard(path) == 0.5

    def test_call_without_sound(self, tmp_path: Path) -> None:
        """A head and nothing behind it is a whole file of no time."""
        path = write_wav(tmp_path / "a.wav", 0)
        assert (vault.head(path).seconds, vault.repair(path)) == (0, False)

    def test_other_parts_before_the_sound(self, tmp_path: Path) -> None:
        """Parts that are not sound are passed over."""
        path = write_wav(tmp_path / "a.wav", 1)
        raw = path.read_bytes()
        path.write_bytes(raw[:36] + b"LIST" + struct.pack("<I", 3) + b"abc\0" + raw[36:])
        assert vault.head(path).begins == 56

    @pytest.mark.parametrize(
        "raw", [b"", b"RIFF", b"\0" * 100, b"RIFF\0\0\0\0WAVE", b"RIFF\0\0\0\0WAVEfmt \1\0\0\0\0"]
    )
    def test_no_sound(self, tmp_path: Path, raw: bytes) -> None:
        """What is no wav file is refused in words."""
        path = tmp_path / "a.wav"
        path.write_bytes(raw)
        with pytest.raises(NotSound):
            vault.repair(path)

    def test_compressed_sound_is_refused(self, tmp_path: Path) -> None:
        """Only plain samples can be counted."""
        path = write_wav(tmp_path / "a.wav", 1)
        raw = bytearray(path.read_bytes())
        raw[20] = 49
        path.write_bytes(raw)
        with pytest.raises(NotSound):
            vault.head(path)

    @given(st.binary(max_size=200))
    def test_any_bytes(self, tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
        """Nothing but NotSound comes of strange bytes, and what was mended stays mended."""
        path = tmp_path_factory.getbasetemp() / "any.wav"
        path.write_bytes(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0" + raw)
        try:
            vault.repair(path)
        except NotSound:
            return
        assert not vault.repair(path)

    def test_links_are_not_followed(self, tmp_path: Path) -> None:
        """A link in the folder leads nowhere."""
        write_wav(tmp_path / "a.wav", 1)
        link = tmp_path / "b.wav"
        link.symlink_to(tmp_path / "a.wav")
        assert vault.look(link) is None
        with pytest.raises(OSError):
            vault.sha256(link)

    def test_pipes_do_not_hold_us_up(self, tmp_path: Path) -> None:
        """A pipe in the folder is no file, and is not waited for."""
        os.mkfifo(tmp_path / "a.wav")
        with pytest.raises(NotSound):
            vault.head(tmp_path / "a.wav")

    def test_checksum(self, tmp_path: Path) -> None:
        """SHA-256 of all its bytes."""
        path = write_wav(tmp_path / "a.wav", 40)
        assert vault.sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()


FULL = "/recordings could not be written: No space left on device, 0 MiB are free"


class TestJudgement:
    """100 s are expected; the file was last written when the call ended."""

    def judge(
        self, seconds: float, *, repaired: bool = False, expected: ExpectedSound | None = None
    ) -> RecordingState:
        found = SoundFile(1, ENDED)
        return judged(expected or ExpectedSound(BEGAN, ENDED), found, seconds, repaired=repaired).state

    @pytest.mark.parametrize(
        ("seconds", "state"),
        [
            (100.2, RecordingState.WHOLE),
            (98.5, RecordingState.WHOLE),
            (98.4, RecordingState.SHORT),
            (0, RecordingState.SHORT),
        ],
    )
    def test_tolerance(self, seconds: float, state: RecordingState) -> None:
        """One second, and five thousandths of the call, may be lost."""
        assert self.judge(seconds) is state

    @pytest.mark.parametrize(
        ("seconds", "state"), [(97.9, RecordingState.REPAIRED), (97.8, RecordingState.SHORT)]
    )
    def test_tolerance_after_a_crash(self, seconds: float, state: RecordingState) -> None:
        """2.1 s may be lost when Asterisk died."""
        assert self.judge(seconds, repaired=True, expected=ExpectedSound(BEGAN, ENDED, crashed=True)) is state

    def test_machine_was_off_all_night(self) -> None:
        """After a crash the file's last change stands for the end: its hours off are not missing sound."""
        morning = ExpectedSound(BEGAN, ENDED + timedelta(hours=12), crashed=True)
        assert expected_seconds(morning, SoundFile(1, ENDED)) == 100
        assert self.judge(99, repaired=True, expected=morning) is RecordingState.REPAIRED

    def test_crash_after_the_disk_was_full(self) -> None:
        """A file that had stopped growing before the crash is short, although its last change fits."""
        expected = ExpectedSound(BEGAN, ENDED, crashed=True, fault=FULL)
        assert self.judge(100, repaired=True, expected=expected) is RecordingState.SHORT

    def test_reason_tells_the_arithmetic(self) -> None:
        """A short recording says how much is missing."""
        found = SoundFile(1, ENDED - timedelta(seconds=60))
        reason = judged(ExpectedSound(BEGAN, ENDED), found, 40, repaired=False).reason
        assert reason == "40.0 of 100.0 s: 60.0 s are missing"

    def test_where_no_sound_was_sent_nothing_is_short(self) -> None:
        """Asterisk closed the file, and the disk took everything all the while:
        two telephones were silent.
        """
        found = SoundFile(1, ENDED)
        quiet = judged(ExpectedSound(BEGAN, ENDED, fault=""), found, 40, repaired=False)
        assert (quiet.state, quiet.reason) == (
            RecordingState.WHOLE,
            "in 60.0 of 100.0 s neither side sent sound",
        )
        for expected, repaired in (
            (ExpectedSound(BEGAN, ENDED), False),
            (ExpectedSound(BEGAN, ENDED, fault=""), True),
            (ExpectedSound(BEGAN, ENDED, fault=FULL), False),
        ):
            assert judged(expected, found, 40, repaired=repaired).state is RecordingState.SHORT

    def test_a_full_disk_is_named(self) -> None:
        """In the reason of what was lost, and of what is being lost."""
        full = ExpectedSound(BEGAN, ENDED, fault=FULL)
        assert (
            judged(full, SoundFile(1, ENDED), 40, repaired=False).reason
            == f"40.0 of 100.0 s: 60.0 s are missing; {FULL}"
        )
        assert missing(full, "there is no file") == Judgement(
            RecordingState.MISSING, 100, f"there is no file; {FULL}"
        )
        up = ExpectedSound(BEGAN, None, fault=FULL)
        told = trouble_now(up, SoundFile(65536, ENDED), BEGAN, ENDED)
        assert told == f"the file has not grown for 100 s at 65536 bytes; {FULL}"

    def test_what_does_not_grow_on_a_good_disk_is_no_trouble(self) -> None:
        """Neither side sends sound."""
        assert trouble_now(ExpectedSound(BEGAN, None, fault=""), SoundFile(65536, ENDED), BEGAN, ENDED) == ""

    @pytest.mark.parametrize(
        ("seconds", "state"), [(1.0, RecordingState.WHOLE), (1.1, RecordingState.MISSING)]
    )
    def test_a_call_that_ends_at_once_may_have_no_sound(self, seconds: float, state: RecordingState) -> None:
        """Asterisk makes the file with the first sound."""
        over = BEGAN + timedelta(seconds=seconds)
        assert missing(ExpectedSound(BEGAN, over, fault=""), "there is no file").state is state
        assert missing(ExpectedSound(BEGAN, over), "there is no file").state is RecordingState.MISSING

    @pytest.mark.parametrize(
        ("after", "written", "settled"),
        [(2.9, 0, False), (3, 0, True), (4, 2, False), (5, 2, True), (30, 29, True)],
    )
    def test_settled(self, after: float, written: float, settled: bool) -> None:
        """Three seconds after the end and the last change; at the latest when patience ends."""
        found, patience = SoundFile(1, ENDED + timedelta(seconds=written)), timedelta(seconds=30)
        at = ENDED + timedelta(seconds=after)
        assert is_settled(ExpectedSound(BEGAN, ENDED), found, patience, at) is settled

    def test_call_is_up(self) -> None:
        """A call without an end is never settled."""
        assert not is_settled(ExpectedSound(BEGAN, None), None, timedelta(seconds=30), ENDED)

    @pytest.mark.parametrize(("second", "told"), [(20, False), (20.1, True)])
    def test_no_file_in_a_call(self, second: float, told: bool) -> None:
        """After 20 s without a file there is trouble."""
        at = BEGAN + timedelta(seconds=second)
        assert bool(trouble_now(ExpectedSound(BEGAN, None), None, BEGAN, at)) is told

    @pytest.mark.parametrize(("second", "told"), [(70, False), (70.1, True)])
    def test_file_does_not_grow(self, second: float, told: bool) -> None:
        """Nor may it stand still for more than 20 s, although the full disk's file seems to change."""
        grew_at, at = BEGAN + timedelta(seconds=50), BEGAN + timedelta(seconds=second)
        assert bool(trouble_now(ExpectedSound(BEGAN, None), SoundFile(65536, at), grew_at, at)) is told


class TestPolicy:
    @pytest.mark.parametrize(
        ("heard", "language", "answer"),
        [
            (set(), "zh-TW", RecordingVerdict.NO_NOTICE),
            ({"zh-TW"}, "en", RecordingVerdict.OTHER_LANGUAGE),
            ({"zh-TW"}, "zh-TW", RecordingVerdict.ALLOWED),
            ({"zh-TW", "en"}, "en", RecordingVerdict.ALLOWED),
        ],
    )
    def test_P4_12_notice_first(self, heard: set[str], language: str, answer: RecordingVerdict) -> None:
        """Recording starts after the notice in the caller's language, and a refusal says why."""
        assert verdict(heard, language) is answer

    def test_names(self) -> None:
        """Two files a call, named by it."""
        names = [file_name("ntpc1-1795567609.34", direction) for direction in BOTH_WAYS]
        assert names == ["ntpc1-1795567609.34-caller.wav", "ntpc1-1795567609.34-agent.wav"]

    @pytest.mark.parametrize("call_id", ["", "../x", "a/b", ".x", "a\n", "a b", "x" * 65, "通話"])
    def test_strange_call_ids(self, call_id: str) -> None:
        """No call id leads out of the folder."""
        with pytest.raises(ValueError):
            file_name(call_id, Direction.CALLER)
