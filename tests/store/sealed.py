"""Rows as they stand in the database, and rows as the release before wrote them."""

from sqlalchemy import Engine, text

from hotline.db import Base, Sessions, transaction


def kept(engine: Engine, *, without: frozenset[str] = frozenset()) -> str:
    """All rows of all tables as they stand, a line each."""
    found = list[str]()
    with engine.connect() as connection:
        for name in sorted(Base.metadata.tables.keys() - without):
            for row in connection.execute(text(f'SELECT * FROM "{name}"')):
                found.append(f"{name}: {' | '.join(map(str, row))}")
    return "\n".join(found)


def plainly(factory: Sessions, table: str, **values: str) -> None:
    """Bring all rows to stand as the release before wrote them: values as they are, and no hashes."""
    written = ", ".join(f'"{name}" = {value(factory, name, plain)}' for name, plain in values.items())
    with transaction(factory) as session:
        session.execute(text(f'UPDATE "{table}" SET {written}'), values)


def value(factory: Sessions, name: str, plain: str) -> str:
    """A parameter, as JSON where it is some."""
    is_json = plain.startswith("{") and factory.kw["bind"].dialect.name == "postgresql"
    return f"CAST(:{name} AS JSON)" if is_json else f":{name}"
