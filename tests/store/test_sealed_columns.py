"""Sealed columns: plain text in code, sealed text in the database; rows are found by keyed hashes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, String, Table, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, mapped_column

from hotline.db import KEYS, Sessions, connect, sessions, transaction
from hotline.keys.columns import Hashed, KeyedHash, Sealed, SealedJSON
from hotline.keys.ring import DIGEST, SIZE, KeyMissing, KeyRing
from tests.conftest import WAIT
from tests.keys import RING

pytestmark = pytest.mark.dialects
NUMBER, OTHER = "+886912345678", "+886911115678"


class Own(DeclarativeBase):
    """Tables of these tests alone."""

    metadata = MetaData()


class Caller(Own):
    """A row with a number, a name and words."""

    __tablename__ = "sealed_caller"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(Sealed("caller.number"), default="")
    name: Mapped[str | None] = mapped_column(Sealed("caller.name"))
    said: Mapped[Any] = mapped_column(SealedJSON("caller.said"), default=dict)
    number_hash: Mapped[str] = mapped_column(Hashed("number", of="number"), index=True)
    number_end: Mapped[str] = mapped_column(Hashed("number", of="number", part="last4"), index=True)
    name_hash: Mapped[str] = mapped_column(Hashed("name", of="name"))


class Elsewhere(Own):
    """Another table with a number of its own."""

    __tablename__ = "sealed_elsewhere"

    id: Mapped[int] = mapped_column(primary_key=True)
    mobile: Mapped[str] = mapped_column(Sealed("elsewhere.mobile"))
    mobile_hash: Mapped[str] = mapped_column(Hashed("number", of="mobile"))


@pytest.fixture
def engine(database: Engine) -> Iterator[Engine]:
    Own.metadata.create_all(database)
    yield database


@pytest.fixture
def factory(engine: Engine) -> Sessions:
    return sessions(engine)


def stands(session: Session, column: str, table: str = "sealed_caller") -> Any:
    """What the database holds, as somebody reads it who has no key."""
    return session.scalar(text(f"SELECT {column} FROM {table}"))


def test_a_text_stands_sealed_and_is_read_plain(factory: Sessions) -> None:
    """Nothing of number, name and words can be read in the row."""
    with transaction(factory) as session:
        session.add(Caller(number=NUMBER, name="王小明", said={"matter": "路燈不亮"}))
    with transaction(factory) as session:
        row = session.scalars(select(Caller)).one()
        assert (row.number, row.name, row.said) == (NUMBER, "王小明", {"matter": "路燈不亮"})
        assert str(stands(session, "number")).startswith("sealed:test:")
        held = str(session.execute(text("SELECT * FROM sealed_caller")).one())
        assert not any(one in held for one in (NUMBER, NUMBER[-4:], "王小明", "路燈", "\\u738b"))


def test_empty_and_null_stay_so_and_may_be_asked_for(factory: Sessions) -> None:
    """Whether there is a number, a name."""
    with transaction(factory) as session:
        session.add(Caller(number="", name=None, said={}))
        session.flush()
        assert (stands(session, "number"), stands(session, "name"), stands(session, "number_hash")) == (
            "",
            None,
            "",
        )
        assert session.scalar(select(func.count()).where(Caller.number == "", Caller.name.is_(None))) == 1
        assert session.scalar(select(func.count()).where(Caller.number != "")) == 0
        assert session.scalars(select(Caller)).one().said == {}


def test_a_row_from_before_is_read_as_it_stands(factory: Sessions) -> None:
    """While old rows are migrated, step by step."""
    said = json.dumps({"matter": "路燈"})
    with transaction(factory) as session:
        session.execute(
            text(
                "INSERT INTO sealed_caller (id, number, name, said, number_hash, number_end, name_hash) "
                "VALUES (1, :number, '王小明', :said, '', '', '')"
            ),
            {"number": NUMBER, "said": said},
        )
        row = session.scalars(select(Caller)).one()
        assert (row.number, row.name, row.said) == (NUMBER, "王小明", {"matter": "路燈"})


def test_a_row_is_found_by_number_its_end_and_name(factory: Sessions) -> None:
    """By the whole number, by its last four digits, by the whole name; and by nothing like them."""
    with transaction(factory) as session:
        session.add_all([Caller(number=NUMBER, name="王小明"), Caller(number=OTHER, name="王大明")])
        session.flush()

        def numbers(*wanted: Any) -> list[str]:
            return sorted(session.scalars(select(Caller.number).where(*wanted)))

        assert numbers(Caller.number_hash == NUMBER) == [NUMBER]
        assert numbers(Caller.number_hash != NUMBER) == [OTHER]
        assert numbers(Caller.number_hash.in_([NUMBER, OTHER, "+8860"])) == [OTHER, NUMBER]
        assert numbers(Caller.number_hash.not_in([NUMBER])) == [OTHER]
        assert numbers(Caller.number_end == "5678") == numbers(Caller.number_end == NUMBER) == [OTHER, NUMBER]
        assert numbers(Caller.name_hash == "王小明", Caller.number_hash == NUMBER) == [NUMBER]
        assert numbers((Caller.name_hash == "王小明") | (Caller.number_hash == OTHER)) == [OTHER, NUMBER]
        assert numbers(Caller.number_hash == NUMBER[:-1]) == numbers(Caller.number_hash == "") == []
        assert numbers(Caller.number_hash.in_([])) == []


def test_the_same_number_is_found_in_every_table(factory: Sessions) -> None:
    """Hashes of one purpose join; those of a part are others, also of a number of four digits."""
    with transaction(factory) as session:
        session.add_all([Caller(number=NUMBER), Caller(number="5678"), Elsewhere(mobile=NUMBER)])
        session.flush()
        joined = select(Caller.number).join(Elsewhere, Elsewhere.mobile_hash == Caller.number_hash)
        assert list(session.scalars(joined)) == [NUMBER]
        other = aliased(Caller)
        ends = select(func.count()).where(Caller.number_hash == other.number_end)
        assert session.scalar(ends.select_from(Caller, other)) == 0


def test_a_hash_that_was_read_finds_and_stays_a_hash(factory: Sessions) -> None:
    """It is told from a text: hashed again it would find nothing."""
    with transaction(factory) as session:
        row = Caller(number=NUMBER)
        session.add(row)
        session.flush()
        assert isinstance(row.number_hash, KeyedHash) and row.number_hash == RING.digest("number", NUMBER)
        again = session.scalar(select(Caller.number_hash))
        assert isinstance(again, KeyedHash) and len(again) == DIGEST
        session.add(Caller(id=7, number="", number_hash=again))
        session.flush()
        assert session.scalar(select(func.count()).where(Caller.number_hash == again)) == 2


def test_whatever_inserts_a_text_inserts_its_hash(factory: Sessions) -> None:
    """The ORM, one statement with many rows, and the table itself with rows to be ignored."""
    table = Caller.metadata.tables["sealed_caller"]
    with transaction(factory) as session:
        session.execute(insert(Caller), [{"number": NUMBER}, {"number": OTHER}])
        session.execute(insert(table).values([{"id": 10, "number": NUMBER}, {"id": 11, "number": OTHER}]))
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        once = dialect.insert(table).on_conflict_do_nothing()
        session.execute(once, [{"id": 11, "number": NUMBER}, {"id": 12, "number": NUMBER}])
        found = select(func.count()).where(Caller.number_hash == NUMBER, Caller.number_end == "5678")
        assert session.scalar(found) == 3


@pytest.mark.parametrize("how", ["orm", "statement", "table", "several"])
def test_whatever_updates_a_text_updates_its_hash(factory: Sessions, how: str) -> None:
    """And an update of something else leaves it."""
    table: Table = Caller.metadata.tables["sealed_caller"]
    with transaction(factory) as session:
        session.add_all([Caller(id=1, number=NUMBER), Caller(id=2, number=NUMBER)])
    with transaction(factory) as session:
        if how == "orm":
            session.get_one(Caller, 1).number = OTHER
        elif how == "statement":
            session.execute(update(Caller).where(Caller.id == 1).values(number=OTHER))
        elif how == "table":
            session.connection().execute(update(table).where(table.c.id == 1), {"number": OTHER})
        else:
            session.execute(update(Caller), [{"id": 1, "number": OTHER}, {"id": 2, "number": NUMBER}])
    with transaction(factory) as session:
        session.get_one(Caller, 1).name = "王小明"
        session.execute(update(Caller).where(Caller.id == 2).values(name="王大明"))
    with transaction(factory) as session:
        found = [
            session.scalars(select(Caller.id).where(Caller.number_hash == one)).all()
            for one in (NUMBER, OTHER)
        ]
        assert found == [[2], [1]]
        assert session.scalars(select(Caller.id).where(Caller.name_hash == "王大明")).all() == [2]


def test_a_text_that_only_the_database_knows_has_no_hash(factory: Sessions) -> None:
    """Refused, and not forgotten."""
    with transaction(factory) as session, pytest.raises(TypeError, match="hash"):
        session.execute(update(Caller).values(number=func.lower(Caller.name)))


def test_a_rotation_finds_old_rows_and_new_ones(database_url: str, engine: Engine) -> None:
    """Half of the rows bear the former key's hash; their texts are read, too."""
    keys = {"a": bytes(SIZE), "b": bytes(range(SIZE))}
    rings = KeyRing({"a": keys["a"]}), KeyRing(keys)
    for ring in rings:
        one = connect(database_url, wait=WAIT, keys=ring)
        with transaction(sessions(one)) as session:
            session.add(Caller(number=NUMBER))
        one.dispose()
    rotated = connect(database_url, wait=WAIT, keys=rings[1])
    with transaction(sessions(rotated)) as session:
        assert (
            list(session.scalars(select(Caller.number).where(Caller.number_hash == NUMBER))) == [NUMBER] * 2
        )
        assert session.scalar(select(func.count()).where(Caller.number_hash.not_in([NUMBER]))) == 0
    rotated.dispose()


def test_a_lookup_uses_the_index(factory: Sessions) -> None:
    """Of the whole number and of its end, also either of both."""
    wanted = (Caller.number_hash == NUMBER) | (Caller.number_end == "5678")
    with transaction(factory) as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = session.execute(_explained("EXPLAIN ", select(Caller.id).where(wanted), session))
        else:
            plan = session.execute(
                _explained("EXPLAIN QUERY PLAN ", select(Caller.id).where(wanted), session)
            )
        told = str(plan.all())
    assert "number_hash" in told and "number_end" in told and "SCAN sealed_caller" not in told


def _explained(how: str, statement: Any, session: Session) -> Any:
    return text(how + str(statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})))


@pytest.mark.parametrize(
    "compare",
    [
        lambda: Caller.number == NUMBER,
        lambda: Caller.name.like("王%"),
        lambda: Caller.number.in_([NUMBER]),
        lambda: Caller.number < NUMBER,
    ],
)
def test_a_sealed_text_is_compared_with_nothing(compare: Any) -> None:
    """No two seals are alike: it would find nothing, and nobody would notice."""
    with pytest.raises(TypeError, match="sealed"):
        compare()


def test_an_engine_without_keys_neither_writes_nor_reads(database_url: str, engine: Engine) -> None:
    """A program that was given none; what is empty has no secret."""
    with transaction(sessions(engine)) as session:
        session.add(Caller(number=NUMBER))
    bare = connect(database_url, wait=WAIT)
    assert getattr(bare.dialect, KEYS) is None
    with pytest.raises(TypeError, match="keys"), transaction(sessions(bare)) as session:
        list(session.scalars(select(Caller)))
    with pytest.raises(Exception, match="keys"), transaction(sessions(bare)) as session:
        session.add(Caller(number=NUMBER))
    bare.dispose()


def test_a_missing_key_is_told_as_that_by_reads_and_writes(database_url: str, engine: Engine) -> None:
    """Not as a statement that failed, which would be taken for a database that is away."""
    with transaction(sessions(engine)) as session:
        session.add(Caller(number=NUMBER))

    def lost() -> dict[str, bytes]:
        raise KeyMissing("test")

    for ring in (KeyRing({"other": bytes(SIZE)}), KeyRing({}, lost)):
        other = connect(database_url, wait=WAIT, keys=ring)
        with pytest.raises(KeyMissing), transaction(sessions(other)) as session:
            list(session.scalars(select(Caller)))
        other.dispose()
    other = connect(database_url, wait=WAIT, keys=KeyRing({}, lost))
    with pytest.raises(KeyMissing), transaction(sessions(other)) as session:
        session.add(Caller(number=NUMBER))
    other.dispose()


def test_what_is_compiled_names_plain_types() -> None:
    """The columns of a table are texts of no length, and hashes of one."""
    table = Caller.metadata.tables["sealed_caller"]
    made = {
        name: str(table.c[name].type.compile(postgresql.dialect()))
        for name in ("number", "said", "number_hash")
    }
    assert made == {"number": "TEXT", "said": "JSON", "number_hash": str(String(DIGEST))}
