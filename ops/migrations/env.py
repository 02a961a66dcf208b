"""Alembic's door: migrations run over one connection, whatever database it is."""

from alembic import context
from sqlalchemy import create_engine, pool

import calls.store  # noqa: F401
import hotline.tables  # noqa: F401
import recordings.store  # noqa: F401
from hotline.db import Base, Instant

url = context.config.attributes["url"].replace("postgresql://", "postgresql+psycopg://", 1)


def render(kind, thing, autogen):  # type: ignore[no-untyped-def]
    """Migrations stand by themselves: they name no type of ours."""
    if kind == "type" and isinstance(thing, Instant):
        return "sa.DateTime(timezone=True)"
    return False


with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
