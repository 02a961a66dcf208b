"""Tables and migrations say the same, on both databases, from nothing to the newest and again."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import String, inspect

from hotline.db import Base, connect
from hotline.keys.columns import Sealed
from hotline.settings import Settings
from ops.wiring import FORMER_MARK, MIGRATIONS, SCHEMA_MARK, migrate
from tests.conftest import WAIT

pytestmark = pytest.mark.dialects


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url=database_url)


def compared(
    context: MigrationContext, _inspected: Any, _column: Any, found: Any, wanted: Any
) -> bool | None:
    """SQLite keeps a text of any length in a column of either kind."""
    is_kept = context.dialect.name == "sqlite" and isinstance(found, String) and isinstance(wanted, Sealed)
    return False if is_kept else None


def differences(url: str) -> list[object]:
    """What autogenerate would write into the next migration."""
    engine = connect(url, wait=WAIT)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": compared, "version_table": SCHEMA_MARK}
        )
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    return list(found)


def tables(url: str) -> set[str]:
    engine = connect(url, wait=WAIT)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_an_empty_database_becomes_what_the_tables_say(settings: Settings) -> None:
    """Every table has its migration, and no migration makes what no table asks for."""
    migrate(settings)
    assert tables(settings.database) == {*Base.metadata.tables, SCHEMA_MARK}
    assert differences(settings.database) == []


def triggers(url: str) -> set[tuple[str, ...]]:
    """Names and words of what refuses changes."""
    engine = connect(url, wait=WAIT)
    asked = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        if url.startswith("sqlite")
        else "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    )
    with engine.connect() as connection:
        found = {tuple(row) for row in connection.exec_driver_sql(asked)}
    engine.dispose()
    return found


def test_migrations_protect_what_the_tables_protect(settings: Settings) -> None:
    """Rows of evidence: a database that grew by migrations refuses what a fresh one refuses."""
    migrate(settings)
    grown = triggers(settings.database)
    engine = connect(settings.database, wait=WAIT)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    engine.dispose()
    assert grown == triggers(settings.database) != set()


def test_the_newest_schema_is_left_as_it_is(settings: Settings) -> None:
    """Every start migrates; a second time there is nothing to do, and rows stay."""
    migrate(settings)
    engine = connect(settings.database, wait=WAIT)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO log_position (file, \"offset\", name, at) VALUES ('a', 7, '', '2026-11-24 04:00:00')"
        )
    migrate(settings)
    with engine.connect() as connection:
        assert connection.exec_driver_sql('SELECT "offset" FROM log_position').scalar() == 7
    engine.dispose()


def said(url: str, statement: str) -> object:
    engine = connect(url, wait=WAIT)
    try:
        with engine.begin() as connection:
            found = connection.exec_driver_sql(statement)
            return found.scalar() if found.returns_rows else None
    finally:
        engine.dispose()


def test_a_release_goes_on_with_the_schema_of_a_later_one(settings: Settings) -> None:
    """A city goes back to this release: nothing is refused or changed, for schemas are only added to."""
    migrate(settings)
    said(settings.database, f"UPDATE {SCHEMA_MARK} SET version_num = '9999'")
    migrate(settings)
    assert said(settings.database, f"SELECT version_num FROM {SCHEMA_MARK}") == "9999"


def test_the_mark_of_the_releases_before_stays_as_they_left_it(settings: Settings) -> None:
    """They start with no other; what they had is not made a second time."""
    migrate(settings)
    said(settings.database, f"CREATE TABLE {FORMER_MARK} AS SELECT version_num FROM {SCHEMA_MARK}")
    said(settings.database, f"DROP TABLE {SCHEMA_MARK}")
    migrate(settings)
    newest = scripts().get_current_head()
    assert said(settings.database, f"SELECT version_num FROM {SCHEMA_MARK}") == newest
    said(settings.database, f"UPDATE {FORMER_MARK} SET version_num = '0027'")
    migrate(settings)
    assert said(settings.database, f"SELECT version_num FROM {FORMER_MARK}") == "0027"


def test_there_is_one_newest_migration() -> None:
    """Two branches that both add one must be brought into an order."""
    assert len(scripts().get_heads()) == 1


def test_migrations_are_numbered_in_their_order() -> None:
    """0001, 0002 and so on, each upon the one before, each file named after its number."""
    chain = list(reversed(list(scripts().walk_revisions())))
    assert [script.revision for script in chain] == [f"{number:04}" for number in range(1, len(chain) + 1)]
    assert all(Path(script.path).name.startswith(f"{script.revision}_") for script in chain)
    assert [script.down_revision for script in chain] == [None, *(script.revision for script in chain[:-1])]
