"""Waiting: the position is told, a callback can be had at any moment, nobody is left on a dead line."""

from datetime import timedelta

import pytest

from hotline.clock import taipei
from ivr.bulletins import Bulletins
from tests.turns.rows import Hour, Rows
from tests.turns.scene import Caller

HELD = ("zh-TW/V-04.busy", "zh-TW/V-04.position.3", "zh-TW/V-04.wait.6", "zh-TW/V-04.hold")


def test_V_04_position_and_expected_wait_are_told_between_slices(caller: Caller) -> None:
    """Third in line, two agents, four minutes a talk: six minutes; then back into the queue, no words."""
    caller.dials().presses("1", "1").waits(position=3, agents=2).hears(*HELD).is_("ask", "1 3")
    caller.says_nothing().hears().is_("queue", "zh-TW")


def test_V_04_any_other_key_keeps_waiting(caller: Caller) -> None:
    """A wrong key in the queue costs no place and is no miss."""
    caller.dials().presses("1", "1")
    for _ in range(5):
        caller.waits(position=2, agents=1).presses("7").is_("queue", "zh-TW")


@pytest.mark.parametrize("moment", ["announcement", "music"])
def test_P5_1_1_key_one_while_waiting_promises_a_callback(
    caller: Caller, rows: Rows, hour: Hour, moment: str
) -> None:
    """Asked at noon, four office hours later: said as 今天下午四點整, stored as a promise."""
    hour.at = taipei("2026-11-24T12:00")
    caller.dials().presses("1", "1")
    if moment == "announcement":
        caller.waits(position=3, agents=2).presses("1")
    else:
        caller.presses_in_the_queue("1")
    caller.leaves_a_message().is_("end", "promised").hears_of(
        "zh-TW/V-10.before", "zh-TW/V-10.after", "zh-TW/time.today"
    )
    if not hasattr(caller.line, "unique_id"):
        return
    (promise,) = rows.promises()
    assert (promise.number, promise.origin, promise.state) == ("+886912345678", "caller", "OPEN")
    assert taipei("2026-11-24T12:00") <= promise.registered_at < taipei("2026-11-24T12:01")
    assert promise.due_at == promise.registered_at + timedelta(hours=4)


def test_nobody_there_is_a_promise_not_a_dead_line(caller: Caller, rows: Rows) -> None:
    """Queue empty or all unreachable: said so, and a callback promised."""
    caller.dials().presses("1", "1").finds_nobody().hears_of("zh-TW/nobody-now", "zh-TW/message-invite")
    caller.leaves_a_message().hears_of("zh-TW/V-10.after").is_("end", "promised")
    if hasattr(caller.line, "unique_id"):
        assert [promise.origin for promise in rows.promises()] == ["nobody"]


def test_a_hidden_number_is_asked_for_before_a_promise(caller: Caller, rows: Rows) -> None:
    """Without a number nobody can call back; the one keyed in is promised to."""
    caller.dials(caller="").presses("1", "1").finds_nobody().hears("zh-TW/nobody-now", "zh-TW/ask-number")
    caller.presses("123").hears("zh-TW/number-wrong", "zh-TW/ask-number")
    caller.presses("0287654321").is_("message").leaves_a_message().is_("end", "promised")
    if hasattr(caller.line, "unique_id"):
        assert [promise.number for promise in rows.promises()] == ["+886287654321"]


def test_who_gives_no_number_three_times_is_told_how_to_reach_us(caller: Caller) -> None:
    """Never an endless question."""
    caller.dials(caller="").presses("1", "1").finds_nobody().says_nothing(3).is_("end", "no_number")
    caller.hears("zh-TW/we-have-no-number")


def test_english_promises_are_spoken_in_english(caller: Caller) -> None:
    """The due time as English says it."""
    caller.dials().presses("4", "1").finds_nobody()
    assert all(name.startswith("hotline/en/") for name in caller.last.heard)
    caller.leaves_a_message()
    assert all(name.startswith("hotline/en/") for name in caller.last.heard)


class TestBulletin:
    """P4.8: V-03 is heard once before the main menu, again with key 5, and before the queue."""

    @pytest.fixture(autouse=True)
    def _on(self, bulletins: Bulletins) -> None:
        bulletins.switch(("V-03.typhoon",))

    def test_heard_once_then_on_demand(self, caller: Caller) -> None:
        caller.dials().presses("1").hears_of("zh-TW/V-03.typhoon", "zh-TW/V-02b.5")
        caller.says_nothing()
        assert "hotline/zh-TW/V-03.typhoon" not in caller.last.heard
        caller.presses("5").hears_of("zh-TW/V-03.typhoon").is_("ask", "1 5")

    def test_heard_before_the_queue_by_who_skips_the_menu(self, caller: Caller) -> None:
        caller.dials().presses("0").hears("zh-TW/V-03.typhoon", "zh-TW/to-an-agent")
