"""What cases need to know of categories and places."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session


class Category(Protocol):
    """A category as its version says (P5.4.1)."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def agency(self) -> str: ...
    @property
    def stage1_hours(self) -> int: ...
    @property
    def stage2_days(self) -> int: ...
    @property
    def is_safety(self) -> bool: ...
    @property
    def row_id(self) -> int: ...

    def in_charge(self, district: str) -> tuple[str, str]:
        """Agency and section for a district."""
        ...


class Categories(Protocol):
    """The table of categories."""

    def at(self, session: Session, at: datetime) -> Mapping[str, Category]:
        """The categories of an instant by code."""
        ...

    def version(self, session: Session, row_id: int) -> Category:
        """The version by which a case was filed."""
        ...


class Place(Protocol):
    """A place as a person named it."""

    @property
    def text(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def district(self) -> str: ...
    @property
    def latitude(self) -> float | None: ...
    @property
    def longitude(self) -> float | None: ...
