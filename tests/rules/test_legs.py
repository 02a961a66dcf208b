"""The legs of a hunt from the event log:
what each ring came to, by DIALSTATUS and cause together (P4.2, §9.1).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from calls.cel import ChannelEvent, phone_of
from calls.legs import LegRecord, legs_of
from transfer.outcome import DialOutcome

START = datetime(2026, 11, 24, 2, tzinfo=UTC)
CALL = "ntpc1-1795566000.1"
DESK, BESIDE = "desk/5112/5112/epb-clean/epb", "neighbour/5112/5111/epb-clean/epb"


def event(seconds: float, kind: str, phone: str = "", **extra: object) -> ChannelEvent:
    """On the caller's channel, or on that of a phone behind the officers' exchange."""
    channel, name = (
        (f"ntpc1-1795566000.{phone}", f"PJSIP/officers-0000000{phone}")
        if phone
        else (
            CALL,
            "PJSIP/trunk-00000001",
        )
    )
    return ChannelEvent(kind, START + timedelta(seconds=seconds), CALL, channel, name, extra=extra)


def ring(
    since: float, until: float, rung: str, phone: str, status: str, cause: int, first_180: int | None = 100
) -> list[ChannelEvent]:
    """One phone that does not answer: rung, dialled, given up, and what the dialplan noted of it."""
    told = f"{'' if first_180 is None else first_180}|{status}|{cause}"
    dialled = [event(since + 0.1, "CHAN_START", phone), event(until, "HANGUP", phone, hangupcause=cause)]
    return [
        event(since, "RUNG", extra=rung),
        *(dialled if phone else ()),
        event(until + 0.05, "RANG", extra=told),
    ]


def legs(*events: ChannelEvent, ended: float | None = None) -> tuple[LegRecord, ...]:
    return legs_of(events, None if ended is None else START + timedelta(seconds=ended))


@pytest.mark.parametrize(
    ("status", "cause", "first_180", "outcome"),
    [
        ("BUSY", 17, None, DialOutcome.BUSY),  # 486, 600
        ("NOANSWER", 0, 100, DialOutcome.NO_ANSWER),
        ("NOANSWER", 19, None, DialOutcome.UNREACHABLE),  # 480: it never rang
        ("NOANSWER", 0, None, DialOutcome.NO_ROUTE),  # 100 only, or not a word
        ("CHANUNAVAIL", 1, None, DialOutcome.UNALLOCATED),  # 404
        ("CHANUNAVAIL", 18, None, DialOutcome.NO_ROUTE),  # 408, a dead address
        ("CHANUNAVAIL", 3, None, DialOutcome.NO_ROUTE),  # unreachable by qualify
        ("CHANUNAVAIL", 21, None, DialOutcome.REFUSED),  # 403, 603
        ("CHANUNAVAIL", 21, 100, DialOutcome.REFUSED),  # it rang, and then was declined
        ("CHANUNAVAIL", 0, None, DialOutcome.FAILED),  # 302 without a contact
        ("CONGESTION", 34, None, DialOutcome.FAILED),  # 503
        ("CANCEL", 0, 100, DialOutcome.CANCELLED),
    ],
)
def test_9_1_busy_silent_unreachable_and_refused_are_told_apart(
    status: str, cause: int, first_180: int | None, outcome: DialOutcome
) -> None:
    """As Asterisk 22 answers each; what never rang has rung no second."""
    (leg,) = legs(*ring(1, 6, DESK, "2", status, cause, first_180))
    assert leg.outcome is outcome
    assert leg.ring_seconds == (0.0 if first_180 is None else pytest.approx(4.8))


@pytest.mark.parametrize(
    ("answered", "seconds", "rings"),
    [(9.9, 8.9, 3), (10.0, 9.0, 3), (10.001, 9.001, 4), (10.1, 9.1, 4), (1.0, 0.0, 0), (1.5, 0.5, 1)],
)
def test_P4_2_rings_count_from_the_first_180(answered: float, seconds: float, rings: int) -> None:
    """ceil(seconds / 3.0): an answer exactly at nine seconds is the third ring."""
    (leg,) = legs(
        event(0.5, "RUNG", extra=DESK),
        event(0.6, "CHAN_START", "2"),
        event(answered, "ANSWER", "2"),
        event(30, "HANGUP", "2", hangupcause=16),
        event(30.1, "RANG", extra="400|ANSWER|16"),
    )
    told = leg.columns()
    assert (told["outcome"], told["ring_seconds"], told["rings"]) == (DialOutcome.ANSWERED, seconds, rings)


def hunt() -> Sequence[ChannelEvent]:
    """Busy, a way to no phone at all, then the neighbour of another hunt answers."""
    return (
        *ring(1, 2, DESK, "2", "BUSY", 17, None),
        *ring(5, 5, "neighbour/5112/5113/epb-clean/epb", "", "CHANUNAVAIL", 3, None),
        event(9, "RUNG", extra=BESIDE),
        event(9.1, "CHAN_START", "3"),
        event(12, "ANSWER", "3"),
        event(20, "HANGUP", "3", hangupcause=16),
        event(20.1, "RANG", extra="200|ANSWER|16"),
        event(21, "HANGUP", hangupcause=16),
    )


def test_P4_2_every_phone_of_a_hunt_is_a_leg_with_what_it_was_rung_for() -> None:
    """The desk asked for, and who was rung for it; who answers for another is a proxy."""
    told = [leg.columns() for leg in legs(*hunt(), ended=21)]
    assert [(one["asked"], one["extension"], one["kind"], one["proxy"], one["outcome"]) for one in told] == [
        ("5112", "5112", "desk", False, "busy"),
        ("5112", "5113", "neighbour", True, "noroute"),
        ("5112", "5111", "neighbour", True, "answered"),
    ]


def test_a_leg_that_was_told_stays_told_and_no_phone_is_two() -> None:
    """However far the event log was read when: between the ring and its phone there is no leg yet."""
    events, whole = hunt(), {leg.channel for leg in legs(*hunt(), ended=21)}
    before: set[str] = set()
    for end in range(1, len(events) + 1):
        now = {leg.channel for leg in legs(*events[:end])}
        assert before <= now <= whole, f"after {end} events"
        before = now
    assert before == whole


def test_a_ring_whose_call_was_lost_is_a_leg_that_failed() -> None:
    """Asterisk died before any phone was dialled: the hunt is on record as far as it went."""
    (leg,) = legs(event(0, "CHAN_START"), event(1, "RUNG", extra=DESK), ended=3)
    assert (leg.outcome, leg.channel) == (DialOutcome.FAILED, f"{CALL}/1")


@pytest.mark.parametrize(
    ("status", "outcome", "talked"),
    [("ANSWER|16", DialOutcome.ANSWERED, 0.2), ("CHANUNAVAIL|21", DialOutcome.REFUSED, 0.0)],
)
def test_9_1_who_was_left_for_the_next_phone_has_not_talked(
    status: str, outcome: DialOutcome, talked: float
) -> None:
    """The dialplan sees an officer go as the whisper ends, and rings on:
    refused on record too, and no talk.
    """
    joined = {"bridge_id": "b"}
    told = f"100|{status}"
    (leg,) = legs(
        event(1, "RUNG", extra=DESK),
        event(1.1, "CHAN_START", "2"),
        event(3, "ANSWER", "2"),
        event(5, "BRIDGE_ENTER", "2", **joined),
        event(5, "BRIDGE_ENTER", **joined),
        event(5.2, "BRIDGE_EXIT", "2", **joined),
        event(5.2, "BRIDGE_EXIT", **joined),
        event(5.2, "HANGUP", "2", hangupcause=16),
        event(5.25, "RANG", extra=told),
        ended=20,
    )
    assert (leg.outcome, leg.columns()["talk_seconds"]) == (outcome, talked)


@pytest.mark.parametrize("tried", [True, False], ids=["it took no call", "it was known to be away"])
def test_the_phone_behind_the_second_trunk_has_the_ring(tried: bool) -> None:
    """The first trunk that gave way is no phone of its own; an earlier ring keeps its phone."""
    before = ring(1, 6, DESK, "2", "NOANSWER", 0)
    first = [event(7.1, "CHAN_START", "3"), event(7.2, "HANGUP", "3", hangupcause=34)] if tried else []
    (desk, outside) = legs(
        *before,
        event(7, "RUNG", extra="outside/5112/5119/epb-clean/epb"),
        *first,
        event(7.3, "OTHER_TRUNK", extra="34"),
        event(7.4, "CHAN_START", "4"),
        event(9, "ANSWER", "4"),
        event(12, "HANGUP", "4", hangupcause=16),
        event(12.05, "RANG", extra="900|ANSWER|16"),
    )
    assert (desk.outcome, outside.outcome) == (DialOutcome.NO_ANSWER, DialOutcome.ANSWERED)
    assert (outside.channel[-2:], outside.ringing and outside.ringing.extension) == (".4", "5119")


def test_either_trunk_is_one_phone() -> None:
    phones = {name: phone_of(f"PJSIP/{name}-0000000a") for name in ("trunk", "trunk-second", "agent-1")}
    assert phones == {"trunk": "trunk", "trunk-second": "trunk", "agent-1": "agent-1"}
