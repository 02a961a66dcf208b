"""Duty by telephone and by page is one state: the rows, under whose name, whatever comes late."""

from datetime import timedelta

import pytest

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.staff import browsers
from hotline.staff.agent_state import BREAKS, OFF_DUTY, DutyWord, keep_told
from hotline.staff.rules import Staff
from hotline.staff.service import set_break, set_staff
from hotline.staff.store import Agent
from hotline.texts import UnfitText

TEN = taipei("2026-11-24T10:00")
MEMBER = Staff("lin", "話務員", frozenset({Role.AGENT}), phone="agent-1")


@pytest.fixture
def staffed(factory: Sessions) -> Sessions:
    """One agent."""
    with transaction(factory) as session:
        session.add(Agent(phone="agent-1", name="話務員", secret="s", languages=["zh-TW"]))
        set_staff(session, MEMBER, Period(TEN - timedelta(days=1)), at=TEN, by="test")
    return factory


def paused(factory: Sessions) -> str:
    with transaction(factory) as session:
        return session.get_one(Agent, "agent-1").paused


def says(factory: Sessions, word: DutyWord, minute: int, digit: str = "", phone: str = "agent-1") -> bool:
    with transaction(factory) as session:
        return keep_told(session, phone, word, digit, TEN + timedelta(minutes=minute))


def test_a_telephone_writes_what_the_page_would(staffed: Sessions) -> None:
    """The same field, audited under the agent's login; another phone and another digit write nothing."""
    assert says(staffed, DutyWord.BREAK, 0, "1") and paused(staffed) == BREAKS[0]
    assert says(staffed, DutyWord.BACK, 1) and paused(staffed) == ""
    assert says(staffed, DutyWord.OFF, 2) and paused(staffed) == OFF_DUTY
    assert not says(staffed, DutyWord.ON, 3, phone="officer") and not says(staffed, DutyWord.BREAK, 3, "9")
    assert paused(staffed) == OFF_DUTY
    with transaction(staffed) as session:
        assert [one.by for one in audit_rows(session, subject="agent:agent-1")] == ["lin"] * 3


def test_what_was_done_on_a_page_since_is_not_undone_by_a_late_log(staffed: Sessions) -> None:
    """The log of an outage is read when all is over."""
    with transaction(staffed) as session:
        set_break(session, "agent-1", "會議", at=TEN + timedelta(minutes=5), by="lin")
    assert not says(staffed, DutyWord.BACK, 4) and paused(staffed) == "會議"
    assert says(staffed, DutyWord.BACK, 6) and paused(staffed) == ""


@pytest.mark.parametrize("reason", ["用餐\n休息", "用\r餐", "用\0餐", "\u202e餐", "休" * 65])
def test_a_break_is_called_what_asterisk_and_every_database_can_keep(staffed: Sessions, reason: str) -> None:
    """One line: else no queue could be brought to the rows any more, of whomever."""
    with pytest.raises(UnfitText), transaction(staffed) as session:
        set_break(session, "agent-1", reason, at=TEN, by="lin")
    assert paused(staffed) == ""


def test_who_signed_off_by_telephone_is_on_duty_with_the_page(staffed: Sessions) -> None:
    """A lunch goes on; being off duty does not."""
    for minute, (word, digit, expected) in enumerate(
        ((DutyWord.OFF, "", ""), (DutyWord.BREAK, "1", BREAKS[0]))
    ):
        assert says(staffed, word, 2 * minute, digit)
        with transaction(staffed) as session:
            browsers.sign_on(session, MEMBER, TEN + timedelta(minutes=2 * minute + 1))
        assert paused(staffed) == expected
