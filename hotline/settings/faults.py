"""Faults of settings: each fault as facts; a secret is never repeated."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, ClassVar, Final, Literal, get_args

from pydantic.fields import FieldInfo

from hotline.errors import HotlineError, Remark

PREFIX: Final = "HOTLINE_"
NOT_SETTINGS: Final = frozenset(("HOTLINE_KEEP",))
"""Names with our prefix that are none: the tests' own."""
Kind = Literal[
    "most", "least", "whole-number", "one-of", "two-values", "time-of-day", "seconds", "form", "sooner", "country",
    "digits", "address", "telephone", "read", "other",
]  # fmt: skip
_OURS: Final = frozenset(get_args(Kind))
"""Among them those that our own validators raise, as ``PydanticCustomError`` with a ``limit``."""
_KINDS: Final[Mapping[str, Kind]] = {
    "less_than_equal": "most",
    "greater_than_equal": "least",
    "int_parsing": "whole-number",
    "int_type": "whole-number",
    "int_from_float": "whole-number",
    "int_parsing_size": "whole-number",
    "literal_error": "one-of",
    "enum": "one-of",
    "missing": "two-values",
    "too_long": "two-values",
    "time_parsing": "time-of-day",
    "time_type": "time-of-day",
    "time_delta_parsing": "seconds",
    "time_delta_type": "seconds",
    "string_pattern_mismatch": "form",
}
"""Faults as pydantic names them."""


class Demand(Remark, code="demand", varies_by="kind"):
    """The demand that a value does not meet."""

    kind: Kind
    limit: object = ""


class WrongValue(HotlineError, code="wrong-value"):
    """A value that a setting cannot have."""

    field: ClassVar[str] = "value"

    setting: str
    demand: Demand


class SettingFault(Remark, code="setting-fault", varies_by="shown"):
    """A value of an environment or a file that a setting cannot have, with what the setting means."""

    variable: str
    given: str
    demand: Demand
    meaning: str
    shown: Literal["given", "secret"]


class UnknownSetting(Remark, code="unknown-setting", varies_by="hint"):
    """A name that is no setting, and the setting that may be meant."""

    variable: str
    near: str

    @property
    def hint(self) -> Literal["", "near"]:
        """The word of the sentence for a setting that has nearly that name."""
        return "near" if self.near else ""


class UnreadableSettings(Remark, code="unreadable-settings"):
    """A settings.toml that is no TOML."""

    detail: str


class UnreadableSecret(Remark, code="unreadable-secret"):
    """The file of a secret that cannot be read."""

    variable: str
    file: str
    why: str


class SettingMissing(Remark, code="setting-missing"):
    """A setting without which another cannot be used."""

    variable: str
    by: str


class NoGateway(Remark, code="no-gateway"):
    """A gateway of messages that nobody wrote."""

    variable: str
    given: str
    known: tuple[str, ...]


class BadSettings(HotlineError, code="bad-settings"):
    """Settings that cannot be used; holds all faults, not the first."""

    faults: tuple[Remark, ...]


def fault_of(fault: Mapping[str, Any], fields: Mapping[str, FieldInfo], secrets: Iterable[str]) -> Remark:
    """Describe a fault: the setting, what was given, what it must be, what it means."""
    name = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return unknown(name, fields)
    meaning = (fields[name].description or "") if name in fields else ""
    is_secret = name in secrets
    given = "" if is_secret else _plain(fault.get("input"))
    return SettingFault(
        variable(name), given, demand(fault, fields), meaning, "secret" if is_secret else "given"
    )


def demand(fault: Mapping[str, Any], fields: Mapping[str, FieldInfo]) -> Demand:
    """Find the demand that a value fails, with the declared limit: pydantic tells durations as text."""
    facts = fault.get("ctx", {})
    kind = _KINDS.get(fault["type"], fault["type"])
    marks = fields[str(fault["loc"][0])].metadata if kind in ("most", "least") else ()
    declared = (
        getattr(one, name) for one in marks for name in ("le", "ge") if name in facts and hasattr(one, name)
    )
    limit = next(declared, facts.get("expected", facts.get("limit", "")))
    return Demand(kind, limit) if kind in _OURS else Demand("read", str(facts.get("error", fault["msg"])))


def unknown(name: str, fields: Iterable[str]) -> UnknownSetting:
    """A name that is no setting."""
    near = get_close_matches(name.lower(), list(fields), n=1)
    return UnknownSetting(variable(name), variable(near[0]) if near else "")


def strangers(environment: Iterable[str], fields: Iterable[str]) -> Iterator[UnknownSetting]:
    """Faults of an environment: what has our prefix and is no setting would be ignored without a word."""
    known = {variable(name) for name in fields} | NOT_SETTINGS
    ours = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    yield from (unknown(name.removeprefix(PREFIX), fields) for name in ours)


def variable(name: str) -> str:
    """A setting as the environment calls it."""
    return f"{PREFIX}{name.upper()}"


def _plain(given: Any) -> str:
    if isinstance(given, timedelta):
        return f"{given.total_seconds():g} seconds"
    return ",".join(map(str, given)) if isinstance(given, tuple | list) else str(given)
