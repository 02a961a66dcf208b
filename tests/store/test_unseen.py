"""Calls whose end the event log did not see are closed by what their turns told, on both databases."""

import os
import wave
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from calls import originating_leg, turn_facts
from calls.cdr_writer import Records
from calls.originating_leg import OwnPhone
from calls.store import CallEvent, CallRow, CelEvent, Leg
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.service import Callbacks
from hotline.clock import taipei
from hotline.db import Sessions, add_once, transaction
from hotline.errors import HotlineError
from hotline.settings import Settings
from ivr.call import Call, InMenu
from ivr.prompts import Language
from ivr.steps import (
    CallArrived,
    CallbackPromised,
    CallEnding,
    Fact,
    MenuHeard,
    Queued,
    RecordingAwaited,
    RecordingBegun,
)
from ops.jobs.open_calls import PATIENCE, QUIET, AsteriskChannel, FoundFiles, UnseenEnds
from recordings.store import Recording

pytestmark = pytest.mark.dialects

TEN = taipei("2026-11-24T10:00")
ID = f"ntpc1-{TEN.timestamp():.0f}.1"
LOOK = timedelta(seconds=5)
NOTICE = timedelta(seconds=6)
ARRIVED: tuple[Fact, ...] = (CallArrived("0912345678", "1999"), MenuHeard("language"))
PROMISE = CallbackPromised("0912345678", "zh-TW", "caller", "2026-11-24T14:00:00+08:00")


class Scene:
    """One call in whose time the event log could not be written."""

    def __init__(self, factory: Sessions, folder: Path, callbacks: Callbacks) -> None:
        self.factory, self._callbacks = factory, callbacks
        self.settings = Settings(home=folder)
        self.settings.recordings.mkdir(parents=True)
        self.up: list[AsteriskChannel] = [AsteriskChannel(ID, ID, "PJSIP/trunk-00000001")]
        self.is_loaded, self.is_away = True, False
        self.records = Records("ntpc1", callbacks)
        self.job = UnseenEnds(
            factory, self.settings, self.records, self._look, lambda _: self.is_loaded, lambda _: NOTICE
        )
        self._turn = 0

    def _look(self) -> Sequence[AsteriskChannel]:
        if self.is_away:
            raise HotlineError("no answer")
        return self.up

    def turn(self, second: float, *facts: Fact) -> None:
        """What a decision left behind."""
        self._turn += 1
        call = Call(ID, "0123456789ab", InMenu("language"), caller="0912345678", turn=self._turn)
        at = TEN + timedelta(seconds=second)
        with transaction(self.factory) as session:
            turn_facts.apply(
                session, turn_facts.entry_of(call, "ntpc1", "asterisk", facts, at), self._callbacks
            )

    def log(self, *lines: dict[str, object]) -> None:
        """What the event log could tell before its disk was full."""
        with transaction(self.factory) as session:
            self.records.write(session, lines)

    def looks(self, since: float, until: float) -> int:
        """The job, every five seconds."""
        second, closed = since, 0
        while second <= until:
            closed += self.job.run(TEN + timedelta(seconds=second))
            second += LOOK.total_seconds()
        return closed

    def sound(self, direction: str, seconds: float, until: float, call_id: str = ID) -> Path:
        path = self.settings.recordings / f"{call_id}-{direction}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(b"\x01\x02" * int(seconds * 8000))
        os.utime(path, ((TEN + timedelta(seconds=until)).timestamp(),) * 2)
        return path

    @property
    def row(self) -> CallRow:
        with transaction(self.factory) as session:
            return session.get_one(CallRow, ID)

    @property
    def recorded(self) -> list[Recording]:
        with transaction(self.factory) as session:
            return list(session.scalars(select(Recording).order_by(Recording.direction)))

    @property
    def told(self) -> tuple[str, str]:
        return self.row.end_reason, self.row.outcome


@pytest.fixture
def scene(factory: Sessions, tmp_path: Path, callbacks: Callbacks) -> Scene:
    return Scene(factory, tmp_path / "home", callbacks)


def gone(scene: Scene, since: float = 40) -> int:
    """Its channel is missed from then on."""
    scene.up = []
    return scene.looks(since, since + PATIENCE.total_seconds())


def test_a_call_that_is_up_stays_open(scene: Scene) -> None:
    """However long, and however silent the event log is."""
    scene.turn(10, *ARRIVED)
    assert scene.looks(20, 200) == 0 and scene.row.ended_at is None


def test_who_hung_up_in_a_menu_is_closed_there(scene: Scene) -> None:
    """Abandoned, in the menu the turns know;
    ended by nobody that was seen, when its channel was first missed.
    """
    scene.turn(10, *ARRIVED)
    scene.looks(20, 35)
    assert gone(scene) == 1
    assert (scene.told, scene.row.last_menu) == (("system", "abandoned"), "language")
    assert scene.row.ended_at == TEN + timedelta(seconds=40)
    assert gone(scene, 60) == 0


def test_one_look_that_misses_it_closes_nothing(scene: Scene) -> None:
    """The event log has its time to tell."""
    scene.turn(10, *ARRIVED)
    there, scene.up = scene.up, []
    assert scene.looks(40, 50) == 0
    scene.up = there
    assert scene.looks(55, 100) == 0 and scene.row.ended_at is None


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ((PROMISE,), ("system", "promised")),
        ((PROMISE, CallEnding("promised")), ("ended_by_hotline", "promised")),
        ((Queued("zh-TW"),), ("system", "abandoned")),
        ((Queued("zh-TW"), CallEnding("talked")), ("agent_hung_up", "talked")),
        ((CallEnding("transferred"),), ("officer_hung_up", "talked")),
    ],
)
def test_its_outcome_is_that_of_the_other_witness(
    scene: Scene, facts: tuple[Fact, ...], told: tuple[str, str]
) -> None:
    """What the turns decided, they told."""
    scene.turn(10, *ARRIVED)
    scene.turn(20, *facts)
    gone(scene)
    assert scene.told == told


def test_who_was_seen_with_an_agent_has_talked(scene: Scene) -> None:
    """No turn follows a talk in which the caller hangs up; their channels were in one bridge."""
    scene.turn(10, *ARRIVED)
    scene.turn(20, Queued("zh-TW"))
    scene.up = [
        AsteriskChannel(ID, ID, "PJSIP/trunk-00000001", "b"),
        AsteriskChannel("ntpc1-1795572020.2", ID, "PJSIP/agent-1-00000002", "b"),
    ]
    scene.looks(30, 60)
    gone(scene, 65)
    assert scene.told == ("system", "talked")
    assert (scene.row.agent, scene.row.agent_at) == ("agent-1", TEN + timedelta(seconds=30))
    assert scene.row.queued_at == TEN + timedelta(seconds=20)


def test_its_sound_tells_when_it_ended_and_is_expected(scene: Scene) -> None:
    """Asterisk writes it to the end; it began when the notice was over that the turn has said."""
    scene.turn(10, *ARRIVED, RecordingBegun(Language.MANDARIN))
    scene.looks(20, 35)
    for direction in ("caller", "agent"):
        scene.sound(direction, 27, 37)
    gone(scene)
    assert scene.row.ended_at == TEN + timedelta(seconds=37)
    assert scene.row.recorded_at == TEN + timedelta(seconds=10) + NOTICE
    assert [(one.direction, one.state, one.ended_at) for one in scene.recorded] == [
        ("agent", "EXPECTED", scene.row.ended_at),
        ("caller", "EXPECTED", scene.row.ended_at),
    ]


def test_P4_12_who_was_seen_with_somebody_is_recorded_from_then_on(scene: Scene) -> None:
    """The event log could not tell when the talk began."""
    scene.turn(10, *ARRIVED, RecordingAwaited(Language.MANDARIN))
    scene.up = [
        AsteriskChannel(ID, ID, "PJSIP/trunk-00000001", "b"),
        AsteriskChannel("ntpc1-1795572020.2", ID, "PJSIP/agent-1-00000002", "b"),
    ]
    scene.looks(30, 60)
    gone(scene, 65)
    assert scene.row.recorded_at == TEN + timedelta(seconds=30)
    assert {(one.started_at, one.ended_at) for one in scene.recorded} == {
        (scene.row.recorded_at, scene.row.ended_at)
    }


def test_while_asterisk_does_not_answer_nothing_is_closed(scene: Scene) -> None:
    """Who cannot be asked has not said that the call is over."""
    scene.turn(10, *ARRIVED)
    scene.is_away = True
    assert scene.looks(20, 300) == 0
    scene.is_away = False
    assert gone(scene, 400) == 1


def test_while_the_event_log_waits_to_be_read_nothing_is_closed(scene: Scene) -> None:
    """Its end may be among the lines that wait."""
    scene.turn(10, *ARRIVED)
    scene.is_loaded = False
    assert gone(scene) == 0
    scene.is_loaded = True
    assert gone(scene) == 1


def test_an_end_that_is_read_after_all_counts(scene: Scene) -> None:
    """The file was away, not full."""
    scene.turn(10, *ARRIVED)
    gone(scene)
    scene.log(line(0, "CHAN_START"), line(9, "NOTICE"), line(38, "HANGUP", source="PJSIP/trunk-00000001"))
    assert scene.told[0] == "caller_hung_up" and scene.row.ended_at == TEN + timedelta(seconds=38)


def line(second: float, kind: str, source: str = "") -> dict[str, object]:
    at = TEN + timedelta(seconds=second)
    body = {
        "eventtype": kind,
        "eventtime": f"{at.timestamp():.6f}",
        "linkedid": ID,
        "uniqueid": ID,
        "channame": "PJSIP/trunk-00000001",
        "context": "from-trunk",
        "exten": "1999",
        "num": "0912345678",
        "appname": "",
        "appdata": "",
        "peer": "",
        "eventextra": f'{{"hangupcause":16,"hangupsource":"{source}"}}' if source else "",
    }
    return {
        "file": "f" * 64,
        "offset": int(second * 1000),
        "linked_id": ID,
        "at": at,
        "kind": kind,
        "body": body,
    }


def test_what_the_event_log_told_before_it_failed_stands(scene: Scene) -> None:
    """A call whose beginning it saw."""
    scene.log(line(0, "CHAN_START"), line(1, "ANSWER"), line(9, "NOTICE"))
    gone(scene)
    row = scene.row
    assert (row.answered_at, row.caller) == (TEN + timedelta(seconds=1), "+886912345678")
    assert scene.told == ("system", "abandoned")


def test_a_call_that_1999_placed_is_over_too(scene: Scene, factory: Sessions) -> None:
    """Its own phone rang for nobody."""
    own = "own-0123456789abcdef0123456789abcdef"
    with transaction(factory) as session:
        originating_leg.begin(session, own, "ntpc1", OwnPhone("PJSIP/agent-1"), Ownership(), TEN)
    gone(scene)
    with transaction(factory) as session:
        row, leg = session.get_one(CallRow, own), session.get_one(Leg, own)
    assert (row.outcome, leg.outcome) == ("unreached", "failed") and row.ended_at and leg.ended_at


def test_calls_of_other_nodes_and_lines_are_not_ours(scene: Scene, factory: Sessions) -> None:
    """Their channels are in no Asterisk that we see."""
    with transaction(factory) as session:
        add_once(
            session,
            CallRow,
            [
                {"id": "ntpc2-1.1", "node": "ntpc2", "line": "asterisk", "started_at": TEN},
                {"id": "CA1", "node": "ntpc1", "line": "twilio", "started_at": TEN},
            ],
        )
    assert gone(scene, 600) == 0


Found = Callable[[float], int]


@pytest.fixture
def files(scene: Scene) -> Found:
    """The job that looks at the folder, at a second."""
    job = FoundFiles(scene.factory, scene.settings)
    return lambda second: job.run(TEN + timedelta(seconds=second))


def test_sound_without_a_row_is_found_with_its_call(scene: Scene, files: Found, factory: Sessions) -> None:
    """Neither decisions nor event log could tell of the call:
    it has a row from its file's name, and is not lost.
    """
    scene.sound("caller", 30, 60)
    scene.sound("agent", 30, 60)
    assert files(60 + QUIET.total_seconds() - 1) == 0
    assert files(60 + QUIET.total_seconds()) == 2
    assert files(60 + QUIET.total_seconds() + 60) == 0
    assert (scene.told, scene.row.node) == (("system", "abandoned"), "ntpc1")
    assert scene.row.started_at == TEN and scene.row.ended_at == TEN + timedelta(seconds=60)
    assert [(one.direction, one.started_at) for one in scene.recorded] == [
        ("agent", TEN + timedelta(seconds=30)),
        ("caller", TEN + timedelta(seconds=30)),
    ]


def test_sound_of_a_call_that_is_up_waits_for_its_end(scene: Scene, files: Found) -> None:
    """Its caller may be on hold: silence is no end."""
    scene.turn(10, *ARRIVED)
    scene.sound("caller", 30, 60)
    assert files(600) == 0


def test_P4_12_of_a_call_that_met_nobody_no_file_is_left(scene: Scene, files: Found) -> None:
    """Asterisk has made them for a talk that never came; while the caller waits they are its own."""
    scene.turn(10, *ARRIVED, RecordingAwaited(Language.MANDARIN), Queued("zh-TW"))
    paths = [scene.sound(direction, 0, 10) for direction in ("caller", "agent")]
    assert files(600) == 0 and all(path.exists() for path in paths)
    gone(scene, 700)
    assert files(800) == 0 and not any(path.exists() for path in paths)
    assert scene.recorded == [] and scene.row.recorded_at is None


def test_files_of_others_are_left_alone(scene: Scene, files: Found) -> None:
    """Another node's, and what is no recording."""
    scene.sound("caller", 5, 10, "ntpc2-1795572000.1")
    (scene.settings.recordings / "notes.wav").write_bytes(b"x")
    assert files(600) == 0


def test_the_event_log_itself_is_not_touched(scene: Scene, factory: Sessions) -> None:
    """What it did not see it has not seen; the end is told as unseen."""
    scene.turn(10, *ARRIVED)
    gone(scene)
    with transaction(factory) as session:
        assert session.scalars(select(CelEvent)).all() == []
        (end,) = session.scalars(select(CallEvent).where(CallEvent.kind == "CallEnded"))
    assert end.detail == {"why": "system", "said": "", "cause": None, "unseen": True}
