"""The directory from files, on both databases: what comes in, what stays, and what is refused as a whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from demo.seed import CITY, FOUNDED
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.files.importing import Became, import_files, may_import, read_files
from hotline.directory.rows import load_city
from hotline.directory.rules import Seat
from hotline.ledger.audit import audit_rows
from hotline.sheets.faults import BadSheets
from hotline.staff.service import (
    NotPermitted,
    UnknownStaff,
)
from tests.store.small_city import PEN, START, hour, small_city, write
from wording import ENGLISH, sentence


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        yield session


def test_the_fictional_city_comes_in_and_a_second_time_changes_nothing(session: Session) -> None:
    """Every row once."""
    files = read_files(CITY)
    outcomes = import_files(session, files, FOUNDED, PEN)
    assert {outcome.became for outcome in outcomes} == {Became.ADDED} and len(outcomes) == len(files.records)
    audited = len(audit_rows(session))
    assert import_files(session, files, START, PEN, complete=True) == []
    assert len(audit_rows(session)) == audited


def test_P4_6_an_import_counts_from_its_date_of_effect(session: Session, tmp_path: Path) -> None:
    """Added, changed and, when the files are complete, closed."""
    small_city(session)
    files = write(tmp_path, desks="extension,section\n5112,noise\n5199,air\n")
    outcomes = import_files(session, files, hour(5), PEN, complete=True)
    assert [(outcome.became, outcome.key) for outcome in outcomes] == [
        (Became.CHANGED, "5112"),
        (Became.ADDED, "5199"),
        (Became.ENDED, "5113"),
    ]
    assert set(load_city(session, START).at(hour(4)).desks) == {"5112", "5113"}
    then = load_city(session, START).at(hour(5))
    assert {key: desk.section for key, desk in then.desks.items()} == {"5112": "noise", "5199": "air"}


def test_without_complete_what_is_not_listed_stays(session: Session, tmp_path: Path) -> None:
    """A liaison sends a single line."""
    small_city(session)
    import_files(session, write(tmp_path, desks="extension,section\n5199,air\n"), hour(5), PEN)
    assert set(load_city(session, START).at(hour(5)).desks) == {"5112", "5113", "5199"}


def test_a_column_that_is_not_there_stays_as_it_is(session: Session, tmp_path: Path) -> None:
    """An empty cell empties."""
    small_city(session)
    import_files(session, write(tmp_path, desks="extension,section\n5112,noise\n"), hour(5), PEN)
    moved = load_city(session, START).at(hour(5)).desks["5112"]
    assert (moved.section, moved.person, moved.seat) == ("noise", "p-1", Seat("8F", 2, 2))
    import_files(session, write(tmp_path, desks="extension,section,person\n5112,noise,\n"), hour(6), PEN)
    assert load_city(session, START).at(hour(6)).desks["5112"].person == ""


def test_nothing_is_written_when_anything_is_faulty(session: Session, tmp_path: Path) -> None:
    """All faults at once, over all files, also what names a thing that is not there."""
    small_city(session)
    before = len(audit_rows(session))
    files = write(
        tmp_path,
        desks="extension,section,person\n5120,air,p-9\n51x1,air,\n",
        forwards="extension,target\n5112,5112\n5112,9999\n",
        sections="code,agency,name\nwater,nowhere,水\n",
        colours="a,b\n",
    )
    with pytest.raises(BadSheets) as refused:
        import_files(session, files, hour(5), PEN)
    assert [(fault.file, fault.line, fault.column) for fault in refused.value.faults] == [
        ("colours.csv", 1, ""),
        ("desks.csv", 2, "person"),
        ("desks.csv", 3, "extension"),
        ("forwards.csv", 2, "target"),
        ("forwards.csv", 3, "extension"),
        ("sections.csv", 2, "agency"),
    ]
    assert len(audit_rows(session)) == before and not load_city(session, START).at(hour(5)).forwards


def test_what_ends_may_not_be_named_by_what_stays(session: Session, tmp_path: Path) -> None:
    """A section cannot go while its extensions remain."""
    small_city(session)
    files = write(tmp_path, sections="code,agency,name\nnoise,epb,noise\n")
    with pytest.raises(BadSheets) as refused:
        import_files(session, files, hour(5), PEN, complete=True)
    assert "extension 5112 still names section air" in sentence(refused.value, ENGLISH)


def test_lines_with_their_own_time_come_in_one_after_the_other(session: Session, tmp_path: Path) -> None:
    """Two absences of one person; again, and nothing changes."""
    small_city(session)
    text_ = "person,cause,from,until\np-1,開會,2026-11-24T09:00,2026-11-24T10:00\np-1,出差,2026-11-25,2026-11-26\n"
    files = write(tmp_path, absences=text_)
    assert len(import_files(session, files, START, PEN)) == 2
    city = load_city(session, START)
    told = [city.at(taipei(at)).away for at in ("2026-11-24T09:30", "2026-11-24T10:00", "2026-11-25")]
    assert told == [{"p-1": "開會"}, {}, {"p-1": "出差"}]
    assert import_files(session, files, START, PEN) == []


def test_the_first_import_is_given_by_the_administrator_it_names(session: Session, tmp_path: Path) -> None:
    """Afterwards only by whom the roles allow."""
    files = write(tmp_path, staff="login,name,roles\nboss,示範,administrator\nclerk,示範,agent\n")
    with pytest.raises(UnknownStaff):
        may_import(session, "clerk", files.records, START)
    may_import(session, "boss", files.records, START)
    import_files(session, files, START, PEN)
    may_import(session, "boss", (), START)
    with pytest.raises(NotPermitted):
        may_import(session, "clerk", files.records, START)
