"""Alembic's door: migrations run over one connection, whatever database it is."""

import structlog
from alembic import context
from sqlalchemy import Connection, create_engine, inspect, pool

import calls.store  # noqa: F401
import hotline.tables  # noqa: F401
import recordings.retrieval_store  # noqa: F401
import recordings.store  # noqa: F401
import reporting.hour_sums.store  # noqa: F401
import reporting.open_figures  # noqa: F401
import reporting.packs.store  # noqa: F401
from hotline.db import Base, Instant
from hotline.keys.columns import Hashed, Sealed, SealedJSON
from hotline.keys.ring import DIGEST
from ops.wiring import FORMER_MARK, SCHEMA_MARK

url = context.config.attributes["url"].replace("postgresql://", "postgresql+psycopg://", 1)


PLAIN = {
    Instant: "sa.DateTime(timezone=True)",
    Sealed: "sa.Text()",
    SealedJSON: "sa.JSON()",
    Hashed: f"sa.String(length={DIGEST})",
}


def render(kind, thing, autogen):  # type: ignore[no-untyped-def]
    """Migrations stand by themselves: they name no type of ours."""
    return PLAIN.get(type(thing), False) if kind == "type" else False


def take_up(connection: Connection) -> None:
    """Begin our own mark of the schema with that of the releases before."""
    schema = context.get_context()
    if schema.get_current_heads() or not inspect(connection).has_table(FORMER_MARK):
        return
    for mark in connection.exec_driver_sql(f"SELECT version_num FROM {FORMER_MARK}").scalars():
        schema.stamp(context.script, mark)
    if not context.is_transactional_ddl():
        connection.commit()


def bring_forward() -> None:
    """To our schema; a newer one stays as it is, for a city may go back to this release."""
    marks = set(context.get_context().get_current_heads())
    if marks <= {one.revision for one in context.script.walk_revisions()}:
        context.run_migrations()
    else:
        structlog.get_logger().warning("schema.newer", marks=sorted(marks))


with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=SCHEMA_MARK,
        render_as_batch=True,
        render_item=render,
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":  # several machines may start at one moment
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('migrations', 0))")
        take_up(connection)
        bring_forward()
