"""Sound that Twilio recorded: late, refused, absent, told twice, fetched by two; each is here or marked."""

import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from sqlalchemy import select

from calls.kept_sound import of_spans
from hotline import legal_holds
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.legal_holds import HeldRecord
from hotline.twilio_rest import TwilioFault
from recordings import gaps
from recordings.gaps import GapReason, SoundGap
from recordings.remote import PAUSES, CarrierReport, RemoteFetch, note
from recordings.service import Alarm, RecordedCall, Recordings, expect, expect_anew, expect_message
from recordings.store import Recording, RemoteRecording
from recordings.vault import Folders

pytestmark = pytest.mark.dialects

NOW = taipei("2026-11-24T10:00")
NODE, CALL, SID = "ntpc1", "CA" + "7" * 32, "RE" + "7" * 32
SECONDS = 20


def not_there(path: Path) -> None:
    raise TwilioFault("refused with 404", status=404)


def both_channels(path: Path, channels: int = 2) -> None:
    """The caller's samples are 1, 2, 3, …; what the caller hears is their negative."""
    one = (np.arange(SECONDS * 8000) % 1000).astype("<i2")
    with wave.open(str(path), "wb") as sound:
        sound.setparams((channels, 2, 8000, 0, "NONE", ""))
        sound.writeframes(np.stack((one, -one)[:channels], axis=1).astype("<i2").tobytes())


def torn(path: Path) -> None:
    path.write_bytes(b"RIFF")


@dataclass
class Carrier:
    """Answers in order; the last answer again and again."""

    answers: list[Callable[[Path], None]]
    asked: int = 0
    deleted: list[str] = field(default_factory=list)

    def save_recording(self, sid: str, path: Path) -> None:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        answer(path)

    def delete_recording(self, sid: str) -> None:
        self.deleted.append(sid)


@dataclass
class Scene:
    """One call whose recording is told of."""

    factory: Sessions
    folder: Path
    carrier: Carrier
    alarms: list[Alarm] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folders = Folders(self.folder / "recordings", self.folder / "messages", NODE)
        self.fetching = RemoteFetch(self.factory, self.folders, self.carrier, self.alarms.append)
        self.watch = Recordings(self.factory, self.folders, self.alarms.append)

    def told(
        self,
        *,
        message: bool = False,
        ready: bool = True,
        absent: str = "",
        again: int = 1,
        whole: bool = True,
    ) -> None:
        for _ in range(again):
            with transaction(self.factory) as session:
                report = CarrierReport(SID, message, NOW, SECONDS, ready, absent)
                if alarm := note(session, CALL, NODE, report, NOW, whole=whole):
                    self.alarms.append(alarm)

    def rows(self) -> dict[str, Recording]:
        with transaction(self.factory) as session:
            return {row.direction: row for row in session.scalars(select(Recording))}

    def remote(self) -> RemoteRecording:
        with transaction(self.factory) as session:
            return session.get_one(RemoteRecording, SID)

    def works(self, until: timedelta) -> None:
        """The job runs every five seconds, or nearly, for so long."""
        at = NOW
        while at <= NOW + until:
            self.fetching.run(at)
            self.watch.check(at)
            at += max(timedelta(seconds=5), (at - NOW) / 20)


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path) -> Callable[..., Scene]:
    return lambda *answers: Scene(factory, tmp_path, Carrier(list(answers)))


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path), "rb") as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getsampwidth()) == (1, 8000, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")


def test_both_directions_become_the_same_files_as_asterisks(scene: Callable[..., Scene]) -> None:
    """Whole, hashed, and then removed at Twilio."""
    one = scene(both_channels)
    one.told(ready=False)
    one.works(timedelta(minutes=1))
    assert {row.state for row in one.rows().values()} == {"EXPECTED"} and one.carrier.asked == 0
    one.told(again=3)
    one.works(timedelta(minutes=1))
    rows = one.rows()
    assert {name: (row.state, row.seconds, bool(row.sha256)) for name, row in rows.items()} == {
        "caller": ("WHOLE", 20.0, True),
        "agent": ("WHOLE", 20.0, True),
    }
    heard = {name: samples(one.folders.calls / row.path) for name, row in rows.items()}
    assert (heard["caller"] == -heard["agent"]).all() and heard["caller"][5] == 5
    assert (one.remote().state, one.carrier.deleted, one.alarms) == ("GONE", [SID], [])
    assert sorted(path.name for path in one.folders.calls.iterdir()) == [
        f"{CALL}-agent.wav",
        f"{CALL}-caller.wav",
    ]


@pytest.mark.parametrize("late", [1, 3, 5])
def test_a_recording_that_is_late_is_asked_for_again_and_is_not_missing_meanwhile(
    scene: Callable[..., Scene], late: int
) -> None:
    """404 so often, with growing pauses; then it is as if it had been there at once."""
    one = scene(*[not_there] * late, both_channels)
    one.told()
    one.works(sum(PAUSES[:late], timedelta(minutes=2)))
    assert {row.state for row in one.rows().values()} == {"WHOLE"}
    assert one.carrier.asked == late + 1 and not one.alarms


@pytest.mark.parametrize("fault", [not_there, torn])
def test_what_never_comes_is_marked_with_its_reason_once(
    scene: Callable[..., Scene], fault: Callable[[Path], None]
) -> None:
    """After the last pause; nothing half written is left."""
    one = scene(fault)
    one.told()
    one.works(sum(PAUSES, timedelta(days=1)))
    rows = one.rows()
    assert [(row.state, bool(row.alarmed_at)) for row in rows.values()] == [("MISSING", True)] * 2
    assert all("tried 9 times" in row.reason for row in rows.values())
    assert (one.remote().state, one.carrier.asked, len(one.alarms)) == ("LOST", 9, 1)
    assert list(one.folders.calls.iterdir()) == []


def test_what_twilio_says_will_never_be_is_marked_at_once(scene: Callable[..., Scene]) -> None:
    """Too short, or silent and removed there."""
    one = scene(not_there)
    one.told(ready=False, absent="Twilio: absent 16101", again=2)
    one.works(timedelta(minutes=1))
    assert {row.reason for row in one.rows().values()} == {"Twilio: absent 16101"}
    assert (one.carrier.asked, len(one.alarms)) == (0, 1)


def test_a_message_becomes_a_message(scene: Callable[..., Scene], factory: Sessions) -> None:
    """One file beside those that our listener keeps; expected from the moment the caller had spoken."""
    one = scene(not_there, lambda path: both_channels(path, 1))
    with transaction(factory) as session:
        expect_message(
            session, f"{CALL}-message", NODE, SECONDS, NOW + timedelta(seconds=SECONDS), ended="silence"
        )
    one.told(message=True)
    one.works(timedelta(minutes=2))
    (row,) = one.rows().values()
    assert (row.direction, row.state, row.path) == ("message", "WHOLE", f"{CALL}-message.wav")
    assert samples(one.folders.messages / row.path).shape == (SECONDS * 8000,)


def test_a_mixed_recording_is_kept_for_both(scene: Callable[..., Scene]) -> None:
    """Better both in one than nothing."""
    one = scene(lambda path: both_channels(path, 1))
    one.told()
    one.works(timedelta(minutes=1))
    assert {row.state for row in one.rows().values()} == {"WHOLE"}


def test_a_recording_nobody_told_of_is_missed_and_is_found_when_it_comes_after_all(
    scene: Callable[..., Scene], factory: Sessions
) -> None:
    """The news were lost: an alarm; late news mend it."""
    one = scene(both_channels)
    with transaction(factory) as session:
        expect(session, RecordedCall(CALL, NODE, NOW, NOW + timedelta(seconds=SECONDS)))
    one.watch.check(NOW + timedelta(minutes=2))
    assert {row.state for row in one.rows().values()} == {"MISSING"} and len(one.alarms) == 2
    one.told()
    one.works(timedelta(minutes=1))
    assert {row.state for row in one.rows().values()} == {"WHOLE"}


def test_two_workers_fetch_it_once(scene: Callable[..., Scene]) -> None:
    """Whoever moves its time first."""
    one = scene(both_channels)
    one.told()
    workers = [Thread(target=one.fetching.run, args=(NOW,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert one.carrier.asked == 1


def test_what_goes_on_for_longer_than_any_call_is_asked_for(scene: Callable[..., Scene]) -> None:
    """Its end was told to nobody."""
    one = scene(both_channels)
    one.told(ready=False)
    one.works(timedelta(hours=7))
    assert {row.state for row in one.rows().values()} == {"WHOLE"}


def test_P8_3_the_carrier_s_copy_stays_while_a_legal_hold_keeps_the_call(
    scene: Callable[..., Scene], factory: Sessions
) -> None:
    """It is brought here, and removed there only once the hold has ended."""
    one = scene(both_channels)
    with transaction(factory) as session:
        legal_holds.hold(session, "referral:1", HeldRecord.CALL, [CALL], by="rdec-1", at=NOW)
    one.told()
    one.works(timedelta(minutes=1))
    assert (one.remote().state, one.carrier.deleted) == ("FETCHED", [])
    with transaction(factory) as session:
        legal_holds.release(session, "referral:1", by="rdec-1", at=NOW)
    one.works(timedelta(minutes=1))
    assert (one.remote().state, one.carrier.deleted) == ("GONE", [SID])


def talked(one: Scene, *talks: tuple[float, float]) -> None:
    """The call had these talks, from second to second of Twilio's sound."""
    spans = [(NOW + timedelta(seconds=since), NOW + timedelta(seconds=until)) for since, until in talks]
    sound = of_spans(spans, NOW + timedelta(seconds=SECONDS))
    assert sound
    with transaction(one.factory) as session:
        expect_anew(
            session,
            RecordedCall(CALL, NODE, sound.began_at, NOW + timedelta(seconds=SECONDS), gaps=sound.gaps),
        )


def test_P4_12_of_twilios_sound_the_talks_alone_are_kept(scene: Callable[..., Scene]) -> None:
    """Menus, music and ringing lie there until it is fetched, and nowhere then; a second more on each side,
    for Twilio tells whole seconds.
    """
    one = scene(both_channels)
    one.told(whole=False)
    talked(one, (12, 14))
    talked(one, (5, 7), (12, 14))  # the first talk was told last
    one.works(timedelta(minutes=4))
    rows = one.rows()
    assert {(row.state, row.seconds, row.expected_seconds) for row in rows.values()} == {("WHOLE", 8.0, 4.0)}
    whole = np.arange(SECONDS * 8000) % 1000
    kept = samples(one.folders.calls / rows["caller"].path)
    assert (kept == np.concatenate((whole[4 * 8000 : 8 * 8000], whole[11 * 8000 : 15 * 8000]))).all()
    assert one.carrier.deleted == [SID]


def test_P4_12_what_a_held_caller_hears_is_not_fetched(scene: Callable[..., Scene]) -> None:
    """The hold is a gap of its own, whenever the talks are told; a second on each side stays."""
    one = scene(both_channels)
    one.told(whole=False)
    held = SoundGap(NOW + timedelta(seconds=8), NOW + timedelta(seconds=14), GapReason.HELD)
    talked(one, (5, 17))
    with transaction(one.factory) as session:
        gaps.tell(session, [(CALL, held)])
    talked(one, (5, 17))
    one.works(timedelta(minutes=4))
    rows = one.rows()
    assert {(row.state, row.seconds, row.expected_seconds) for row in rows.values()} == {("WHOLE", 10.0, 6.0)}
    whole = np.arange(SECONDS * 8000) % 1000
    kept = samples(one.folders.calls / rows["agent"].path)
    assert (kept == -np.concatenate((whole[4 * 8000 : 9 * 8000], whole[13 * 8000 : 18 * 8000]))).all()


def test_P4_12_of_a_call_that_met_nobody_twilio_keeps_nothing_and_we_fetch_nothing(
    scene: Callable[..., Scene],
) -> None:
    """It is removed there after an hour, within which a talk may still become known."""
    one = scene(both_channels)
    one.told(whole=False)
    one.works(timedelta(minutes=50))
    assert (one.carrier.asked, one.carrier.deleted, one.remote().state) == (0, [], "WAITING")
    one.works(timedelta(hours=2))
    assert (one.carrier.asked, one.carrier.deleted, one.remote().state) == (0, [SID], "GONE")
    assert one.rows() == {} and one.alarms == []
