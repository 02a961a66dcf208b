"""Retention: kinds and their periods, what a day's run may delete, and what every table belongs to."""

from datetime import date, timedelta

import pytest

from calls.masking import without_citizen
from hotline.clock import taipei
from hotline.retention import rules
from hotline.retention.assignments import TABLES, strangers
from hotline.retention.kinds import CASE_FILES, RetentionKind
from hotline.retention.masking import without
from hotline.settings import Settings
from hotline.settings.declaration import load_settings
from hotline.settings.faults import BadSettings
from ops import limits
from ops.run.preflight import before_anything
from ops.starting import Unassigned

CALLS, TALK = RetentionKind.CALLS, RetentionKind.TALK
YEAR = timedelta(days=365)


def test_every_kind_has_its_period() -> None:
    """A kind without a rule cannot be: each is a setting."""
    assert limits.retention(Settings()).keys() == set(RetentionKind)


def test_a_case_file_is_kept_no_shorter_than_the_law_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever part of it; what is told names setting and minimum."""
    for kind in CASE_FILES:
        name = f"HOTLINE_RETENTION_{kind.replace('-', '_').upper()}"
        monkeypatch.setenv(name, "P1825D")
        load_settings()
        monkeypatch.setenv(name, "P1824D")
        with pytest.raises(BadSettings) as refused:
            load_settings()
        (fault,) = refused.value.faults
        assert (fault.variable, fault.demand.kind) == (name, "least")  # type: ignore[attr-defined]
        monkeypatch.delenv(name)


def test_a_table_that_nobody_assigned_keeps_the_house_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later capability that brings a table, or a folder, says first how long it is kept."""
    assert strangers(["recordings", "faces"]) == ["faces"]
    left = {name: kind for name, kind in TABLES.items() if name != "callback"}
    monkeypatch.setattr("hotline.retention.assignments.TABLES", left)
    found = [one for one in before_anything(Settings(), with_ports=False) if isinstance(one, Unassigned)]
    assert [(one.what, one.name) for one in found] == [("table", "callback")]


@pytest.mark.parametrize(
    ("at", "day"),
    [("2026-11-24T02:59", date(2026, 11, 23)), ("2026-11-24T03:00", date(2026, 11, 24))],
)
def test_a_day_s_run_begins_at_three(at: str, day: date) -> None:
    """In Taipei."""
    assert rules.day_of(taipei(at)) == day


def test_what_was_announced_goes_and_no_more() -> None:
    """A period made shorter deletes nothing that nobody could read of; a longer one keeps what was
    announced.
    """
    today, yesterday = date(2026, 11, 24), date(2026, 11, 23)
    announced = rules.untils({CALLS: YEAR}, today)
    assert announced == {CALLS: taipei("2025-11-24T03:00")}
    shorter = rules.untils({CALLS: timedelta(days=1), TALK: YEAR}, today)
    assert rules.allowed(shorter, announced) == announced
    longer = rules.untils({CALLS: 2 * YEAR}, today)
    assert rules.allowed(longer, announced) == longer
    assert rules.allowed(announced, rules.untils({CALLS: YEAR}, yesterday))[CALLS] < announced[CALLS]
    assert rules.allowed(announced, {}) == {}


@pytest.mark.parametrize(
    ("kind", "detail", "left"),
    [
        ("CallArrived", {"caller": "+886912345678", "dialled": "1999"}, {"caller": "", "dialled": "1999"}),
        ("KeyPressed", {"menu": "number", "key": "0912345678"}, {"menu": "number", "key": ""}),
        ("KeyPressed", {"menu": "main", "key": "3"}, {"menu": "main", "key": "3"}),
        ("PromiseSpoken", {"said": "0912345678|zh-TW"}, {"said": ""}),
        ("SpecialStep", {"did": "ASK", "reason": "王小明酒醉"}, {"did": "ASK", "reason": ""}),
        ("TransferAsked", {"reason": "absent", "by": "agent-1"}, {"reason": "absent", "by": "agent-1"}),
        (
            "CaseTried",
            {"case": "115112400012", "holder": "+886912345678"},
            {"case": "115112400012", "holder": ""},
        ),
    ],
)
def test_an_event_of_a_call_keeps_what_tells_of_no_citizen(
    kind: str, detail: dict[str, object], left: dict[str, object]
) -> None:
    """Figures are counted by the rest."""
    assert without_citizen(kind, detail) == left


def test_an_event_of_a_case_keeps_who_did_what_and_when() -> None:
    """Words and numbers go; instants, agencies, hashes and figures stay."""
    kept = {"due_at": "2026-11-24T10:00:00+08:00", "agency": "pwd", "days": 3, "sha256": "1234567890ab"}
    assert without(kept | {"note": "陳小姐說的", "why": "02-29603456, 0912345678"}) == kept | {
        "note": "",
        "why": "",
    }
