"""Texts that lead to things, found as people ask: as written, as they sound, or nearly so.

Built once, then asked without a database. Characters are compared as written; by pinyin, so that 彬 finds 斌
and 張 finds 章; typed in pinyin or in 注音; and with typing errors.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from rapidfuzz import fuzz, process

ALIKE: Final = 60
"""Of 100: less alike is not found."""
SHORT: Final = 4
"""A name: compared as a whole. A longer word may be part of a text."""
SPOKEN: Final = "彬張章志明文路燈環保"
"""Common syllables, also where no text has them yet."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_BOPOMOFO: Final = re.compile(r"[\u3105-\u312f]")
_TONES: Final = re.compile(r"[ˊˇˋ˙ˉ]")


class Match(IntEnum):
    """The way in which a word was found, the best first."""

    NUMBER = 0
    WRITTEN = 1
    SOUND = 2
    NEARLY = 3


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the keys of what it leads to."""

    text: str
    sound: str
    """Syllables apart, with a blank before the first."""
    squeezed: str
    keys: tuple[str, ...]


class Texts:
    """Texts to be searched in."""

    def __init__(self, texts: Mapping[str, tuple[str, ...]]) -> None:
        self._all = tuple(_text(text, keys) for text, keys in texts.items())
        self._written = [one.text for one in self._all]
        self._sounds = [one.squeezed for one in self._all]
        self._syllables = _syllables("".join(self._written))

    def matches(self, asked: str, most: int) -> Iterator[tuple[Match, float, Text]]:
        """Find texts that fit ``asked`` (given as ``plain`` makes it), the best way of fitting first."""
        written = [one for one in self._all if asked in one.text]
        yield from ((Match.WRITTEN, _share(asked, one.text), one) for one in _shortest(written, most))
        sound = self._pinyin(asked) if _BOPOMOFO.search(asked) else _sound(asked)
        squeezed = sound.replace(" ", "")
        heard = [one for one in self._all if f" {sound}" in one.sound or squeezed in one.squeezed]
        yield from ((Match.SOUND, _share(asked, one.text), one) for one in _shortest(heard, most))
        if len(written) + len(heard) >= most:
            return
        for texts, word in ((self._written, asked), (self._sounds, squeezed)):
            yield from self._nearly(texts, word, most)

    def _nearly(self, texts: list[str], word: str, most: int) -> Iterator[tuple[Match, float, Text]]:
        if len(word) < 2:
            return
        scorer = fuzz.ratio if len(word) <= SHORT else fuzz.partial_ratio
        for text, score, place in process.extract(word, texts, scorer=scorer, score_cutoff=ALIKE, limit=most):
            if 2 * len(text) >= len(word):  # else most of what was asked for is nowhere in it
                yield Match.NEARLY, float(score), self._all[place]

    def _pinyin(self, bopomofo: str) -> str:
        """Convert typed 注音 into syllables of pinyin; a sign that begins no syllable is passed over."""
        left, found = _TONES.sub("", bopomofo).replace(" ", ""), list[str]()
        while left:
            sign = next((left[:n] for n in (4, 3, 2, 1) if left[:n] in self._syllables), left[:1])
            found.append(self._syllables.get(sign, ""))
            left = left[len(sign) :]
        return " ".join(filter(None, found))


def plain(text: str) -> str:
    """Normalise a text for comparison: one width, small letters, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def words(text: str) -> Iterable[str]:
    """The words of a list that a person wrote, with whatever stands between them."""
    return re.split(r"[、，,;；\s]+", text)


def _shortest(texts: list[Text], most: int) -> list[Text]:
    return sorted(texts, key=lambda one: len(one.text))[: 3 * most]


def pinyin(text: str) -> str:
    """A text as it is said, in letters, without tones and blanks."""
    return _sound(text).replace(" ", "")


def _share(asked: str, text: str) -> float:
    return 100.0 * min(1.0, len(asked) / max(1, len(text)))


def _text(text: str, keys: tuple[str, ...]) -> Text:
    sound = _sound(text)
    return Text(text, f" {sound}", sound.replace(" ", ""), keys)


def _sound(text: str) -> str:
    """Pinyin without tones, syllables apart; what is no character stays."""
    return " ".join(_said(text)) if _HAN.search(text) else text


def _syllables(text: str) -> dict[str, str]:
    """注音 to pinyin, both without tones, of every syllable that is said in a text."""
    signs = sorted({sign for sign in text if _HAN.match(sign)})
    signs += [*SPOKEN]
    spelt = (_TONES.sub("", said) for sign in signs for said in _said(sign, "BOPOMOFO"))
    return dict(zip(spelt, (said for sign in signs for said in _said(sign)), strict=True))


def _said(text: str, style: str = "NORMAL") -> list[str]:
    """Read a text with pypinyin, loaded only in processes that search: its dictionaries take 45 MB."""
    from pypinyin import Style, lazy_pinyin

    return list(lazy_pinyin(text, style=getattr(Style, style)))
