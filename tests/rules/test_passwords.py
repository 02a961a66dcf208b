"""Which passwords are fit: long, and hard to guess for people who know this hotline, its owner and the keys of 注音."""

import random
from string import ascii_letters, digits

import pytest
from pypinyin.pinyin_dict import pinyin_dict
from pypinyin.style.bopomofo import BopomofoConverter

from hotline.accounts.guessing import KEYS, SIGNS, SYLLABLES
from hotline.accounts.rules import WeakPassword, refuse_weak

ABOUT = ("lin.meiling", "林美玲", "linmeiling", "mei@ntpc.example")


def typed(text: str) -> str:
    """Signs of 注音 as the keys of the standard layout."""
    return text.translate(str.maketrans(SIGNS + "ˊˇˋ˙", KEYS + "6347"))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("x7!kQ2#mZ9$", "short"),
        ("a" * 257, "long"),
        ("passwordpassword", "easy"),
        ("123456789012345", "easy"),
        ("hotline1999!!", "named"),
        ("XinBei1999!!", "named"),
        ("H0tl1ne-1999!", "named"),
        ("NewTaipei2026!", "named"),
        ("NTPC@gov.tw1999", "named"),
        ("新北市政府陳情專線一九九九", "named"),
        ("lin.meiling1234", "named"),
        ("LinMeiLing!!2026", "named"),
        ("hotline-password1", "named"),
        ("ji32k7au4a83", "typed"),
        ("JI32K7AU4A83", "typed"),
        ("ji32k7au4a83!!", "typed"),
        ("ji32k7au4a831234", "typed"),
        (typed("ㄨㄛˇㄞˋㄋㄧˇㄇㄚㄇㄚ˙"), "typed"),
        (typed("ㄒㄧㄣㄅㄟˇㄕˋㄓㄥˋㄈㄨˇ"), "typed"),
    ],
)
def test_passwords_that_would_be_guessed_are_refused(password: str, why: str) -> None:
    """None of the common ones; names of the house and of the owner count for nothing,
    nor does Chinese typed blindly.
    """
    with pytest.raises(WeakPassword) as refused:
        refuse_weak(password, *ABOUT)
    assert refused.value.why == why


@pytest.mark.parametrize(
    "password",
    [
        "滑梯 鋼筆 海帶 月台 7142",
        "correct horse battery staple",
        "海" * 4 + "kiwi tram lamp " * 4,
        "kiwi tram lamp sofa hotline",
        "1999 tuba-cloud-pepper",
        typed("ㄏㄨㄚˊㄊㄧㄍㄤㄅㄧˇㄏㄞˇㄉㄞˋㄩㄝˋㄊㄞˊ"),
    ],
)
def test_phrases_are_welcome(password: str) -> None:
    """Also long ones, also Chinese ones, also with a word of ours among others;
    no rule about digits and signs.
    """
    refuse_weak(password, *ABOUT)


@pytest.mark.matrix
def test_passwords_made_by_chance_are_fit() -> None:
    """What a password manager makes is not taken for syllables, except once in a great while."""
    chance = random.Random(1999)
    refused = 0
    for _ in range(400):
        try:
            refuse_weak("".join(chance.choices(ascii_letters + digits, k=14)), *ABOUT)
        except WeakPassword:
            refused += 1
    assert refused <= 2


def test_the_syllables_are_those_of_mandarin() -> None:
    """As pypinyin spells every character it knows; each can be typed."""
    spell = BopomofoConverter().to_bopomofo
    said = {spell(one) for readings in pinyin_dict.values() for one in readings.split(",")}
    assert {one.strip("ˊˇˋ˙") for one in said} == SYLLABLES
    assert set("".join(SYLLABLES)) <= set(SIGNS) and len(SIGNS) == len(KEYS) == len(set(KEYS))
