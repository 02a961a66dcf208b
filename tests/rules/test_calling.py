"""What Asterisk tells of a call to a citizen (§9.2), whatever stands in its lines."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.cel import ChannelEvent
from calls.dialplan_lines import attempted, outcome
from hotline.callbacks.outbound_lock import CallOutcome
from hotline.callbacks.rules import NOT_REACHED, Outcome
from hotline.clock import taipei
from ops.cli.format_callbacks import came_of

TEN = taipei("2026-11-24T10:00")
EPOCH = int(TEN.timestamp())
TOKEN = "0123456789abcdef0123456789abcdef"


def seen(said: str) -> ChannelEvent:
    """The event, written half a minute after the officer answered."""
    return ChannelEvent(
        "CALLED",
        TEN + timedelta(seconds=30),
        "test-1.1",
        channel="test-1.1",
        name="PJSIP/agent-1-00000001",
        key="f:0",
        extra={"extra": said},
    )


@pytest.mark.parametrize(
    ("status", "cause", "rang", "expected"),
    [
        ("ANSWER", "16", "900", Outcome.REACHED),
        ("ANSWER", "16", "", Outcome.REACHED),
        ("BUSY", "17", "", Outcome.BUSY),
        ("NOANSWER", "", "900", Outcome.NO_ANSWER),
        ("NOANSWER", "0", "900", Outcome.NO_ANSWER),
        ("NOANSWER", "19", "", Outcome.UNREACHABLE),  # refused with 480: the other side has spoken
        ("NOANSWER", "", "", Outcome.NOT_PLACED),  # nothing came back: nobody's phone has rung
        ("NOANSWER", "0", "", Outcome.NOT_PLACED),
        ("CHANUNAVAIL", "1", "", Outcome.WRONG_NUMBER),
        ("CHANUNAVAIL", "28", "", Outcome.WRONG_NUMBER),
        ("CHANUNAVAIL", "22", "", Outcome.WRONG_NUMBER),
        ("CHANUNAVAIL", "20", "", Outcome.UNREACHABLE),
        ("CHANUNAVAIL", "21", "", Outcome.REFUSED),
        ("CONGESTION", "34", "", Outcome.NOT_PLACED),
        ("CHANUNAVAIL", "18", "", Outcome.NOT_PLACED),
        ("CHANUNAVAIL", "", "900", Outcome.NOT_PLACED),  # the officer gave up
        ("CANCEL", "", "900", Outcome.NOT_PLACED),
        ("", "", "", Outcome.NOT_PLACED),
    ],
)
def test_P9_2_status_and_cause_tell_the_outcome(
    status: str, cause: str, rang: str, expected: Outcome
) -> None:
    """The citizen's phone, or our own way there: only the first is an attempt."""
    assert outcome(status, cause, rang) is expected
    assert (expected in NOT_REACHED) == (expected not in (Outcome.REACHED, Outcome.NOT_PLACED))


def test_the_attempt_lies_at_the_moment_of_dialling() -> None:
    """Not at the end of the ringing: the limit may pass meanwhile."""
    assert attempted(seen(f"{TOKEN}|12|officer-5112|{EPOCH}|over|NOANSWER||800")) == CallOutcome(
        12, TOKEN, "officer-5112", Outcome.NO_ANSWER, TEN, is_over=True
    )
    assert attempted(seen(f"{TOKEN}|12|officer-5112|{EPOCH}|talking|ANSWER|16|")) == CallOutcome(
        12, TOKEN, "officer-5112", Outcome.REACHED, TEN, is_over=False
    )


@pytest.mark.parametrize("epoch", ["", "soon", "1", "9" * 30])
def test_a_moment_that_is_none_is_that_of_the_event(epoch: str) -> None:
    """Better late by a ring than lost."""
    one = attempted(seen(f"{TOKEN}|12|mei|{epoch}|over|BUSY|17|"))
    assert one is not None and one.at == TEN + timedelta(seconds=30)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "x",
        "|12|mei|1|over|BUSY|17|",
        f"{TOKEN}|x|mei|1|over|BUSY|17|",
        f"{TOKEN}|-1|mei|1|over|BUSY|17|",
        f"{TOKEN}|{'9' * 40}|mei|1|over|BUSY|17|",
        f"{TOKEN}|12|mei|1|over|BUSY|17",
        f"{TOKEN}|12|mei|1|over|BUSY|17||x",
    ],
)
def test_a_spoilt_event_is_none(said: str) -> None:
    """It stops nothing."""
    assert attempted(seen(said)) is None


@given(st.text())
def test_nothing_that_stands_there_breaks_the_loading(said: str) -> None:
    """Any text gives an attempt whose fields fit their columns, or none."""
    one = attempted(seen(said))
    assert one is None or (len(one.token) <= 32 and len(one.by) <= 64 and 0 <= one.callback_id < 10**9)


@pytest.mark.parametrize("came", [None, *Outcome])
def test_the_officer_reads_what_to_do_now(came: Outcome | None) -> None:
    """One sentence for each outcome: close it with words, try again, or how it stands."""
    said = came_of(came, 12, "mei")
    match came:
        case Outcome.REACHED:
            assert "hotline callback close 12 --by mei --result" in said
        case Outcome.NOT_PLACED:
            assert "counts as no attempt" in said
        case None:
            assert "hotline callback show 12" in said
        case _:
            assert said == f"the citizen was not reached: {came}"
