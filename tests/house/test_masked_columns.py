"""Every sealed column is emptied by a rule of retention, or says here why it is not (P4.12).

A row with a citizen's words stands in every table that seals any, and all rules of the house empty all rows.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer, LargeBinary, String, Table, insert, select

import ops.jobs.schedule
import ops.run.preflight  # noqa: F401 - every room with its tables
from administration.retention_rules import RULES
from hotline.clock import taipei
from hotline.db import Base, Instant, Sessions, transaction
from hotline.keys.columns import Hashed, Sealed, SealedJSON

TEN = taipei("2026-11-24T10:00")
WORDS = "王小明0912345678"
KEPT = {
    "agent.browser_secret": "goes with the telephone",
    "agent.secret": "goes with the telephone",
    "allowance.network": "forgotten within an hour by its own job",
    "api_answer.body": "forgotten within a day by its own job",
    "callback.open_key": "of a promise that is to be kept",
    "case_line.text": "forgotten within 31 days by its own job",
    "contact_note.text": "of offices of agencies",
    "credential.second": "goes with the login",
    "fault_ticket.answer": "of lines and telephones",
    "house_secret.value": "of the house",
    "listening_page.secret": "goes with the page",
    "placed_call.targets": "telephones of agencies",
    "video_code.contact": "forgotten within a day by its own job",
    "video_phone_proof.code_hash": "forgotten within a day by its own job",
    "video_phone_proof.number_hash": "forgotten within a day by its own job",
    "sso_stranger.email": "forgotten within a month by its own job",
    "sso_stranger.name": "forgotten within a month by its own job",
    "web_session.access": "goes with the session",
    "web_session.offered": "goes with the session",
    "web_session.refresh": "goes with the session",
}
"""Sealed columns that no rule empties, each with the reason."""


def is_personal(one: Column[Any]) -> bool:
    return isinstance(one.type, Sealed | SealedJSON) or isinstance(one.type, Hashed) and not one.type.of


def with_parents(table: Table) -> set[Table]:
    """The table, and those that its rows need."""
    needed = {key.column.table for one in table.columns if not one.nullable for key in one.foreign_keys} - {
        table
    }
    return {table}.union(*map(with_parents, needed))


def value(one: Column[Any]) -> Any:
    """Something that the column takes; a citizen's words where it seals any."""
    match one.type:
        case SealedJSON():
            return (
                [WORDS] if one.name in ("numbers", "targets") else dict.fromkeys(("matter", "reason"), WORDS)
            )
        case Sealed() | Hashed():
            return WORDS
        case Integer():
            return 1
        case Instant():
            return TEN
        case Boolean():
            return False
        case Float():
            return 0.0
        case LargeBinary():
            return b"x"
        case JSON():
            return []
        case String():
            return "x"
        case _:
            return datetime.date(TEN)


def lived(factory: Sessions) -> None:
    """A row in every table that seals anything."""
    sealing = [one for one in Base.metadata.sorted_tables if any(map(is_personal, one.columns))]
    wanted = set[Table]().union(*map(with_parents, sealing))
    with transaction(factory) as session:
        for table in Base.metadata.sorted_tables:
            if table in wanted:
                given = [one for one in table.columns if not one.nullable or is_personal(one)]
                row = {
                    one.name: value(one)
                    for one in given
                    if not isinstance(one.type, Hashed) or not one.type.of
                }
                session.execute(insert(table).values(row))


def left(factory: Sessions) -> Iterator[str]:
    """Columns in which the words, or what they became, stand still."""
    with transaction(factory) as session:
        for table in Base.metadata.sorted_tables:
            for one in filter(is_personal, table.columns):
                if any(
                    (isinstance(one.type, Hashed) and row != "") or WORDS in repr(row)
                    for row in session.scalars(select(one))
                ):
                    yield f"{table.name}.{one.name}"


def test_P4_12_every_sealed_column_is_emptied_one_day(factory: Sessions) -> None:
    """A new one is emptied by its room's rule, or declared above with the reason."""
    lived(factory)
    assert len(set(left(factory))) > len(KEPT) + 30, "else no words were there to be emptied"
    with transaction(factory) as session:
        for rule in RULES:
            rule.empty(session, session.scalars(select(rule.key)).all(), TEN)
    assert sorted(left(factory)) == sorted(KEPT)
