"""Alembic's door: migrations run over one connection, whatever database it is."""

from alembic import context
from sqlalchemy import create_engine, pool

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


with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render,
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":  # several machines may start at one moment
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('migrations', 0))")
        context.run_migrations()
