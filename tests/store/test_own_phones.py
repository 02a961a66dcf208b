"""Own phones that 1999 rings first: on record before they ring,
and with an outcome also when no channel ever was (P4.2).
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from calls import originating_leg
from calls.cdr_writer import Records
from calls.originating_leg import OwnPhone
from calls.store import CallRow, Leg
from hotline.callbacks.ownership import Ownership
from hotline.callbacks.service import Callbacks
from hotline.clock import TAIPEI
from hotline.db import Sessions, transaction
from reporting.board import floor
from reporting.call_history import Span, bounds, measure
from reporting.hour_sums.rows import called, placed_out
from reporting.hour_sums.rules import summed
from tests.store.test_placed_legs import CALL, TEN, answered_by_a_neighbour, ended, line
from transfer.outcome import DialOutcome

DESK = OwnPhone("PJSIP/5112@officers")
SECOND = timedelta(seconds=1)


@pytest.fixture
def records(callbacks: Callbacks) -> Records:
    return Records("ntpc1", callbacks)


def begin(factory: Sessions, phone: OwnPhone = DESK, call: str = CALL) -> None:
    with transaction(factory) as session:
        originating_leg.begin(session, call, "ntpc1", phone, Ownership("epb", "epb-clean"), TEN)


def not_lifted(factory: Sessions, outcome: DialOutcome = DialOutcome.UNREACHABLE) -> None:
    with transaction(factory) as session:
        originating_leg.not_lifted(session, CALL, outcome, TEN + SECOND)


def kept(factory: Sessions) -> tuple[CallRow, Leg]:
    """The call and its first leg."""
    with transaction(factory) as session:
        return session.get_one(CallRow, CALL), session.get_one(Leg, CALL)


def test_a_phone_without_a_contact_has_its_leg(factory: Sessions) -> None:
    """Whose it is and that nobody could be rung; the call is over, and one of those that 1999 placed."""
    begin(factory)
    row, leg = kept(factory)
    assert (row.ended_at, leg.outcome) == (None, "")
    not_lifted(factory)
    row, leg = kept(factory)
    assert (row.line, row.outcome, row.end_reason, row.ended_at, row.node) == (
        "placed",
        "unreached",
        "ended_by_hotline",
        TEN + SECOND,
        "ntpc1",
    )
    assert (leg.kind, leg.phone, leg.extension, leg.section, leg.agency) == (
        "own",
        "officers",
        "5112",
        "epb-clean",
        "epb",
    )
    assert (leg.outcome, leg.ring_seconds, leg.ended_at) == ("unreachable", 0.0, TEN + SECOND)
    day = bounds(Span.DAY, TEN.astimezone(TAIPEI).date())
    with transaction(factory) as session:
        figures = measure(summed(called(session, *day), placed_out(session, *day)))
        assert floor(session, TEN + SECOND, {}).hours == []
    assert (figures.calls, figures.placed, figures.to_keep, figures.reached) == (0, 1, 0, 0)


@pytest.mark.parametrize("is_late", [False, True])
def test_the_event_log_knows_better(factory: Sessions, records: Records, is_late: bool) -> None:
    """Loaded before the phone was given up or after it:
    the outcome and the seconds are the log's, the extension stays.
    """
    told = [line(0, "CHAN_START", context="from-officers"), line(9, "HANGUP", extra=ended(17))]

    def load() -> None:
        with transaction(factory) as session:
            records.write(session, told)

    begin(factory)
    if not is_late:
        load()
    not_lifted(factory)
    if is_late:
        load()
    row, leg = kept(factory)
    assert (leg.outcome, leg.ring_seconds, leg.extension, leg.agency) == ("busy", 9.0, "5112", "epb")
    assert (row.ended_at, row.outcome) == (TEN + 9 * SECOND, "unreached")


def test_while_the_log_tells_of_its_ring_nothing_else_ends_it(factory: Sessions, records: Records) -> None:
    """The manager was lost, the phone rings on."""
    begin(factory)
    with transaction(factory) as session:
        records.write(session, [line(0, "CHAN_START")])
    not_lifted(factory, DialOutcome.FAILED)
    row, leg = kept(factory)
    assert (row.ended_at, leg.outcome) == (None, "")


def test_a_call_that_went_on_has_each_leg_once(factory: Sessions, records: Records) -> None:
    """The own one that was there before and those of the log."""
    begin(factory, OwnPhone("PJSIP/agent-1"))
    with transaction(factory) as session:
        records.write(session, list(answered_by_a_neighbour()))
        legs = list(session.scalars(select(Leg).order_by(Leg.started_at)))
    assert [(one.kind, one.phone, one.extension, one.outcome) for one in legs] == [
        ("own", "agent-1", "", "answered"),
        ("desk", "officers", "5112", "busy"),
        ("neighbour", "officers", "5111", "answered"),
    ]


def test_nobody_can_say_any_more_what_came_of_it(factory: Sessions, records: Records) -> None:
    """Whoever placed it died, and its Asterisk ended: it failed."""
    begin(factory)
    begin(factory, OwnPhone("PJSIP/agent-1"), f"{CALL[:-1]}0")
    start = {**line(60, "SYSTEM_START"), "linked_id": "system:ntpc1"}
    with transaction(factory) as session:
        originating_leg.not_lifted(session, f"{CALL[:-1]}0", DialOutcome.UNREACHABLE, TEN)
    with transaction(factory) as session:
        records.write(session, [start])
    row, leg = kept(factory)
    assert (row.ended_at, row.outcome, row.end_reason, leg.outcome) == (
        TEN + 60 * SECOND,
        "unreached",
        "system",
        "failed",
    )
    with transaction(factory) as session:
        assert session.get_one(Leg, f"{CALL[:-1]}0").outcome == "unreachable"
