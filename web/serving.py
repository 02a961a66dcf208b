"""Access to what serves a request of pages or API: the process's parts, its database, its instant."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol, TypedDict, cast

from flask import current_app, g
from sqlalchemy.orm import Session

from hotline.db import Sessions, looking, transaction
from web.parts import Parts


class Serving(Protocol):
    """Attributes that the applications of pages and API have in common."""

    house: Parts
    clock: Callable[[], datetime]


class Stamp(TypedDict):
    """Instant of an act, and the login of who acts."""

    at: datetime
    by: str


def serving() -> Serving:
    """The application that serves this request."""
    return cast(Serving, current_app)


def house() -> Parts:
    """The parts of the process that serves this request."""
    return serving().house


def factory() -> Sessions:
    """Sessions of its database."""
    return house().factory


def read_session() -> AbstractContextManager[Session]:
    """A transaction that only reads."""
    return looking(factory())


def write_session() -> AbstractContextManager[Session]:
    """A transaction that is committed at its end, and rolled back by an exception."""
    return transaction(factory())


def now() -> datetime:
    """The instant of this request."""
    if "at" not in g:
        g.at = serving().clock()
    at: datetime = g.at
    return at
