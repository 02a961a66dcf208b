"""Which passwords are fit: long, and hard to guess for people who know this hotline, its owner and the keys of 注音."""

import random
from string import ascii_letters, digits, punctuation

import pytest
from pypinyin.pinyin_dict import pinyin_dict
from pypinyin.style.bopomofo import BopomofoConverter

from hotline.accounts.guessing import KEYS, SIGNS, SYLLABLES
from hotline.accounts.rules import WeakPassword, refuse_weak

SIGNS_OF = {pair[0]: pair[1:] for pair in "a@4 e3 i1! l1| o0 s$5 t7+ g9 b8".split()}
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


def is_taken(password: str) -> bool:
    try:
        refuse_weak(password, *ABOUT)
    except WeakPassword:
        return False
    return True


GUESSED = """
    P@ssw0rd2026!! Pa$5w0rd2026!! p4$$W0RD_2026 2026!!P@ssw0rd !!2026drowssaP PasswordPassword1!
    Passw0rd!Passw0rd! P-a-s-s-w-o-r-d-2026 p.a.s.s.w.o.r.d.1 Pässwörd2026!! Ｐ＠ｓｓｗ０ｒｄ２０２６！！
    Pa$$word€2026! P@ssw0rd!!!!!!!!!! Welc0me2026!!! W3lc0me_H0me26! Adm1nistrator!23 Admin@Admin2026
    Sup3rvis0r-1!! Ch@ngeMe2026!! L3tMeIn!2026! S3cr3tP@ssw0rd! Summer2026!!!! $pr1ng@2026!!!
    4utumn-2026!!! W1nter-W1nter1 J@nuary2026!!! Octob3r!2026! Monday!2026!! Fr1day!!2026! N3wT@ipei1999!
    NewTaipei-City! H0tl!ne2026## HOTLINE!hotline! Xinbei@2026!! X1nb31Sh1zhengfu! Ntpc#Gov#2026!
    Taipei101!!2026 L1nM31l1ng2026! Meiling19850612! lin.meiling@115 Mei!Mei!Mei!1 5123-5123-5123
    林美玲林美玲林美玲2026 密碼密碼密碼密碼2026!! 我愛台灣我愛台灣2026! 新北市政府民國115年!!
    woaini520!!1314 5201314!!2026 Zh0ngguo!2026! T@iwan-Minguo115 Gongxifacai888! Banqiao2026!!!
    Qwerty12345!@# 1qaz@WSX3edc$RFV zaq12wsx!QAZ q1w2e3r4t5y6!! asdfghjkl;'123 1234567890-= !@#$%^&*()_+
    147258369!!!! Dr@g0n19880808 D@niel1992!!! M1chael!1985! Sunsh1ne!2026! F00tball!!2026 Iloveyou2026!!
    St@rW4rs2026! Abcd1234!@#$ 19991231!!!! 11112222!!!! HappyNewYear2026! G00gle!!2026!! Sm1th-J0hns0n26
    Ru$ty!!!2026!!
""".split()


@pytest.mark.parametrize("password", GUESSED)
def test_common_words_with_year_and_signs_are_guessed(password: str) -> None:
    """In whatever letters: signs for them, accents, wide, backwards, twice, apart; or as the keys lie."""
    assert len(password) >= 12 and not is_taken(password)


@pytest.mark.matrix
def test_what_is_made_of_a_common_word_is_guessed_and_of_four_words_is_not() -> None:
    """Three hundred of each, by chance."""
    chance = random.Random(115)
    words = """
        dragon tiger summer welcome password hotline taipei taiwan football monday october sunshine princess
        superman banana coffee xinbei woaini meiling captain hunter money angel thunder orange
    """.split()
    others = """
        kiwi tram lamp sofa tuba cloud pepper harbour violin candle ladder otter walnut velvet compass mirror
        kettle pigeon bicycle tunnel saddle blanket orchard pencil magnet basket turnip lantern
    """.split()
    guessed, taken = [], []
    for _ in range(300):
        word = "".join(chance.choice(SIGNS_OF.get(one, one) + one) for one in chance.choice(words))
        year, sign = str(chance.randint(1970, 2035)), chance.choice(("!", "!!", "!@#", "#", "?", "**", "$$"))
        mixed = chance.choice((word, word.capitalize(), word.upper()))
        guessed.append(
            chance.choice((mixed + year + sign, sign + mixed + year + sign, f"{year}{mixed}_{sign}"))
        )
        taken.append(chance.choice((" ", "-", "", ".")).join(chance.sample(others, 4)))
    assert [one for one in guessed if is_taken(one)] == []
    assert [one for one in taken if not is_taken(one)] == []


@pytest.mark.matrix
def test_passwords_made_by_chance_are_fit() -> None:
    """What a password manager makes is not taken for syllables, except once in a great while."""
    chance = random.Random(1999)
    made = ["".join(chance.choices(ascii_letters + digits + more, k=14)) for more in 300 * ("", punctuation)]
    assert sum(not is_taken(one) for one in made) <= 2


def test_the_syllables_are_those_of_mandarin() -> None:
    """As pypinyin spells every character it knows; each can be typed."""
    spell = BopomofoConverter().to_bopomofo
    said = {spell(one) for readings in pinyin_dict.values() for one in readings.split(",")}
    assert {one.strip("ˊˇˋ˙") for one in said} == SYLLABLES
    assert set("".join(SYLLABLES)) <= set(SIGNS) and len(SIGNS) == len(KEYS) == len(set(KEYS))
