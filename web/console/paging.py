"""Long lists in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request, url_for

Item = TypeVar("Item")
SIZE = 50


@dataclass(frozen=True)
class ListPage(Generic[Item]):
    """Some of a list: which, of how many."""

    items: Sequence[Item]
    number: int
    total: int
    size: int = SIZE

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    def address(self, number: int) -> str:
        """The address of another page of the same list."""
        asked = {**(request.view_args or {}), **request.args.to_dict(flat=False), "page": [str(number)]}
        return url_for(request.endpoint or "", **asked)


def asked() -> int:
    """Number of the page that is asked for; 1 when that is no number."""
    given = request.args.get("page", "1")
    return max(1, int(given)) if given.isascii() and given.isdecimal() and len(given) < 7 else 1


def page_of(everything: Sequence[Item], size: int = SIZE) -> ListPage[Item]:
    """The page asked for, of a list that is at hand; past its end, the last one."""
    number = min(asked(), max(1, -(-len(everything) // size)))
    return ListPage(everything[(number - 1) * size : number * size], number, len(everything), size)
