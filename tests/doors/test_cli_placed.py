"""Calls that 1999 places, by command: who may, what is said, what is on record."""

from hotline import clock
from hotline.callbacks.rules import Outcome
from hotline.db import transaction
from hotline.outgoing import service
from hotline.outgoing.rules import Heard, Phase, Target
from ivr.store import OUTGOING, CallRow
from ops.wiring import House
from tests.doors.conftest import Typed


def test_P5_3_a_report_by_telephone_from_the_list_to_its_name(typed: Typed, house: House) -> None:
    """Nothing yet; then who was rung, who answered, and who took it, by name."""
    assert typed("notify list").output == "no call was placed within a day\n"
    target = (Target("desk", "5112", "王小明", "epb"),)
    with transaction(house.factory) as session:
        row = service.begin_notify(
            session, target, call_id="", agency="epb", extension="5112", matter="瓦斯外洩", by="agent-1",
            at=clock.now(),
        )  # fmt: skip
        service.heard(session, Heard(row.token, Phase.ANSWERED, 1, Outcome.REACHED, clock.now()))
    assert "5112 epb  ANSWERED at" in typed("notify list").output
    told = typed("notify show 1").output
    assert "1. desk 5112 王小明: answered" in told and "notify taken 1" in told
    assert "NOTIFIED at" in typed("notify taken 1 --person 王小明 --by agent-1").output


def test_P5_3_what_cannot_be_is_said(typed: Typed) -> None:
    """By whom, to whom, for which call; and while Asterisk is away."""
    words = "notify call 5112 --matter x --by"
    assert "officer-5112 may not do call.notify" in typed(f"{words} officer-5112", refused=True).output
    assert "no desk '9999'" in typed("notify call 9999 --matter x --by agent-1", refused=True).output
    assert "no call test-1.1" in typed(f"{words} agent-1 --call test-1.1", refused=True).output
    assert "manager does not answer" in typed(f"{words} agent-1", refused=True).output
    assert "no placed call 9" in typed("notify show 9", refused=True).output


def test_P4_2_a_placed_call_is_among_the_calls_as_ours(typed: Typed, house: House) -> None:
    """By whom it was placed is the agent's phone; nobody's number stands for the caller."""
    with transaction(house.factory) as session:
        session.add(CallRow(id="placed-ab", line=OUTGOING, dialled="5112", agent="agent-1", talk_seconds=9.0))
        session.add(CallRow(id="placed-cd", line=OUTGOING, agent="agent-1"))
    assert "1999 to 5112   zh-TW   9 s with agent-1" in typed("calls").output
    assert "placed-cd                  1999  " in typed("calls placed-cd").output
