"""Whom to ask: by name, duty, section or number; as written, as it sounds, or nearly so.

Built once from the directory of an instant, then asked without a database.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from hotline.directory.rules import Desk, Directory
from hotline.search import Match, Texts, bare, plain, words

MOST: Final = 20
"""So many are found, at most."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An extension that was found; ``text`` is the words by which."""

    extension: str
    name: str
    section: str
    agency: str
    text: str
    match: Match
    score: float


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """An agency or a section that was found by its name."""

    kind: Literal["agency", "section"]
    code: str
    name: str
    agency: str
    """Name of a section's agency; empty for an agency."""
    match: Match


class Index:
    """The directory of an instant, to be searched in."""

    def __init__(self, then: Directory) -> None:
        self._then = then
        self._texts = Texts(_texts(then))
        self._numbers = {key: _digits(desk.number) + key for key, desk in then.desks.items()}

    def find(self, asked_for: str, most: int = MOST) -> list[Hit]:
        """The best hits first: who is surely meant, then who is similar; nothing for nothing."""
        asked = plain(asked_for)
        if not asked:
            return []
        if digits := _digits(asked) if re.fullmatch(r"[-+() 0-9]+", asked) else "":
            return self._by_number(digits, most)
        return [self._hit(one.key, one.text, one.match, one.score) for one in self._texts.find(asked, most)]

    def places(self, asked_for: str, most: int = MOST) -> list[PlaceHit]:
        """Agencies and sections by their names, the best first; nothing for nothing."""
        return [
            PlaceHit("agency" if kind == "agency" else "section", code, *self._called(kind, code), one.match)
            for one in self._names.find(plain(asked_for), most)
            for kind, _slash, code in [one.key.partition("/")]
        ]

    @cached_property
    def _names(self) -> Texts:
        """Names of agencies and sections, made when they are first asked for."""
        texts = dict[str, list[str]]()
        for code, agency in self._then.agencies.items():
            texts.setdefault(bare(agency.name), []).append(f"agency/{code}")
        for code, section in self._then.sections.items():
            for name in (section.name, "".join(self._called("section", code)[::-1])):
                texts.setdefault(bare(name), []).append(f"section/{code}")
        return Texts(texts)

    def _called(self, kind: str, code: str) -> tuple[str, str]:
        """Name of an agency or section, and of the agency above."""
        if kind == "agency":
            return self._then.agencies[code].name, ""
        section = self._then.sections[code]
        above = self._then.agencies.get(section.agency)
        return section.name, above.name if above else ""

    def _by_number(self, digits: str, most: int) -> list[Hit]:
        exact = [digits] if digits in self._then.desks else []
        more = [key for key, number in self._numbers.items() if digits in number and key not in exact]
        return [self._hit(key, key, Match.NUMBER, 100.0) for key in (exact + sorted(more, key=len))[:most]]

    def _hit(self, extension: str, text: str, match: Match, score: float) -> Hit:
        desk = self._then.desks[extension]
        section = self._then.sections.get(desk.section)
        agency = self._then.agencies.get(section.agency) if section else None
        names = desk.name, section.name if section else desk.section, agency.name if agency else ""
        return Hit(extension, *names, text, match, score)


def _texts(then: Directory) -> dict[str, tuple[str, ...]]:
    """Map texts to the extensions they lead to."""
    of_section, of_person = dict[str, list[str]](), dict[str, list[str]]()
    found = dict[str, list[str]]()

    def told(text: str, phones: Iterable[str]) -> None:
        if told_as := bare(text):
            found.setdefault(told_as, []).extend(phones)

    for key, desk in sorted(then.desks.items()):
        of_section.setdefault(desk.section, []).append(key)
        of_person.setdefault(desk.person, []).append(key)
        told(_name(then, desk), [key])
        person = then.persons.get(desk.person)
        for duty in words(person.duties) if person else ():
            told(duty, [key])
    for code, section in then.sections.items():
        agency = then.agencies.get(section.agency)
        told(f"{agency.name if agency else ''}{section.name}", of_section.get(code, ()))
    for business in then.businesses.values():
        phones = (
            of_person.get(business.person, ()) if business.person else of_section.get(business.section, ())
        )
        for text in (business.name, *words(business.keywords)):
            told(text, phones)
    return {text: tuple(dict.fromkeys(phones)) for text, phones in found.items() if phones}


def _name(then: Directory, desk: Desk) -> str:
    person = then.persons.get(desk.person)
    return desk.name or (person.name if person else "")


def _digits(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return "0" + digits.removeprefix("886") if text.startswith("+886") else digits
