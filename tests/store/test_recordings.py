"""Recordings expected, checked and mended over the database and a folder."""

import wave
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from hotline import disk
from hotline.db import Sessions, transaction
from recordings.gaps import GapReason, SoundGap
from recordings.service import RecordedCall, Recordings, expect, expect_message
from recordings.store import Recording
from tests.recording_files import BEGAN, CALL, ENDED, NODE, SOON, RecordingFiles

pytestmark = pytest.mark.dialects


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path) -> RecordingFiles:
    return RecordingFiles(factory, tmp_path / "recordings")


def test_expected_at_once(scene: RecordingFiles) -> None:
    """As soon as recording begins both directions are expected; telling it again changes nothing."""
    scene.call(None)
    scene.call(None)
    assert scene.states() == {"EXPECTED"}
    assert [row.path for row in scene.rows().values()] == [f"{CALL}-{which}.wav" for which in scene.rows()]


def test_whole(scene: RecordingFiles) -> None:
    """Both files as long as the call: checksum, seconds and size are stored, nobody is alarmed."""
    scene.call()
    scene.files(59.9)
    assert scene.recordings.check(SOON) == 2
    row = scene.rows()["caller"]
    assert (row.state, row.seconds, row.expected_seconds, row.size) == ("WHOLE", 59.9, 60, 44 + 958_400)
    assert len(row.sha256) == 64
    assert scene.alarms == []
    assert scene.recordings.check(SOON) == 0


def test_not_looked_at_too_early(scene: RecordingFiles) -> None:
    """Asterisk has a moment to close its files."""
    scene.call()
    scene.files()
    assert scene.recordings.check(ENDED + timedelta(seconds=1)) == 0
    assert scene.states() == {"EXPECTED"}


def test_missing(scene: RecordingFiles) -> None:
    """No file: MISSING, and one alarm for each direction within the minute, never again."""
    scene.call()
    for second in range(0, 60, 5):
        scene.recordings.check(ENDED + timedelta(seconds=second))
    assert scene.states() == {"MISSING"}
    assert len(scene.alarms) == 2
    assert scene.recordings.bad() == 2


def test_short(scene: RecordingFiles) -> None:
    """A file that ends before its call is SHORT, is hashed all the same, and alarms once."""
    scene.call()
    scene.files()
    scene.file("agent", 2.3, BEGAN + timedelta(seconds=3))
    scene.recordings.check(SOON)
    scene.recordings.check(SOON)
    row = scene.rows()["agent"]
    assert (row.state, row.seconds) == ("SHORT", 2.3)
    assert row.sha256
    assert [alarm.path for alarm in scene.alarms] == [row.path]
    assert "57.7 s are missing" in scene.alarms[0].reason


def test_killed_asterisk(scene: RecordingFiles) -> None:
    """Heads are mended, the files play, and up to 2.1 s are forgiven."""
    scene.call(None)
    path = scene.file("caller", 58, ENDED - timedelta(seconds=1), closed=False)
    scene.file("agent", 58, ENDED - timedelta(seconds=1), closed=False)
    scene.call(ENDED, crashed=True)
    scene.recordings.check(SOON)
    assert scene.states() == {"REPAIRED"}
    with wave.open(str(path), "rb") as file:
        assert file.getnframes() == 58 * 8000
    assert scene.alarms == []
    assert scene.verification.verify(SOON) == []


def test_file_that_is_no_sound(scene: RecordingFiles) -> None:
    """An empty file is as good as none, and says so."""
    scene.call()
    scene.files()
    (scene.folder / f"{CALL}-caller.wav").write_bytes(b"")
    scene.recordings.check(ENDED + timedelta(seconds=30))
    row = scene.rows()["caller"]
    assert (row.state, row.size) == ("MISSING", 0)
    assert row.reason.startswith("the file cannot be used")


def test_link_instead_of_a_file(scene: RecordingFiles, tmp_path: Path) -> None:
    """A link in the folder is no recording."""
    scene.call()
    scene.files()
    path = scene.folder / f"{CALL}-caller.wav"
    path.rename(tmp_path / "elsewhere.wav")
    path.symlink_to(tmp_path / "elsewhere.wav")
    scene.recordings.check(SOON)
    assert scene.rows()["caller"].state == "MISSING"


@pytest.mark.parametrize("written", [None, 10])
def test_alarm_while_the_call_is_up(
    scene: RecordingFiles, written: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file, or one that stands still on a full disk:
    one alarm during the call, and none more at its end.
    """
    monkeypatch.setattr(disk, "unwritable", lambda folder: "No space left on device")
    scene.call(None)
    if written:
        for direction in ("caller", "agent"):
            scene.file(direction, written)
    for second in range(0, 60, 5):
        scene.recordings.check(BEGAN + timedelta(seconds=second))
    assert len(scene.alarms) == 2
    assert {alarm.state for alarm in scene.alarms} == {"EXPECTED"}
    scene.call(ENDED)
    scene.recordings.check(SOON)
    assert len(scene.alarms) == 2
    assert scene.states() == ({"SHORT"} if written else {"MISSING"})
    told = f"{scene.folder} could not be written: No space left on device"
    assert all(told in alarm.reason for alarm in scene.alarms)
    assert all(told in row.reason for row in scene.rows().values())


def watched(scene: RecordingFiles, until: float) -> None:
    """The job while the call is up, and once more after its end."""
    second = 0.0
    while second <= until:
        scene.recordings.check(BEGAN + timedelta(seconds=second))
        second += 5
    scene.call()
    scene.recordings.check(SOON)


def test_two_silent_telephones_are_no_loss(scene: RecordingFiles) -> None:
    """The files stand still, the disk takes what is written:
    no alarm, and how long nothing was sent is on record.
    """
    scene.call(None)
    scene.files(10)
    watched(scene, 60)
    assert scene.alarms == [] and scene.states() == {"WHOLE"}
    assert scene.rows()["agent"].reason == "in 50.0 of 60.0 s neither side sent sound"


def test_a_disk_that_was_full_for_a_moment_is_named_at_the_end(
    scene: RecordingFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was freed before anybody wondered; what is missing is missing by it."""
    scene.call(None)
    scene.files(40)
    with monkeypatch.context() as moment:
        moment.setattr(disk, "unwritable", lambda folder: "No space left on device")
        scene.recordings.check(BEGAN + timedelta(seconds=5))
    for second in range(10, 31, 5):
        scene.recordings.check(BEGAN + timedelta(seconds=second))
    scene.call()
    scene.recordings.check(BEGAN + timedelta(seconds=50))
    scene.recordings.check(SOON)
    assert scene.states() == {"SHORT"}
    assert all("No space left on device" in alarm.reason for alarm in scene.alarms)


def test_who_was_not_watched_all_the_time_is_not_believed_silent(scene: RecordingFiles) -> None:
    """A disk may have been full while the jobs were away."""
    scene.call(None)
    scene.files(10)
    scene.recordings.check(BEGAN + timedelta(seconds=5))
    watched_again = BEGAN + timedelta(seconds=36)
    scene.recordings.check(watched_again)
    scene.call()
    scene.recordings.check(SOON)
    assert scene.states() == {"SHORT"}


@pytest.mark.parametrize(("ended", "state"), [("cut", "SHORT"), ("hangup", "WHOLE"), ("key", "WHOLE")])
def test_a_message_that_broke_off_by_our_fault_is_not_whole(
    scene: RecordingFiles, ended: str, state: str
) -> None:
    """Its file is as long as it says, and more may have been said; a caller who hangs up has said all."""
    name = f"{CALL}-message"
    path = scene.folders.messages / f"{name}.wav"
    path.parent.mkdir()
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(16000 * 7))
    with transaction(scene.factory) as session:
        expect_message(session, name, "ntpc1", 7.0, ENDED, ended=ended)
    scene.recordings.check(ENDED + timedelta(seconds=60))
    row = scene.rows()["message"]
    assert (row.state, bool(row.reason)) == (state, state == "SHORT")
    assert len(scene.alarms) == (state == "SHORT")


def test_no_alarm_while_the_ends_of_calls_are_unknown(scene: RecordingFiles) -> None:
    """After an outage of the database calls seem to be up that have long ended."""
    scene.call(None)
    scene.calls_are_known = False
    scene.recordings.check(BEGAN + timedelta(hours=4))
    assert scene.alarms == []


def test_two_workers_alarm_once(scene: RecordingFiles) -> None:
    """Of two workers that see the same, one alarms."""
    scene.call()
    other = Recordings(scene.factory, scene.folders, scene.alarms.append)
    with transaction(scene.factory) as session:
        rows = list(session.scalars(select(Recording)))
    scene.recordings.check(SOON)
    for row in rows:
        assert not other._save([other._settled(row, None, SOON)])
    assert len(scene.alarms) == 2


def test_P4_12_a_gap_takes_no_time_in_the_files(scene: RecordingFiles) -> None:
    """Put through for 20 s: 40 s are whole. The gap is told while it lasts, and once more when it is over."""
    began, over = BEGAN + timedelta(seconds=10), BEGAN + timedelta(seconds=30)
    for until in (None, over, over):
        gap = SoundGap(began, until, GapReason.AWAY)
        with transaction(scene.factory) as session:
            expect(session, RecordedCall(CALL, NODE, BEGAN, ENDED if until else None, gaps=(gap,)))
    scene.files(40)
    scene.recordings.check(SOON)
    assert {(row.state, row.expected_seconds, row.reason) for row in scene.rows().values()} == {
        ("WHOLE", 40, "")
    }


def test_P4_12_nothing_is_written_in_a_gap_and_nobody_is_alarmed(
    scene: RecordingFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files stand still while an officer is sought, also on a disk of which nobody knows."""
    monkeypatch.setattr(disk, "unwritable", lambda folder: "No space left on device")
    gap = SoundGap(BEGAN + timedelta(seconds=1), None, GapReason.AWAY)
    with transaction(scene.factory) as session:
        expect(session, RecordedCall(CALL, NODE, BEGAN, gaps=(gap,)))
    scene.files(1)
    for second in range(1, 60, 5):
        scene.recordings.check(BEGAN + timedelta(seconds=second))
    assert scene.alarms == []


def test_P4_12_music_that_a_caller_heard_in_a_talk_is_silent_before_the_file_is_hashed(
    scene: RecordingFiles,
) -> None:
    """Both directions, for nobody listened; the words around it stay, and so does the length."""
    hold = SoundGap(BEGAN + timedelta(seconds=20), BEGAN + timedelta(seconds=30), GapReason.HOLD)
    with transaction(scene.factory) as session:
        expect(session, RecordedCall(CALL, NODE, BEGAN, ENDED, gaps=(hold,)))
    scene.files()
    scene.recordings.check(SOON)
    assert scene.states() == {"WHOLE"} and scene.verification.verify(SOON) == []
    for row in scene.rows().values():
        with wave.open(str(scene.folder / row.path), "rb") as file:
            assert file.getnframes() == 60 * 8000
            sound = file.readframes(60 * 8000)
        loud = [any(sound[second * 16000 : second * 16000 + 16000]) for second in range(60)]
        assert [second for second in range(60) if not loud[second]] == list(range(21, 29))
