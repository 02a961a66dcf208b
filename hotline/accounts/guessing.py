"""The hardness of a password to guess, for people who know this hotline, its owner, and a keyboard of Taiwan.
Pure.

A password is cut into the parts that are guessed soonest: words, also with signs for letters (``h0tl1ne``) or
backwards; years and days; runs of keys; what is repeated; single characters. Words that name the hotline, the
city or the owner are nearly free. So is Chinese in Pinyin, or typed with the input method switched off:
``ji32k7au4a83`` is 我的密碼 on the keys of the standard layout (Dachen).

Of zxcvbn only the lists of words are used: its sum grows ten thousandfold with each part, so that a common
word with a year and two signs would pass.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from math import log10
from typing import Final
from unicodedata import combining, normalize

HOUSE: Final = tuple(
    """1999 hotline xinbei sinbei hsinpei newtaipei taipei taibei ntpc gov taiwan rdec callcenter center
    service city shizhengfu agent supervisor operator officer interpreter approver auditor secretariat
    petition callback console asterisk
    新北市政府 新北市 新北 市政府 市府 政府 臺灣 台灣 熱線 專線 話務 客服 陳情 研考會 一九九九""".split()
)
"""Words that everybody would try here first."""
LIKED: Final = tuple(
    """password passw0rd pass admin administrator root user guest test temp demo default system secret
    security login welcome hello changeme letmein office manager support server network database
    computer internet government department windows microsoft google facebook happy birthday newyear
    merry christmas xmas love iloveyou qwerty abc aa troubador troubadour january february march april
    june july august september october november december spring summer autumn winter monday tuesday
    wednesday thursday friday saturday sunday woaini aini woai woainimen wode mima nihao xiexie jiayou
    laopo laogong baobao baobei kuaile xinnian pingan zhongguo zhonghua minguo gaoxiong kaohsiung
    taichung taizhong tainan hsinchu xinzhu keelung jilong taoyuan hualien hualian taitung taidong
    pingtung pingdong yilan chiayi jiayi changhua zhanghua miaoli nantou yunlin penghu banqiao banciao
    panchiao tamsui danshui 123 1234 12345 123456 168 520 666 888 1314 5201314
    密碼 我的 我愛 我愛你 你好 謝謝 老婆 老公 寶貝 快樂 新年 生日 平安 發財 加油 中華民國 民國 台北 臺北
    板橋 春天 夏天 秋天 冬天 星期 一月""".split()
)
"""Words that people like in passwords, and that the lists do not hold, or hold far down."""
SHORTEST: Final = 3
"""Letters of a word of the owner's that counts as one."""
FREE: Final = 0.5
"""Powers of ten of guesses for a word that is known."""
WORD: Final = 1.0
"""The same for a common word at least; a rare one is as hard as its place in a list, and the list."""
LIST_OF_PASSWORDS, OTHER_LIST = 0.3, 1.0
YEAR, DAY, DIGIT, LETTER = 1.0, 2.5, 1.0, 1.3
SIGN, SIGN_AGAIN = 0.6, 0.3
"""The same for a sign: people take few, and those again."""
REPEATED, MOVED = 0.4, 1.0
"""The same for what goes on as the keys before it did: again, or each moved by a key or a letter of ABC."""
SYLLABLE: Final = 1.3
"""The same for a syllable of running Chinese text: some twenty."""
LOOKED_AT: Final = 72
"""Characters from the beginning; what is longer is not easier."""
LONGEST_WORD: Final = 24
FROM: Final = 4
"""Letters of a word that is known backwards, or again: fewer come about by chance."""
SIGNS: Final = "ㄅㄆㄇㄈㄉㄊㄋㄌㄍㄎㄏㄐㄑㄒㄓㄔㄕㄖㄗㄘㄙㄧㄨㄩㄚㄛㄜㄝㄞㄟㄠㄡㄢㄣㄤㄥㄦ"
KEYS: Final = "1qaz2wsxedcrfv5tgbyhnujm8ik,9ol.0p;/-"
"""The keys of these signs; the tones are 6 3 4 7 and the space bar."""
TONES: Final = ("", "3", "4", "6", "7", " ")
SYLLABLES: Final = frozenset(
    """
    ㄅㄚ ㄅㄛ ㄅㄞ ㄅㄟ ㄅㄠ ㄅㄢ ㄅㄣ ㄅㄤ ㄅㄥ ㄅㄧ ㄅㄧㄝ ㄅㄧㄠ ㄅㄧㄢ ㄅㄧㄣ ㄅㄧㄤ ㄅㄧㄥ ㄅㄨ ㄅㄨㄥ ㄆㄚ ㄆㄛ ㄆㄞ ㄆㄟ ㄆㄠ ㄆㄡ ㄆㄢ ㄆㄣ ㄆㄤ ㄆㄥ ㄆㄧ
    ㄆㄧㄝ ㄆㄧㄠ ㄆㄧㄢ ㄆㄧㄣ ㄆㄧㄥ ㄆㄨ ㄇㄚ ㄇㄛ ㄇㄜ ㄇㄞ ㄇㄟ ㄇㄠ ㄇㄡ ㄇㄢ ㄇㄣ ㄇㄤ ㄇㄥ ㄇㄧ ㄇㄧㄝ ㄇㄧㄠ ㄇㄧㄡ ㄇㄧㄢ ㄇㄧㄣ ㄇㄧㄥ ㄇㄨ ㄈㄚ ㄈㄛ ㄈㄟ
    ㄈㄡ ㄈㄢ ㄈㄣ ㄈㄤ ㄈㄥ ㄈㄧㄠ ㄈㄨ ㄉㄚ ㄉㄜ ㄉㄞ ㄉㄟ ㄉㄠ ㄉㄡ ㄉㄢ ㄉㄣ ㄉㄤ ㄉㄥ ㄉㄧ ㄉㄧㄚ ㄉㄧㄝ ㄉㄧㄠ ㄉㄧㄡ ㄉㄧㄢ ㄉㄧㄣ ㄉㄧㄥ ㄉㄨ ㄉㄨㄛ ㄉㄨㄟ
    ㄉㄨㄢ ㄉㄨㄣ ㄉㄨㄥ ㄊㄚ ㄊㄜ ㄊㄞ ㄊㄟ ㄊㄠ ㄊㄡ ㄊㄢ ㄊㄤ ㄊㄥ ㄊㄧ ㄊㄧㄝ ㄊㄧㄠ ㄊㄧㄢ ㄊㄧㄥ ㄊㄨ ㄊㄨㄛ ㄊㄨㄟ ㄊㄨㄢ ㄊㄨㄣ ㄊㄨㄥ ㄋ ㄋㄍ ㄋㄚ ㄋㄜ ㄋㄞ
    ㄋㄟ ㄋㄠ ㄋㄡ ㄋㄢ ㄋㄣ ㄋㄤ ㄋㄥ ㄋㄧ ㄋㄧㄚ ㄋㄧㄝ ㄋㄧㄠ ㄋㄧㄡ ㄋㄧㄢ ㄋㄧㄣ ㄋㄧㄤ ㄋㄧㄥ ㄋㄨ ㄋㄨㄛ ㄋㄨㄢ ㄋㄨㄣ ㄋㄨㄥ ㄋㄩ ㄋㄩㄝ ㄌㄚ ㄌㄛ ㄌㄜ ㄌㄞ ㄌㄟ
    ㄌㄠ ㄌㄡ ㄌㄢ ㄌㄣ ㄌㄤ ㄌㄥ ㄌㄧ ㄌㄧㄚ ㄌㄧㄝ ㄌㄧㄠ ㄌㄧㄡ ㄌㄧㄢ ㄌㄧㄣ ㄌㄧㄤ ㄌㄧㄥ ㄌㄨ ㄌㄨㄛ ㄌㄨㄢ ㄌㄨㄣ ㄌㄨㄥ ㄌㄩ ㄌㄩㄝ ㄍㄚ ㄍㄜ ㄍㄞ ㄍㄟ ㄍㄠ ㄍㄡ
    ㄍㄢ ㄍㄣ ㄍㄤ ㄍㄥ ㄍㄨ ㄍㄨㄚ ㄍㄨㄛ ㄍㄨㄞ ㄍㄨㄟ ㄍㄨㄢ ㄍㄨㄣ ㄍㄨㄤ ㄍㄨㄥ ㄎㄚ ㄎㄜ ㄎㄞ ㄎㄟ ㄎㄠ ㄎㄡ ㄎㄢ ㄎㄣ ㄎㄤ ㄎㄥ ㄎㄨ ㄎㄨㄚ ㄎㄨㄛ ㄎㄨㄞ ㄎㄨㄟ
    ㄎㄨㄢ ㄎㄨㄣ ㄎㄨㄤ ㄎㄨㄥ ㄏㄇ ㄏㄋㄍ ㄏㄚ ㄏㄜ ㄏㄞ ㄏㄟ ㄏㄠ ㄏㄡ ㄏㄢ ㄏㄣ ㄏㄤ ㄏㄥ ㄏㄨ ㄏㄨㄚ ㄏㄨㄛ ㄏㄨㄞ ㄏㄨㄟ ㄏㄨㄢ ㄏㄨㄣ ㄏㄨㄤ ㄏㄨㄥ ㄐㄧ ㄐㄧㄚ
    ㄐㄧㄝ ㄐㄧㄠ ㄐㄧㄡ ㄐㄧㄢ ㄐㄧㄣ ㄐㄧㄤ ㄐㄧㄥ ㄐㄩ ㄐㄩㄝ ㄐㄩㄢ ㄐㄩㄣ ㄐㄩㄥ ㄑㄧ ㄑㄧㄚ ㄑㄧㄝ ㄑㄧㄠ ㄑㄧㄡ ㄑㄧㄢ ㄑㄧㄣ ㄑㄧㄤ ㄑㄧㄥ ㄑㄩ ㄑㄩㄝ ㄑㄩㄢ ㄑㄩㄣ
    ㄑㄩㄥ ㄒㄧ ㄒㄧㄚ ㄒㄧㄝ ㄒㄧㄠ ㄒㄧㄡ ㄒㄧㄢ ㄒㄧㄣ ㄒㄧㄤ ㄒㄧㄥ ㄒㄩ ㄒㄩㄝ ㄒㄩㄢ ㄒㄩㄣ ㄒㄩㄥ ㄓ ㄓㄚ ㄓㄜ ㄓㄞ ㄓㄟ ㄓㄠ ㄓㄡ ㄓㄢ ㄓㄣ ㄓㄤ ㄓㄥ ㄓㄨ ㄓㄨㄚ
    ㄓㄨㄛ ㄓㄨㄞ ㄓㄨㄟ ㄓㄨㄢ ㄓㄨㄣ ㄓㄨㄤ ㄓㄨㄥ ㄔ ㄔㄚ ㄔㄜ ㄔㄞ ㄔㄠ ㄔㄡ ㄔㄢ ㄔㄣ ㄔㄤ ㄔㄥ ㄔㄨ ㄔㄨㄚ ㄔㄨㄛ ㄔㄨㄞ ㄔㄨㄟ ㄔㄨㄢ ㄔㄨㄣ ㄔㄨㄤ ㄔㄨㄥ ㄕ ㄕㄚ
    ㄕㄜ ㄕㄞ ㄕㄟ ㄕㄠ ㄕㄡ ㄕㄢ ㄕㄣ ㄕㄤ ㄕㄥ ㄕㄨ ㄕㄨㄚ ㄕㄨㄛ ㄕㄨㄞ ㄕㄨㄟ ㄕㄨㄢ ㄕㄨㄣ ㄕㄨㄤ ㄖ ㄖㄜ ㄖㄠ ㄖㄡ ㄖㄢ ㄖㄣ ㄖㄤ ㄖㄥ ㄖㄨ ㄖㄨㄚ ㄖㄨㄛ ㄖㄨㄟ
    ㄖㄨㄢ ㄖㄨㄣ ㄖㄨㄥ ㄗ ㄗㄚ ㄗㄜ ㄗㄞ ㄗㄟ ㄗㄠ ㄗㄡ ㄗㄢ ㄗㄣ ㄗㄤ ㄗㄥ ㄗㄨ ㄗㄨㄛ ㄗㄨㄟ ㄗㄨㄢ ㄗㄨㄣ ㄗㄨㄥ ㄘ ㄘㄚ ㄘㄜ ㄘㄞ ㄘㄟ ㄘㄠ ㄘㄡ ㄘㄢ ㄘㄣ ㄘㄤ
    ㄘㄥ ㄘㄨ ㄘㄨㄛ ㄘㄨㄟ ㄘㄨㄢ ㄘㄨㄣ ㄘㄨㄥ ㄙ ㄙㄚ ㄙㄜ ㄙㄞ ㄙㄠ ㄙㄡ ㄙㄢ ㄙㄣ ㄙㄤ ㄙㄥ ㄙㄨ ㄙㄨㄛ ㄙㄨㄟ ㄙㄨㄢ ㄙㄨㄣ ㄙㄨㄥ ㄚ ㄛ ㄜ ㄝ ㄞ ㄟ ㄠ ㄡ ㄢ
    ㄣ ㄤ ㄥ ㄦ ㄧ ㄧㄚ ㄧㄛ ㄧㄝ ㄧㄠ ㄧㄡ ㄧㄢ ㄧㄣ ㄧㄤ ㄧㄥ ㄨ ㄨㄚ ㄨㄛ ㄨㄞ ㄨㄟ ㄨㄢ ㄨㄣ ㄨㄤ ㄨㄥ ㄩ ㄩㄝ ㄩㄢ ㄩㄣ ㄩㄥ
    """.split()
)
"""Every syllable of Mandarin, without its tone, as pypinyin knows them."""
_LIKE: Final = {
    ord(sign): like[0]
    for like in "a@4^ b8 c(<{[ e3€ g69 h# i1!|l¡£ o0 s5$§ t7+ y¥ z2".split()
    for sign in like[1:]
}
"""The letter that a sign stands for; i and l are one, since 1 and ! stand for both."""
_TYPED: Final = frozenset(
    keys + tone
    for keys in (syllable.translate(str.maketrans(SIGNS, KEYS)) for syllable in SYLLABLES)
    for tone in TONES
    if keys + tone not in KEYS
)
_INITIALS: Final = ("", *"b p m f d t n l g k h j q x zh ch sh r z c s y w".split())
_FINALS: Final = """a e ai ei ao ou an en ang eng er i ia ie iao iu ian in iang ing iong
    u ua uo uai ui uan un uang ong v ve ue""".split()
_SPELLED: Final = frozenset(
    syllable.translate(_LIKE)
    for syllable in (*(first + rest for first in _INITIALS for rest in _FINALS), *"bo po mo fo wo".split())
    if len(syllable) > 1
)
"""Syllables as Pinyin writes them, and some that nobody says."""
_BOARDS: Final = tuple(
    {key: (row, column) for row, keys in enumerate(rows) for column, key in enumerate(keys)}
    for rows in (
        ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
        ("abcdefghijklmnopqrstuvwxyz",),
    )
)
"""Where the keys lie, and the letters of ABC."""
_NEXT: Final = {(0, 1), (0, -1), (1, 0), (-1, 0), (1, -1), (-1, 1)}
_SAME: Final = (0, 0, 0)
_UNSHIFTED: Final = str.maketrans('!@#$%^&*()_+{}:"<>?', "1234567890-=[];',./")
_YEAR: Final = re.compile(r"(?:19[3-9]|20[0-4])\d|1[012]\d")
"""Also of the Republic."""
_DAY: Final = re.compile(r"(?:0[1-9]|1[012])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[012])")


@dataclass(frozen=True, slots=True)
class Guesses:
    """Powers of ten of guesses, and what made them few: words that are known, or Chinese typed blindly."""

    powers: float
    is_named: bool
    is_typed: bool


class _Kind(Enum):
    """What a part is: a word of the house or the owner, a syllable, a letter by itself."""

    NAMED = 1
    SYLLABLE = 2
    LETTER = 3
    OTHER = 4


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a password by its length and its powers of ten of guesses."""

    length: int
    cost: float
    kind: _Kind = _Kind.OTHER


def guesses(password: str, about: Sequence[str]) -> Guesses:
    """Estimate the guesses that a password withstands; ``about`` are words that others know of its owner."""
    text = _plain(password)[:LOOKED_AT]
    known = frozenset(_plain(word).translate(_LIKE) for word in (*HOUSE, *_words(about)))
    return min(_readings(text, known), key=lambda found: found.powers)


def _readings(text: str, known: frozenset[str]) -> Iterator[Guesses]:
    """What the text withstands as it is, and with letters joined that one or two signs part; as words, and as
    Chinese where no letter is left over.
    """
    bare = "".join(sign for sign in text if sign.isalnum())
    signs = [_single(text[:end]).cost for end in range(1, len(text) + 1) if not text[end - 1].isalnum()]
    ways = [(text, 0.0)]
    if len(set(text) - set(bare)) in (1, 2):
        ways.append((bare, sum(signs)))
    for one, more in ways:
        for syllables in (frozenset[str](), _TYPED, _SPELLED):
            parts = _parts(one, known, syllables)
            if not syllables or not any(part.kind is _Kind.LETTER for part in parts):
                is_named = any(part.kind is _Kind.NAMED for part in parts)
                yield Guesses(sum(part.cost for part in parts) + more, is_named, syllables is _TYPED)


def _plain(text: str) -> str:
    """Small letters of one width, without accents."""
    bare = "".join(sign for sign in normalize("NFKD", text) if not combining(sign))
    return normalize("NFKC", bare).casefold()


def _words(about: Sequence[str]) -> Iterator[str]:
    """Split a login, a name or an address into itself and its parts; ASCII ones of 3 letters at least."""
    for word in about:
        plain = _plain(word)
        parts = "".join(sign if sign.isalnum() else " " for sign in plain).split()
        yield from (part for part in {plain, *parts} if len(part) >= SHORTEST or not part.isascii())


@cache
def _common() -> dict[str, float]:
    """Powers of ten of guesses of all words in lists, with letters for signs."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # takes a while: only who chooses a password needs it

    costs = {word.translate(_LIKE): WORD for word in LIKED}
    for name, words in FREQUENCY_LISTS.items():
        for place, word in enumerate(words, 1):
            like, more = word.translate(_LIKE), LIST_OF_PASSWORDS if name == "passwords" else OTHER_LIST
            costs[like] = min(costs.get(like, len(like)), max(WORD, log10(place) + more))
    return costs


def _parts(text: str, known: frozenset[str], syllables: frozenset[str]) -> list[_Part]:
    """Cut the text where guessing is easiest."""
    best: list[tuple[float, _Part]] = [(0.0, _Part(0, 0.0))]
    for end in range(1, len(text) + 1):
        ways = [
            (best[end - part.length][0] + part.cost, part) for part in _endings(text[:end], known, syllables)
        ]
        best.append(min(ways, key=lambda way: way[0]))
    parts, end = list[_Part](), len(text)
    while end:
        parts.append(best[end][1])
        end -= parts[-1].length
    return parts[::-1]


def _endings(text: str, known: frozenset[str], syllables: frozenset[str]) -> Iterator[_Part]:
    """Everything that a text may end with, and what it costs."""
    yield _single(text)
    like, common = text.translate(_LIKE), _common()
    for length in range(2, min(len(text), LONGEST_WORD) + 1):
        end = like[-length:]
        for word in (end, end[::-1]) if length >= FROM else (end,):
            if word in known:
                yield _Part(length, WORD if length <= SHORTEST and word.isascii() else FREE, _Kind.NAMED)
            if word in common:
                yield _Part(length, common[word])
        if end in syllables or text[-length:] in syllables:
            yield _Part(length, SYLLABLE, _Kind.SYLLABLE)
        if length >= FROM and text[-length:] in text[:-length]:
            yield _Part(length, REPEATED)
    for form, cost in ((_YEAR, YEAR), (_DAY, DAY)):
        yield from (_Part(length, cost) for length in (3, 4) if form.fullmatch(text[-length:]))
    yield from _runs(text)


def _single(text: str) -> _Part:
    """The last character by itself."""
    if text[-1].isdecimal():
        return _Part(1, DIGIT)
    if text[-1].isalnum():
        return _Part(1, LETTER, _Kind.LETTER)
    return _Part(1, SIGN_AGAIN if text[-1] in text[:-1] else SIGN)


def _runs(text: str) -> Iterator[_Part]:
    """What goes on at the end as the keys before it did: 1111, qwerty, 4rfv after 3edc, abab."""
    keys = text.translate(_UNSHIFTED)
    for length in range(1, len(keys) // 2 + 1):
        steps = _steps(keys[-2 * length : -length], keys[-length:])
        blocks = 0
        while steps:
            blocks += 1
            if length * blocks > 1 or _SAME in steps:
                yield _Part(length * blocks, (REPEATED if _SAME in steps else MOVED) + log10(blocks))
            end = len(keys) - length * blocks
            steps &= _steps(keys[max(end - 2 * length, 0) : end - length], keys[end - length : end])


def _steps(before: str, after: str) -> set[tuple[int, int, int]]:
    """The steps that lead from each key of a text to that of another: on which board, rows, columns."""
    if len(before) != len(after):
        return set()
    return set.intersection(*(set(_between(*pair)) for pair in zip(before, after, strict=True)))


def _between(one: str, other: str) -> Iterator[tuple[int, int, int]]:
    if one == other:
        yield _SAME
    for number, board in enumerate(_BOARDS):
        if one in board and other in board:
            step = (board[other][0] - board[one][0], board[other][1] - board[one][1])
            if step in _NEXT:
                yield number, *step
