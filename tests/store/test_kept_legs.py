"""Calls to keep a promise, from the event log to the record:
the officer's phone and the citizen's, each ring (§9.2, P4.2).
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from calls import originating_leg
from calls.cdr_writer import Records
from calls.originating_leg import OwnPhone
from calls.store import CallRow, Leg
from hotline.callbacks.outbound_lock import CallToCitizen
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.service import Callbacks
from hotline.clock import TAIPEI
from hotline.db import Sessions, transaction
from ops.cli.format_callbacks import story
from reporting.call_history import Span, bounds, measure
from reporting.hour_sums.rows import called, placed_out
from reporting.hour_sums.rules import summed
from tests.promises import CITIZEN, TEN, Office
from tests.store.test_placed_legs import ended

pytestmark = pytest.mark.dialects

OFFICER = "officers"


@pytest.fixture
def records(callbacks: Callbacks) -> Records:
    return Records("ntpc1", callbacks)


@pytest.fixture
def office(factory: Sessions, callbacks: Callbacks) -> Office:
    return Office.of(factory, callbacks)


@pytest.fixture
def placed(office: Office) -> CallToCitizen:
    """Mei of 5112 calls a citizen back."""
    call = office.line("seize", office.promised(), "mei", TEN)
    with transaction(office.factory) as session:
        phone = OwnPhone("PJSIP/5112@officers")
        originating_leg.begin(session, call.own_call, "ntpc1", phone, Ownership("epb", "epb-clean"), TEN)
    assert isinstance(call, CallToCitizen)
    return call


def lines(
    call: CallToCitizen, told: Sequence[tuple[float, str, str, dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Rows of the event log; the officer's phone is the call's own channel, the trunk's another."""
    rows = []
    for seconds, kind, phone, more in told:
        at, said = TEN + timedelta(seconds=seconds), more.pop("said", "")
        body = {
            "eventtype": kind,
            "eventtime": f"{at.timestamp():.6f}",
            "linkedid": call.own_call,
            "uniqueid": call.own_call if phone == OFFICER else "ntpc1-7.1",
            "channame": f"PJSIP/{phone}-00000001",
            "context": "from-officers",
            "exten": "",
            "num": CITIZEN if phone == "trunk" else "1999",
            "appname": "",
            "appdata": "",
            "eventextra": f'{{"extra":"{said}"}}' if said else more.pop("extra", ""),
            **more,
        }
        rows.append(
            {
                "file": "f" * 64,
                "offset": int(seconds * 1000),
                "linked_id": call.own_call,
                "at": at,
                "kind": kind,
                "body": body,
            }
        )
    return rows


def own(call: CallToCitizen, phase: str, status: str, cause: str) -> str:
    return f"{call.token}|{call.callback_id}|{call.by}|{int(TEN.timestamp())}|{phase}|{status}|{cause}|300"


def until_the_citizen_rings() -> list[tuple[float, str, str, dict[str, Any]]]:
    return [
        (0, "CHAN_START", OFFICER, {}),
        (2, "ANSWER", OFFICER, {}),
        (5, "RUNG", OFFICER, {"said": "citizen////"}),
        (5.1, "CHAN_START", "trunk", {}),
    ]


def legs(factory: Sessions) -> list[tuple[Any, ...]]:
    with transaction(factory) as session:
        found = session.scalars(select(Leg).order_by(Leg.started_at))
        return [(one.kind, one.extension, one.outcome, one.ring_seconds, one.talk_seconds) for one in found]


def test_P9_2_both_phones_of_a_call_back_have_their_legs(
    factory: Sessions, records: Records, office: Office, placed: CallToCitizen
) -> None:
    """Who hung up, how long each rang and talked;
    the citizen's number is in none of it, and the line is free again.
    """
    bridge = {"extra": '{"bridge_id":"b"}'}
    told = [
        *until_the_citizen_rings(),
        (10, "ANSWER", "trunk", {}),
        (10.1, "CALLED", "trunk", {"said": own(placed, "talking", "ANSWER", "16")}),
        (12, "BRIDGE_ENTER", "trunk", dict(bridge)),
        (12.01, "BRIDGE_ENTER", OFFICER, dict(bridge)),
        (42, "HANGUP", "trunk", {"extra": ended(16, "PJSIP/trunk-00000001")}),
        (42.1, "RANG", OFFICER, {"said": "300|ANSWER|16"}),
        (42.2, "CALLED", OFFICER, {"said": own(placed, "over", "ANSWER", "16")}),
        (42.3, "HANGUP", OFFICER, {"extra": ended(16, "PJSIP/trunk-00000001")}),
    ]
    written = lines(placed, told)
    for part in (written[:6], written[6:], written):
        with transaction(factory) as session:
            assert records.write(session, part) == ()
    assert legs(factory) == [("own", "5112", "answered", 2.0, 29.99), ("citizen", "", "answered", 4.6, 29.99)]
    with transaction(factory) as session:
        row = session.get_one(CallRow, placed.own_call)
        assert (row.line, row.caller, row.dialled, row.outcome, row.end_reason, row.talk_seconds) == (
            "placed",
            "anonymous",
            "",
            "talked",
            "citizen_hung_up",
            29.99,
        )
        day = bounds(Span.DAY, TEN.astimezone(TAIPEI).date())
        figures = measure(summed(called(session, *day), placed_out(session, *day)))
    assert (figures.calls, figures.placed, figures.to_keep, figures.reached) == (0, 1, 1, 1)
    assert [one.outcome for one in office.whole(placed.callback_id).attempts] == ["reached"]
    assert office.line("seize", placed.callback_id, "mei", TEN + timedelta(minutes=1)).token != placed.token
    assert f"hotline calls {placed.own_call}" in "\n".join(story(office.whole(placed.callback_id), TEN))


@pytest.mark.parametrize(
    ("rang", "cause", "outcome", "rung"),
    [
        ("|BUSY|17", 17, "busy", 0.0),
        ("300|NOANSWER|0", 16, "noanswer", 7.6),
        ("|CHANUNAVAIL|1", 1, "unallocated", 0.0),
        ("300|CANCEL|0", 16, "cancelled", 7.6),
        ("|CHANUNAVAIL|21", 21, "refused", 0.0),
    ],
)
def test_P9_2_a_citizen_who_was_not_reached_has_a_leg_that_says_why(
    factory: Sessions,
    records: Records,
    placed: CallToCitizen,
    rang: str,
    cause: int,
    outcome: str,
    rung: float,
) -> None:
    """As any other phone; the officer's was answered, and talked with nobody."""
    told = [
        *until_the_citizen_rings(),
        (13, "HANGUP", "trunk", {"extra": ended(cause)}),
        (13.1, "RANG", OFFICER, {"said": rang}),
        (14, "HANGUP", OFFICER, {"extra": ended(16, "PJSIP/officers-00000001")}),
    ]
    with transaction(factory) as session:
        records.write(session, lines(placed, told))
        row = session.get_one(CallRow, placed.own_call)
        assert (row.outcome, row.end_reason) == ("unreached", "officer_hung_up")
    assert legs(factory) == [("own", "5112", "answered", 2.0, 0.0), ("citizen", "", outcome, rung, None)]


def test_P9_2_the_day_s_number_is_reached_and_nobody_rings(
    factory: Sessions, records: Records, placed: CallToCitizen
) -> None:
    """The ring that could not be is on record too."""
    told = [
        *until_the_citizen_rings()[:3],
        (5.1, "RANG", OFFICER, {"said": "|CHANUNAVAIL|3"}),
        (6, "HANGUP", OFFICER, {"extra": ended(16)}),
    ]
    with transaction(factory) as session:
        records.write(session, lines(placed, told))
    assert legs(factory)[1] == ("citizen", "", "noroute", 0.0, None)


def test_P9_2_an_officer_who_does_not_lift_leaves_the_citizen_free(
    factory: Sessions, records: Records, office: Office, placed: CallToCitizen
) -> None:
    """One leg, no attempt; whoever placed the call may have died before saying so."""
    told = [(0, "CHAN_START", OFFICER, {}), (8, "HANGUP", OFFICER, {"extra": ended(0)})]
    with transaction(factory) as session:
        records.write(session, lines(placed, told))
    assert legs(factory) == [("own", "5112", "noanswer", 8.0, None)]
    assert office.whole(placed.callback_id).attempts == []
    assert office.line("seize", placed.callback_id, "mei", TEN + timedelta(seconds=20)).token != placed.token
