"""Whatever is changed by command stands in the audit log: who, what, to what, and why (P0-a, spec §1)."""

import re

import pytest
from click.testing import CliRunner

from hotline import clock
from hotline.db import transaction
from hotline.ledger.audit import audit_rows
from hotline.ledger.periods import Period
from hotline.ledger.store import AuditRow
from hotline.permissions import Role
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from ops.cli.main import main
from ops.wiring import House

NUMBERED = re.compile(r"callback \S+ \d ")
"""Asks for a row that a line before has made."""
Did = tuple[str, str, str, str]
"""Who, action, subject, reason."""

STORY: tuple[tuple[str, Did], ...] = (
    ("callback open 0912345678 --extension 5112 --matter 路燈 --by agent-1",
     ("agent-1", "callback.open", "callback:1", "")),
    ("callback claim 1 --by officer-5112", ("officer-5112", "callback.work", "callback:1", "")),
    ("callback release 1 --by officer-5112", ("officer-5112", "callback.work", "callback:1", "")),
    ("callback hand-over 1 --to officer-5113 --reason 請假 --by agent-1",
     ("agent-1", "callback.hand-over", "callback:1", "請假")),
    ("callback attempt 1 no-answer --by officer-5113", ("officer-5113", "callback.work", "callback:1", "")),
    ("callback extend 1 --until 2036-11-24T10:00 --reason 會勘 --by officer-5113",
     ("officer-5113", "callback.work", "callback:1", "會勘")),
    ("callback close 1 --result 已說明 --by officer-5113",
     ("officer-5113", "callback.work", "callback:1", "已說明")),
    ("callback open 0912345679 --matter 路樹 --by agent-1", ("agent-1", "callback.open", "callback:2", "")),
    ("callback cancel 2 --reason 民眾來電 --by agent-1", ("agent-1", "callback.cancel", "callback:2", "民眾來電")),
    ("calendar close 2036-11-25 --reason 颱風停班 --by admin-1",
     ("admin-1", "calendar.change", "calendar:2036-11-25", "颱風停班")),
    ("calendar open 2036-11-25 --reason 照常上班 --by admin-1",
     ("admin-1", "calendar.change", "calendar:2036-11-25", "照常上班")),
    ("bulletin on typhoon --by supervisor-1", ("supervisor-1", "bulletin.switch", "bulletins", "")),
    ("agents pause agent-1 午餐 --by agent-1", ("agent-1", "agent.break", "agent:agent-1", "午餐")),
)  # fmt: skip
"""Each line changes something, and is one deed."""


def log(house: House) -> list[AuditRow]:
    with transaction(house.factory) as session:
        return audit_rows(session)


def new_deeds(house: House, line: str) -> list[Did]:
    """What a command that is accepted adds to the log."""
    before = len(log(house))
    done = CliRunner().invoke(main, line.split())
    assert done.exit_code == 0, f"{line}: {done.output} {done.exception or ''}"
    return [(row.by, row.action, row.subject, row.reason) for row in log(house)[before:]]


def test_P0_a_every_change_by_command_is_one_deed_under_a_name(house: House) -> None:
    """Callbacks, the calendar, bulletins, breaks: one line each, in order."""
    for line, did in STORY:
        assert new_deeds(house, line) == [did], line


@pytest.mark.parametrize("line", [line for line, _ in STORY if not NUMBERED.match(line)])
@pytest.mark.parametrize(
    ("by", "why"), [("nobody", "the user name nobody"), ("control-1", "does not allow this")]
)
def test_design_10_who_is_not_allowed_is_told_so_and_nothing_is_written(
    house: House, line: str, by: str, why: str
) -> None:
    """An unknown login, and a known one without the right; also where no Asterisk is up to ask."""
    with transaction(house.factory) as session:
        member = Staff("control-1", "示範研考員", frozenset((Role.CONTROL_OFFICER,)))
        set_staff(session, member, Period(clock.now()), at=clock.now(), by="admin-1")
    before = len(log(house))
    words = line.split()
    done = CliRunner().invoke(main, [*words[:-1], by])
    assert done.exit_code == 1, done.output
    assert why in done.output, done.output
    assert len(log(house)) == before


def test_a_break_is_on_record_though_no_asterisk_is_up(house: House) -> None:
    """The command says both, and fails in neither."""
    done = CliRunner().invoke(main, "agents pause agent-1 午餐 --by agent-1".split())
    assert done.exit_code == 0 and "agent-1 is on a break: 午餐" in done.output
    assert "the break is on record" in done.output
    assert "break: 午餐" in CliRunner().invoke(main, ["agents", "list"]).output
