"""``hotline report`` as typed: tables and spreadsheets of a month's duties (P4.2, P4.11, P5.1.2)."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from calls.store import CallRow, Leg
from hotline.clock import taipei
from hotline.db import transaction
from hotline.settings import Settings
from ops.cli.main import main
from ops.wiring import House, migrate, workshop
from transfer.outcome import DialOutcome

TEN = "2026-11-24T10:00"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A hotline without a call."""
    settings = Settings(home=tmp_path)
    migrate(settings)
    made = workshop(settings, "tests")
    yield made
    made.engine.dispose()


def ring(
    house: House, extension: str, seconds: float, outcome: DialOutcome, at: str = TEN, asked: str = ""
) -> None:
    """One officer's phone, rung for a call of its own."""
    with transaction(house.factory) as session:
        number = session.query(Leg).count()
        session.add(CallRow(id=f"call-{number}"))
        session.flush()
        proxy = bool(asked) and asked != extension
        session.add(
            Leg(
                channel=f"leg-{number}", call_id=f"call-{number}", phone="officers", extension=extension,
                asked=asked or extension, section="epb-clean", agency="epb", proxy=proxy,
                kind="neighbour" if proxy else "desk", started_at=taipei(at), ring_seconds=seconds,
                outcome=outcome,
            )
        )  # fmt: skip


def hotline(house: House, *words: str) -> str:
    """What the command says."""
    told = CliRunner().invoke(main, ["report", *words], env={"HOTLINE_HOME": str(house.settings.home)})
    assert told.exit_code == 0, told.output
    return told.output


def sheet(house: House, *words: str) -> list[dict[str, str]]:
    """The same as a spreadsheet reads it."""
    path = house.settings.home / "report.csv"
    assert (
        hotline(house, *words, "--csv", str(path)) == f"{path}: {path.read_text().count(chr(10)) - 1} rows\n"
    )
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_P4_2_rings_as_a_table_and_as_a_spreadsheet(house: House) -> None:
    """9.0 s is within three rings, 9.1 s is late; the 95th percentile; answers for another desk."""
    ring(house, "5112", 9.0, DialOutcome.ANSWERED)
    ring(house, "5112", 9.1, DialOutcome.ANSWERED)
    ring(house, "5112", 0.0, DialOutcome.BUSY)
    ring(house, "5113", 12.0, DialOutcome.NO_ANSWER, asked="5112")
    ring(house, "5113", 3.0, DialOutcome.ANSWERED, asked="5112")
    table = hotline(house, "rings", "--month", "2026-11")
    assert table.splitlines()[0] == "2026-11 rings per extension: 5 legs, 0 of them in calls that 1999 placed"
    assert [line.split()[2:] for line in table.splitlines()[2:]] == [
        ["5112", "3", "1", "1", "0", "1", "9.1", "9.1", "0%"],
        ["5113", "2", "1", "0", "1", "0", "7.5", "12.0", "100%"],
    ]
    (row,) = sheet(house, "rings", "--month", "2026-11", "--by", "section")
    assert row == {
        "agency": "epb", "section": "epb-clean", "legs": "5", "in 3 rings": "2", "later": "1",
        "unanswered": "1", "busy": "1", "mean ring s": "8.3", "95 % ring s": "12.0", "by proxy": "33%",
    }  # fmt: skip


def test_P4_2_a_month_begins_and_ends_in_taipei(house: House) -> None:
    """Its first instant is 16:00 UTC of the day before; the last second is still its own."""
    for at in ("2026-11-01T00:00", "2026-11-30T23:59:59", "2026-10-31T23:59:59", "2026-12-01T00:00"):
        ring(house, "5112", 3.0, DialOutcome.ANSWERED, at)
    ring(house, "5112", 3.0, DialOutcome.ANSWERED, "2026-10-31T16:00:00+00:00")
    for month, legs in (("2026-10", 1), ("2026-11", 3), ("2026-12", 1), ("2027-01", 0)):
        assert hotline(house, "rings", "--month", month).startswith(f"{month} rings per extension: {legs} ")


def test_P4_11_busy_lines_and_no_formula_in_a_spreadsheet(house: House) -> None:
    """What stands in a row is shown by a spreadsheet and never computed, whoever wrote it."""
    for extension in ("=1+1", "+886", "-5112", "@SUM(A1)"):
        ring(house, extension, 0.0, DialOutcome.BUSY)
    rows = sheet(house, "busy", "--month", "2026-11")
    assert sorted(row["extension"] for row in rows) == ["'+886", "'-5112", "'=1+1", "'@SUM(A1)"]
    assert {(row["busy rate"], row["above 20 %"]) for row in rows} == {("100.0%", "yes")}


def test_P5_1_2_sections_that_nobody_answered_in_office_hours(house: House) -> None:
    """A day with one answer is none of them, and neither is a Sunday or a night."""
    ring(house, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-23T10:00")
    ring(house, "5113", 12.0, DialOutcome.NO_ANSWER, "2026-11-23T10:01", asked="5112")
    ring(house, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-24T10:00")
    ring(house, "5113", 2.0, DialOutcome.ANSWERED, "2026-11-24T16:00", asked="5112")
    ring(house, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-22T10:00")
    ring(house, "5112", 15.0, DialOutcome.NO_ANSWER, "2026-11-25T17:30")
    (row,) = sheet(house, "silent", "--month", "2026-11")
    assert row == {"agency": "epb", "section": "epb-clean", "day": "2026-11-23", "legs": "2"}


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(house: House) -> None:
    """No traceback for a folder that is not there."""
    words = ["report", "busy", "--csv", "/nowhere/busy.csv"]
    told = CliRunner().invoke(main, words, env={"HOTLINE_HOME": str(house.settings.home)})
    assert told.exit_code == 1
    assert "/nowhere/busy.csv" in told.output and told.output.startswith("Error: ")


def test_a_report_is_written_over_no_file_of_another_kind(house: House) -> None:
    """A slip of the hand in the name."""
    kept = house.settings.home / "settings.toml"
    kept.write_text("node = 'kept'\n")
    words = ["report", "busy", "--csv", str(kept)]
    told = CliRunner().invoke(main, words, env={"HOTLINE_HOME": str(house.settings.home)})
    assert told.exit_code == 2 and ".csv" in told.output
    assert kept.read_text() == "node = 'kept'\n"
