"""Kept sound compared with its checksums, row by row."""

import os
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline.db import Sessions, transaction
from recordings.service import RecordedCall, expect
from recordings.store import Recording
from recordings.verification import SoundVerification
from tests.recording_files import BEGAN, CALL, ENDED, NODE, SOON, RecordingFiles

pytestmark = pytest.mark.dialects


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(factory, tmp_path / "recordings")


@pytest.fixture
def stored(scene: RecordingFiles) -> RecordingFiles:
    scene.call()
    scene.files()
    scene.recordings.check(SOON)
    return scene


def test_all_is_well(stored: RecordingFiles) -> None:
    """Untouched files are no faults, and their rows say when they were looked at."""
    assert stored.verification.verify(SOON) == []
    assert {row.verified_at for row in stored.rows().values()} == {SOON}


def test_one_bit(stored: RecordingFiles) -> None:
    """One flipped bit is found, named, and alarmed once."""
    path = stored.folder / f"{CALL}-agent.wav"
    raw = bytearray(path.read_bytes())
    raw[5000] ^= 1
    path.write_bytes(raw)
    for _ in range(2):
        (fault,) = stored.verification.verify(SOON)
        assert str(fault) == f"{path.name}: changed since 2026-11-24 10:01:05"
    assert len(stored.alarms) == 1
    assert stored.rows()["agent"].fault.startswith("changed")
    assert stored.recordings.bad() == 1
    (deed,) = stored.audit_rows("agent")
    assert (deed.by, deed.action) == ("verification", "recording.found-bad")
    assert deed.reason.startswith("changed since") and deed.at == SOON
    assert deed.before == {"sha256": stored.rows()["agent"].sha256, "fault": ""}


def test_removed_and_brought_back(stored: RecordingFiles) -> None:
    """A removed file is named; brought back, its row is well again."""
    path = stored.folder / f"{CALL}-caller.wav"
    away = path.rename(stored.folder.parent / "away.wav")
    assert [fault.what[:7] for fault in stored.verification.verify(SOON)] == ["removed"]
    away.rename(path)
    assert stored.verification.verify(SOON) == []
    assert stored.rows()["caller"].fault == ""
    told = [deed.action for deed in stored.audit_rows("caller")]
    assert told == ["recording.found-bad", "recording.found-well"]


def test_orphans(stored: RecordingFiles) -> None:
    """A file that no call expects is listed once it is old enough to be none of a call just begun."""
    lost = stored.folder / "ntpc1-1.1-caller.wav"
    lost.write_bytes(b"x")
    os.utime(lost, (SOON.timestamp(),) * 2)
    assert stored.verification.verify(SOON + timedelta(minutes=10)) == []
    (fault,) = stored.verification.verify(SOON + timedelta(minutes=11))
    assert (fault.path, fault.call_id) == (lost.name, "")


def test_many_pages(scene: RecordingFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row is compared, however many pages they are."""
    monkeypatch.setattr("recordings.verification.PAGE", 3)
    with transaction(scene.factory) as session:
        for number in range(5):
            expect(session, RecordedCall(f"ntpc1-{number}.1", NODE, BEGAN, ENDED))
    for path in [row.path for row in every(scene)]:
        with wave.open(str(scene.folder / path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(16000 * 60))
    scene.recordings.check(ENDED + timedelta(days=400))
    scene.verification.verify(SOON)
    assert all(row.verified_at == SOON for row in every(scene))


def every(scene: RecordingFiles) -> list[Recording]:
    with transaction(scene.factory) as session:
        return list(session.scalars(select(Recording)))


def test_two_workers_tell_once(stored: RecordingFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job and the command compare at one moment: one alarm and one audit row."""
    (stored.folder / f"{CALL}-agent.wav").unlink()
    other = SoundVerification(stored.factory, stored.folders, stored.alarms.append)
    found = stored.verification._what_is_wrong

    def meanwhile(row: Recording) -> str:
        monkeypatch.setattr(stored.verification, "_what_is_wrong", found)
        other.verify(SOON)
        return found(row)

    monkeypatch.setattr(stored.verification, "_what_is_wrong", meanwhile)
    assert [fault.what[:7] for fault in stored.verification.verify(SOON)] == ["removed"]
    assert len(stored.alarms) == 1 and len(stored.audit_rows("agent")) == 1
