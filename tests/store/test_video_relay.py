"""A relayed call: whose it is, one at a time, what the citizen says of recording, a promise by text."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from hotline.callbacks.outbound_lock import OutboundLock, WrittenTo
from hotline.callbacks.rules import Outcome
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import Callback
from hotline.db import Sessions, sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import OutboundEvent, OutboundState, Phase, Target
from hotline.outbound_calls.store import PlacedCall
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from hotline.video import relay, settling
from hotline.video.accounts import UnfitContact
from hotline.video.line import UnknownVideoSession
from hotline.video.messages import NotRunning
from hotline.video.relay import RecordingAnswer, RelayRuns, own_call, session_of
from hotline.video.rules import Side
from hotline.video.store import VideoAccount, VideoSession
from tests.signing import RULES, TEN, SignScene

pytestmark = pytest.mark.dialects
LIST = (Target("desk", "5112", "王小明", "epb"), Target("neighbour", "5111", "李小華", "epb"))
SECOND = timedelta(seconds=1)
BY = {"by": "hand-1", "at": TEN}


@pytest.fixture
def scene(database: Engine) -> SignScene:
    return SignScene(sessions(database))


@pytest.fixture
def number(scene: SignScene) -> int:
    """The session in which hand-1 serves amy."""
    scene.hire("hand-1", "hand-2")
    number = scene.arrive("amy")
    assert scene.accept("hand-1", TEN) == number
    return number


def rings(factory: Sessions, number: int, by: str = "hand-1") -> PlacedCall:
    with transaction(factory) as session:
        return relay.begin(session, number, LIST, agency="epb", extension="5112", by=by, at=TEN)


def hears(factory: Sessions, call: PlacedCall, phase: Phase, place: int, came: Outcome) -> None:
    with transaction(factory) as session:
        whole = phase is Phase.OVER and came is Outcome.NO_ANSWER
        service.heard(session, OutboundEvent(call.token, phase, place, came, TEN + SECOND, whole))


def answers(factory: Sessions, number: int, said: RecordingAnswer) -> RecordingAnswer:
    with transaction(factory) as session:
        return relay.answer(session, number, said, TEN)


def test_a_call_is_the_sessions_and_one_at_a_time(scene: SignScene, number: int) -> None:
    """Pressed twice it rings once, and again when that is over. The citizen is asked meanwhile."""
    call = rings(scene.factory, number)
    row = scene.row(number)
    assert (row.call_id, call.call_id, row.recording) == (call.own_call, own_call(number), "asked")
    with pytest.raises(RelayRuns):
        rings(scene.factory, number)
    hears(scene.factory, call, Phase.OVER, 2, Outcome.NO_ANSWER)
    with transaction(scene.factory) as session:
        assert session.get_one(PlacedCall, call.id).state == OutboundState.UNREACHED
        assert session.query(OutboxMessage).all() == []  # no agency was notified of anything
    again = rings(scene.factory, number)
    with transaction(scene.factory) as session:
        assert [one.id for one in relay.relays(session, number)] == [call.id, again.id]
        assert [one.action for one in audit_rows(session, subject=row.subject)].count(relay.RELAYED) == 2


def test_nobody_rings_in_anothers_session_or_one_that_is_over(scene: SignScene, number: int) -> None:
    """Nor asks, nor promises; the citizen's answer counts no more."""
    with pytest.raises(UnknownVideoSession):
        rings(scene.factory, number, by="hand-2")
    with pytest.raises(UnknownVideoSession):
        rings(scene.factory, number + 1)
    scene.leave(number, TEN)
    with pytest.raises(NotRunning):
        rings(scene.factory, number)
    with pytest.raises(NotRunning):
        answers(scene.factory, number, RecordingAnswer.AGREED)


def test_a_refusal_holds_for_the_session(scene: SignScene, number: int) -> None:
    """Who agreed may refuse later; who refused has refused. Both are on record as the citizen's."""
    assert answers(scene.factory, number, RecordingAnswer.AGREED) is RecordingAnswer.AGREED
    assert answers(scene.factory, number, RecordingAnswer.REFUSED) is RecordingAnswer.REFUSED
    assert answers(scene.factory, number, RecordingAnswer.AGREED) is RecordingAnswer.REFUSED
    rings(scene.factory, number)
    row = scene.row(number)
    assert row.recording == RecordingAnswer.REFUSED
    with transaction(scene.factory) as session:
        told = [one for one in audit_rows(session, subject=row.subject) if one.action == relay.ANSWERED]
    assert [one.by for one in told] == [f"video-account:{row.account}"] * 2


def test_a_call_outlives_no_session(scene: SignScene, number: int) -> None:
    """It is found as long as somebody may be in it, with the session that is over."""
    call = rings(scene.factory, number)

    def found() -> list[tuple[int, str]]:
        with transaction(scene.factory) as session:
            return [(one.id, row.state) for row, one in relay.with_call(session, TEN + SECOND)]

    assert found() == [(call.id, "active")]
    scene.run(number, TEN, TEN + timedelta(minutes=1), Side.INTERPRETER)
    scene.leave(number, TEN + timedelta(minutes=1))
    assert found() == [(call.id, "ended")]
    hears(scene.factory, call, Phase.OVER, 1, Outcome.NOT_PLACED)
    assert found() == []


def promises(scene: SignScene, callbacks: Callbacks, number: int, contact: str = "") -> Callback:
    with transaction(scene.factory) as session:
        given = {"extension": "", "matter": "停車費", "contact": contact}
        return relay.promise(session, callbacks, number, **given, **BY)


def knows(scene: SignScene, number: int, contact: str, counter: int | None = None) -> None:
    """The account has this contact, the session this counter."""
    with transaction(scene.factory) as session:
        row = session.get_one(VideoSession, number)
        row.counter = counter
        session.get_one(VideoAccount, row.account).contact = contact


@pytest.mark.parametrize("contact", ["+886912345678", "amy@example.tw"])
def test_who_signs_is_written_to_and_not_called(
    scene: SignScene, callbacks: Callbacks, number: int, contact: str
) -> None:
    """At the account's own contact, once however often it is pressed; 1999 places no call to keep it."""
    knows(scene, number, contact)
    row = promises(scene, callbacks, number, "other@example.tw")
    assert promises(scene, callbacks, number).id == row.id
    assert (row.write_to, row.name, row.origin) == (contact, "amy", "video")
    member = Staff("agent-1", "陳小明", frozenset((Role.AGENT,)))
    with transaction(scene.factory) as session, pytest.raises(WrittenTo):
        set_staff(session, member, Period(TEN), at=TEN, by="test")
        OutboundLock(callbacks).seize(session, row.id, "agent-1", TEN)


def test_at_a_counter_the_citizen_says_where(scene: SignScene, callbacks: Callbacks, number: int) -> None:
    """A mobile as it is written, or an e-mail; a landline takes no text."""
    knows(scene, number, "", counter=3)
    for wrong in ("", "(02)2960-3456", "amy"):
        with pytest.raises(UnfitContact):
            promises(scene, callbacks, number, wrong)
    row = promises(scene, callbacks, number, "0912-345-678")
    assert (row.write_to, row.number, row.name) == ("+886912345678", "+886912345678", "")


@pytest.mark.parametrize("name", ["", "video-", "video-x", "video-１", "ntpc1-1.1", "video-1234567890"])
def test_only_a_sessions_name_is_one(name: str) -> None:
    """A call's is none."""
    assert session_of(name) is None
    assert session_of(own_call(7)) == 7


@pytest.mark.parametrize(
    ("waits", "left", "is_ending"),
    [(True, 61, False), (True, 60, True), (False, 60, False), (False, 0, False)],
)
def test_the_last_minute_is_told_when_nothing_follows(
    scene: SignScene, number: int, waits: bool, left: int, is_ending: bool
) -> None:
    """As things stand then: somebody waits; else an extension follows."""
    end = TEN + RULES.block
    scene.run(number, TEN, end - 80 * SECOND)
    if waits:
        scene.arrive("ben", end - 80 * SECOND)
    with transaction(scene.factory) as session:
        row = session.get_one(VideoSession, number)
        assert settling.is_ending(session, row, RULES, end - left * SECOND) is is_ending


def test_a_session_ends_without_an_extension_when_the_interpreter_has_gone(
    scene: SignScene, number: int
) -> None:
    """A break lets a block run out, and no other follows."""
    end = TEN + RULES.block
    scene.run(number, TEN, end - 80 * SECOND)
    scene.sign_off("hand-1", end - 80 * SECOND)
    with transaction(scene.factory) as session:
        row = session.get_one(VideoSession, number)
        assert settling.is_ending(session, row, RULES, end - 60 * SECOND)
