"""Texts that lead to things, found as people ask: as written, as they sound, or nearly so.

Built once, then asked without a database. Characters are compared as written; by pinyin, so that 彬 finds 斌
and 張 finds 章; typed in pinyin or in 注音. What is found so is sure; what shares most of the words, or differs
by a slip, is only similar, and told apart. Each sign and each pair of signs knows the texts in which it stands,
so that only those are looked at.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from heapq import nlargest, nsmallest
from itertools import chain
from typing import Final, cast

from rapidfuzz import fuzz

from hotline.terms import named

ALIKE: Final = 85
"""Of 100: a text whose letters are less alike is no slip of what was asked for."""
SLIP: Final = 0.7
"""A slip is behind what shares the words."""
MOSTLY: Final = 55
"""Of 100, by weight: a text with less of what was asked for is not similar."""
NAMED: Final = 0.3
"""Of the same: so much stands in a title at least; who asks does not mean what is only mentioned."""
ASIDE: Final = 0.5
"""Weight of a word in a body; in a title it is 1."""
SHORTEST: Final = 3
"""Signs of a word for which similar ones are sought: a shorter one is like everything."""
SPELT: Final = 7
"""Letters of pinyin that are as much as ``SHORTEST`` signs."""
LETTERS: Final = 3
"""A syllable has about so many."""
LOOKED_AT: Final = 50
"""So many texts are compared letter by letter, those that share most with what was asked for."""
HELD: Final = 200
"""So many texts that hold what was asked for are followed, the shortest first."""
SIMILAR: Final = 10
"""So many similar ones are told, at most."""

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_BOPOMOFO: Final = re.compile(r"[\u3105-\u312f]")
_TONES: Final = re.compile(r"[ˊˇˋ˙ˉ\s]+")
_SIGNS: Final = re.compile(r"[^\w\s]|_")
_SPELT: Final = re.compile(r"[a-z\s]+")
_ASKING: Final = re.compile(
    "請問|想問|想要|可不可以|可以|能不能|要不要|會不會|怎麼辦|怎麼|怎樣|如何|為什麼|什麼|哪裡|哪邊|哪個|哪些|有沒有|沒有|是不是"
    "|多少|多久|一直|一下|我們|你們|我家|有人|這個|那個|應該|需要|[我你他要想去會來被把在有的了嗎呢吧啊是誰跟很太好都也就還到幾]"
)
"""Words with which people ask, and which say nothing of the matter."""
_APART: Final = "|"
"""Stands where somebody left a blank."""


@named("match")
class Match(StrEnum):
    """The way in which a word was found, the best first."""

    NUMBER = "number"
    WRITTEN = "written"
    SOUND = "sound"
    SIMILAR = "similar"

    @property
    def is_sure(self) -> bool:
        """Whether what was asked for is there; else it is only similar."""
        return self is not Match.SIMILAR


_BEST_FIRST: Final = {match: place for place, match in enumerate(Match)}


@dataclass(frozen=True, slots=True)
class Found:
    """Something that fits; ``text`` is the words by which, a title's before a body's."""

    key: str
    match: Match
    score: float
    text: str = ""
    in_body: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether a title says it as it was asked for."""
        return self.match is Match.WRITTEN and not self.in_body

    @property
    def rank(self) -> tuple[int, bool, float, int, str]:
        """The best first, and of the same the one with the lower number."""
        return (_BEST_FIRST[self.match], self.in_body, -self.score, len(self.key), self.key)


class Pieces:
    """Lines of signs, and the places of the lines in which each piece of a size stands."""

    def __init__(self, lines: Iterable[Sequence[str]], *sizes: int) -> None:
        self._sizes, self._lines, self._places = sizes, list[str](), defaultdict[str, list[int]](list)
        for place, line in enumerate(lines):
            self._lines.append(_joined(line))
            for piece in {piece for size in sizes for piece in _pieces(line, size)}:
                self._places[piece].append(place)

    def at(self, piece: str) -> Sequence[int]:
        """Look up the places at which a piece stands."""
        return self._places.get(piece, ())

    def holding(self, asked: Sequence[str]) -> Sequence[int]:
        """The places of the lines in which all of these stand, one after the other."""
        if len(asked) in self._sizes or len(asked) < min(self._sizes):
            return self.at(" ".join(asked))
        whole = _joined(asked)
        rarest = min(map(self.at, _pieces(asked, max(self._sizes))), key=len)
        return [place for place in rarest if whole in self._lines[place]]

    def sharing(self, asked: Sequence[str]) -> Sequence[int]:
        """The places of the lines that share at least half of the pieces, the most first."""
        pieces, shared = set(_pieces(asked, max(self._sizes))), Counter[int]()
        for piece in pieces:
            shared.update(self.at(piece))
        enough = ((many, -place) for place, many in shared.items() if 2 * many >= len(pieces))
        return [-place for _, place in nlargest(LOOKED_AT, enough)]


class _Side:
    """Texts and the keys of what each leads to, by their signs and by their syllables."""

    def __init__(self, texts: Mapping[str, Sequence[str]]) -> None:
        self.texts, self.keys = list(texts), list(texts.values())
        self.written = Pieces((_apart(text) for text in texts), 1, 2)
        self.sound = Pieces((_syllables(_apart(text)) for text in texts), 1, 2)

    def marks(self, pieces: Pieces, bits: Iterable[tuple[str, int]]) -> dict[str, int]:
        """Mark by key, as bits, which pieces of what was asked for stand in it."""
        marks = defaultdict[str, int](int)
        for piece, bit in bits:
            for place in pieces.at(piece):
                for key in self.keys[place]:
                    marks[key] |= bit
        return marks


@dataclass(frozen=True, slots=True)
class _Asked:
    """Query in the form that is compared with the index."""

    signs: tuple[str, ...]
    sounds: tuple[str, ...]
    """A syllable for each sign."""
    heavy: tuple[bool, ...]
    """Which signs say something of the matter."""
    is_bopomofo: bool = False
    """Typed in 注音."""
    is_letters: bool = False
    """Typed in letters, which do not say where a syllable ends."""

    @property
    def written(self) -> tuple[str, ...]:
        """The signs without what stands between them."""
        return tuple(sign for sign in self.signs if sign != _APART)

    @property
    def sound(self) -> tuple[str, ...]:
        """The syllables without what stands between them."""
        return tuple(sound for sound in self.sounds if sound != _APART)

    @property
    def letters(self) -> str:
        """The syllables that say something of the matter, as letters."""
        return "".join(sound for sound, heavy in zip(self.sounds, self.heavy, strict=True) if heavy)

    @property
    def is_long(self) -> bool:
        """Whether it is long enough for similar ones to be sought; one number is not like another."""
        if self.is_letters:
            return len(self.letters) >= SPELT
        return sum(self.heavy) - sum(map(str.isdecimal, self.signs)) >= SHORTEST

    def pairs(self, signs: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Every pair of which one says something, with its bits."""
        for place in range(1, len(signs)):
            pair = signs[place - 1 : place + 1]
            if _APART not in pair and any(self.heavy[place - 1 : place + 1]):
                yield " ".join(pair), 3 << place - 1

    def singles(self) -> Iterator[tuple[str, int]]:
        """Every sign that says something, with its bit."""
        return ((sign, 1 << place) for place, sign in enumerate(self.signs) if self.heavy[place])


class Texts:
    """Texts to be searched in: titles, for which people ask, and bodies, in which it may stand too."""

    def __init__(
        self, titles: Mapping[str, Sequence[str]], bodies: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._titles, self._bodies = _Side(titles), _Side(bodies or {})
        self._spelt = ["".join(_syllables(_apart(text))) for text in titles]
        self._letters = Pieces(self._spelt, 3)
        self._of = defaultdict[str, list[str]](list)
        for text, some in titles.items():
            for key in some:
                self._of[key].append(text)

    def find(self, asked_for: str, most: int) -> list[Found]:
        """The best first: what is sure, then what is similar; nothing for nothing."""
        asked, found = _read(bare(asked_for)), dict[str, Found]()
        if not asked.written:
            return []
        for way in (self._phrase, self._words, self._slips):
            for one in way(asked):
                known = found.get(one.key)
                if known is None or one.rank < known.rank:
                    found[one.key] = one
            if sum(one.is_plain for one in found.values()) >= most:
                break  # nothing that comes later comes before these
        best = sorted(found.values(), key=lambda one: one.rank)
        sure = [one for one in best if one.match.is_sure][:most]
        similar = [one for one in best if not one.match.is_sure][: min(SIMILAR, most - len(sure))]
        return [
            one if one.text else replace(one, text=self._nearest(one.key, asked)) for one in sure + similar
        ]

    def _phrase(self, asked: _Asked) -> Iterator[Found]:
        """Find the whole query in one piece."""
        titles, bodies, size = self._titles, self._bodies, len(asked.sound)
        yield from _held(titles, Match.WRITTEN, asked, titles.written.holding(asked.written))
        yield from _held(bodies, Match.WRITTEN, asked, bodies.written.holding(asked.written), in_body=True)
        if asked.is_letters:
            yield from _held(titles, Match.SOUND, asked, self._letters.holding(asked.letters))
        elif size > 1 or asked.is_bopomofo:
            yield from _held(titles, Match.SOUND, asked, titles.sound.holding(asked.sound))
        if not asked.is_letters and size >= SHORTEST:
            yield from _held(bodies, Match.SOUND, asked, bodies.sound.holding(asked.sound), in_body=True)

    def _words(self, asked: _Asked) -> Iterator[Found]:
        """Find the words of the query: a text with all of them fits, with most of them it is similar."""
        weights = [
            self._weight(sign) if heavy else 0.0 for sign, heavy in zip(asked.signs, asked.heavy, strict=True)
        ]
        whole = sum(weights)
        if not whole or asked.is_letters:
            return
        titles, bodies = self._titles, self._bodies
        written = titles.marks(titles.written, asked.pairs(asked.signs))
        heard = titles.marks(titles.sound, asked.pairs(asked.sounds))
        single = titles.marks(titles.written, asked.singles())
        below = bodies.marks(bodies.written, asked.pairs(asked.signs))
        needed = sum(bit for _, bit in asked.singles())
        for key in {**written, **heard}:
            title = written[key] | heard[key]
            seen = written[key] | single[key] | below[key]
            named, told = (
                _share(bits, weights) / whole for bits in (title, title | single[key] | below[key])
            )
            score = 90 * (named + ASIDE * (told - named)) + title.bit_count()
            is_written, is_heard = (bits & needed == needed for bits in (seen, title | below[key]))
            if (is_written or is_heard) and named >= NAMED and title & title >> 1 & needed:
                yield Found(key, Match.WRITTEN if is_written else Match.SOUND, score)
            elif asked.is_long and score >= MOSTLY:
                yield Found(key, Match.SIMILAR, score)

    def _slips(self, asked: _Asked) -> Iterator[Found]:
        """Find titles that differ from the query by a typing or hearing error."""
        if not asked.is_long:
            return
        for place in self._letters.sharing(asked.letters):
            spelt = self._spelt[place]
            score = fuzz.partial_ratio(asked.letters, spelt, score_cutoff=ALIKE)
            if score and 3 * len(spelt) >= 2 * len(asked.letters):
                for key in self._titles.keys[place]:
                    yield Found(key, Match.SIMILAR, SLIP * score, self._titles.texts[place])

    def _nearest(self, key: str, asked: _Asked) -> str:
        """The title that has most of what was asked for."""
        sounds = set(asked.sounds)
        return max(self._of[key], key=lambda text: len(sounds.intersection(_syllables(_apart(text)))))

    def _weight(self, sign: str) -> float:
        """The rarer a sign, the more it says."""
        return math.log(2 + len(self._titles.texts) / (1 + len(self._titles.written.at(sign))))


def bare(text: str) -> str:
    """Normalise a text for comparison: one width, small letters, single blanks, also where signs stood."""
    return " ".join(_SIGNS.sub(" ", plain(text)).split())


def plain(text: str) -> str:
    """Normalise a text for comparison: one width, small letters, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def words(text: str) -> Iterable[str]:
    """The words of a list that a person wrote, with whatever stands between them."""
    return re.split(r"[、，,;；\s]+", text)


def pinyin(text: str) -> str:
    """A text as it is said, in letters, without tones and blanks."""
    return "".join(_said(text.replace(" ", "")))


def _held(
    side: _Side, match: Match, asked: _Asked, places: Sequence[int], *, in_body: bool = False
) -> Iterator[Found]:
    """What the texts at some places lead to; those that say little more before those that say much more."""
    shares, times, best = dict[str, float](), Counter[str](), dict[str, str]()
    size = len(asked.letters) / LETTERS if asked.is_letters else len(asked.sound)
    for place in nsmallest(HELD, places, key=lambda place: len(side.texts[place])):
        text = side.texts[place]
        share = min(1.0, size / len(text))
        for key in side.keys[place]:
            times[key] += 1
            if share > shares.get(key, 0.0):
                shares[key], best[key] = share, text
    return (
        Found(key, match, 100 + 40 * share + 10 * times[key], best[key], in_body)
        for key, share in shares.items()
    )


def _read(asked: str) -> _Asked:
    """Take apart what somebody typed."""
    if _BOPOMOFO.search(asked) and not _HAN.search(asked):
        spoken = tuple(_spoken(asked))
        return _Asked(spoken, spoken, (True,) * len(spoken), is_bopomofo=True)
    signs = tuple(_apart(asked))
    light = {place for one in _ASKING.finditer(asked) for place in range(*one.span())}
    heavy = tuple(place not in light and sign != _APART for place, sign in enumerate(signs))
    return _Asked(signs, _said("".join(signs)), heavy, is_letters=_SPELT.fullmatch(asked) is not None)


def _spoken(bopomofo: str) -> Iterator[str]:
    """Typed 注音 as syllables of pinyin; what begins no syllable stays, and so nothing is found by it."""
    known = _bopomofo()
    for said in filter(None, _TONES.split(bopomofo)):
        left = said
        while left:
            sign = next((left[:size] for size in (4, 3, 2, 1) if left[:size] in known), left[:1])
            yield known.get(sign, sign)
            left = left[len(sign) :]


def _joined(line: Sequence[str]) -> str:
    return f" {' '.join(line)} "


def _pieces(line: Sequence[str], size: int) -> Iterator[str]:
    return map(" ".join, zip(*(line[place:] for place in range(size)), strict=False))


def _share(bits: int, weights: Sequence[float]) -> float:
    return sum(weight for place, weight in enumerate(weights) if bits >> place & 1)


def _apart(text: str) -> str:
    return text.replace(" ", _APART)


def _syllables(text: str) -> tuple[str, ...]:
    """The syllables of a text that is searched in."""
    return tuple(chain.from_iterable((_APART, *_kept(part)) for part in text.split(_APART)))[1:]


@lru_cache(maxsize=1 << 17)
def _kept(part: str) -> tuple[str, ...]:
    """Syllables that are kept, so that an index made anew reads only what is new."""
    return _said(part)


def _said(text: str) -> tuple[str, ...]:
    """Read a text as the syllable of each sign, in pinyin without tones; what is no character stays.

    pypinyin is loaded only in processes that search: its dictionaries take 45 MB.
    """
    from pypinyin import Style, lazy_pinyin

    if not _HAN.search(text):
        return tuple(text)
    each = cast("Callable[[str], str]", list)  # of what is no character: one for each sign
    return tuple(lazy_pinyin(text, style=Style.NORMAL, errors=each))


@cache
def _bopomofo() -> Mapping[str, str]:
    """注音 to pinyin, both without tones, of every syllable that a character has."""
    from pypinyin import Style
    from pypinyin.pinyin_dict import pinyin_dict
    from pypinyin.style import convert

    readings = {reading for some in pinyin_dict.values() for reading in some.split(",")}
    return {
        _TONES.sub("", convert(reading, Style.BOPOMOFO, strict=True)): convert(
            reading, Style.NORMAL, strict=True
        )
        for reading in sorted(readings)
    }
