"""The commands over the audit log, as a person types them (P0-a)."""

from sqlalchemy import text

from hotline import clock
from hotline.db import transaction
from hotline.ledger.looks import look
from ops.jobs.schedule import jobs
from ops.wiring import House
from tests.doors.conftest import Typed


def test_the_log_is_read_and_reading_it_is_on_record(typed: Typed) -> None:
    """Nobody without the right."""
    typed("calendar close 2036-11-25 --reason 颱風 --by admin-1")
    told = typed("audit list --subject calendar:2036-11-25 --by admin-1").output
    assert "admin-1 calendar.change calendar:2036-11-25" in told and "颱風" in told
    assert "admin-1 audit.read" in typed("audit list --subject calendar:2036-11-25 --by admin-1").output
    refused = typed("audit list --by agent-1", refused=True).output
    assert "may not do audit.read" in refused


def test_who_looked_at_whom(typed: Typed, house: House) -> None:
    """Who, what and why; that somebody asked is on record too."""
    with transaction(house.factory) as session:
        look(session, clock.now(), "agent-1", "callback:4", "民眾再次來電", "number")
    assert "agent-1 number: 民眾再次來電" in typed("audit who-read callback:4 --by admin-1").output
    assert typed("audit who-read callback:5 --by admin-1").output == "nobody looked at callback:5\n"
    assert "admin-1 audit.read callback:5" in typed("audit list --subject callback:5 --by admin-1").output


def test_who_looked_at_a_citizen_is_found_by_the_number(typed: Typed) -> None:
    """At whatever is kept of the number; the number itself is masked in the answer and on record."""
    typed("callback open 0933218765 --matter 路燈不亮 --by admin-1")
    typed("callback show 1 --by agent-1 --reason 民眾詢問進度")
    told = typed("audit who-read 0933-218-765 --by admin-1").output
    assert "callback:1 agent-1 number: 民眾詢問進度" in told
    assert "nobody looked at citizen:0287***321" in typed("audit who-read 0287654321 --by admin-1").output
    assert "'x' is no telephone number" in typed("audit who-read x --by admin-1", refused=True).output
    assert "0933218765" not in typed("audit list --by admin-1").output


def test_a_row_is_shown_whole_for_a_reason(typed: Typed) -> None:
    """The list masks what rows tell of citizens; one row is told whole, and who asked is on record."""
    typed("callback open 0933218765 --matter 路燈不亮 --by admin-1")
    listed = typed("audit list --subject callback:1 --by admin-1").output
    assert "+886933***765" in listed and "+886933218765" not in listed
    row = listed.split()[0]
    assert "Missing option '--reason'" in typed(f"audit show {row} --by admin-1", refused=True).output
    assert "+886933218765" in typed(f"audit show {row} --by admin-1 --reason 民眾申訴").output
    assert f"admin-1 audit row {row}: 民眾申訴" in typed("audit who-read callback:1 --by admin-1").output


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
