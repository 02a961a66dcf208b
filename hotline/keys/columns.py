"""Columns that are sealed at the border of the database, and keyed hashes by which their rows are found.

``Sealed("callback.number")`` takes and gives plain text; in the database it stands sealed for that purpose.
A value from before is read as it stands. Beside it ``Hashed("number", of="caller")`` fills itself with the
keyed hash of the column ``caller``: ``row.caller_hash == "+886912345678"`` finds it, also while a rotation
goes on. The engine bears the ring (``connect(…, keys=ring)``); without one nothing is written or read so.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Column,
    ColumnDefault,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Executable,
    String,
    Table,
    Text,
    Update,
    bindparam,
    event,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import BindParameter, ClauseElement, Null
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from hotline.db import KEYS
from hotline.errors import HotlineError
from hotline.keys.ring import DIGEST, SEALED, KeyRing

Part = Literal["whole", "last4"]
Value = TypeVar("Value")
LAST: Final = 4
_COMPARISONS: Final = frozenset(
    (
        operators.eq,
        operators.ne,
        operators.lt,
        operators.le,
        operators.gt,
        operators.ge,
        operators.like_op,
        operators.ilike_op,
        operators.contains_op,
        operators.startswith_op,
        operators.endswith_op,
        operators.in_op,
        operators.not_in_op,
        operators.between_op,
    )
)


_AS_JSON: Final = json.JSONEncoder(separators=(",", ":")).encode


def ring_of(dialect: Dialect) -> KeyRing:
    """The ring that an engine was given. Raises TypeError when it was given none."""
    ring = getattr(dialect, KEYS, None)
    if not isinstance(ring, KeyRing):
        raise TypeError("a sealed column needs an engine with keys: connect(url, wait=…, keys=ring)")
    return ring


class _Unsearchable(TypeDecorator.Comparator[Any]):
    """Comparisons of a sealed column: whether there is a text, and nothing else."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
        if op in _COMPARISONS and not all(map(_is_of_no_text, other)):
            raise TypeError(f"{self.expr} is sealed: compare the column of its hash")
        return super().operate(op, *other, **kwargs)


def _is_of_no_text(other: Any) -> bool:
    """Tell whether nothing is compared with a text: dictionaries compare a column with itself, too."""
    return other is None or other == "" if isinstance(other, str | None) else isinstance(other, ClauseElement)


class Sealed(TypeDecorator[str]):
    """A text, sealed for one purpose. Empty and null stay so: whether there is one may be asked."""

    impl = Text
    cache_ok = True
    comparator_factory = _Unsearchable

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return ring_of(dialect).seal_text(self.purpose, value) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return _opened(self.purpose, value, dialect) if value else value


class SealedJSON(TypeDecorator[Any]):
    """A value of JSON, sealed for one purpose as a JSON text. Null and what is empty stay so."""

    impl = JSON
    cache_ok = True
    comparator_factory = _Unsearchable

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if not value:
            return value
        return ring_of(dialect).seal_text(self.purpose, _AS_JSON(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if isinstance(value, str) and value.startswith(SEALED):
            return json.loads(_opened(self.purpose, value, dialect))
        return value


def _opened(purpose: str, text: str, dialect: Dialect) -> str:
    return ring_of(dialect).open_text(purpose, text) if text.startswith(SEALED) else text


class KeyedHash(str):
    """A keyed hash as a row has it, told from the text that it is the hash of."""


class _Findable(TypeDecorator.Comparator[str]):
    """Comparisons of a hash with plain texts: each by every key of the ring."""

    def operate(self, op: Any, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
        kind, texts = self.expr.type, _texts(op, other)
        if texts is None or not isinstance(kind, Hashed):
            return super().operate(op, *other, **kwargs)
        found = _Among(self.expr, bindparam(None, texts, _Hashes(kind.purpose, kind.part), unique=True))
        return ~found if op in (operators.ne, operators.not_in_op) else found


def _texts(op: Any, other: Sequence[Any]) -> tuple[str, ...] | None:
    """The plain texts of a comparison; None for any other, as with a hash or with another column."""
    if op in (operators.eq, operators.ne):
        found = other
    elif op in (operators.in_op, operators.not_in_op) and isinstance(
        other[0], list | tuple | set | frozenset
    ):
        found = tuple(other[0])
    else:
        return None
    return (
        tuple(found)
        if all(isinstance(one, str) and not isinstance(one, KeyedHash) for one in found)
        else None
    )


class Hashed(TypeDecorator[str]):
    """The keyed hash of a text, or of its last four characters; of an empty text empty.

    Of the same ``purpose`` it is the same in every table. A column ``of`` another is filled from it by
    whatever inserts or updates that.
    """

    impl = String
    cache_ok = True
    comparator_factory = _Findable

    def __init__(self, purpose: str, of: str = "", part: Part = "whole", length: int = DIGEST) -> None:
        super().__init__(length)
        self.purpose, self.of, self.part = purpose, of, part

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None else self.hashed(value, dialect)

    def process_result_value(self, value: str | None, dialect: Dialect) -> KeyedHash | None:
        return value if value is None else KeyedHash(value)

    def hashed(self, text: str, dialect: Dialect) -> KeyedHash:
        """The hash of a text, by the current key."""
        if not text or isinstance(text, KeyedHash):
            return KeyedHash(text)
        purpose, part = _part(self.purpose, self.part, text)
        return KeyedHash(ring_of(dialect).digest(purpose, part))

    def filled(self, context: Any) -> KeyedHash:
        """The hash of the column ``of`` of a row that is inserted."""
        return self.hashed(context.get_current_parameters().get(self.of) or "", context.dialect)


class _Hashes(TypeDecorator[Any]):
    """Hashes of several texts by every key, as one parameter."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str, part: Part) -> None:
        super().__init__()
        self.purpose, self.part = purpose, part

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(String(DIGEST)) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        ring = ring_of(dialect)
        found = [
            one
            for text in value
            for one in (ring.digests(*_part(self.purpose, self.part, text)) if text else ("",))
        ]
        return found if dialect.name == "postgresql" else json.dumps(found)


def _part(purpose: str, part: Part, text: str) -> tuple[str, str]:
    """Purpose and text of a hash: those of a part are told from those of a whole text that is as short."""
    return (f"{purpose}.{part}", text[-LAST:]) if part == "last4" else (purpose, text)


class _Among(FunctionElement[bool]):
    """Condition that a column is one of the hashes of a parameter: both databases look it up in an index."""

    name = "among"
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> "_Among":
        return self


@compiles(_Among)
def _among(element: _Among, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, hashes = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({hashes}))"


@compiles(_Among, "postgresql")
def _among_of_postgresql(element: _Among, compiler: SQLCompiler, **kwargs: Any) -> str:
    column, hashes = (compiler.process(one, **kwargs) for one in element.clauses)
    return f"{column} = ANY({hashes})"


@event.listens_for(Hashed, "after_parent_attach")
def _fill_what_is_inserted(kind: Hashed, column: Column[Any]) -> None:
    """Give the column its default once its table has it: until then it is set to none."""
    if kind.of:
        event.listen(column, "after_parent_attach", _filled_by_default)


def _filled_by_default(column: Column[Any], _table: object) -> None:
    if isinstance(column.type, Hashed):
        column.default = ColumnDefault(column.type.filled)


@event.listens_for(Engine, "before_execute", retval=True)
def _fill_what_is_updated(
    connection: Connection, statement: Executable, several: Any, one: Any, _options: Any
) -> tuple[Executable, Any, Any]:
    """Add the hash wherever an update sets the column that it is of."""
    if (
        isinstance(statement, Update)
        and isinstance(statement.table, Table)
        and (found := _hashes(statement.table))
    ):
        dialect = connection.dialect
        given = {getattr(key, "key", key): value for key, value in (statement._values or {}).items()}
        if filled := _filled(found, given, dialect):
            statement = statement.values({statement.table.c[key]: value for key, value in filled.items()})
        several = [{**row, **_filled(found, row, dialect)} for row in several]
        one = {**one, **_filled(found, one, dialect)}
    return statement, several, one


def _filled(found: Sequence[Column[Any]], given: Mapping[Any, Any], dialect: Dialect) -> dict[str, KeyedHash]:
    return {
        column.key: column.type.hashed(_value(given[column.type.of]) or "", dialect)
        for column in found
        if isinstance(column.type, Hashed) and column.type.of in given and column.key not in given
    }


def _value(given: Any) -> Any:
    """A value that an update sets. Raises TypeError for one that only the database knows."""
    plain = given.effective_value if isinstance(given, BindParameter) else given
    if isinstance(plain, ColumnElement):
        if isinstance(plain, Null):
            return None
        raise TypeError(f"{plain} has no hash yet: set the column of its hash too")
    return plain


@lru_cache(256)
def _hashes(table: Table) -> tuple[Column[Any], ...]:
    return tuple(column for column in table.columns if isinstance(column.type, Hashed) and column.type.of)


@event.listens_for(Engine, "handle_error")
def _told_as_it_is(context: ExceptionContext) -> None:
    """A key that is lacking is told as that, and not as a statement that failed."""
    if isinstance(context.original_exception, HotlineError):
        raise context.original_exception
