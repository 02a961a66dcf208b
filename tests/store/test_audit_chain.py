"""The audit log's chain on both databases: one chain whoever writes, and nobody rewrites it unseen (P0-a)."""

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory.store import ForwardRow
from hotline.ledger.anchors import BadAnchor, is_anchor_due
from hotline.ledger.audit import audit, audit_rows
from hotline.ledger.changes import ChangeContext, LedgerEntry
from hotline.ledger.looks import NoReadingReason, look, looks_at
from hotline.ledger.periods import Period
from hotline.ledger.sealing import head_of
from hotline.ledger.store import AuditRow, LinkRow
from hotline.ledger.verification import anchor, begin, verify
from hotline.settings import Settings
from ops.jobs.of_cluster import verify_audit

pytestmark = pytest.mark.dialects

START = taipei("2026-11-24T08:00")


def did(factory: Sessions, subject: str, by: str = "admin-1") -> None:
    with transaction(factory) as session:
        audit(session, at=START, by=by, action="a.b", subject=subject, after={"x": 1.5, "when": START})


def several(factory: Sessions) -> None:
    """Six rows in four transactions, three of them at once."""
    for name in ("c:1", "c:2"):
        did(factory, name)
    with transaction(factory) as session:
        entry = LedgerEntry(session, ChangeContext(START, "admin-1", "directory.forward", "會議"))
        for extension in ("5112", "5113", "5114"):
            entry.write(ForwardRow, extension, {"target": "5201"}, Period(START))
        entry.finish()
    did(factory, "c:3")


def told(factory: Sessions, folder: Path) -> list[str]:
    return [one.what for one in verify(factory, folder)]


def by_hand(database: Engine, *statements: str) -> None:
    """As the owner of the database could, who takes the triggers away first."""
    with database.begin() as connection:
        for table in ("audit_log", "audit_chain", "audit_link"):
            if database.dialect.name == "sqlite":
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
            else:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement))


def test_every_row_is_a_link_also_of_many_at_once(factory: Sessions, tmp_path: Path) -> None:
    """In the transaction that wrote it: there is no moment at which it could be changed unseen."""
    several(factory)
    with transaction(factory) as session:
        rows = list(session.scalars(select(AuditRow.id).order_by(AuditRow.id)))
        assert len(rows) == 6 and head_of(session).position == 6
        assert list(session.scalars(select(LinkRow.row).order_by(LinkRow.position))) == rows
    assert told(factory, tmp_path) == []


def test_what_is_given_up_is_no_link(factory: Sessions, tmp_path: Path) -> None:
    """A transaction rolled back, and a part of one."""
    with pytest.raises(RuntimeError), transaction(factory) as session:
        audit(session, at=START, by="x", action="a.b", subject="c:0")
        session.flush()
        raise RuntimeError
    with transaction(factory) as session:
        audit(session, at=START, by="x", action="a.b", subject="c:1")
        with session.begin_nested() as part:
            audit(session, at=START, by="x", action="a.b", subject="c:2")
            session.flush()
            part.rollback()
        with session.begin_nested():
            audit(session, at=START, by="x", action="a.b", subject="c:3")
    with transaction(factory) as session:
        assert [row.subject for row in audit_rows(session)] == ["c:1", "c:3"]
        assert head_of(session).position == 2
    assert told(factory, tmp_path) == []


def test_writers_side_by_side_keep_one_chain(factory: Sessions, tmp_path: Path) -> None:
    """Each adds its links to the end, whatever numbers the database gave their rows."""
    failed = list[Exception]()

    def many(who: int) -> None:
        try:
            for number in range(15):
                with transaction(factory) as session:
                    audit(session, at=START, by=f"w-{who}", action="a.b", subject=f"c:{number}")
                    session.flush()  # numbers are given here, in whatever order
                    audit(session, at=START, by=f"w-{who}", action="a.c", subject=f"c:{number}")
        except DBAPIError as error:
            failed.append(error)

    threads = [Thread(target=many, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and told(factory, tmp_path) == []
    with transaction(factory) as session:
        assert head_of(session).position == session.scalar(select(func.count()).select_from(AuditRow)) == 180


@pytest.mark.parametrize(
    ("statement", "first"),
    [
        ("UPDATE audit_log SET reason = 'x' WHERE id = 3", "row 3 is not what was written there"),
        ("UPDATE audit_log SET at = '2026-11-24 00:00:00.000001+00' WHERE id = 1", "row 1 is not what was"),
        ("DELETE FROM audit_log WHERE id = 4", "row 4 was removed"),
        ("UPDATE audit_log SET id = CASE id WHEN 2 THEN -5 ELSE id END", "row 2 was removed"),
        ("DELETE FROM audit_chain WHERE position = 6", "the chain ends at row 5, link 5, but had 6 links"),
        ("DELETE FROM audit_head", "the chain ends at row 6, link 6, but had 0 links"),
        (
            "INSERT INTO audit_log (at, \"by\", action, subject, reason) VALUES ('2026-11-24 00:00:00', 'x', 'y', 'z', '')",
            "row 7 is in no link",
        ),
    ],
)
def test_what_is_done_by_hand_is_found_and_named(
    database: Engine, factory: Sessions, tmp_path: Path, statement: str, first: str
) -> None:
    """A flipped byte, another instant, a dropped row, a row in another place,
    a shortened chain, a row slipped in.
    """
    several(factory)
    by_hand(database, statement)
    assert told(factory, tmp_path)[0].startswith(first)


def test_reordered_rows_are_found(database: Engine, factory: Sessions, tmp_path: Path) -> None:
    """Two rows that changed places."""
    several(factory)
    by_hand(
        database,
        "UPDATE audit_log SET id = -1 WHERE id = 2",
        "UPDATE audit_log SET id = 2 WHERE id = 3",
        "UPDATE audit_log SET id = 3 WHERE id = -1",
    )
    assert [what[:6] for what in told(factory, tmp_path)] == ["row 2 ", "row 3 "]


@pytest.mark.parametrize("statement", ["UPDATE audit_chain SET hash = ''", "DELETE FROM audit_chain"])
def test_links_are_only_added_to(database: Engine, factory: Sessions, statement: str) -> None:
    """Not even by hand."""
    several(factory)
    with pytest.raises(DBAPIError, match="only added to"), database.begin() as connection:
        connection.execute(text(statement))


def test_rows_of_before_are_chained_with_the_first_that_follows(
    database: Engine, factory: Sessions, tmp_path: Path
) -> None:
    """A log that grew before there were links; or by the job, if nobody writes."""
    several(factory)
    by_hand(database, "DELETE FROM audit_chain", "DELETE FROM audit_head")
    assert told(factory, tmp_path)[0].startswith("row 1 is in no link")
    did(factory, "c:9")
    assert told(factory, tmp_path) == []
    by_hand(database, "DELETE FROM audit_link", "DELETE FROM audit_head")
    begin(factory)
    begin(factory)
    assert told(factory, tmp_path) == []


def test_a_day_has_one_anchor_and_a_chain_made_anew_contradicts_it(
    database: Engine, factory: Sessions, tmp_path: Path
) -> None:
    """Also where every link and the head fit the changed rows."""
    folder = tmp_path / "elsewhere"
    settings = Settings(home=tmp_path, audit_anchors=folder)
    assert anchor(factory, folder, START).position == 0
    several(factory)
    with pytest.raises(FileNotFoundError):  # the other machine's folder is not mounted
        verify_audit(factory, settings, START)
    folder.mkdir()
    assert verify_audit(factory, settings, START) == 0 and not is_anchor_due(folder, START)
    (file,) = folder.iterdir()
    kept = file.read_bytes()
    did(factory, "c:10")
    assert verify_audit(factory, settings, START + timedelta(hours=1)) == 0 and file.read_bytes() == kept
    by_hand(
        database,
        "UPDATE audit_log SET \"by\" = 'nobody' WHERE id = 2",
        "DELETE FROM audit_chain",
        "DELETE FROM audit_head",
    )
    begin(factory)
    assert told(factory, folder) == ["anchor 2026-11-24 tells of link 6, which is not there"]
    assert verify_audit(factory, settings, START + timedelta(days=1)) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["2026-11-24.json", "2026-11-25.json"]
    file.write_text("{}")
    with pytest.raises(BadAnchor, match="2026-11-24.json"):
        told(factory, folder)


def test_P0_a_a_look_at_personal_data_has_its_reason(factory: Sessions, tmp_path: Path) -> None:
    """Who, when, what and why; without a reason nothing is on record, and nothing may be shown."""
    with transaction(factory) as session:
        look(session, START, "agent-1", "callback:4", " 民眾再次來電 ", "number")
        for reason in ("", "  "):
            with pytest.raises(NoReadingReason, match="callback:4"):
                look(session, START, "agent-2", "callback:4", reason, "number")
    with transaction(factory) as session:
        (seen,) = looks_at(session, "callback:4")
        assert (seen.at, seen.by, seen.reason, seen.what) == (START, "agent-1", "民眾再次來電", "number")
        assert looks_at(session, "callback:5") == []
    assert told(factory, tmp_path) == []
