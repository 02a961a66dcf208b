"""Keys 6 and 7 of a real call: how a case stands, and cancelling one that its holder did not report."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from demo.phone import Answers
from demo.story import Story
from hotline import clock
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.db import transaction
from hotline.numbers import e164
from hotline.outbox.store import OutboxMessage
from tests.live.system import System
from tests.live.test_menus_live import in_order

HOLDER, STRANGER = "0919000671", "0919000672"
TOLD, CANCELLED = "115112490671", "115112490672"
"""Of a holder: one that a stranger asks for, and one that its holder cancels."""


@pytest.fixture(scope="module")
def stories(system: System) -> Iterator[tuple[Story, Story]]:
    """Key 6 by somebody who has the number, and key 7 by the holder of the mobile, at once."""
    now = clock.now()
    with transaction(system.house.factory) as session:
        for number in (TOLD, CANCELLED):
            row = Case(number=number, kind="quick", state=CaseState.FILED, agency="pwd", matter="路面坑洞")
            row.phone, row.drafted_by, row.reply_way = e164(HOLDER), "agent-1", "sms"
            row.drafted_at = row.filed_at = now
            row.due_at = now + timedelta(hours=4)
            session.add(row)
    answers = Answers(0.5, 2.0)
    with system.agents(agent_1=answers, agent_2=answers), ThreadPoolExecutor(2) as pool:
        asks = pool.submit(system.call, f"1,6,{TOLD}#,0", STRANGER)
        cancels = pool.submit(system.call, f"1,7,{CANCELLED}#,1,0", HOLDER)
        yield asks.result(), cancels.result()


@pytest.mark.live
def test_V_11_who_has_the_number_hears_how_the_case_stands(stories: tuple[Story, Story]) -> None:
    """The number, the state in words, the due time; then a person."""
    heard = ("zh-TW/ask-case", "zh-TW/V-11", "zh-TW/V-11.filed", "zh-TW/V-11.due", "zh-TW/case-next")
    asked = stories[0]
    assert in_order(heard, list(asked.heard)) and asked.served, asked.as_text()


@pytest.mark.live
def test_P8_1_the_holder_of_the_mobile_cancels_and_is_told(
    stories: tuple[Story, Story], system: System
) -> None:
    """The carrier's word for who calls, V-17 and 1; N-25 waits for that mobile."""
    told = stories[1]
    heard = ("zh-TW/ask-case", "zh-TW/V-17", "zh-TW/V-17.confirm", "zh-TW/case-cancelled")
    assert in_order(heard, list(told.heard)) and told.served, told.as_text()
    with transaction(system.house.factory) as session:
        rows = {
            one.number: one for one in session.scalars(select(Case).where(Case.number.in_((TOLD, CANCELLED))))
        }
        assert (rows[TOLD].state, rows[CANCELLED].state) == (CaseState.FILED, CaseState.CANCELLED)
        event = f"case:{rows[CANCELLED].id}:"
        sent = select(OutboxMessage.recipient).where(
            OutboxMessage.template == "N-25", OutboxMessage.event.startswith(event)
        )
        assert list(session.scalars(sent)) == [e164(HOLDER)]
