"""What is known of Asterisk's releases, from a table that is shipped: nothing outside is asked."""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

TABLE: Final = Path(__file__).with_name("releases.toml")
SOON: Final = timedelta(days=180)
STALE: Final = timedelta(days=180)
"""Asterisk mends weaknesses some times a year: an older table knows too little."""


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version, to be compared."""
    return tuple(int(part) for part in version.split("."))


def shortcomings(version: str, day: date, table: dict[str, Any] | None = None) -> Iterator[str]:
    """Yield what speaks against running a version on a day, each with the table's own day."""
    known = table if table is not None else tomllib.loads(TABLE.read_text("utf-8"))
    as_of: date = known["as_of"]
    source = f"as of {as_of}"
    series = version.partition(".")[0]
    for fix in known["fix"]:
        if fix["version"].partition(".")[0] == series and release(version) < release(fix["version"]):
            weaknesses = f"{fix['mends']} known weaknesses, such as {fix['example']}"
            yield f"Asterisk {version} has {weaknesses}: {fix['version']} mends them ({source})"
    if (times := known["series"].get(series)) is None:
        yield f"Asterisk {series} is not in the table of versions ({source})"
    elif times["ends"] <= day:
        yield f"Asterisk {series} is mended no more since {times['ends']}: go to a newer series ({source})"
    elif times["ends"] - day < SOON:
        yield f"Asterisk {series} is mended until {times['ends']} only: plan a newer series ({source})"
    if day - as_of > STALE:
        yield (
            f"the table of Asterisk's versions is {(day - as_of).days} days old ({source}): upgrade the "
            "hotline, or read https://github.com/asterisk/asterisk/security/advisories"
        )
