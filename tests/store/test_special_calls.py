"""The record of special calls: who, when, from which state to which, why;
keys and commands together (P0-a, P7.1).
"""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from calls.cdr import CallDetailRecord, record
from calls.cel import ChannelEvent
from calls.special_calls import SpecialStep, step, witnessed
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.special_callers.store import SpecialCall, SpecialEvent
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from ivr.limits import Authorised, LimitHistory, Normal, Rules, after

CALL = "test-1795580879.0"
TWO = taipei("2026-11-24T14:00")
RULES = Rules()


def at(seconds: float) -> datetime:
    """So long after the agent answered."""
    return TWO + timedelta(seconds=seconds)


class Log:
    """An event log of one call, written line by line."""

    def __init__(self) -> None:
        self.events: list[ChannelEvent] = []
        self.add("CHAN_START", -30, context="from-trunk", exten="1999", number="0912345678")
        self.add("ANSWER", -29)
        for kind, second in (("CHAN_START", -3), ("ANSWER", 0), ("BRIDGE_ENTER", 1)):
            self.add(kind, second, channel="test-1795580900.1", name="PJSIP/agent-1-00000001")
        self.add("BRIDGE_ENTER", 1)

    def add(self, kind: str, second: float, said: str = "", **others: str) -> None:
        words = {"channel": CALL, "name": "PJSIP/trunk-00000000", "context": "line", **others}
        key = f"file:{len(self.events)}"
        extra = {"extra": said} if said else {}
        self.events.append(ChannelEvent(kind, at(second), CALL, key=key, extra=extra, **words))  # type: ignore[arg-type]

    def key(self, kind: str, second: float, first: str = "") -> None:
        """An agent's key."""
        self.add(kind, second, f"{first}|PJSIP/agent-1-00000001" if first else "PJSIP/agent-1-00000001")

    def ends(self, why: str, second: float) -> None:
        self.add("END", second, why)
        self.add("HANGUP", second + 5.5)

    def record(self) -> CallDetailRecord:
        found = record(self.events)
        assert found
        return found


@pytest.fixture
def log() -> Log:
    return Log()


def seen(factory: Sessions, log: Log) -> None:
    """The event log is loaded."""
    with transaction(factory) as session:
        witnessed(session, RULES, [(log.record(), log.events)])


def steps(factory: Sessions) -> list[tuple[str, str, str, str]]:
    with transaction(factory) as session:
        rows = session.scalars(select(SpecialEvent).order_by(SpecialEvent.at))
        return [(row.kind, row.who, row.from_state, row.to_state) for row in rows]


def call(factory: Sessions) -> SpecialCall:
    with transaction(factory) as session:
        return session.get_one(SpecialCall, CALL)


def authorise(factory: Sessions, second: float) -> None:
    """As the command does it: from what the channel says."""
    before = Normal(LimitHistory(answered_at=TWO))
    done = SpecialStep("authorised", at(second), "boss", reason="drunk")
    with transaction(factory) as session:
        step(session, RULES, CALL, done, before, after(RULES, before, Authorised(done.at, "boss")))


def test_P7_1_keys_and_commands_make_one_story(factory: Sessions, log: Log) -> None:
    """Asked by key, authorised by command, guided by key, ended by the cap."""
    log.key("REVIEW", 60)
    seen(factory, log)
    assert call(factory).state == "REVIEW"
    authorise(factory, 90)
    flagged = call(factory)
    assert (flagged.state, flagged.flagged_by, flagged.cap_at) == ("SPECIAL", "boss", at(900))
    log.key("GUIDANCE", 100, "1")
    log.ends("cap", 900)
    seen(factory, log)
    assert steps(factory) == [
        ("asked", "agent-1", "NORMAL", "REVIEW"),
        ("authorised", "boss", "NORMAL", "SPECIAL"),
        ("guided", "agent-1", "SPECIAL", "SPECIAL"),
    ]
    ended = call(factory)
    assert (ended.state, ended.ended_by, ended.guidances, ended.cap_at) == ("ENDED", "cap", 1, None)
    assert log.record().end and log.record().columns()["end_reason"] == "cap"


def test_P7_1_110_and_119_by_key_are_emergencies_on_record_and_in_the_audit_log(
    factory: Sessions, log: Log
) -> None:
    """The supervisors first, then 119, each once, by the agent's phone; no limit any more."""
    authorise(factory, 5)
    log.key("EMERGENCY", 60)
    log.key("EMERGENCY", 70, "119")
    seen(factory, log)
    seen(factory, log)
    assert steps(factory)[1:] == [
        ("emergency", "agent-1", "SPECIAL", "NORMAL"),
        ("119", "agent-1", "NORMAL", "NORMAL"),
    ]
    assert (call(factory).emergency, call(factory).cap_at) == (True, None)
    with transaction(factory) as session:
        told = [(one.by, one.after["did"], one.at) for one in audit_rows(session, subject=f"call:{CALL}")]
    assert told == [("agent-1", "emergency", at(60)), ("agent-1", "119", at(70))]


def test_P7_3_a_listed_caller_and_three_guidances(factory: Sessions, log: Log) -> None:
    """The entry stands in the record; three guidances, the third failed."""
    log.key("NO_TOPIC", 30, "7")
    for number, second in enumerate((40, 60, 80), 1):
        log.key("GUIDANCE", second, str(number))
    log.ends("3_guidances", 93)
    seen(factory, log)
    assert steps(factory)[0] == ("no_topic", "agent-1", "NORMAL", "SPECIAL")
    assert (call(factory).ended_by, call(factory).guidances) == ("3_guidances", 3)
    assert log.record().columns()["end_reason"] == "3_guidances"


def test_P7_1_the_clock_runs_while_the_agent_is_told_who_calls(factory: Sessions) -> None:
    """Authorised between the agent's answer and the talk: special at once, with the cap of the answer."""
    log = Log()
    log.events = [event for event in log.events if event.kind != "BRIDGE_ENTER"]
    authorise(factory, 0.5)
    log.key("GUIDANCE", 0.8, "1")
    seen(factory, log)
    flagged = call(factory)
    assert (flagged.state, flagged.cap_at) == ("SPECIAL", at(900))
    assert [(kind, then) for kind, _, _, then in steps(factory)] == [
        ("authorised", "SPECIAL"),
        ("guided", "SPECIAL"),
    ]


def test_loading_the_same_lines_again_changes_nothing(factory: Sessions, log: Log) -> None:
    """In pieces or whole, once or three times."""
    log.key("GUIDANCE", 40, "1")
    seen(factory, log)
    log.key("TOPIC", 50)
    for _ in range(3):
        seen(factory, log)
    assert [kind for kind, *_ in steps(factory)] == ["guided", "topic"]


def test_the_phones_owner_is_named(factory: Sessions, log: Log) -> None:
    """A key is an agent's deed, under the login that has the phone."""
    with transaction(factory) as session:
        member = Staff("lin", "Lin", frozenset({Role.AGENT}), phone="agent-1")
        set_staff(session, member, Period(at(-1000)), at=at(-1000), by="test")
    log.key("EMERGENCY", 20)
    seen(factory, log)
    assert steps(factory) == [("emergency", "lin", "NORMAL", "NORMAL")]
    assert call(factory).emergency


def test_an_ordinary_call_leaves_no_such_record(factory: Sessions, log: Log) -> None:
    """However long it is."""
    log.add("HANGUP", 7200)
    seen(factory, log)
    with transaction(factory) as session:
        assert session.get(SpecialCall, CALL) is None
    assert log.record().columns()["end_reason"] != "cap"


def test_a_special_call_that_hangs_up_itself_was_not_ended_by_rule(factory: Sessions, log: Log) -> None:
    """Flagged, but gone before the cap."""
    log.key("NO_TOPIC", 30, "7")
    seen(factory, log)
    log.add("HANGUP", 100)
    seen(factory, log)
    assert (call(factory).state, call(factory).ended_by) == ("ENDED", "")


def test_who_hangs_up_while_the_ending_is_spoken_was_ended_by_rule(log: Log) -> None:
    """V-16 had begun."""
    log.add("END", 900, "cap")
    log.events.append(
        ChannelEvent(
            "HANGUP",
            at(902),
            CALL,
            channel=CALL,
            name="PJSIP/trunk-00000000",
            key="x",
            extra={"hangupsource": "PJSIP/trunk-00000000"},
        )
    )
    assert log.record().columns()["end_reason"] == "cap"
