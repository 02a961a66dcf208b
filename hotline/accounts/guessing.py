"""The hardness of a password to guess, for people who know this hotline, its owner, and a keyboard of Taiwan.
Pure.

Words that name the hotline, the city or the owner are nearly free, also in other letters (``h0tl1ne``). So is
Chinese that was typed with the input method switched off: ``ji32k7au4a83`` is 我的密碼 on the keys of the
standard layout (Dachen).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from unicodedata import normalize

HOUSE: Final = tuple(
    """1999 hotline xinbei sinbei hsinpei newtaipei taipei ntpc gov taiwan rdec callcenter center service city
    新北市政府 新北市 新北 市政府 市府 政府 臺灣 台灣 熱線 專線 話務 客服 陳情 研考會 一九九九""".split()
)
"""Words that everybody would try here first."""
SHORTEST: Final = 3
"""Letters of a word of the owner's that counts as one."""
FREE: Final = 0.5
"""Powers of ten of guesses for a word that is known."""
SYLLABLE: Final = 1.3
"""The same for a syllable of running Chinese text: some twenty."""
LOOKED_AT: Final = 72
"""Characters from the beginning; what is longer is not easier."""
SIGNS: Final = "ㄅㄆㄇㄈㄉㄊㄋㄌㄍㄎㄏㄐㄑㄒㄓㄔㄕㄖㄗㄘㄙㄧㄨㄩㄚㄛㄜㄝㄞㄟㄠㄡㄢㄣㄤㄥㄦ"
KEYS: Final = "1qaz2wsxedcrfv5tgbyhnujm8ik,9ol.0p;/-"
"""The keys of these signs; the tones are 6 3 4 7 and the space bar."""
TONES: Final = "3467 "
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
_TYPED: Final = frozenset(syllable.translate(str.maketrans(SIGNS, KEYS)) for syllable in SYLLABLES)
_LIKE: Final = {pair[0]: pair[1:] for pair in "0o 1il 3e 4a 5s 7t 8b @a $s !i".split()}
"""Letters that a sign stands for."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """Powers of ten of guesses: by whoever knows nothing, also the words, also how Chinese is typed."""

    stranger: float
    insider: float
    typist: float


def guesses(password: str, about: Sequence[str]) -> Guesses:
    """Estimate the guesses that a password withstands; ``about`` are words that others know of its owner."""
    looked_at = password[:LOOKED_AT]
    plain = normalize("NFKC", looked_at).casefold()
    words = (*HOUSE, *_words(about))
    named = min(_log10(looked_at, words), _cut(plain, words, frozenset()))
    typed = min(_cut(plain, (), _TYPED), _cut(plain, words, _TYPED))
    return Guesses(_log10(looked_at, ()), named, typed)


def _cut(text: str, words: Sequence[str], typed: frozenset[str]) -> float:
    """Guesses of a text without what is known of it, and the little that this costs."""
    parts = _parts(text, words, typed)
    rest = "".join(part for part, cost in parts if cost == 1.0)
    return sum(cost for _, cost in parts if cost != 1.0) + _log10(rest, words)


def _words(about: Sequence[str]) -> Iterator[str]:
    """Split a login, a name or an address into itself and its parts; ASCII ones of 3 letters at least."""
    for word in about:
        plain = normalize("NFKC", word).casefold()
        parts = "".join(sign if sign.isalnum() else " " for sign in plain).split()
        yield from (part for part in {plain, *parts} if len(part) >= SHORTEST or not part.isascii())


def _log10(text: str, words: Sequence[str]) -> float:
    if not text:
        return 0.0
    from zxcvbn import zxcvbn  # its lists of words take a while: only who chooses a password needs them

    return float(zxcvbn(text, list(words))["guesses_log10"])


def _parts(text: str, words: Sequence[str], typed: frozenset[str]) -> list[tuple[str, float]]:
    """Cut the text where guessing is easiest: words, syllables, and single characters at a cost of 1 each."""
    best: list[tuple[float, int, float]] = [
        (0.0, 0, 0.0)
    ]  # cost so far, where the last part begins, its cost
    for end in range(1, len(text) + 1):
        ways = [
            (best[end - length][0] + cost, end - length, cost)
            for length, cost in _endings(text[:end], words, typed)
        ]
        best.append(min(ways))
    parts, end = list[tuple[str, float]](), len(text)
    while end:
        _, begin, cost = best[end]
        parts.append((text[begin:end], cost))
        end = begin
    return parts[::-1]


def _endings(text: str, words: Sequence[str], typed: frozenset[str]) -> Iterator[tuple[int, float]]:
    """Length and cost of everything that a text may end with."""
    yield 1, 1.0
    yield from (
        (len(word), FREE) for word in words if len(word) <= len(text) and _is_like(text[-len(word) :], word)
    )
    for length in (1, 2, 3):
        if text[-length:] in typed and 1 < length <= len(text):
            yield length, SYLLABLE
        if text[-1] in TONES and length < len(text) and text[-length - 1 : -1] in typed:
            yield length + 1, SYLLABLE


def _is_like(text: str, word: str) -> bool:
    return all(one == other or other in _LIKE.get(one, "") for one, other in zip(text, word, strict=True))
