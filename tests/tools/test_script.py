"""Scripts are read and turned into plans; a script that cannot be played is refused."""

import pytest

from demo.officers import officers
from tests.scenes import SCENES
from tests.script import Script
from tests.stage import Plan


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_is_a_plan_for_real_telephones(name: str) -> None:
    """Each phone behaves in one way, and in words that the programs know."""
    plan = Plan.of(Script.read(SCENES[name]))
    inside = {phone: how for phone, how in plan.phones.items() if phone.isdecimal() and len(phone) < 7}
    assert set(officers(",".join(f"{phone}={how}" for phone, how in inside.items()))) == set(inside)
    assert set(plan.phones) <= {*plan.rung, "agent-1"} and plan.keys


def test_a_plan_has_keys_phones_and_what_is_heard_in_order() -> None:
    """Of the caller and of the agent."""
    plan = Plan.of(Script.read(SCENES["P5_1_1_no_answer_then_two_neighbours_then_back"]))
    assert (plan.keys, plan.puts, plan.end) == (["1", "1"], ["##5112#"], "talked")
    assert plan.phones == {"5112": "silent", "5111": "silent", "5113": "busy", "agent-1": "answer:0.5:2"}
    assert plan.rung == ["5112", "5111", "5113"] and plan.heard == ["zh-TW/V-06", "zh-TW/V-06", "zh-TW/V-07"]
    urgent = Plan.of(Script.read(SCENES["P5_1_3_closed_and_urgent_rings_the_roster"]))
    assert urgent.puts == ["##*5112#"] and urgent.rung == ["0900000001", "0900000002"]
    by_key = Plan.of(Script.read(SCENES["P3_b_2_three_wrong_extensions_lead_to_a_person"]))
    assert by_key.keys == ["1", "2", "9999#", "1#", "12345678#"]


@pytest.mark.parametrize("line", ["sings", "ring 5112", "at", "at noon", "at noon sharp"])
def test_a_line_that_nobody_can_play_is_refused(line: str) -> None:
    """Before the call, not in the middle of it."""
    with pytest.raises((ValueError, IndexError)):
        Script.read(line)


def test_a_phone_that_changes_its_mind_is_refused() -> None:
    """A program behaves in one way a call."""
    with pytest.raises(ValueError, match="5112 cannot be busy and silent"):
        Plan.of(Script.read("rings 5112\nbusy\nrings 5112\nno_answer"))
