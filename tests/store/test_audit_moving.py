"""The former chain of the audit log, whose rows tell of citizens in clear, moves into the one of
pseudonyms.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from hotline.callbacks.store import Callback
from hotline.clock import taipei
from hotline.db import Sessions, connect, sessions, transaction
from hotline.ledger import moving
from hotline.ledger.anchors import anchors
from hotline.ledger.audit import audit, audit_rows, audit_values, subjects_of_number
from hotline.ledger.chain import ChainHead, digest, link
from hotline.ledger.moving import SEAL, ChainMove
from hotline.ledger.sealing import FORMER, NAME, heads_of
from hotline.ledger.store import AuditRow, FormerLink, HeadRow, LinkRow
from hotline.ledger.verification import anchor, verify
from tests.keys import RING

pytestmark = pytest.mark.dialects

START = taipei("2026-11-24T08:00")
HOUR = timedelta(hours=1)
NUMBER, NAME_OF = "+886912345678", "王可辨"
WORDS_OF_ROWS = ("id", "at", "by", "action", "subject", "before", "after", "reason")


def written_before(factory: Sessions, *subjects: str, at: Any = START) -> None:
    """Rows as a process of the release before writes them: in clear, linked to its own chain."""
    with transaction(factory) as session:
        told = session.get(HeadRow, FORMER)
        head = ChainHead(told.position, told.hash) if told else ChainHead()
        for subject in subjects:
            facts = {"number": NUMBER, "name": NAME_OF, "matter": "路燈不亮", "due_at": START}
            row = AuditRow(
                **audit_values(at, "agent-1", "a.b", subject, None, facts, f"{NAME_OF} 0912-345-678")
            )
            session.add(row)
            session.flush()
            words = {name: getattr(row, name) for name in WORDS_OF_ROWS}
            head = ChainHead(head.position + 1, link(head.hash, digest(words)))
            session.add(FormerLink(position=head.position, row=row.id, hash=head.hash))
        session.merge(HeadRow(name=FORMER, position=head.position, hash=head.hash))


@pytest.fixture
def before(factory: Sessions, tmp_path: Path) -> ChainHead:
    """A log of the release before, with an anchor of it; its promise of callback 1 knows a name."""
    with transaction(factory) as session:
        session.execute(
            insert(Callback).values(
                id=1,
                number="",
                name=NAME_OF,
                language="zh-TW",
                origin="desk",
                registered_at=START,
                due_at=START,
                remind_at=START,
            )
        )
    written_before(factory, *(f"callback:{number % 3}" for number in range(12)))
    written_before(factory, "desk:5112", f"citizen:{NUMBER}")
    return anchor(factory, tmp_path, START)


@pytest.fixture
def move(factory: Sessions, tmp_path: Path) -> ChainMove:
    return ChainMove(factory, tmp_path)


def faults(factory: Sessions, folder: Path) -> list[str]:
    return [str(one) for one in verify(factory, folder)]


def count(factory: Sessions, table: Any) -> int:
    with transaction(factory) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def told_of_citizens(factory: Sessions) -> str:
    """All that rows tell, but for those of the directory."""
    with transaction(factory) as session:
        rows = [row for row in audit_rows(session) if not row.subject.startswith("desk:")]
        return "".join(f"{row.subject}{row.before}{row.after}{row.reason}" for row in rows)


def test_the_first_row_of_the_new_chain_seals_the_former_one(
    factory: Sessions, tmp_path: Path, before: ChainHead, move: ChainMove
) -> None:
    """Digest, number and days; its rows follow without a citizen, and no link of theirs is left to be guessed
    from. Who is found by a number is still found.
    """
    assert before.position == 14 and faults(factory, tmp_path) == []
    assert move.run(START + HOUR) == 14 and move.run(START + HOUR) == 0
    with transaction(factory) as session:
        rows = {row.id: row for row in audit_rows(session)}
        seal, *others = (rows[one] for one in session.scalars(select(LinkRow.row).order_by(LinkRow.position)))
        assert (seal.action, seal.subject) == (SEAL, "audit:chain")
        assert seal.after == {
            "rows": 14,
            "digest": before.hash,
            "since": START.astimezone(seal.at.tzinfo).isoformat(),
            "until": START.astimezone(seal.at.tzinfo).isoformat(),
            "faults": [],
        }
        assert [row.id for row in others] == [one for one in rows if one != seal.id]
        (of_number,) = subjects_of_number(session, "0912345678")
        assert [row.subject for row in others][-2:] == ["desk:5112", of_number]
        assert others[1].after["number"] == of_number.partition(":")[2] and others[1].after["due_at"]
    assert count(factory, FormerLink) == 0 and faults(factory, tmp_path) == []
    told = told_of_citizens(factory)
    assert "912345678" not in told and "路燈" not in told
    with transaction(factory) as session:
        assert not any(NAME_OF in row.reason for row in audit_rows(session, subject="callback:1"))
        assert audit_rows(session, subject="desk:5112")[0].after["number"] == NUMBER  # type: ignore[index]


def test_anchors_of_before_and_of_the_seal_say_the_same(
    factory: Sessions, tmp_path: Path, before: ChainHead, move: ChainMove
) -> None:
    """The one of the day stays, another is dropped with the seal; an older one of another log would be
    told.
    """
    move.run(START + HOUR)
    assert dict(anchors(tmp_path, FORMER)) == {"2026-11-24": before}
    ((name, head),) = anchors(tmp_path, NAME)
    assert name == "2026-11-24-seal-14" and head.position == 1
    for chain, position in ((FORMER, 14), (NAME, 1)):
        file = tmp_path / "2026-11-25.json"
        file.write_text(f'{{"chain": "{chain}", "position": {position}, "hash": "{"0" * 64}"}}')
        assert "knows another log" in faults(factory, tmp_path)[0]


def test_both_releases_write_one_chain_until_it_is_sealed(
    factory: Sessions, tmp_path: Path, before: ChainHead
) -> None:
    """What processes of this release write beside others of the former one is told by pseudonyms already."""
    with transaction(factory) as session:
        audit(session, START, "agent-2", "a.b", "callback:9", after={"number": NUMBER})
    written_before(factory, "callback:2")
    with transaction(factory) as session:
        assert heads_of(session)[FORMER].position == 16 and NAME not in heads_of(session)
        (row,) = audit_rows(session, subject="callback:9")
        assert row.after and row.after["number"].startswith("~")
    assert faults(factory, tmp_path) == []


def test_what_the_former_release_still_writes_is_sealed_and_moved_once_an_hour(
    factory: Sessions, tmp_path: Path, before: ChainHead, move: ChainMove
) -> None:
    """It goes on with its own chain, and is told of nothing."""
    move.run(START + HOUR)
    written_before(factory, "callback:1", "callback:2", at=START + HOUR)
    assert move.run(START + HOUR) == 0 and faults(factory, tmp_path) == []
    written_before(factory, "callback:2", at=START + 2 * HOUR)
    assert move.run(START + 2 * HOUR) == 3 and faults(factory, tmp_path) == []
    with transaction(factory) as session:
        seals = [row.after for row in audit_rows(session, subject="audit:chain")]
        assert [one and one["rows"] for one in seals] == [14, 3]
    assert "912345678" not in told_of_citizens(factory) and count(factory, FormerLink) == 0


@pytest.mark.parametrize("step", ["_rewrite", "append", "set_head"])
def test_a_move_that_is_killed_goes_on_where_it_was(
    factory: Sessions,
    tmp_path: Path,
    before: ChainHead,
    move: ChainMove,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    """Each step is one transaction: every row is in one chain, and nothing refuses less than before."""
    monkeypatch.setattr(moving, "STEP", 5)
    whole, calls = getattr(moving, step), list[int]()

    def dies(*given: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return whole(*given)

    monkeypatch.setattr(moving, step, dies)
    for _run in range(4):
        with_faults(move)
    assert faults(factory, tmp_path) == [] and "912345678" not in told_of_citizens(factory)
    for statement in ("UPDATE audit_log SET reason = ''", "DELETE FROM audit_log", "DELETE FROM audit_chain"):
        with pytest.raises(DBAPIError, match="only added to"), transaction(factory) as session:
            session.execute(text(statement))


def with_faults(move: ChainMove) -> None:
    try:
        move.run(START + HOUR)
    except RuntimeError as error:
        assert str(error) == "killed"


@pytest.mark.parametrize("table", ["audit_log", "audit_link"])
def test_while_rows_move_everybody_else_is_refused_changes(
    factory: Sessions,
    database: Engine,
    before: ChainHead,
    move: ChainMove,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
) -> None:
    """Between two steps as ever."""
    monkeypatch.setattr(moving, "STEP", 5)
    monkeypatch.setattr(moving, "STEPS", 1)
    assert move.run(START + HOUR) == 5
    with pytest.raises(DBAPIError, match="only added to"), database.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("when", ["before", "between"])
def test_a_row_changed_by_hand_is_told_by_the_seal_or_when_it_moves(
    factory: Sessions,
    tmp_path: Path,
    database: Engine,
    before: ChainHead,
    move: ChainMove,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    """What did not hold stays on record, as its proof goes."""
    if when == "between":
        monkeypatch.setattr(moving, "STEPS", 0)
        move.run(START + HOUR)
        monkeypatch.setattr(moving, "STEPS", 50)
    with database.begin() as connection:
        if database.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER audit_log_no_update"))
        else:
            connection.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
        connection.execute(text("UPDATE audit_log SET action = 'x' WHERE id = 3"))
    move.run(START + HOUR)
    with transaction(factory) as session:
        told = str([row.after for row in audit_rows(session, subject="audit:chain")])
    assert "row 3 is not what was written there" in told and faults(factory, tmp_path) == []


def test_a_folder_of_anchors_that_is_not_mounted_is_told_before_anything_is_sealed(
    factory: Sessions, tmp_path: Path, before: ChainHead
) -> None:
    """Nothing moves without a witness."""
    with pytest.raises(FileNotFoundError):
        ChainMove(factory, tmp_path / "elsewhere").run(START)
    assert count(factory, FormerLink) == 14


def test_a_step_gives_way_to_writers(
    database_url: str, factory: Sessions, tmp_path: Path, before: ChainHead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has written and holds the chain is not waited for until a database would end one of both."""
    engine = connect(database_url, wait=timedelta(seconds=1), keys=RING)
    move = ChainMove(sessions(engine), tmp_path)
    monkeypatch.setattr(moving, "STEPS", 0)
    move.run(START + HOUR)
    monkeypatch.setattr(moving, "STEPS", 50)
    with transaction(factory) as session:
        audit(session, START, "agent-1", "a.b", "callback:7")
        session.flush()
        assert move.run(START + HOUR) == 0
    assert move.run(START + HOUR) == 14
    engine.dispose()


def test_an_installation_that_is_new_begins_with_the_new_chain(factory: Sessions, move: ChainMove) -> None:
    """Nothing is sealed, nothing moves."""
    with transaction(factory) as session:
        audit(session, START, "agent-1", "a.b", "callback:7", after={"number": NUMBER})
    assert move.run(START) == 0
    with transaction(factory) as session:
        assert heads_of(session)[NAME].position == 1 and heads_of(session)[FORMER].position == 0


def test_rows_that_the_release_before_chained_again_stay_where_they_are(
    factory: Sessions, tmp_path: Path, move: ChainMove
) -> None:
    """A new installation that went back for a time: that release knows no chain, and begins one with all
    rows.
    """
    with transaction(factory) as session:
        audit(session, START, "agent-1", "a.b", "callback:7", after={"number": NUMBER})
    with transaction(factory) as session:
        (row,) = audit_rows(session)
        words = {name: getattr(row, name) for name in WORDS_OF_ROWS}
        first = link(ChainHead().hash, digest(words))
        session.add(FormerLink(position=1, row=row.id, hash=first))
        session.merge(HeadRow(name=FORMER, position=1, hash=first))
    written_before(factory, "callback:8")
    assert move.run(START) == 2 and faults(factory, tmp_path) == [] and count(factory, FormerLink) == 0
    with transaction(factory) as session:
        assert list(session.scalars(select(LinkRow.row).order_by(LinkRow.position))) == [1, 3, 2]
