"""How an address is written: one width, one form of each character, one kind of numeral. Pure."""

import re
import unicodedata
from typing import Final

_DIGITS: Final = ("〇零○", "一壹", "二貳兩", "三參", "四肆", "五伍", "六陸", "七柒", "八捌", "九玖")
DIGIT: Final = {sign: value for value, signs in enumerate(_DIGITS) for sign in signs}
TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
NUMERAL: Final = f"[{''.join(DIGIT)}{''.join(TENS)}廿卅]"
CHINESE: Final = "零一二三四五六七八九"
_SAME: Final = str.maketrans("臺巿ㄧ号楼邨—–―─−‐～，。；;：／", "台市一號樓村------~,,,,:/")
"""Signs that are written for one another."""
_ASIDE: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|「|」|『|』")
_SUB_NUMBER: Final = re.compile(rf"([之-]\s*(?:\d+|{NUMERAL}+))\s+(?=\d|{NUMERAL})")
"""The last number of a house; what follows a blank is a floor."""
_BLANK: Final = re.compile(r"[\s\u200b\ufeff]+")


def one_form(text: str) -> str:
    """The text in one form of each sign."""
    return unicodedata.normalize("NFKC", text).translate(_SAME)


def plain(text: str) -> str:
    """The text in one form of each sign, without blanks and without what stands in brackets."""
    return _BLANK.sub("", _SUB_NUMBER.sub(r"\1,", _ASIDE.sub("", one_form(text)))).strip(",.:")


def arabic(text: str) -> str:
    """The text with each Chinese numeral as figures: 一百六十一號 is 161號, 一六一號 too."""
    return re.sub(f"{NUMERAL}+", lambda found: str(number(found[0])), text)


def number(numeral: str) -> int:
    """The value of a Chinese numeral: by places (一六一) or by words (一百六十一, 廿九)."""
    spelt = numeral.replace("廿", "二十").replace("卅", "三十")
    if not any(sign in TENS for sign in spelt):
        return int("".join(str(DIGIT[sign]) for sign in spelt))
    whole = last = 0
    for sign in spelt:
        if sign in DIGIT:
            last = DIGIT[sign]
        else:
            whole, last = whole + (last or 1) * TENS[sign], 0
    return whole + last


def chinese(text: str) -> str:
    """The text with each number below a hundred as a name has it: 五工6路 is 五工六路."""
    return re.sub(r"\d+", lambda found: _name(int(found[0])) if len(found[0]) < 3 else found[0], text)


def _name(value: int) -> str:
    tens, ones = divmod(value, 10)
    if not tens:
        return CHINESE[ones]
    return f"{CHINESE[tens] if tens > 1 else ''}十{CHINESE[ones] if ones else ''}"
