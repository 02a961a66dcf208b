"""Calls that 1999 places: whom they ring, what the event log tells of them, and what follows (P5.3)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.cel import ChannelEvent
from calls.dialplan_lines import listed, placed
from control.outbound_calls import MOST_PHONES, NobodyToRing, plan
from hotline.callbacks.rules import Outcome
from hotline.clock import taipei
from hotline.directory.service import Unknown
from hotline.outbound_calls.rules import OutboundEvent, OutboundState, Phase, after
from tests.city import seeded
from transfer.ladder import HuntRules

TEN = taipei("2026-11-24T10:00")
TOKEN = "0123456789abcdef0123456789abcdef"
RULES = HuntRules()
RUNG = OutboundEvent(TOKEN, Phase.RUNG, 1, Outcome.BUSY, TEN)
ANSWERED = OutboundEvent(TOKEN, Phase.ANSWERED, 2, Outcome.REACHED, TEN)
ENDED = OutboundEvent(TOKEN, Phase.OVER, 2, Outcome.NOT_PLACED, TEN)
WHOLE = replace(ENDED, is_whole=True)


def seen(said: str) -> ChannelEvent:
    return ChannelEvent("PLACED", TEN, "c", "c", "PJSIP/agent-1-00000001", "f:0", extra={"extra": said})


def test_P5_3_by_day_the_desk_and_its_neighbours_are_rung() -> None:
    """In order, each with its seconds and whose it is, as Asterisk is told."""
    found = plan(seeded().at(TEN), "5112", RULES, is_open=True)
    assert [one.number for one in found.targets] == ["5112", "5111", "5113"]
    assert (found.agency, found.targets[0].kind, found.targets[0].section) == ("epb", "desk", "epb-clean")
    first, *_ = listed(found.rings).split("~")
    assert first == "officers/5112|15|desk/5112/5112/epb-clean/epb"


def test_P5_1_3_when_closed_the_roster_and_last_the_agencys_emergency_contact() -> None:
    """Whatever the desk; the case is still its agency's."""
    city = seeded().at(TEN)
    agencies = {**city.agencies, "epb": replace(city.agencies["epb"], emergency="(02)2960-0119")}
    found = plan(replace(city, agencies=agencies), "5112", RULES, is_open=False)
    assert found.agency == "epb" and found.targets[0].kind == "duty"
    assert found.targets[-1].number == "0229600119" and len(found.targets) <= MOST_PHONES


def test_who_cannot_be_rung_is_said_before_any_phone_rings() -> None:
    """An extension of nobody; a desk of a section that is away, with nobody beside it."""
    city = seeded().at(TEN)
    with pytest.raises(Unknown):
        plan(city, "9999", RULES, is_open=True)
    with pytest.raises(NobodyToRing, match="extension=5112"):
        plan(replace(city, duty=()), "5112", RULES, is_open=False)


def test_a_relayed_call_rings_as_a_transfer_does() -> None:
    """The desk and its neighbours while open; nobody's emergency contact, and nobody when closed (§14)."""
    city = seeded().at(TEN)
    agencies = {**city.agencies, "epb": replace(city.agencies["epb"], emergency="(02)2960-0119")}
    found = plan(replace(city, agencies=agencies), "5112", RULES, is_open=True, urgent=False)
    assert [one.number for one in found.targets] == ["5112", "5111", "5113"]
    with pytest.raises(NobodyToRing):
        plan(city, "5112", RULES, is_open=False, urgent=False)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (f"{TOKEN}|rung|1|BUSY|17||", (Phase.RUNG, 1, Outcome.BUSY, False)),
        (f"{TOKEN}|rung|2|NOANSWER|0|900|", (Phase.RUNG, 2, Outcome.NO_ANSWER, False)),
        (f"{TOKEN}|answered|2|ANSWER|16||", (Phase.ANSWERED, 2, Outcome.REACHED, False)),
        (f"{TOKEN}|over|3||||yes", (Phase.OVER, 3, Outcome.NOT_PLACED, True)),
        (f"{TOKEN}|over|1||||", (Phase.OVER, 1, Outcome.NOT_PLACED, False)),
    ],
)
def test_a_line_of_the_event_log_is_read(said: str, expected: tuple[object, ...]) -> None:
    """Which phone of the list, what came of it, and whether everybody was rung."""
    one = placed(seen(said))
    assert one and (one.token, one.at) == (TOKEN, TEN)
    assert (one.phase, one.place, one.outcome, one.is_whole) == expected


@given(st.text())
def test_a_spoilt_line_is_nothing(said: str) -> None:
    """Whatever stands in it."""
    one = placed(seen(said))
    assert one is None or one.phase in set(Phase)


@given(st.permutations([RUNG, ANSWERED, ENDED, WHOLE]))
def test_who_answered_has_answered_in_whatever_order_it_is_told(lines: list[OutboundEvent]) -> None:
    """A line that comes late undoes nothing."""
    state = OutboundState.CALLING
    for place, line in enumerate(lines):
        state = after(state, line, is_met=ANSWERED in lines[: place + 1])
    assert state is OutboundState.ANSWERED


def test_P5_3_who_puts_down_while_told_who_calls_was_not_reached() -> None:
    """The next phone is rung, and a list rung to its end has reached nobody."""
    assert after(OutboundState.ANSWERED, RUNG, is_met=False) is OutboundState.CALLING
    assert after(OutboundState.CALLING, WHOLE, is_met=False) is OutboundState.UNREACHED


@pytest.mark.parametrize(
    ("line", "expected"),
    [(RUNG, OutboundState.CALLING), (WHOLE, OutboundState.UNREACHED), (ENDED, OutboundState.BROKEN_OFF)],
)
def test_P5_3_not_reached_is_only_a_list_rung_to_its_end(
    line: OutboundEvent, expected: OutboundState
) -> None:
    """An agent who gives up has not failed to reach the agency."""
    assert after(OutboundState.CALLING, line, is_met=False) is expected


def test_P5_3_a_list_rung_to_its_end_reached_nobody_also_when_it_was_given_up_before() -> None:
    """Asterisk's answer was lost, and the call went on: its agency is written to all the same."""
    assert after(OutboundState.BROKEN_OFF, WHOLE, is_met=False) is OutboundState.UNREACHED


@given(st.sampled_from([RUNG, ANSWERED, ENDED, WHOLE]))
def test_what_an_agent_noted_stands(line: OutboundEvent) -> None:
    """Nothing the log tells afterwards takes a name away."""
    assert after(OutboundState.NOTIFIED, line, is_met=False) is OutboundState.NOTIFIED
