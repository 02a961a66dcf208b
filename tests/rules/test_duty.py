"""An agent's duty by keys of a telephone: what the keys mean, and what the event log says of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.cel import ChannelEvent
from calls.dialplan_lines import duty_key
from hotline.clock import taipei
from hotline.staff.agent_state import BREAKS, OFF_DUTY, DutyWord, break_of

TEN = taipei("2026-11-24T10:00")


def seen(text: str, name: str = "PJSIP/agent-1-0000002a") -> ChannelEvent:
    return ChannelEvent("DUTY", TEN, "c", "c", name, "f:0", extra={"extra": text})


@pytest.mark.parametrize(
    ("word", "digit", "expected"),
    [
        (DutyWord.ON, "", ""),
        (DutyWord.BACK, "", ""),
        (DutyWord.OFF, "", OFF_DUTY),
        (DutyWord.BREAK, "1", BREAKS[0]),
        (DutyWord.BREAK, "5", BREAKS[4]),
        (DutyWord.BREAK, "0", None),
        (DutyWord.BREAK, "6", None),
        (DutyWord.BREAK, "", None),
    ],
)
def test_what_a_key_means(word: DutyWord, digit: str, expected: str | None) -> None:
    """On duty and back end any break; a digit without a reason is no break."""
    assert break_of(word, digit) == expected


def test_a_telephone_speaks_for_its_own_agent_alone() -> None:
    """What another phone's channel says of it is nothing."""
    one = duty_key(seen("agent-1|break|3"))
    assert one and (one.phone, one.word, one.digit, one.at) == ("agent-1", DutyWord.BREAK, "3", TEN)
    assert duty_key(seen("agent-2|break|3")) is None


@given(st.text())
def test_a_spoilt_line_is_nothing(text: str) -> None:
    """Whatever stands in it."""
    one = duty_key(seen(text))
    assert one is None or one.phone == "agent-1"
