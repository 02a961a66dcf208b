"""The line of a desk: an extension of the city's exchange, or an outside number and keys. Pure."""

import re
import unicodedata
from dataclasses import dataclass

from hotline.directory.rules import Agency, Desk, Directory, DutyOfficer

_WRITTEN = re.compile(
    r"(?P<number>[-+() 0-9]+?)\s*(?:(?:轉|分機|ext\.?|#)+\s*(?P<keys>[0-9]+))?", re.IGNORECASE
)
LEAST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class DeskLine:
    """``number`` empty: an inside phone, of ``extension`` if that is not the desk's own."""

    number: str = ""
    keys: str = ""
    extension: str = ""
    is_alternative: bool = False


def line_of(directory: Directory, desk: Desk) -> DeskLine | None:
    """None when nothing on file can be dialled. A switchboard out of order is passed by (P4.9)."""
    agency = agency_of(directory, desk)
    if agency and agency.fault:
        return outside(agency.alternative, "", is_alternative=True)
    if desk.number:
        return outside(desk.number, desk.extension)
    if agency and agency.off_site and agency.number:
        return outside(agency.number, desk.extension)
    return DeskLine()


def line_of_officer(directory: Directory, officer: DutyOfficer) -> DeskLine | None:
    """A number of the roster: an extension of the directory, or an outside number."""
    desk = directory.desks.get(officer.number)
    if desk is None:
        return outside(officer.number, "")
    line = line_of(directory, desk)
    return DeskLine(extension=desk.extension) if line == DeskLine() else line


def outside(written: str, keys: str, *, is_alternative: bool = False) -> DeskLine | None:
    """``(02)2960-3456轉5112`` as digits and keys; keys written with the number win. None: no number at all.

    One of another country keeps its plus sign; whether it is dialled the ladder asks.
    """
    written = unicodedata.normalize("NFKC", written).strip()
    match = _WRITTEN.fullmatch(written)
    digits = re.sub(r"\D", "", match["number"]) if match else ""
    if match is None or len(digits) < LEAST_DIGITS:
        return None
    if written.startswith("+886"):
        digits = "0" + digits.removeprefix("886").removeprefix("0")
    elif written.startswith("+"):
        digits = f"+{digits}"
    return DeskLine(digits, match["keys"] or keys, is_alternative=is_alternative)


def agency_of(directory: Directory, desk: Desk) -> Agency | None:
    """The agency of a desk's section."""
    section = directory.sections.get(desk.section)
    return directory.agencies.get(section.agency) if section else None
