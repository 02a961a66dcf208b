"""Numbers, times and dates as Taiwan says them: the table of the city's rules, and its edges."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.clock import taipei
from ivr import spoken
from ivr.numerals import counted, english_ordinal, english_year, han, kanji
from ivr.prompts import Catalogue, Language
from ivr.spoken import Said

CATALOGUE = Catalogue.load()
ZH, EN, JA = Language.MANDARIN, Language.ENGLISH, Language.JAPANESE
LANGUAGES = st.sampled_from(list(Language))
INSTANTS = st.integers(0, 20 * 365 * 24 * 60).map(
    lambda minutes: taipei("2026-01-01T00:00") + timedelta(minutes=minutes)
)


def heard(said: Said, language: Language) -> str:
    """What a caller of that language would write down."""
    voice = language if language in (EN, JA) else ZH
    words = [CATALOGUE.entries[prompt.id].texts[prompt.language or voice] for prompt in said]
    return (" " if (said[0].language or voice) is EN else "").join(words)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "零"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (105, "一百零五"),
        (110, "一百一十"),
        (115, "一百一十五"),
        (1000, "一千"),
        (1010, "一千零一十"),
        (2026, "二千零二十六"),
    ],
)
def test_han_numerals(number: int, words: str) -> None:
    """110 is 一百一十, never 一百十."""
    assert han(number) == words


@pytest.mark.parametrize(
    ("number", "words"), [(1, "一"), (2, "兩"), (12, "十二"), (22, "二十二"), (200, "兩百")]
)
def test_two_of_something_is_liang_and_only_two(number: int, words: str) -> None:
    assert counted(number) == words


def test_numbers_of_the_other_languages() -> None:
    assert [kanji(n) for n in (0, 10, 110, 2026)] == ["零", "十", "百十", "二千二十六"]
    assert [english_ordinal(n) for n in (1, 2, 3, 11, 12, 20, 21)] == (
        ["first", "second", "third", "eleventh", "twelfth", "twentieth", "twenty-first"]
    )
    assert [english_year(n) for n in (2009, 2026, 2046)] == [
        "two thousand nine",
        "twenty twenty-six",
        "twenty forty-six",
    ]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (1, "您目前排在第一位。"),
        (2, "您目前排在第二位。"),
        (50, "您目前排在第五十位。"),
        (51, "等候人數超過五十位。"),
    ],
)
def test_a_place_in_the_queue_is_an_ordinal(place: int, words: str) -> None:
    """第二位, never 第兩位; beyond the fiftieth nobody is told a number."""
    assert heard(spoken.position(place, ZH), ZH) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "一"),
        (1, "一"),
        (1.2, "兩"),
        (15, "十五"),
        (15.1, "二十"),
        (21, "二十五"),
        (31, "四十五"),
        (60, "六十"),
    ],
)
def test_a_wait_is_rounded_up(minutes: float, words: str) -> None:
    """Nobody waits longer than was said because of rounding."""
    assert heard(spoken.wait(minutes, ZH), ZH) == f"預估等候約{words}分鐘。"


def test_a_wait_above_sixty_minutes_is_over_an_hour() -> None:
    assert heard(spoken.wait(60.1, ZH), ZH) == "預估等候超過一小時。"
    assert heard(spoken.wait(61, EN), EN) == "The estimated wait is over an hour."
    assert heard(spoken.wait(1, EN), EN) == "The estimated wait is about one minute."


@pytest.mark.parametrize(
    ("time", "mandarin", "english"),
    [
        ("00:00", "凌晨零點整", "twelve a.m."),
        ("05:59", "凌晨五點五十九分", "five fifty-nine a.m."),
        ("08:30", "上午八點三十分", "eight thirty a.m."),
        ("11:59", "上午十一點五十九分", "eleven fifty-nine a.m."),
        ("12:00", "中午十二點整", "twelve p.m."),
        ("12:30", "中午十二點三十分", "twelve thirty p.m."),
        ("14:05", "下午兩點零五分", "two oh five p.m."),
        ("17:30", "下午五點三十分", "five thirty p.m."),
        ("18:00", "晚上六點整", "six p.m."),
        ("22:10", "晚上十點十分", "ten ten p.m."),
    ],
)
def test_the_clock(time: str, mandarin: str, english: str) -> None:
    """上午, 中午, 下午, 晚上 and twelve hours; 兩點; 整 on the hour; 零五分."""
    at = taipei(f"2026-11-24T{time}")
    assert heard(spoken.clock(at, ZH), ZH) == mandarin
    assert heard(spoken.clock(at, EN), EN) == english


def test_the_clock_is_taipeis() -> None:
    """An instant stored in UTC is spoken in the caller's time, and so is its day."""
    at = datetime.fromisoformat("2026-11-24T16:05+00:00")
    assert heard(spoken.clock(at, ZH), ZH) == "凌晨零點零五分"
    assert "二十五日" in heard(spoken.date(at, ZH), ZH)


def test_the_date_is_of_the_republic() -> None:
    at = taipei("2026-03-12T09:00")
    assert heard(spoken.date(at, ZH), ZH) == "民國一百一十五年三月十二日星期四"
    assert heard(spoken.date(at, EN), EN) == "Thursday March twelfth twenty twenty-six"


def test_the_second_of_a_month_is_er_and_sunday_is_ri() -> None:
    """二日, not 兩日; 星期日."""
    assert heard(spoken.date(taipei("2026-08-02T00:00"), ZH), ZH).endswith("八月二日星期日")


@pytest.mark.parametrize(
    ("until", "mandarin", "english"),
    [
        ("2026-11-24T16:05", "今天下午四點零五分", "four oh five p.m. today."),
        ("2026-11-24T23:59", "今天晚上十一點五十九分", "eleven fifty-nine p.m. today."),
        ("2026-11-25T00:00", "明天凌晨零點整", "twelve a.m. tomorrow."),
        ("2026-11-25T10:30", "明天上午十點三十分", "ten thirty a.m. tomorrow."),
        ("2026-11-26T10:00", "十一月二十六日星期四上午十點整", "ten a.m. Thursday November twenty-sixth"),
    ],
)
def test_until_when(until: str, mandarin: str, english: str) -> None:
    """今天 and 明天 by the calendar of Taipei, not by hours."""
    at, now = taipei(until), taipei("2026-11-24T12:05")
    assert heard(spoken.due(at, now, ZH), ZH) == mandarin
    assert heard(spoken.due(at, now, EN), EN) == english


def test_a_promise_already_late_is_said_by_its_date() -> None:
    assert heard(spoken.due(taipei("2026-11-23T10:00"), taipei("2026-11-24T08:00"), ZH), ZH).startswith(
        "十一月二十三日"
    )


def test_what_must_be_joined_is_borrowed_by_japanese() -> None:
    """Japanese has whole sentences; digits and times are said in English, and a promise names its rule."""
    at = taipei("2026-11-24T16:05")
    assert spoken.due(at, at, JA) == ()
    assert heard(spoken.clock(at, JA), JA) == "four oh five p.m."
    assert heard(spoken.digits("12", JA), JA) == "one two"
    assert heard(spoken.position(2, JA), JA) == "お客様は二番目です。"


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("1074887523", "1074 887 523"),
        ("0912-345-678", "0912 345 678"),
        ("5123", "5123"),
        ("5", "5"),
        ("12345", "123 45"),
        ("0223456789", "0223 456 789"),
        ("+886 912 345 678", "8869 1234 5678"),
    ],
)
def test_a_number_is_said_digit_by_digit_in_groups(number: str, groups: str) -> None:
    """Each group ends with a pause, the number with a falling voice."""
    said = ""
    for prompt in spoken.digits(number, ZH):
        tone, _, digit = prompt.id.rpartition(".")
        said += digit + (" " if tone == "digit.pause" else "." if tone == "digit.end" else "")
    assert said == groups + "."


@pytest.mark.parametrize("text", ["", "A12", "12#", "１２", "-"])
def test_what_is_not_a_number_is_not_said(text: str) -> None:
    with pytest.raises(ValueError):
        spoken.digits(text, ZH)


@pytest.mark.parametrize(
    ("n", "unit", "words"),
    [
        (2, "minutes", "兩分鐘"),
        (12, "minutes", "十二分鐘"),
        (61, "minutes", "一小時以上"),
        (2, "people", "兩位"),
        (20, "people", "二十位"),
        (21, "people", "二十位以上"),
    ],
)
def test_counts(n: int, unit: spoken.Unit, words: str) -> None:
    assert heard(spoken.count(n, ZH, unit), ZH) == words


@given(at=INSTANTS, ahead=st.timedeltas(timedelta(0), timedelta(days=9)), language=LANGUAGES)
def test_every_instant_can_be_said_in_every_language(
    at: datetime, ahead: timedelta, language: Language
) -> None:
    """No hour, day or year of the next twenty years lacks a prompt, and no sentence has many joints."""
    until = spoken.due(at + ahead, at, language)
    assert (language is JA) == (not until)
    for said in filter(None, (spoken.clock(at, language), spoken.date(at, language), until)):
        assert heard(said, language)
        assert len(said) <= 6


@given(n=st.integers(1, 500), minutes=st.floats(0, 500), language=LANGUAGES)
def test_every_place_and_wait_can_be_said(n: int, minutes: float, language: Language) -> None:
    for said in (spoken.position(n, language), spoken.wait(minutes, language), spoken.count(n, language)):
        assert len(said) == 1
        assert heard(said, language)


@given(number=st.from_regex(r"[0-9]{1,24}", fullmatch=True))
def test_no_digit_is_lost(number: str) -> None:
    assert "".join(prompt.id[-1] for prompt in spoken.digits(number, ZH)) == number
