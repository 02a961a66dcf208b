"""The kinds of values of settings, how each is given and written, and how a file of secrets is read."""

import re
from datetime import time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_core import PydanticCustomError
from pydantic_settings import NoDecode

from hotline.settings.faults import BadSettings, UnreadableSecret, variable

CHECKOUT = Path(__file__).resolve().parents[2]
Port = Annotated[int, Field(ge=1, le=65535)]
Duration = Annotated[timedelta, BeforeValidator(lambda value: _seconds(value))]
"""Given as seconds (``30``) or in ISO 8601 (``PT30S``)."""
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(lambda value: by_commas(value))]
"""Given with commas between them."""
Peers = Annotated[Words, AfterValidator(lambda value: _addresses(value))]
"""Addresses, networks or names of machines, with commas between them."""
Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(lambda value: by_commas(value))]
"""The same, shown in no message."""

MACHINE: Final = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
"""A name; it has a letter, so that no address that is written wrongly is taken for one."""


class Tunable:
    """Mark of a setting that takes effect within seconds when it is set at run time
    (``hotline.runtime_settings``).

    The law's own limits, what Asterisk is configured with, addresses and secrets bear no such mark.
    """


TUNABLE: Final = Tunable()


def _seconds(value: Any) -> Any:
    plain = isinstance(value, str) and value.strip().replace(".", "", 1).isdecimal()
    return timedelta(seconds=float(value)) if plain else value


def by_commas(value: Any) -> Any:
    """Words of a text, between commas; any other value as it is."""
    return tuple(v.strip() for v in value.split(",") if v.strip()) if isinstance(value, str) else value


def _addresses(value: tuple[str, ...]) -> tuple[str, ...]:
    for one in value:
        if not (_is_network(one) or MACHINE.fullmatch(one)):
            raise PydanticCustomError("address", "no address", {"limit": one})
    return value


def _is_network(given: str) -> bool:
    try:
        ip_network(given, strict=False)
    except ValueError:
        return False
    return True


def secrets_in(file: Path, setting: str) -> tuple[str, ...]:
    """The lines of a setting's file. Raises BadSettings if it cannot be read."""
    try:
        return tuple(line.strip() for line in file.read_text("utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        why = UnreadableSecret(variable(setting), str(file), type(error).__name__)
        raise BadSettings((why,)) from error


def as_written(value: Any) -> str:
    """Format a value as it is set: durations in seconds, lists by commas, 08:30; URLs without passwords."""
    match value:
        case None:
            return ""
        case timedelta():
            return f"{value.total_seconds():g}"
        case time():
            return f"{value:%H:%M}"
        case tuple():
            return ",".join(map(str, value))
        case str() if "://" in value and (secret := urlsplit(value).password):
            return value.replace(f":{secret}@", ":**********@", 1)
    return str(value)
