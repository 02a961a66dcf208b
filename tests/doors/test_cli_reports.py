"""`hotline report month`: an edition and its files, as people type it."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from ops.wiring import House
from tests.doors.conftest import Typed

pytestmark = pytest.mark.matrix  # a whole pack is counted; the plain run has its rules


def test_P10_a_months_pack_is_made_and_written_whole(typed: Typed, house: House, tmp_path: Path) -> None:
    """In both languages; a second time no edition is made, and the files are the same."""
    out = tmp_path / "packs"
    said = typed(f"report month 2026-10 --out {out}").output
    assert "2026-10, edition 1, as known at 11-25 10:" in said
    before = (out / "1999-2026-10-1.json").read_bytes()
    assert "edition 1" in typed(f"report month 2026-10 --out {out} --language en").output
    assert (out / "1999-2026-10-1.json").read_bytes() == before
    assert json.loads(before)["month"] == "2026-10"
    text = (out / "1999-2026-10-1" / "completion.csv").read_text("utf-8-sig")
    assert text.startswith("Service,Settled at once,Counted,Completion")
    assert load_workbook(out / "1999-2026-10-1.xlsx").worksheets
    assert (out / "1999-2026-10-1.pdf").read_bytes().startswith(b"%PDF-")
    assert not [*out.rglob("*.new")]


@pytest.mark.parametrize(
    ("month", "says"),
    [
        ("2026-11", "2026-11 is not over; its report can be made from 2026-12-01 00:00 on."),
        ("2027-05", "2027-05 is not over"),
        ("2026-10-15", "'2026-10-15' is not a month; write for example 2026-10"),
        ("2026-13", "'2026-13' is not a month"),
        ("October", "'October' is not a month"),
    ],
)
def test_P10_half_months_and_months_to_come_are_refused(
    typed: Typed, tmp_path: Path, month: str, says: str
) -> None:
    assert says in typed(f"report month {month} --out {tmp_path / 'no'}", refused=True).output
    assert not (tmp_path / "no").exists()
