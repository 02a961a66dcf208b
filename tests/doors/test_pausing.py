"""The buttons that pause and stop a recording, wherever a call is recorded:
what is asked of Asterisk or of Twilio, and what is said when it is refused (P4.12).
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from calls import recording_pause as recording_pauses
from calls.recording_stop import STOPPED
from calls.store import CallEvent, CallRow, HeldCall, Leg
from control import recording_pause, recording_stop
from control.ami import ActionRefused, ManagerGone, Message
from control.attended_transfer import TalkPlace
from control.blind_transfer import NotInTalk
from control.pbx import Pbx
from control.recording_mute import CarrierRefused, CarrierSilent, NotRecordedHere
from hotline.clock import taipei
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.texts import UnfitText
from ops.wiring import House
from recordings import gaps
from recordings.gaps import GapReason, SoundGap
from recordings.store import RemoteRecording, RemoteState
from tests.played_twilio import Peer

NOON = taipei("2026-11-24T12:00")
LATER = NOON + timedelta(minutes=5)
OURS, THEIRS = "ntpc1-1.1", "CA" + "0123456789abcdef" * 2
RECORDING = "RE" + "0123456789abcdef" * 2


@dataclass
class Manager:
    """Plays Asterisk's manager: keeps whether what is recorded is silent, and fails as it is told."""

    faults: list[Exception] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    stopped: int = 0

    def ask(self, action: str, **fields: str | int) -> list[Message]:
        if not action.endswith(
            ("MixMonitor", "MixMonitorMute")
        ):  # a name, or the state for another test's board
            return [{"Value": "PJSIP/trunk-1"}]
        fault = self.faults.pop(0) if self.faults else None
        if action == "StopMixMonitor":
            self.stopped += not isinstance(fault, ActionRefused)
        elif not isinstance(fault, ActionRefused):
            self.silent.append(int(fields["State"]))
        if fault:
            raise fault
        return [{}]


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Manager:
    """Every agent is at every call but ``agent-2``."""
    played = Manager()
    monkeypatch.setattr(Pbx, "manager", lambda *_, **__: nullcontext(played))
    for room in (recording_pause, recording_stop):
        monkeypatch.setattr(
            room, "look", lambda *given: TalkPlace.OVER if given[-1] == "agent-2" else TalkPlace.CALLER
        )
    return played


@pytest.fixture
def calls(house: House, manager: Manager) -> House:
    """One call over our own line, one over Twilio that is recorded there."""
    with transaction(house.factory) as session:
        for call in (OURS, THEIRS):
            session.add(CallRow(id=call, started_at=NOON, recorded_at=NOON))
        session.add(HeldCall(id=THEIRS, call="{}", turn=1, began_at=NOON, touched_at=NOON))
        session.add(
            RemoteRecording(
                sid=RECORDING,
                call_id=THEIRS,
                message=False,
                state=RemoteState.SOUNDING,
                started_at=NOON,
                next_at=NOON,
            )
        )
    return house


@pytest.fixture
def twilio(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with Peer(*getattr(request, "param", (200, 200))) as peer:
        yield peer


def over(peer: Peer, house: House) -> House:
    """The same house, whose Twilio is played."""
    told = {
        "twilio_account": "AC" + "0" * 32,
        "twilio_tokens": "t",
        "twilio_api": peer.address,
        "twilio_wait": 1,
    }
    return replace(house, base=house.base.model_validate(house.base.model_dump() | told))


def paused(house: House, call: str) -> bool:
    with transaction(house.factory) as session:
        return recording_pauses.of_call(session, call) is not None


def told(house: House, call: str) -> list[str]:
    with transaction(house.factory) as session:
        return [
            str((one.after or {}).get("recording")) for one in audit_rows(session, subject=f"call:{call}")
        ]


def test_P4_12_a_recording_at_twilio_is_silent_until_it_is_resumed(calls: House, twilio: Peer) -> None:
    """The same button, the same marks on the record; Asterisk is not asked."""
    house = over(twilio, calls)
    house.recording_pauses.pause(THEIRS, by="agent-1", at=NOON)
    assert paused(house, THEIRS)
    house.recording_pauses.resume(THEIRS, by="agent-1", at=NOON)
    assert [body for _, body in twilio.asked] == [
        {"Status": ["paused"], "PauseBehavior": ["silence"]},
        {"Status": ["in-progress"]},
    ]
    assert not paused(house, THEIRS) and told(house, THEIRS) == ["paused", "resumed"]


@pytest.mark.parametrize(
    ("twilio", "error", "asked"),
    [
        ((404,), CarrierRefused, 1),
        ((403,), CarrierRefused, 1),
        ((503, 200), CarrierSilent, 2),
        ((0, 404), CarrierSilent, 2),
    ],
    indirect=["twilio"],
)
def test_P4_12_what_twilio_does_not_do_is_not_pretended(
    calls: House, twilio: Peer, error: type[Exception], asked: int
) -> None:
    """The agent is told, and no pause is on record; where nobody knows, sound is asked for again at once."""
    house = over(twilio, calls)
    with pytest.raises(error):
        house.recording_pauses.pause(THEIRS, by="agent-1", at=NOON)
    assert len(twilio.asked) == asked
    assert not paused(house, THEIRS) and told(house, THEIRS) == ["paused", "not paused"]


@pytest.mark.parametrize("twilio", [(503, 503, 429, 200)], indirect=True)
def test_P4_12_a_pause_that_cannot_be_taken_back_stays_due(calls: House, twilio: Peer) -> None:
    """The job tries on until Twilio answers; another pause that is due does not wait for it."""
    house = over(twilio, calls)
    with pytest.raises(CarrierSilent):
        house.recording_pauses.pause(THEIRS, by="agent-1", at=NOON)
    house.recording_pauses.pause(OURS, by="agent-1", at=NOON)
    assert paused(house, THEIRS)
    with pytest.raises(CarrierRefused):
        house.recording_pauses.resume_due(LATER)
    assert paused(house, THEIRS) and not paused(house, OURS)
    assert house.recording_pauses.resume_due(LATER) == 1
    assert not paused(house, THEIRS)


@pytest.mark.parametrize("is_over", [True, False])
def test_P4_12_there_is_nothing_to_pause_where_nothing_is_recorded(calls: House, is_over: bool) -> None:
    """The recording is over, or was never begun."""
    with transaction(calls.factory) as session:
        row = session.get_one(RemoteRecording, RECORDING)
        if is_over:
            row.state = RemoteState.WAITING
        else:
            session.delete(row)
            session.get_one(CallRow, THEIRS).recorded_at = None
    with pytest.raises(NotRecordedHere):
        calls.recording_pauses.pause(THEIRS, by="agent-1", at=NOON)
    assert not paused(calls, THEIRS)


def test_P4_12_a_recording_that_twilio_has_not_named_yet_is_paused(calls: House, twilio: Peer) -> None:
    """Its news may come later than the number."""
    with transaction(calls.factory) as session:
        session.delete(session.get_one(RemoteRecording, RECORDING))
    over(twilio, calls).recording_pauses.pause(THEIRS, by="agent-1", at=NOON)
    assert twilio.paths == [
        f"/2010-04-01/Accounts/AC{'0' * 32}/Calls/{THEIRS}/Recordings/Twilio.CURRENT.json"
    ]
    assert paused(calls, THEIRS)


def test_P4_12_an_answer_of_asterisk_that_is_lost_leaves_no_silence(calls: House, manager: Manager) -> None:
    """It may have been done, so it is undone; what was refused was not done."""
    manager.faults = [ManagerGone("lost")]
    with pytest.raises(ManagerGone):
        calls.recording_pauses.pause(OURS, by="agent-1", at=NOON)
    assert manager.silent == [1, 0] and not paused(calls, OURS)
    manager.faults = [ActionRefused("MixMonitorMute", "no such channel")]
    with pytest.raises(NotRecordedHere):
        calls.recording_pauses.pause(OURS, by="agent-1", at=NOON + timedelta(seconds=1))
    assert manager.silent == [1, 0] and not paused(calls, OURS)


def test_P4_12_only_who_paused_it_or_talks_resumes(calls: House) -> None:
    """A colleague elsewhere cannot make heard what a citizen says in confidence."""
    calls.recording_pauses.pause(OURS, by="agent-1", at=NOON)
    with pytest.raises(NotInTalk):
        calls.recording_pauses.resume(OURS, by="agent-2", at=NOON)
    assert paused(calls, OURS)
    calls.recording_pauses.resume(OURS, by="supervisor-1", at=NOON)
    assert not paused(calls, OURS)


def test_P4_12_a_pause_begun_while_another_ends_is_silent(calls: House, manager: Manager) -> None:
    """The limit of the first came as the agent resumed and paused anew; its end is on record once."""
    first = calls.recording_pauses.pause(OURS, by="agent-1", at=NOON)
    calls.recording_pauses.resume(OURS, by="agent-1", at=NOON + timedelta(seconds=59))
    calls.recording_pauses.pause(OURS, by="agent-1", at=NOON + timedelta(seconds=60))
    calls.recording_pauses._go_on(first, recording_pauses.BY_LIMIT, NOON + timedelta(seconds=60))
    assert manager.silent[-1] == 1 and paused(calls, OURS)
    assert told(calls, OURS) == ["paused", "resumed", "paused"]


def test_P4_12_a_pause_ends_with_the_talk_in_which_it_began(calls: House, manager: Manager) -> None:
    """Put through, or lost with its page: who talks with the caller then asked for no silence,
    and could not end it.
    """
    begun = timedelta(minutes=1)
    with transaction(calls.factory) as session:
        session.add(Leg(channel="1.2", call_id=OURS, phone="agent-1", started_at=NOON, answered_at=NOON))
    calls.recording_pauses.pause(OURS, by="agent-1", at=NOON + begun)
    assert calls.recording_pauses.resume_due(NOON + begun) == 0 and paused(calls, OURS)
    with transaction(calls.factory) as session:
        session.get_one(Leg, "1.2").ended_at = NOON + begun + timedelta(seconds=5)
    assert calls.recording_pauses.resume_due(NOON + begun + timedelta(seconds=6)) == 1 and not paused(
        calls, OURS
    )
    assert manager.silent == [1, 0]


def stops(house: House, call: str, by: str = "agent-1") -> None:
    house.recording_stops.stop(call, " 不同意錄音 ", by=by, at=NOON)


def told_of_stop(house: House, call: str) -> list[dict[str, str]]:
    with transaction(house.factory) as session:
        chosen = select(CallEvent.detail).where(CallEvent.call_id == call, CallEvent.kind == STOPPED)
        return list(session.scalars(chosen))


def test_P4_12_a_caller_who_refuses_is_not_recorded_any_more(calls: House, manager: Manager) -> None:
    """For good, with its reason on record and in the audit log; a second press changes nothing, and there is
    nothing to pause.
    """
    stops(calls, OURS)
    manager.faults = [ActionRefused("StopMixMonitor", "no such recording")]
    stops(calls, OURS)
    assert manager.stopped == 1 and told(calls, OURS) == ["stopped"]
    assert told_of_stop(calls, OURS) == [{"by": "agent-1", "reason": "不同意錄音"}]
    with transaction(calls.factory) as session:
        assert gaps.of_call(session, OURS) == [SoundGap(NOON, None, GapReason.STOPPED)]
    with pytest.raises(NotRecordedHere):
        calls.recording_pauses.pause(OURS, by="agent-1", at=LATER)
    assert manager.silent == []


def test_P4_12_a_pause_is_over_with_the_recording(calls: House) -> None:
    """Nothing is left to resume."""
    calls.recording_pauses.pause(OURS, by="agent-1", at=NOON)
    stops(calls, OURS)
    assert not paused(calls, OURS) and calls.recording_pauses.resume_due(LATER) == 0


@pytest.mark.parametrize(
    ("fault", "by", "reason", "error"),
    [
        (ManagerGone("lost"), "agent-1", "不同意", ManagerGone),
        (None, "agent-2", "不同意", NotInTalk),
        (None, "agent-1", "  ", UnfitText),
    ],
)
def test_P4_12_what_was_not_stopped_is_not_on_record(
    calls: House, manager: Manager, fault: Exception | None, by: str, reason: str, error: type[Exception]
) -> None:
    """Asterisk did not answer, a colleague elsewhere pressed, or there was no reason."""
    manager.faults = [fault] if fault else []
    with pytest.raises(error):
        calls.recording_stops.stop(OURS, reason, by=by, at=NOON)
    assert told_of_stop(calls, OURS) == [] and told(calls, OURS) == []


@pytest.mark.parametrize("twilio", [(200,), (404,)], indirect=True)
def test_P4_12_a_recording_at_twilio_is_ended_there(calls: House, twilio: Peer) -> None:
    """One that is over there is stopped too."""
    stops(over(twilio, calls), THEIRS)
    assert [body for _, body in twilio.asked] == [{"Status": ["stopped"]}]
    assert len(told_of_stop(calls, THEIRS)) == 1


@pytest.mark.parametrize("twilio", [(503,), (403,)], indirect=True)
def test_P4_12_what_twilio_does_not_end_is_not_on_record(calls: House, twilio: Peer) -> None:
    """The agent is told, and asks again."""
    with pytest.raises((CarrierRefused, CarrierSilent)):
        stops(over(twilio, calls), THEIRS)
    assert told_of_stop(calls, THEIRS) == []
