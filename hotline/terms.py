"""Mark enums whose members have names in the catalogue of ``wording``."""

from collections.abc import Callable
from enum import Enum
from typing import Final, TypeVar

Kind = TypeVar("Kind", bound=type[Enum])
GROUP: Final = "__group__"
"""The attribute of an enum that holds its group."""


def named(group: str) -> Callable[[Kind], Kind]:
    """Declare that every member of an enum has a name; its values are the words of the group."""

    def declared(kind: Kind) -> Kind:
        setattr(kind, GROUP, group)
        return kind

    return declared
