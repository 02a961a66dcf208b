"""Whom to ask: by name, duty, section or number; as written, as it sounds, or nearly so.

Built once from the directory of an instant, then asked without a database. Characters are compared as
written; by pinyin, so that 彬 finds 斌 and 張 finds 章; typed in pinyin or in 注音; and with typing errors.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from pypinyin import Style, lazy_pinyin
from rapidfuzz import fuzz, process

from hotline.directory.rules import Desk, Directory

MOST: Final = 20
"""So many are found, at most."""
ALIKE: Final = 60
"""Of 100: less alike is not found."""
SHORT: Final = 4
"""A name: compared as a whole. A longer word may be part of a text."""
SPOKEN: Final = "彬張章志明文路燈環保"
"""Common syllables, also where the directory has none of them yet."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_BOPOMOFO: Final = re.compile(r"[\u3105-\u312f]")
_TONES: Final = re.compile(r"[ˊˇˋ˙ˉ]")


class Match(IntEnum):
    """How a word was found, the best first."""

    NUMBER = 0
    WRITTEN = 1
    SOUND = 2
    NEARLY = 3


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
class _Line:
    """A text that leads to extensions: a name, a duty, a section."""

    text: str
    sound: str
    """Syllables apart, with a blank before the first."""
    squeezed: str
    extensions: tuple[str, ...]


class Index:
    """The directory of an instant, to be searched in."""

    def __init__(self, then: Directory) -> None:
        self._then = then
        self._lines = tuple(_line(text, phones) for text, phones in _texts(then).items())
        self._texts = [line.text for line in self._lines]
        self._sounds = [line.squeezed for line in self._lines]
        self._syllables = _syllables("".join(self._texts))
        self._numbers = {key: _digits(desk.number) + key for key, desk in then.desks.items()}

    def find(self, words: str, most: int = MOST) -> list[Hit]:
        """The best hits first; nothing for nothing."""
        asked = _plain(words)
        if not asked:
            return []
        if digits := _digits(asked) if re.fullmatch(r"[-+() 0-9]+", asked) else "":
            return self._by_number(digits, most)
        found = dict[str, Hit]()
        for match, score, line in self._matches(asked, most):
            for extension in line.extensions:
                if extension not in found:
                    found[extension] = self._hit(extension, line.text, match, score)
                if len(found) >= 3 * most:
                    break
        hits = sorted(found.values(), key=lambda hit: (hit.match, -hit.score, hit.extension))
        return hits[:most]

    def _by_number(self, digits: str, most: int) -> list[Hit]:
        exact = [digits] if digits in self._then.desks else []
        more = [key for key, number in self._numbers.items() if digits in number and key not in exact]
        return [self._hit(key, key, Match.NUMBER, 100.0) for key in (exact + sorted(more, key=len))[:most]]

    def _matches(self, asked: str, most: int) -> Iterable[tuple[Match, float, _Line]]:
        written = [line for line in self._lines if asked in line.text]
        yield from ((Match.WRITTEN, _share(asked, line.text), line) for line in _shortest(written, most))
        sound = self._pinyin(asked) if _BOPOMOFO.search(asked) else _sound(asked)
        squeezed = sound.replace(" ", "")
        heard = [line for line in self._lines if f" {sound}" in line.sound or squeezed in line.squeezed]
        yield from ((Match.SOUND, _share(asked, line.text), line) for line in _shortest(heard, most))
        if len(written) + len(heard) >= most:
            return
        for texts, word in ((self._texts, asked), (self._sounds, squeezed)):
            if len(word) < 2:
                continue
            scorer = fuzz.ratio if len(word) <= SHORT else fuzz.partial_ratio
            near = process.extract(word, texts, scorer=scorer, score_cutoff=ALIKE, limit=most)
            for text, score, place in near:
                if 2 * len(text) >= len(word):  # else most of what was asked for is nowhere in it
                    yield Match.NEARLY, float(score), self._lines[place]

    def _pinyin(self, bopomofo: str) -> str:
        """What was typed in 注音, as syllables of pinyin; a sign that begins no syllable is passed over."""
        left, found = _TONES.sub("", bopomofo).replace(" ", ""), list[str]()
        while left:
            sign = next((left[:n] for n in (4, 3, 2, 1) if left[:n] in self._syllables), left[:1])
            found.append(self._syllables.get(sign, ""))
            left = left[len(sign) :]
        return " ".join(filter(None, found))

    def _hit(self, extension: str, text: str, match: Match, score: float) -> Hit:
        desk = self._then.desks[extension]
        section = self._then.sections.get(desk.section)
        agency = self._then.agencies.get(section.agency) if section else None
        return Hit(
            extension, desk.name, section.name if section else desk.section, agency.name if agency else "",
            text, match, score,
        )  # fmt: skip


def _shortest(lines: list[_Line], most: int) -> list[_Line]:
    return sorted(lines, key=lambda line: len(line.text))[: 3 * most]


def _share(asked: str, text: str) -> float:
    return 100.0 * min(1.0, len(asked) / max(1, len(text)))


def _texts(then: Directory) -> dict[str, tuple[str, ...]]:
    """Every text and the extensions it leads to."""
    of_section, of_person = dict[str, list[str]](), dict[str, list[str]]()
    found = dict[str, list[str]]()

    def told(text: str, phones: Iterable[str]) -> None:
        if plain := _plain(text):
            found.setdefault(plain, []).extend(phones)

    for key, desk in sorted(then.desks.items()):
        of_section.setdefault(desk.section, []).append(key)
        of_person.setdefault(desk.person, []).append(key)
        told(_name(then, desk), [key])
        person = then.persons.get(desk.person)
        for duty in re.split(r"[、，,;；\s]+", person.duties) if person else ():
            told(duty, [key])
    for code, section in then.sections.items():
        agency = then.agencies.get(section.agency)
        told(f"{agency.name if agency else ''}{section.name}", of_section.get(code, ()))
    for business in then.businesses.values():
        phones = (
            of_person.get(business.person, ()) if business.person else of_section.get(business.section, ())
        )
        for text in (business.name, *re.split(r"[、，,;；\s]+", business.keywords)):
            told(text, phones)
    return {text: tuple(dict.fromkeys(phones)) for text, phones in found.items() if phones}


def _name(then: Directory, desk: Desk) -> str:
    person = then.persons.get(desk.person)
    return desk.name or (person.name if person else "")


def _line(text: str, extensions: tuple[str, ...]) -> _Line:
    sound = _sound(text)
    return _Line(text, f" {sound}", sound.replace(" ", ""), extensions)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def _digits(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    return "0" + digits.removeprefix("886") if text.startswith("+886") else digits


def _sound(text: str) -> str:
    """Pinyin without tones, syllables apart; what is no character stays."""
    return " ".join(lazy_pinyin(text)) if _HAN.search(text) else text


def _syllables(text: str) -> dict[str, str]:
    """注音 to pinyin, both without tones, of every syllable that is said in a text."""
    signs = sorted({sign for sign in text if _HAN.match(sign)})
    signs += [*SPOKEN]
    spelt = (_TONES.sub("", said) for sign in signs for said in lazy_pinyin(sign, style=Style.BOPOMOFO))
    return dict(zip(spelt, (said for sign in signs for said in lazy_pinyin(sign)), strict=True))
