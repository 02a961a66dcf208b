"""Public cases as the database gives them: a page by the index of their time, and only what may be told."""

from datetime import timedelta

from sqlalchemy import Engine, event, insert
from sqlalchemy.orm import Session

from hotline.cases.public import PublicSearch, listed
from hotline.cases.rules import CaseState
from hotline.cases.store import Case
from hotline.clock import taipei
from hotline.db import looking, sessions, transaction

TEN = taipei("2026-11-24T10:00")
PERSONAL = ("matter", "place,", "name,", "phone", "email", "letter_to", "result")


def cases(session: Session, count: int) -> None:
    """One a minute up to now; every third is done."""
    blank = {"kind": "quick", "category": "3003", "agency": "pwd", "drafted_at": TEN, "drafted_by": "a"}
    rows = [
        {
            **blank,
            "number": f"115112{n:06d}",
            "name": "王",
            "state": CaseState.CLOSED if n % 3 == 0 else CaseState.SIGNED,
            "filed_at": TEN - timedelta(minutes=count - n),
        }
        for n in range(count)
    ]
    session.execute(insert(Case), rows)


def test_a_page_is_one_query_by_the_index_of_time(database: Engine) -> None:
    """Whatever is searched for; nothing of the petitioner is read from the database."""
    factory, asked = sessions(database), list[str]()
    with transaction(factory) as session:
        cases(session, 40)
    event.listen(database, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
    wanted = PublicSearch(TEN - timedelta(days=90), TEN, is_open=True)
    with looking(factory) as session:
        asked.clear()
        found = listed(session, wanted, skip=5, most=10)
        statements = [one for one in asked if "case_file" in one]
        assert len(statements) == 1
        columns = statements[0].partition("FROM case_file")[0]
        assert not [word for word in PERSONAL if word in columns.replace("\n", " ")]
        if database.dialect.name == "sqlite":
            text = statements[0]
            marks = text.count("?")
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("",) * marks)
            assert "ix_case_file_filed_at" in " ".join(str(row) for row in plan)
    open_ones = [f"115112{n:06d}" for n in reversed(range(40)) if n % 3]
    assert [one.number for one in found] == open_ones[5:15]
