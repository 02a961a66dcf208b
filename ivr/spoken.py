"""Positions, waits, clock times, dates, digits and counts as lists of prompts, in the caller's grammar.

Rules of Taiwan's Mandarin first: 第二位 but 兩分鐘, 下午四點零五分, 民國年; few joints, no files looked at.
Taiwanese and Hakka follow the Mandarin order, which is what is heard until they are recorded. Japanese has
whole sentences only (its fragments were misheard): what must be joined is said to it in English.
"""

from datetime import date as Day
from datetime import datetime, timedelta
from typing import Final, Literal

from hotline.clock import TAIPEI
from ivr.numerals import REPUBLIC, Language
from ivr.prompts import Prompt

Said = tuple[Prompt, ...]
# Languages whose fragments are another's.
BORROWED = {Language.JAPANESE: Language.ENGLISH}
Unit = Literal["minutes", "people"]

MINUTE_STEPS = (*range(1, 16), 20, 25, 30, 45, 60)
LAST_POSITION = 50
MOST_PEOPLE = 20
SEPARATORS = " -()+"


def position(n: int, language: Language) -> Said:
    """Place in the queue: 1 to 50 exactly, above that "over fifty"."""
    if n < 1:
        raise ValueError(f"no place {n} in a queue")
    return _one("V-04.position", n if n <= LAST_POSITION else None)


def wait(minutes: float, language: Language) -> Said:
    """Expected wait, rounded up to 1-15, 20, 25, 30, 45 or 60 minutes; above that "over an hour"."""
    return _one("V-04.wait", _step(minutes))


def count(n: int, language: Language, unit: Unit = "minutes") -> Said:
    """Minutes (rounded up as waits are) or people (1 to 20, above that "over twenty")."""
    if n < 1:
        raise ValueError(f"nothing to count in {n}")
    known = _step(n) if unit == "minutes" else n if n <= MOST_PEOPLE else None
    return _joined(_one(f"count.{unit}", known), language)


def clock(at: datetime, language: Language) -> Said:
    """Time of day in Taipei: 下午四點整, 下午四點零五分, four oh five p.m."""
    at = at.astimezone(TAIPEI)
    if at.minute == 0:
        return _joined(_one("time.sharp", at.hour), language)
    said = _one("time.hour", at.hour) + _one("time.minute", at.minute)
    if _grammar(language) is Language.ENGLISH:
        said += (Prompt("time.am" if at.hour < 12 else "time.pm"),)
    return _joined(said, language)


def date(at: datetime, language: Language) -> Said:
    """Date in Taipei: 民國115年3月12日星期四; Thursday, March twelfth, twenty twenty-six."""
    day = at.astimezone(TAIPEI).date()
    year = _one("date.year", day.year - REPUBLIC)
    if _grammar(language) is Language.ENGLISH:
        return _joined(_weekday(day) + _month_and_day(day) + year, language)
    return year + _month_and_day(day) + _weekday(day)


def due(at: datetime, now: datetime, language: Language) -> Said:
    """Until when, between V-10.before and V-10.after: 今天, 明天 or the date, and the time of day.

    Nothing in Japanese, whose V-10.after names the rule of four office hours instead of an instant.
    """
    return () if language is Language.JAPANESE else instant(at, now, language)


def instant(at: datetime, now: datetime, language: Language) -> Said:
    """Day and time as of ``due``, in every language; in one without fragments, borrowed ones."""
    return _joined(_instant(at.astimezone(TAIPEI), now.astimezone(TAIPEI), _grammar(language)), language)


def _instant(at: datetime, now: datetime, language: Language) -> Said:
    ahead = at.date() - now.date()
    if ahead in {timedelta(0), timedelta(1)}:
        day: Said = (Prompt("time.tomorrow" if ahead else "time.today"),)
    elif language is Language.ENGLISH:
        day = _weekday(at.date()) + _month_and_day(at.date())
    else:
        day = _month_and_day(at.date()) + _weekday(at.date())
    # English says the hour first: "by four p.m. tomorrow".
    return clock(at, language) + day if language is Language.ENGLISH else day + clock(at, language)


def case_number(number: str, language: Language) -> Said:
    """V-12: a case number of twelve digits in fours, and once again."""
    said = digits(number, language)
    return (Prompt("V-12.before"), *said, Prompt("V-12.again"), *said)


def digits(text: str, language: Language) -> Said:
    """A case or telephone number digit by digit, in groups of at most four with the longer ones first.

    1074887523 is 1074 887 523. Separators are not said; anything else is refused.
    """
    number = "".join(sign for sign in text if sign not in SEPARATORS)
    if not (number.isascii() and number.isdigit()):
        raise ValueError("only digits can be said digit by digit")
    ends = _group_ends(len(number))
    said: list[Prompt] = []
    for place, digit in enumerate(number, 1):
        tone = "digit.end" if place == len(number) else "digit.pause" if place in ends else "digit"
        said.append(Prompt(f"{tone}.{digit}"))
    return _joined(tuple(said), language)


SIGNS: Final = {".": "sign.dot", "/": "sign.slash", "-": "sign.hyphen"}


def address(text: str, language: Language) -> Said:
    """An address of the web, spelled: letters as in English in every language, digits one by one."""
    said: list[Prompt] = []
    for sign in text:
        if sign.isdigit():
            said.append(Prompt(f"digit.{sign}"))
        elif sign in SIGNS:
            said.append(Prompt(SIGNS[sign]))
        else:
            said.append(Prompt(f"letter.{sign}", Language.ENGLISH))
    return _joined(tuple(said), language)


def _grammar(language: Language) -> Language:
    return BORROWED.get(language, language)


def _joined(said: Said, language: Language) -> Said:
    """Fragments in the language they are borrowed from, if they are."""
    if language not in BORROWED:
        return said
    return tuple(Prompt(prompt.id, BORROWED[language]) for prompt in said)


def _group_ends(length: int) -> set[int]:
    groups = -(-length // 4)
    size, longer = divmod(length, groups)
    return {size * group + min(group, longer) for group in range(1, groups + 1)}


def _month_and_day(day: Day) -> Said:
    return _one("date.month", day.month) + _one("date.day", day.day)


def _weekday(day: Day) -> Said:
    return _one("date.weekday", day.isoweekday())


def _step(minutes: float) -> int | None:
    return next((step for step in MINUTE_STEPS if minutes <= step), None)


def _one(family: str, number: int | None) -> Said:
    return (Prompt(f"{family}.{'over' if number is None else number}"),)
