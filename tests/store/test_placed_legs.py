"""Calls that 1999 placed, from the event log to the figures:
each phone's ring and talk, and no citizen's call (P4.2).
"""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from calls.after_call_work import latest_talk
from calls.caller_history import petitioner
from calls.cdr_writer import Records
from calls.dispositions import untagged
from calls.in_time import InTime
from calls.store import CallEvent, CallRow, Leg, NoSuchCall
from hotline.callbacks.service import Callbacks
from hotline.clock import TAIPEI, taipei
from hotline.db import Sessions, transaction
from hotline.outbound_calls.rules import OWN_CALL
from hotline.outbound_calls.store import PlacedCall
from hotline.worktime import OfficeHours
from recordings.store import Recording
from reporting.answer_metrics import Group
from reporting.answer_times import month
from reporting.board import floor
from reporting.call_history import Span, bounds, measure
from reporting.hour_sums.rows import called, placed_out
from reporting.hour_sums.rules import summed

TEN = taipei("2026-11-24T10:00")
HOURS = OfficeHours(time(8, 30), time(17, 30))
CALL = f"{OWN_CALL}0123456789abcdef0123456789abcdef"
DESK = "desk/5112/5112/epb-clean/epb"
NEIGHBOUR = "neighbour/5112/5111/epb-clean/epb"


def line(seconds: float, kind: str, phone: str = "agent-1", **more: Any) -> dict[str, Any]:
    """One row of the event log; the agent's phone is the call's own channel."""
    unique = (
        CALL
        if phone == "agent-1"
        else f"ntpc1-1.{seconds}"
        if kind == "CHAN_START"
        else f"ntpc1-1.{more.pop('of')}"
    )
    said = more.pop("said", "")
    extra = more.pop("extra", f'{{"extra":"{said}"}}' if said else "")
    at = TEN + timedelta(seconds=seconds)
    body = {
        "eventtype": kind,
        "eventtime": f"{at.timestamp():.6f}",
        "linkedid": CALL,
        "uniqueid": unique,
        "channame": f"PJSIP/{phone}-00000001",
        "context": "from-agents",
        "exten": "",
        "num": "1999",
        "appname": "",
        "appdata": "",
        "eventextra": extra,
        **more,
    }
    offset = int(seconds * 1000)
    return {"file": "f" * 64, "offset": offset, "linked_id": CALL, "at": at, "kind": kind, "body": body}


def ended(cause: int, source: str = "") -> str:
    return f'{{"hangupcause":{cause},"hangupsource":"{source}","dialstatus":""}}'


def answered_by_a_neighbour() -> Iterator[dict[str, Any]]:
    """The agent lifts after 2 s; the desk is busy,
    its neighbour rings for 6 s and talks for 30, then hangs up.
    """
    yield line(0, "CHAN_START")
    yield line(2, "ANSWER")
    yield line(5, "RUNG", said=DESK)
    yield line(5.1, "CHAN_START", "officers")
    yield line(5.3, "HANGUP", "officers", of=5.1, extra=ended(17, "PJSIP/officers-00000001"))
    yield line(5.4, "RANG", said="|BUSY|17")
    yield line(8, "RUNG", said=NEIGHBOUR)
    yield line(8.1, "CHAN_START", "officers")
    yield line(14.6, "ANSWER", "officers", of=8.1)
    yield line(17, "BRIDGE_ENTER", "officers", of=8.1, extra='{"bridge_id":"b"}')
    yield line(17.01, "BRIDGE_ENTER", extra='{"bridge_id":"b"}')
    yield line(47, "BRIDGE_EXIT", "officers", of=8.1, extra='{"bridge_id":"b"}')
    yield line(47.01, "BRIDGE_EXIT", extra='{"bridge_id":"b"}')
    yield line(47.02, "HANGUP", "officers", of=8.1, extra=ended(16, "PJSIP/officers-00000001"))
    yield line(47.03, "RANG", said="500|ANSWER|16")
    yield line(47.1, "HANGUP", extra=ended(16, "PJSIP/officers-00000001"))


@pytest.fixture
def records(callbacks: Callbacks) -> Records:
    return Records("ntpc1", callbacks)


def legs(factory: Sessions) -> list[Leg]:
    with transaction(factory) as session:
        return list(session.scalars(select(Leg).order_by(Leg.started_at)))


def test_P4_2_each_phone_of_a_placed_call_has_its_leg(factory: Sessions, records: Records) -> None:
    """The agent's own too; whichever line of the log comes first, and however often,
    the rows are the same.
    """
    told = list(answered_by_a_neighbour())
    for part in (told[:7], told[7:], told[3:]):
        with transaction(factory) as session:
            assert records.write(session, part) == ()
    with transaction(factory) as session:
        row = session.get_one(CallRow, CALL)
    assert (row.line, row.dialled, row.caller, row.agent) == ("placed", "5112", "anonymous", "agent-1")
    assert (row.outcome, row.end_reason, row.talk_seconds) == ("talked", "officer_hung_up", 29.99)
    assert [
        (one.kind, one.extension, one.outcome, one.ring_seconds, one.talk_seconds) for one in legs(factory)
    ] == [
        ("own", "", "answered", 2.0, 29.99),
        ("desk", "5112", "busy", 0.0, None),
        ("neighbour", "5111", "answered", 6.0, 29.99),
    ]


def test_P4_2_an_office_owes_its_answer_to_both_but_nobody_called(
    factory: Sessions, records: Records
) -> None:
    """The month's report counts them and says so;
    no figure of citizens' calls, and no service type is asked for.
    """
    with transaction(factory) as session:
        records.write(session, list(answered_by_a_neighbour()))
    now, day = TEN + timedelta(minutes=5), bounds(Span.DAY, TEN.astimezone(TAIPEI).date())
    with transaction(factory) as session:
        found = month(session, day[0].date().replace(day=1), now, HOURS)
        figures = measure(summed(called(session, *day), placed_out(session, *day)))
        assert floor(session, now, {}).hours == []
        assert untagged(session, "agent-1") == []
    assert [(one.extension, one.outcome, one.proxy) for one in found.legs] == [
        ("5112", "busy", False),
        ("5111", "answered", True),
    ]
    assert "2 legs, 2 of them in calls that 1999 placed" in found.rings(Group.AGENCY, InTime()).title
    assert (figures.calls, figures.put_through, figures.talk) == (0, 0, 0)
    assert (figures.placed, figures.reached, figures.placed_talk) == (1, 1, 29.99)


@pytest.mark.parametrize(
    ("cause", "outcome"), [(17, "busy"), (16, "noanswer"), (0, "noanswer"), (21, "refused")]
)
def test_an_agent_who_does_not_lift_has_rung_nobody(
    factory: Sessions, records: Records, cause: int, outcome: str
) -> None:
    """One leg, the agent's own; the call reached nobody."""
    told = [line(0, "CHAN_START"), line(9, "HANGUP", extra=ended(cause, "PJSIP/agent-1-00000001"))]
    with transaction(factory) as session:
        records.write(session, told)
    (leg,) = legs(factory)
    assert (leg.kind, leg.outcome, leg.ring_seconds, leg.talk_seconds) == ("own", outcome, 9.0, None)
    with transaction(factory) as session:
        row = session.get_one(CallRow, CALL)
    assert (row.outcome, row.end_reason, row.dialled) == ("unreached", "agent_hung_up", "")


def test_P8_2_a_citizen_who_was_called_hangs_up_as_such(factory: Sessions, records: Records) -> None:
    """Their number is in no row of the placed call, and no office owes the answer."""
    told = [
        line(0, "CHAN_START"),
        line(1, "ANSWER"),
        line(3, "RUNG", said="citizen////"),
        line(3.1, "CHAN_START", "trunk", num="0912345678"),
        line(6, "ANSWER", "trunk", of=3.1),
        line(9, "BRIDGE_ENTER", "trunk", of=3.1, extra='{"bridge_id":"b"}'),
        line(9.01, "BRIDGE_ENTER", extra='{"bridge_id":"b"}'),
        line(20, "HANGUP", "trunk", of=3.1, extra=ended(16, "PJSIP/trunk-00000001")),
        line(20.1, "RANG", said="300|ANSWER|16"),
        line(20.2, "HANGUP", extra=ended(16, "PJSIP/trunk-00000001")),
    ]
    with transaction(factory) as session:
        records.write(session, told)
        row = session.get_one(CallRow, CALL)
        assert (row.end_reason, row.outcome, row.caller, row.dialled) == (
            "citizen_hung_up",
            "talked",
            "anonymous",
            "",
        )
        assert month(session, TEN.date().replace(day=1), TEN, HOURS).legs == ()
    assert [one.kind for one in legs(factory)] == ["own", "citizen"]


def test_a_call_that_was_up_when_its_asterisk_died_is_over(factory: Sessions, records: Records) -> None:
    """Like any other call; what is known of its phones stays."""
    start = {**line(60, "SYSTEM_START"), "linked_id": "system:ntpc1"}
    for part in (list(answered_by_a_neighbour())[:12], [start]):
        with transaction(factory) as session:
            records.write(session, part)
    with transaction(factory) as session:
        row = session.get_one(CallRow, CALL)
        assert (row.end_reason, row.ended_at) == ("system", TEN + timedelta(seconds=60))
    assert [one.outcome for one in legs(factory)] == ["answered", "busy", "answered"]


@pytest.mark.parametrize("is_dead", [False, True])
def test_nobody_waits_for_a_placed_call_that_is_over(
    factory: Sessions, records: Records, is_dead: bool
) -> None:
    """Its agent did not lift, or its Asterisk died; whoever placed it could not say so any more."""
    with transaction(factory) as session:
        session.add(
            PlacedCall(
                token=CALL.removeprefix(OWN_CALL),
                purpose="notify",
                targets=[],
                state="CALLING",
                by="agent-1",
                placed_at=TEN,
            )
        )
    gone = line(9, "HANGUP", extra=ended(0))
    start = {**line(9, "SYSTEM_START"), "linked_id": "system:ntpc1"}
    for part in ([line(0, "CHAN_START")], [start if is_dead else gone]):
        with transaction(factory) as session:
            records.write(session, part)
    with transaction(factory) as session:
        row = session.scalars(select(PlacedCall)).one()
    assert (row.state, row.ended_at) == ("BROKEN_OFF", TEN + timedelta(seconds=9))


def test_a_call_that_1999_placed_is_nobodys_petition(factory: Sessions, records: Records) -> None:
    """Nor is what no database can look for."""
    with transaction(factory) as session:
        records.write(session, [line(0, "CHAN_START")])
        for name in (CALL, "c\x00"):
            with pytest.raises(NoSuchCall):
                petitioner(session, name)


def relayed() -> Iterator[dict[str, Any]]:
    """An agent of the queue answers, hears the notice, and the talk of 20 s is recorded there."""
    yield line(0, "CHAN_START")
    yield line(1, "ANSWER")
    yield line(3, "CHAN_START", "agent-2")
    yield line(7, "ANSWER", "agent-2", of=3)
    yield line(14, "NOTICE", "agent-2", of=3, said="zh-TW")
    yield line(14.1, "RECORDING_AWAITED", "agent-2", of=3, said="zh-TW")
    yield line(15, "BRIDGE_ENTER", "agent-2", of=3, extra='{"bridge_id":"b"}')
    yield line(15.01, "BRIDGE_ENTER", extra='{"bridge_id":"b"}')
    yield line(35, "BRIDGE_EXIT", "agent-2", of=3, extra='{"bridge_id":"b"}')
    yield line(35.01, "BRIDGE_EXIT", extra='{"bridge_id":"b"}')
    yield line(35.1, "HANGUP", "agent-2", of=3, extra=ended(16, "PJSIP/agent-2-00000001"))
    yield line(35.2, "HANGUP", extra=ended(16, "PJSIP/agent-2-00000001"))


def test_P4_12_of_a_relayed_call_the_talk_behind_the_notice_is_expected(
    factory: Sessions, records: Records
) -> None:
    """Both directions, from the talk on; the story tells who heard the notice, and when."""
    with transaction(factory) as session:
        records.write(session, list(relayed()))
    with transaction(factory) as session:
        sounds = session.scalars(select(Recording).where(Recording.call_id == CALL)).all()
        told = {one.kind: one for one in session.scalars(select(CallEvent).where(CallEvent.call_id == CALL))}
        assert session.get_one(CallRow, CALL).recorded_at == TEN + timedelta(seconds=15.01)
    assert {one.direction for one in sounds} == {"caller", "agent"}
    assert {one.started_at for one in sounds} == {TEN + timedelta(seconds=15.01)}
    assert told["NoticeHeard"].detail == {"language": "zh-TW", "phone": "agent-2"}
    assert told["RecordingStarted"].detail["permission"] == "allowed"


def test_a_relayed_call_is_no_work_of_the_agents_who_answered(factory: Sessions, records: Records) -> None:
    """Its interpreter notes what it was about: the agent is free at once."""
    with transaction(factory) as session:
        records.write(session, list(relayed()))
        assert latest_talk(session, "agent-2", TEN + timedelta(minutes=1)) is None
        assert untagged(session, "agent-2") == []


def test_a_placed_call_without_the_notice_leaves_no_sound(factory: Sessions, records: Records) -> None:
    """As every call to an agency."""
    with transaction(factory) as session:
        records.write(session, list(answered_by_a_neighbour()))
        assert session.get_one(CallRow, CALL).recorded_at is None
        assert session.scalars(select(Recording)).all() == []
