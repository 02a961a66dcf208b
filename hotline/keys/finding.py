"""Finding rows by a sealed value: by its keyed hash, or, where the row is not sealed yet, by the value."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Index,
    String,
    inspect,
    literal_column,
    or_,
    select,
    text,
    type_coerce,
)

from hotline.keys.columns import LAST, Hashed
from hotline.keys.ring import DIGEST

_HASH: Final = re.compile(rf"[0-9a-f]{{{DIGEST}}}")
_NOTHING: Final[ColumnElement[str]] = literal_column("''")
"""Said in the statement itself: a partial index serves only who says its condition so."""


def has(hashed: Any, value: str) -> ColumnElement[bool]:
    """Condition that a row holds a value; ``hashed``: the column with the hash of that value."""
    column = inspect(hashed).expression
    kind = cast(Hashed, column.type)
    if not kind.of:
        return or_(hashed == value, type_coerce(column, String) == value)
    (key,), other = column.table.primary_key, _other(column.table)
    by_hash = select(other.c[key.name]).where(other.c[column.name] == value)
    by_value = select(other.c[key.name]).where(*_unsealed(other, kind, value))
    return cast(
        ColumnElement[bool], key.in_(by_hash.union_all(by_value))
    )  # an index each; "or" may read all rows


@cache
def _other(table: FromClause) -> FromClause:
    """The same table by another name, made once: with its eighty columns it took longer than a search."""
    return table.alias()


def _unsealed(table: FromClause, kind: Hashed, value: str) -> Iterator[ColumnElement[bool]]:
    """Conditions that a row is not sealed and holds a value, as the partial index has them."""
    plain = type_coerce(table.c[kind.of], String)
    yield type_coerce(table.c[f"{kind.of}_hash"], String) == _NOTHING
    yield plain != _NOTHING
    yield plain == value if kind.part == "whole" else plain.endswith(value[-LAST:], autoescape=True)


def hashes(table: FromClause) -> dict[str, str]:
    """The columns of a table that hold hashes of others, and of which."""
    return {one.name: one.type.of for one in table.columns if isinstance(one.type, Hashed) and one.type.of}


def is_digest(text: str) -> bool:
    """Tell a hash from the text of which it would be one, in a column that held such texts before."""
    return _HASH.fullmatch(text) is not None


def unsealed_index(table: str, column: str, *more: str) -> Index:
    """Index of a column in rows that no job has sealed yet; empty once it has."""
    where: Any = dict.fromkeys(
        ("sqlite_where", "postgresql_where"), text(f"{column}_hash = '' AND {column} != ''")
    )
    return Index(f"ix_{table}_{column}_unsealed", column, *more, **where)
