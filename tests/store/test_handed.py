"""A call over Twilio that waits in our Asterisk's queue: what the event log saw is filed under that call."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from calls.carrier_handoff import channel_of
from calls.store import CallEvent, CallRow, Leg
from calls.webhook_calls import HeldCalls, WebhookReport
from calls.webhook_cdr import settled
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import CallbackRequest
from hotline.db import Sessions, transaction
from hotline.special_callers.store import SpecialCall
from ivr.menus import FOLDER
from ivr.steps import Arrived, QueueLeft
from ivr.steps import Left as Why
from ops.jobs.cel_follower import Follower
from tests.parts import books
from tests.store.test_cel import NOW, Log, follow

pytestmark = pytest.mark.dialects

SID = "CA" + "5" * 32


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "cel")


@pytest.fixture
def follower(factory: Sessions, log: Log, callbacks: Callbacks) -> Follower:
    return follow(factory, log, callbacks)


@pytest.fixture
def held(database: Engine, factory: Sessions, callbacks: Callbacks, tmp_path: Path) -> HeldCalls:
    return HeldCalls(factory, books(FOLDER, tmp_path / "menus"), callbacks, node="ntpc1", line="twilio")


def begin(held: HeldCalls) -> None:
    held.begin(SID, Arrived(NOW, "+886912345678", "+886277001999"), lambda turn, visit: "")


def visit(log: Log, number: int, at: float, *, answered: bool = True, said: str = "") -> None:
    """Ten seconds in the queue, then an agent for twenty, who registers a callback by key."""
    here = {"context": "from-twilio", "channame": "PJSIP/twilio-00000001", "exten": "agents-zh-TW"}
    log.event(number, at, "CHAN_START", **here)
    log.event(number, at, "HELD", **here, eventextra=f'{{"extra":"{SID}"}}')
    log.event(number, at, "ANSWER", **here)
    log.event(number, at, "APP_START", **here, appname="Queue", appdata="agents-zh-TW,ct")
    if answered:
        log.event(number, at + 8, "CHAN_START", "agent-1", exten="")
        log.event(number, at + 10, "ANSWER", "agent-1")
        for channel, more in (("trunk", here), ("agent-1", {})):
            log.event(number, at + 10, "BRIDGE_ENTER", channel, **more, eventextra='{"bridge_id":"b"}')
        promise = '{"extra":"0912345678|zh-TW|agent|agent-1"}'
        log.event(number, at + 15, "PROMISE", **here, eventextra=promise)
        for channel, more in (("trunk", here), ("agent-1", {})):
            log.event(number, at + 30, "BRIDGE_EXIT", channel, **more, eventextra='{"bridge_id":"b"}')
        log.event(number, at + 30, "HANGUP", "agent-1", eventextra='{"hangupcause":16,"hangupsource":""}')
    log.event(number, at + 30, "APP_END", **here, appname="Queue")
    if said:
        log.event(number, at + 30, "END", **here, eventextra=f'{{"extra":"{said}"}}')
    log.event(number, at + 31, "HANGUP", **here, eventextra='{"hangupcause":16,"hangupsource":""}')
    log.event(number, at + 31, "LINKEDID_END", **here)


def call(factory: Sessions) -> CallRow:
    with transaction(factory) as session:
        (row,) = session.scalars(select(CallRow))
        return row


@pytest.mark.parametrize("times", [1, 2])
def test_a_wait_and_a_talk_are_the_calls_own(
    factory: Sessions, log: Log, follower: Follower, held: HeldCalls, callbacks: Callbacks, times: int
) -> None:
    """One row: its times by Twilio, agent, wait and talk by Asterisk; loaded twice it is the same."""
    begin(held)
    visit(log, 1, 5)
    for _ in range(times):
        follower.load(NOW)
        follower = follow(factory, log, callbacks)
    held.end(SID, NOW + timedelta(seconds=40))
    row = call(factory)
    assert (row.id, row.line, row.started_at, row.answered_at) == (SID, "twilio", NOW, NOW)
    assert (row.agent, row.agent_at) == ("agent-1", NOW + timedelta(seconds=15))
    assert (row.queue_seconds, row.talk_seconds, row.outcome) == (10.0, 20.0, "talked")
    assert (row.ended_at, row.caller) == (NOW + timedelta(seconds=40), "+886912345678")
    with transaction(factory) as session:
        (leg,) = session.scalars(select(Leg))
        (promise,) = session.scalars(select(CallbackRequest))
        kinds = [one.kind for one in session.scalars(select(CallEvent).order_by(CallEvent.at))]
    assert (leg.call_id, leg.phone, leg.kind, leg.ring_seconds) == (SID, "agent-1", "agent", 2.0)
    assert (promise.call_id, promise.origin) == (SID, "agent")
    assert kinds.count("QueueEntered") == kinds.count("Visit") == kinds.count("CallEnded") == 1


def test_several_waits_add_up_and_the_end_may_be_known_first(
    factory: Sessions, log: Log, follower: Follower, held: HeldCalls
) -> None:
    """Two slices: Twilio's news of the end may be quicker than the event log."""
    begin(held)
    visit(log, 1, 5, answered=False)
    visit(log, 2, 40)
    held.end(SID, NOW + timedelta(seconds=80))
    assert call(factory).outcome == "abandoned"
    follower.load(NOW)
    row = call(factory)
    assert (row.queue_seconds, row.talk_seconds, row.outcome) == (40.0, 20.0, "talked")


def test_P7_1_a_rule_that_ended_the_talk_in_our_asterisk_ended_the_call(
    factory: Sessions, log: Log, follower: Follower, held: HeldCalls
) -> None:
    """Twilio only sees that the other side hung up."""
    begin(held)
    visit(log, 1, 5, said="cap")
    over = QueueLeft(NOW + timedelta(seconds=37), Why.TALKED)
    held.go_on(SID, 1, WebhookReport(lambda call: over), over.at, lambda turn, visit: "")
    held.end(SID, NOW + timedelta(seconds=38))
    follower.load(NOW)
    assert (call(factory).end_reason, call(factory).outcome) == ("cap", "talked")
    with transaction(factory) as session:
        assert [row.call_id for row in session.scalars(select(SpecialCall))] == [SID]


@pytest.mark.parametrize(
    ("ending", "said", "reason"),
    [
        ("talked", "cap", "cap"),
        ("transferred", "cap", "cap"),
        ("", "longest", "longest"),
        ("transferred", "", "as told"),
        ("promised", "cap", "as told"),
        ("talked", "a word", "as told"),
    ],
)
def test_P7_1_a_rule_ended_the_call_if_nothing_was_said_after_it(ending: str, said: str, reason: str) -> None:
    """With an agent or with an officer; a promise after the talk is an end of its own."""
    assert settled(ending, said, "as told", "informed", talked=False) == (reason, "informed")


def test_a_command_for_the_call_reaches_the_channel_it_has_now(
    factory: Sessions, log: Log, follower: Follower, held: HeldCalls
) -> None:
    """The latest visit's; a call of our own line is its own."""
    begin(held)
    visit(log, 1, 5, answered=False)
    visit(log, 2, 40)
    follower.load(NOW)
    with transaction(factory) as session:
        assert channel_of(session, SID) == "ntpc1-2.1"
        assert channel_of(session, "ntpc1-9.1") == "ntpc1-9.1"


def test_a_visit_of_a_call_nobody_knows_makes_no_call(
    factory: Sessions, log: Log, follower: Follower
) -> None:
    """Its lines are kept, and stop nothing."""
    visit(log, 1, 5)
    follower.load(NOW)
    with transaction(factory) as session:
        assert not list(session.scalars(select(CallRow)))
