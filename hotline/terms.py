"""Mark enums whose members have names in the catalogue of ``wording``."""

from collections.abc import Callable
from enum import Enum
from typing import Final, TypeVar

EnumType = TypeVar("EnumType", bound=type[Enum])
GROUP: Final = "__group__"
"""The attribute of an enum that holds its group."""


def named(group: str) -> Callable[[EnumType], EnumType]:
    """Declare that every member of an enum has a name; its values are the words of the group."""

    def declared(kind: EnumType) -> EnumType:
        setattr(kind, GROUP, group)
        return kind

    return declared
