"""Calls to outside numbers through a real Asterisk:
its own patterns hold what the rule says, and its limits are told.
"""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select

from calls.store import CelEvent
from demo.hearing import recognise
from demo.officers import Officers
from demo.phone import Answers, Softphone
from demo.sound import read_wav
from hotline import clock
from hotline.db import transaction
from hotline.dialling import DialRules
from hotline.numbers import EMERGENCY
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import OutboundState
from hotline.outbound_calls.store import PlacedCall
from hotline.tickets import faults
from ops.wiring import House
from tests.live.conftest import assert_clean, refuse_or_go_on
from tests.live.system import ALL_DAY, System, declare, running

pytestmark = pytest.mark.live
ABROAD = "+81"
ON_DUTY, DESK = "0900000001", "0229603456"
NUMBERS = (
    "0912345678", "0229603456", "29603456", "037332222", "0800123456", "07012345678", *EMERGENCY,
    "0204123456", "0209123456", "0200123456", "0501123456", "0012345678", "00281312345678", "1999", "5112",
    "+81312345678", "+14155552671", "+886912345678", "09123456789", "091234567", "0", "s-0912345678",
)  # fmt: skip


class Night(House):
    """The same house while the offices are closed: an urgent matter rings who is on duty (P5.1.3)."""

    def is_open(self, at: datetime) -> bool:
        """Never."""
        return False


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    """The trunk takes Japan too."""
    refuse_or_go_on()
    with running(callback_ring=5, transfer_ring=3, outbound_abroad=ABROAD, **ALL_DAY) as one:
        declare(one, "open")
        yield one
        assert_clean(one)


def has_way(system: System, number: str, context: str) -> bool:
    return "[ Context " in system.home.rx(f"dialplan show {number}@{context}")


def test_resilience_2_7_asterisk_s_own_patterns_are_the_last_gate(system: System) -> None:
    """What the rule dials has a way, what it refuses has none, whoever asks;
    and no other context leads out.
    """
    dialling = DialRules((ABROAD,))
    for number in NUMBERS:
        local = len(number) == 8 and number[0] in "2345678"
        dialled = dialling.line(number) == number or local
        assert has_way(system, number, "outbound") == dialled, number
    others = [number for number in NUMBERS if len(number) > 6 and number not in system.settings.numbers]
    for context in ("from-transfer", "from-agents", "from-officers", "from-trunk"):
        assert [number for number in others if has_way(system, number, context)] == [], context


def placed(system: System, house: House, extension: str) -> PlacedCall:
    """A call to an agency, over; the agent's phone stays up until everybody was rung."""
    number = house.placing.notify(extension, "瓦斯外洩", by="agent-1", at=clock.now())

    def row() -> PlacedCall:
        with transaction(system.house.factory) as session:
            return service.placed(session, number)

    system.until(
        lambda: row().state in (OutboundState.ANSWERED, OutboundState.UNREACHED),
        30,
        "somebody answered, or nobody",
    )
    return row()


def heard(system: System, phone: Softphone) -> list[str]:
    return [one.name for one in recognise(read_wav(phone.recordings[0]), system.prompts)]


def test_resilience_2_7_at_the_day_s_limit_who_is_on_duty_is_rung_and_the_agent_is_told_of_others(
    system: System,
) -> None:
    """P5.1.3, P5.3: the limit is a ticket too."""
    outside = {ON_DUTY: Answers(0.3), DESK: Answers(0.3)}
    system.home.rx(f"dialplan set global OUTBOUND_DAY {clock.now().astimezone(clock.TAIPEI):%Y%m%d}")
    system.home.rx(f"dialplan set global OUTBOUND_CALLS {system.settings.outbound_daily}")
    with (
        system.agents(agent_1=Answers(0.3)) as agents,
        Officers(system.settings.trunk_contact, outside, system.scratch / "outside") as there,
    ):
        night = Night(system.house.base, "night", system.house.database_wait)
        assert placed(system, night, "5112").state == OutboundState.ANSWERED
        assert there.exchange.asked == [ON_DUTY]
        agents["agent-1"].hang_up()
        system.until(lambda: system.channels() == 0, 20, "the talk is over")
    with (
        system.agents(agent_1=Answers(0.3)) as agents,
        Officers(system.settings.trunk_contact, outside, system.scratch / "again") as there,
    ):
        assert placed(system, system.house, "6101").state == OutboundState.UNREACHED
        system.until(lambda: system.channels() == 0, 30, "the agent was told and hung up on")
        assert there.exchange.asked == []
        assert heard(system, agents["agent-1"]).count("zh-TW/outside.full") == 1
    with transaction(system.house.factory) as session:
        told = [one.fault for one in faults.faults(session) if one.fault.startswith("今天的外線電話達到上限")]
        said = session.scalars(select(CelEvent.body).where(CelEvent.kind == "OUTBOUND")).all()
    assert len(told) == 1 and said and all("daily" in str(one) for one in said)
