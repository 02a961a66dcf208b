"""The instant that pages of the directory tell of:
now, or any other (``at`` in the address), past or to come.

It stays while one moves about among these pages, until one comes back to the present.
"""

from datetime import datetime
from typing import Any, Final

from flask import request

from hotline.directory.rules import Directory
from web.console.date_fields import asked_moment
from web.console.gate import Pages, house, now

ASKED: Final = "at"
_STAYING: Final = set[str]()


def staying(name: str) -> Pages:
    """Pages among which the instant stays."""
    pages = Pages(name)
    pages.url_defaults(_carry)
    _STAYING.add(name)
    return pages


def is_now() -> bool:
    """Tell whether no other instant is asked for."""
    return asked_moment(now()) == now()


def instant() -> datetime:
    """The instant asked for."""
    return asked_moment(now())


def then() -> Directory:
    """The directory of that instant."""
    return house().atlas.at(instant())


def _carry(_endpoint: str, values: dict[str, Any]) -> None:
    if ASKED not in values and request.blueprint in _STAYING and not is_now():
        values[ASKED] = request.args[ASKED]
