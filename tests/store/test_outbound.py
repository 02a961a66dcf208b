"""Limits of calls to outside numbers, as rows:
how many for one person, and what the event log tells of the others.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from calls.outbound_limits import OUTBOUND
from calls.store import CallEvent
from hotline.callbacks.outbound_lock import RUNG
from hotline.callbacks.service import Callbacks
from hotline.callbacks.store import CallbackEvent
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.outbound_calls.rules import Purpose
from hotline.outbound_calls.service import PersonalLimit, placed_today, refuse_too_many
from hotline.outbound_calls.store import PlacedCall
from hotline.tickets import faults
from tests.promises import TEN, Office
from tests.store.test_cel import Log, follow

MIDNIGHT = taipei("2026-11-24T00:00")
SECOND = timedelta(seconds=1)


def counted(limit: str) -> float:
    return REGISTRY.get_sample_value("hotline_outbound_refused_total", {"limit": limit}) or 0.0


@pytest.fixture
def office(factory: Sessions, callbacks: Callbacks) -> Office:
    """Mei has placed three calls today: to an agency, to a petitioner, to a citizen;
    another late yesterday.
    """
    office = Office.of(factory, callbacks)
    promised = office.promised()
    with transaction(factory) as session:
        for number, (purpose, at) in enumerate(
            [(Purpose.NOTIFY, MIDNIGHT), (Purpose.VERIFY, TEN), (Purpose.NOTIFY, MIDNIGHT - SECOND)]
        ):
            session.add(
                PlacedCall(token=f"{number:032}", purpose=purpose, targets=[], by="mei", placed_at=at)
            )
        session.add(
            CallbackEvent(callback_id=promised, at=TEN, by="mei", kind=RUNG, before="OPEN", after="WORKING")
        )
    return office


def test_resilience_2_7_calls_placed_for_one_person_are_counted_by_the_day_of_taipei(office: Office) -> None:
    """Whatever they were for; a colleague's are the colleague's."""
    with transaction(office.factory) as session:
        assert placed_today(session, "mei", TEN) == placed_today(session, "mei", MIDNIGHT) == 3
        assert placed_today(session, "mei", MIDNIGHT - SECOND) == 1
        assert placed_today(session, "an", TEN) == 0


def test_resilience_2_7_over_a_persons_limit_no_call_is_placed_and_the_person_is_told(office: Office) -> None:
    """The third of three was placed, the fourth is not; it is counted."""
    before = counted("person")
    with transaction(office.factory) as session:
        refuse_too_many(session, "mei", 4, TEN)
        with pytest.raises(PersonalLimit, match="by=mei most=3"):
            refuse_too_many(session, "mei", 3, TEN)
    assert counted("person") == before + 1


@pytest.mark.parametrize(("limit", "setting"), [("daily", "OUTBOUND_DAILY"), ("at-once", "OUTBOUND_AT_ONCE")])
def test_resilience_2_7_a_limit_that_the_dialplan_met_is_an_alarm(
    limit: str, setting: str, tmp_path: Path, factory: Sessions, callbacks: Callbacks
) -> None:
    """One ticket however often it is met, each time counted, and the call's story tells it."""
    log, before = Log(tmp_path / "cel"), counted(limit)
    log.event(7, 0.0, "CHAN_START", "trunk", context="from-trunk")
    for second in (3.0, 4.0):
        log.event(7, second, OUTBOUND, "trunk", eventextra=json.dumps({"extra": limit}))
    log.event(7, 5.0, OUTBOUND, "trunk", eventextra=json.dumps({"extra": "a word of nobody"}))
    follow(factory, log, callbacks).load(TEN)
    follow(factory, log, callbacks).load(TEN)
    assert counted(limit) == before + 2
    with transaction(factory) as session:
        (ticket,) = faults.faults(session)
        assert setting in ticket.fault and ticket.opened_at.second == 3
        told = session.scalars(select(CallEvent.detail).where(CallEvent.kind == "OutboundRefused")).all()
    assert [one["limit"] for one in told][:2] == [limit, limit]
