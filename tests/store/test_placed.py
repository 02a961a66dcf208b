"""Calls that 1999 placed, as rows: who was reached, who took the report and when,
and N-30 when nobody was (P5.3).
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hotline.callbacks.rules import Outcome
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.outbound_calls import service
from hotline.outbound_calls.rules import (
    NobodyNamed,
    OutboundEvent,
    OutboundState,
    Phase,
    PlacedNotNow,
    Target,
)
from hotline.outbound_calls.service import NothingToNotify
from hotline.outbound_calls.store import PlacedCall
from hotline.outbox.store import OutboxMessage
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import NotPermitted, set_staff
from hotline.texts import UnfitText

pytestmark = pytest.mark.dialects

TEN = taipei("2026-11-24T10:00")
LIST = (Target("desk", "5112", "王小明", "epb", "epb-clean"), Target("neighbour", "5111", "李小華", "epb"))


@pytest.fixture
def staffed(factory: Sessions) -> Sessions:
    """An agent, an officer, and who of the agency is told."""
    people = (
        Staff("agent-1", "話務員", frozenset({Role.AGENT}), phone="agent-1"),
        Staff("officer-1", "承辦人", frozenset({Role.OFFICER}), "epb"),
        Staff("liaison-1", "窗口", frozenset({Role.LIAISON}), "epb", email="liaison@epb.example"),
        Staff("manager-1", "督導", frozenset({Role.MANAGER}), "epb", email="manager@epb.example"),
        Staff("manager-2", "別的督導", frozenset({Role.MANAGER}), "pwd", email="manager@pwd.example"),
    )
    with transaction(factory) as session:
        for one in people:
            set_staff(session, one, Period(TEN - timedelta(days=1)), at=TEN, by="test")
    return factory


def begin(factory: Sessions, **others: str) -> tuple[int, str]:
    """A call to 5112 begins; its number and its name in the event log."""
    given = {"matter": "瓦斯外洩", "call_id": "test-1.1", "by": "agent-1", **others}
    with transaction(factory) as session:
        row = service.begin_notify(session, LIST, agency="epb", extension="5112", at=TEN, **given)
        return row.id, row.token


def heard(factory: Sessions, token: str, phase: Phase, place: int, seconds: int, whole: bool = False) -> None:
    outcome = Outcome.REACHED if phase is Phase.ANSWERED else Outcome.BUSY
    one = OutboundEvent(token, phase, place, outcome, TEN + timedelta(seconds=seconds), whole)
    with transaction(factory) as session:
        assert service.heard(session, one)


def kept(factory: Sessions, number: int) -> PlacedCall:
    with transaction(factory) as session:
        return service.placed(session, number)


def test_P5_3_a_the_record_names_who_took_the_report_and_when(staffed: Sessions) -> None:
    """The time is when the phone was answered, not when somebody typed; a replay changes nothing."""
    number, token = begin(staffed)
    for _replay in range(2):
        heard(staffed, token, Phase.RUNG, 1, 4)
        heard(staffed, token, Phase.ANSWERED, 2, 9)
        heard(staffed, token, Phase.OVER, 2, 60)
    with transaction(staffed) as session:
        row = service.taken(session, number, "李小華", by="agent-1", at=TEN + timedelta(minutes=5))
        assert (row.state, row.purpose, row.call_id) == (OutboundState.NOTIFIED, "notify", "test-1.1")
        assert row.who_answered == LIST[1] and row.person == "李小華"
        assert row.notified_at == TEN + timedelta(seconds=9)
        assert [(one.place, one.outcome) for one in service.rings(session, row)] == [
            (1, "busy"),
            (2, "reached"),
        ]
        told = [deed.by for deed in audit_rows(session, subject=f"placed:{number}")]
        assert told == ["agent-1", "agent-1"]
    heard(staffed, token, Phase.OVER, 2, 61)
    assert kept(staffed, number).state == OutboundState.NOTIFIED


def test_P5_3_not_reached_is_told_once_to_liaison_and_manager(staffed: Sessions) -> None:
    """N-30, of that agency, with the matter and nobody's data."""
    number, token = begin(staffed)
    for _replay in range(2):
        heard(staffed, token, Phase.OVER, 3, 40, whole=True)
    assert kept(staffed, number).state == OutboundState.UNREACHED
    with transaction(staffed) as session:
        sent = {one.recipient: one.text for one in session.scalars(select(OutboxMessage))}
    assert sent.keys() == {"liaison@epb.example", "manager@epb.example"}
    assert all(text == "【1999緊急通報】電話未接通：瓦斯外洩，請立即處理。" for text in sent.values())


def test_P5_3_who_lifts_and_puts_down_has_taken_no_report(staffed: Sessions) -> None:
    """The time is the next one's who answers; when nobody does, the agency is written to."""
    number, token = begin(staffed)
    heard(staffed, token, Phase.ANSWERED, 1, 4)
    assert (kept(staffed, number).state, kept(staffed, number).reached) == (OutboundState.ANSWERED, 1)
    heard(staffed, token, Phase.RUNG, 1, 6)
    assert (kept(staffed, number).state, kept(staffed, number).answered_at) == (OutboundState.CALLING, None)
    heard(staffed, token, Phase.ANSWERED, 2, 15)
    row = kept(staffed, number)
    assert (row.state, row.reached, row.answered_at) == (
        OutboundState.ANSWERED,
        2,
        TEN + timedelta(seconds=15),
    )
    heard(staffed, token, Phase.RUNG, 2, 16)
    heard(staffed, token, Phase.OVER, 3, 20, whole=True)
    assert kept(staffed, number).state == OutboundState.UNREACHED
    with transaction(staffed) as session:
        assert len(session.scalars(select(OutboxMessage)).all()) == 2


def test_who_gives_up_accuses_nobody(staffed: Sessions) -> None:
    """The agent's phone was not answered, or the agent hung up while it rang: no message is written."""
    first, token = begin(staffed)
    heard(staffed, token, Phase.OVER, 1, 10)
    second, silent = begin(staffed)
    with transaction(staffed) as session:
        service.not_placed(session, silent, TEN + timedelta(seconds=30))
    assert kept(staffed, first).state == kept(staffed, second).state == OutboundState.BROKEN_OFF
    with transaction(staffed) as session:
        assert session.scalars(select(OutboxMessage)).all() == []


def test_what_may_not_be_is_refused(staffed: Sessions) -> None:
    """By whom it is not allowed, about nothing, taken by nobody, or before anybody answered."""
    with pytest.raises(NotPermitted):
        begin(staffed, by="officer-1")
    with pytest.raises(NothingToNotify):
        begin(staffed, matter="")
    number, token = begin(staffed)
    with pytest.raises(PlacedNotNow), transaction(staffed) as session:
        service.taken(session, number, "李小華", by="agent-1", at=TEN)
    heard(staffed, token, Phase.ANSWERED, 1, 5)
    with pytest.raises(NobodyNamed), transaction(staffed) as session:
        service.taken(session, number, "", by="agent-1", at=TEN)


def test_a_call_given_up_too_early_ends_when_it_ended(staffed: Sessions) -> None:
    """Asterisk's answer was lost, yet the agency was reached: the record is the event log's."""
    number, token = begin(staffed)
    with transaction(staffed) as session:
        service.not_placed(session, token, TEN + timedelta(seconds=3))
    heard(staffed, token, Phase.ANSWERED, 1, 9)
    assert (kept(staffed, number).state, kept(staffed, number).ended_at) == (OutboundState.ANSWERED, None)
    heard(staffed, token, Phase.OVER, 1, 60)
    assert kept(staffed, number).ended_at == TEN + timedelta(seconds=60)


@pytest.mark.parametrize("text", ["字" * 201, "瓦斯\x00外洩", "瓦斯\x1b[2J"])
def test_a_matter_that_cannot_be_told_is_refused(staffed: Sessions, text: str) -> None:
    """It is written to the agency as it stands; and so is the name of who took a report."""
    with pytest.raises(UnfitText):
        begin(staffed, matter=text)
    number, token = begin(staffed)
    heard(staffed, token, Phase.ANSWERED, 1, 5)
    with pytest.raises(UnfitText), transaction(staffed) as session:
        service.taken(session, number, text, by="agent-1", at=TEN)
