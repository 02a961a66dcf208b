"""Number words as they are spoken: Mandarin of Taiwan, English, Japanese. No telephone, no files.

Used twice: to write out the texts of numbered prompts (prompts.py), and by the tests of what is spoken.
"""

from enum import StrEnum

HAN = "零一二三四五六七八九"
ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
ENGLISH_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()
ENGLISH_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"}
ENGLISH_ORDINALS |= {"nine": "ninth", "twelve": "twelfth"}
MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
# Kanji that may also be read as fractions (五分, 十分) and would be.
KANA_MINUTES = {
    2: "にふん",
    5: "ごふん",
    8: "はっぷん",
    9: "きゅうふん",
    10: "じゅっぷん",
    12: "じゅうにふん",
}
REPUBLIC = 1911


class Language(StrEnum):
    """A language a caller may choose, by its IETF tag; sound folders have the same names."""

    MANDARIN = "zh-TW"
    TAIWANESE = "nan-TW"
    HAKKA = "hak-TW"
    ENGLISH = "en"
    JAPANESE = "ja"


def han(number: int) -> str:
    """0 to 9999 in Han numerals: ten is 十, 12 十二, 110 一百一十 (never 一百十), 105 一百零五."""
    if not 0 <= number <= 9999:
        raise ValueError(f"no Han numeral for {number}")
    if number < 20:
        return HAN[number] if number < 10 else "十" + (HAN[number - 10] if number > 10 else "")
    said, owed_zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            said += ("零" if owed_zero else "") + HAN[digit] + name
        owed_zero = bool(said) and not digit
    return said


def counted(number: int) -> str:
    """Han numeral before a counter such as 位, 分鐘 or 件: 2 is 兩, 12 stays 十二, 200 is 兩百."""
    words = han(number)
    if number == 2:
        return "兩"
    return "兩" + words[1:] if words[:2] in {"二百", "二千"} else words


def kanji(number: int) -> str:
    """0 to 9999 for Japanese: no zero in between, no 一 before 十 and 百."""
    words = han(number).replace("一十", "十").replace("一百", "百").replace("一千", "千")
    return words if number == 0 else words.replace("零", "")


def english(number: int) -> str:
    """0 to 99 in English words."""
    if not 0 <= number <= 99:
        raise ValueError(f"no English number for {number}")
    if number < 20:
        return ENGLISH[number]
    tens, rest = divmod(number, 10)
    return ENGLISH_TENS[tens] + (f"-{ENGLISH[rest]}" if rest else "")


def english_ordinal(number: int) -> str:
    """0 to 99 as first, second, … twenty-fourth."""
    head, dash, last = english(number).rpartition("-")
    if last in ENGLISH_ORDINALS:
        last = ENGLISH_ORDINALS[last]
    else:
        last = last.removesuffix("y") + "ieth" if last.endswith("y") else last + "th"
    return head + dash + last


def mandarin_hour(hour: int) -> str:
    """0 to 23 with its part of the day: 12 is 中午, from 18 晚上, before 6 凌晨; 兩點, never 二點."""
    part = "凌晨上午中午下午晚上"
    index = 0 if hour < 6 else 1 if hour < 12 else 2 if hour == 12 else 3 if hour < 18 else 4
    return part[2 * index : 2 * index + 2] + counted(hour if hour <= 12 else hour - 12) + "點"


def fields(number: int, language: Language) -> dict[str, str]:
    """Fields a numbered catalogue text may use: {number} {count} {ordinal} {minute} {hour} {weekday} …

    A field that makes no sense for the number (an ordinal of 115, an hour of 59) is simply of no use.
    """
    match language:
        case Language.ENGLISH:
            return _english_fields(number)
        case Language.JAPANESE:
            return _japanese_fields(number)
        case _:
            return _mandarin_fields(number)


def _mandarin_fields(number: int) -> dict[str, str]:
    return {
        "number": han(number),
        "ordinal": han(number),
        "count": counted(number),
        "minute": ("零" if number < 10 else "") + han(number),
        "hour": mandarin_hour(number % 24),
        "weekday": "日一二三四五六"[number % 7],
    }


def _english_fields(number: int) -> dict[str, str]:
    small = number % 100
    return {
        "number": english(small),
        "ordinal": english_ordinal(small),
        "count": english(small),
        "minute": ("oh " if number < 10 else "") + english(small),
        "hour": english(number % 12 or 12),
        "half": "a.m." if number % 24 < 12 else "p.m.",
        "month": MONTHS[(number - 1) % 12],
        "weekday": WEEKDAYS[(number - 1) % 7],
        "western": english_year(REPUBLIC + number),
    }


def _japanese_fields(number: int) -> dict[str, str]:
    words = dict.fromkeys(("number", "ordinal", "count"), kanji(number))
    return words | {"minutes_read": KANA_MINUTES.get(number) or kanji(number) + "分"}


def english_year(number: int) -> str:
    """1900 to 2099: nineteen twelve, two thousand nine, twenty ten, twenty twenty-six."""
    century, rest = divmod(number, 100)
    if number >= 2000 and rest < 10:
        return "two thousand" + (f" {english(rest)}" if rest else "")
    return f"{english(century)} {'oh ' if 0 < rest < 10 else ''}{english(rest) if rest else 'hundred'}"
