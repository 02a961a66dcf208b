"""Settings that may be set while calls go on, and their values when some are. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from hotline.errors import HotlineError
from hotline.settings import Settings
from hotline.settings.faults import Demand, WrongValue, demand
from hotline.settings.kinds import Tunable

TUNABLE: Final = tuple(
    name
    for name, field in Settings.model_fields.items()
    if any(isinstance(mark, Tunable) for mark in field.metadata)
)
"""In the order of their declaration."""


class Origin(StrEnum):
    """Source of the value of a setting; the first of them that has one wins."""

    PAGES = "pages"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class NotTunable(HotlineError, code="not-tunable"):
    """A setting that counts from the next start on, or none at all."""

    name: str


def tuned(base: Settings, values: Mapping[str, str]) -> Settings:
    """The settings with these values in the place of others. Raises WrongValue, NotTunable."""
    for name in values:
        if name not in TUNABLE:
            raise NotTunable(name)
    if not values:
        return base
    try:
        return Settings(**{**base.__dict__, **values})
    except ValidationError as error:
        raise _wrong(error) from error


def fitting(base: Settings, values: Mapping[str, str]) -> tuple[Settings, dict[str, HotlineError]]:
    """The settings with those of the values that fit, one by one; and why the others do not.

    What was saved fitted then: a later program may have other limits.
    """
    kept, refused = dict[str, str](), dict[str, HotlineError]()
    for name, value in values.items():
        try:
            tuned(base, {**kept, name: value})
            kept[name] = value
        except (WrongValue, NotTunable) as error:
            refused[name] = error
    return tuned(base, kept), refused


def origins(
    values: Mapping[str, str], environment: Mapping[str, str], file: Mapping[str, Any]
) -> dict[str, Origin]:
    """Origins of all settings' values."""
    return {name: _origin(name, values, environment, file) for name in Settings.model_fields}


def _origin(
    name: str, values: Mapping[str, str], environment: Mapping[str, str], file: Mapping[str, Any]
) -> Origin:
    if name in values:
        return Origin.PAGES
    if f"HOTLINE_{name.upper()}" in environment:
        return Origin.ENVIRONMENT
    return Origin.FILE if name in file else Origin.DEFAULT


def _wrong(error: ValidationError) -> WrongValue:
    fault = error.errors()[0]
    must = demand(fault, Settings.model_fields)
    return WrongValue(str(fault["loc"][0]), Demand("other") if must.kind == "read" else must)
