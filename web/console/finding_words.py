"""What is wrong or lacking in the directory, in the words of the pages."""

from typing import Final

from hotline.directory.findings import Finding

PLACES: Final = {
    "agencies": "agency", "sections": "section", "persons": "person", "desks": "desk", "forwards": "forward",
    "away": "absence", "switchboards": "switchboard", "days": "calendar", "bookings": "booking",
    "businesses": "business", "contacts": "contact",
}  # fmt: skip
"""Kinds, by the word that findings about rows use."""


def subject(found: Finding) -> tuple[str, str]:
    """Kind and key of what it is about."""
    kind, _colon, key = found.subject.partition(":")
    return PLACES.get(kind, kind), key
