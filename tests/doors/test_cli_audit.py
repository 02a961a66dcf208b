"""``hotline audit verify``, as a person types it (P0-a)."""

import json
from pathlib import Path

from sqlalchemy import text

from ops.jobs.schedule import jobs
from ops.wiring import House
from tests.doors.conftest import Typed


def test_what_a_collector_has_is_compared(typed: Typed, house: House, tmp_path: Path) -> None:
    """Its newest line says the same, or is named; lines of other programs are passed over."""
    with house.engine.begin() as connection:
        position, link = connection.execute(
            text("SELECT position, hash FROM audit_chain ORDER BY position DESC")
        ).first() or (0, "")
    file = tmp_path / "collected"
    for kept, refused in ((link, False), ("0" * len(link), True)):
        line = {"at": "2026-11-24T10:00:00Z", "position": position, "hash": kept}
        file.write_text(f"<109>1 other program\n<109>1 hotline {json.dumps(line)}\n")
        told = typed(f"audit verify --collected {file}", refused=refused).output
        assert ("collector, 2026-11-24" in told) == refused, told


def test_verify_names_the_first_row_that_is_not_as_it_was_written(typed: Typed, house: House) -> None:
    """A whole log says so; a changed one ends with 1. The daily job says the same and drops an anchor."""
    whole = "every row stands as and where it was written; {} anchors say the same\n"
    assert typed("audit verify").output == whole.format(0)
    (job,) = (one for one in jobs(house) if one.name == "audit-anchor")
    assert job.run() == 0
    assert len(list(house.settings.anchors.glob("*.json"))) == 1
    assert typed("audit verify").output == whole.format(1)
    with house.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_log_no_update"))
        connection.execute(text("UPDATE audit_log SET reason = 'x' WHERE id = 7"))
    told = typed("audit verify", refused=True).output.splitlines()
    assert told == [
        "row 7 is not what was written there, or not in its place",
        "1 places where the log is not as it was written",
    ]
