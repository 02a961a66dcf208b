"""Menus as a clerk writes them: what a key does, and every mistake told in words before a caller meets it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.catalogue import Catalogue, CatalogueEntry
from ivr.check import checked, faults, said_with, spoken_keys
from ivr.menus import (
    FOLDER,
    AskCase,
    BadMenus,
    CancelCase,
    Goto,
    HearBulletin,
    Inform,
    Menus,
    Repeat,
    ToQueue,
    parse,
    read_sources,
    version_of,
)
from ivr.numerals import Language
from tests.parts import catalogue, menus, written
from wording import ENGLISH, sentence

SHIPPED = read_sources(FOLDER)


def changed(file: str, old: str, new: str) -> dict[str, str]:
    """Our own menus with one edit, as a clerk might make it."""
    assert SHIPPED[file].count(old) >= 1
    return {**SHIPPED, file: SHIPPED[file].replace(old, new, 1)}


def refused(sources: Mapping[str, str]) -> str:
    with pytest.raises(BadMenus) as told:
        checked(sources, catalogue())
    assert told.value.faults
    return sentence(told.value, ENGLISH)


def test_the_menus_we_ship_are_fit_to_answer() -> None:
    """No fault of form or sense, and a version of twelve digits."""
    found = checked(SHIPPED, catalogue())
    assert (found.first, set(found.menus), len(found.version)) == ("language", {"language", "main"}, 12)


def test_a_version_changes_with_any_byte_and_not_with_order() -> None:
    """A comment is a change, the order in which files are read is none."""
    assert version_of(SHIPPED) == version_of(dict(reversed(SHIPPED.items())))
    assert version_of(SHIPPED) != version_of(changed("main.toml", "# ", "#  "))
    assert version_of({"a": "b"}) != version_of({"ab": ""})


# --- what a choice is -----------------------------------------------------------------------------

CHOICES = {
    'goto = "main"': Goto("main"),
    'goto = "main"\nlanguage = "ja"': Goto("main", Language.JAPANESE),
    'queue = "agents"': ToQueue("agents"),
    'inform = "nobody-now"': Inform("nobody-now"),
    "bulletin = true": HearBulletin(),
    "repeat = true": Repeat(),
    "case-status = true": AskCase(),
    "case-cancel = true": CancelCase(),
}


@pytest.mark.parametrize(("words", "choice"), CHOICES.items(), ids=CHOICES.keys())
def test_a_key_does_what_is_written_under_it(words: str, choice: object) -> None:
    """The language belongs to goto."""
    found = parse(changed("main.toml", 'inform = "sign-language-hours"', words))
    assert found.choice("main", "4", bulletin=True) == choice


def test_a_menus_own_key_comes_before_the_one_that_works_everywhere() -> None:
    """* repeats, unless the menu says otherwise; 9 needs no line in a menu."""
    found = parse(changed("main.toml", "repeat = true", 'queue = "agents"'))
    assert found.choice("main", "*", bulletin=False) == ToQueue("agents")
    assert found.choice("language", "*", bulletin=False) == Repeat()
    assert found.choice("language", "9", bulletin=False) == ToQueue("agents")


def test_the_bulletins_key_works_only_while_one_is_on() -> None:
    """Not announced, and pressed in vain, on every other day."""
    main = menus().menus["main"]
    on, off = (menus().choice("main", "5", bulletin=bulletin) for bulletin in (True, False))
    assert (on, off) == (HearBulletin(), None)
    pressed = [[key.press for key in main.offered(bulletin=bulletin)] for bulletin in (True, False)]
    assert pressed == [[*"1234567", "0", "*"], [*"123467", "0", "*"]]


def test_the_keys_of_cases_work_only_where_cases_are_kept() -> None:
    """Not announced, and pressed in vain, elsewhere; 6 and 7 of the main menu."""
    main = menus().menus["main"]
    found = [[main.choice(key, bulletin=False, cases=cases) for key in "67"] for cases in (True, False)]
    assert found == [[AskCase(), CancelCase()], [None, None]]
    assert [key.press for key in main.offered(bulletin=False, cases=False)] == [*"1234", "0", "*"]


# --- mistakes -------------------------------------------------------------------------------------

FORM = {
    "no TOML": ("main.toml", "tries = 3", "tries = ", "main.toml: not readable as TOML"),
    "unknown setting": ("main.toml", "tries = 3", "tries = 3\ncolour = 1", "main.toml: 'colour' is not a setting"),
    "setting missing": ("main.toml", "tries = 3", "", "main.toml: 'tries' is missing"),
    "unknown word at a key": ("main.toml", 'say = "V-02b.1"', 'say = "V-02b.1"\ncost = 1', "key 1: 'cost' is not"),
    "key twice": ("main.toml", 'press = "4"', 'press = "1"', "main.toml: key 1 is listed twice"),
    "no key of a telephone": ("main.toml", 'press = "4"', 'press = "14"', "'14' is not one of 0-9, * and #"),
    "no key at all": ("main.toml", 'press = "4"', "", "'press' is missing"),
    "two doings": ("main.toml", "repeat = true", 'repeat = true\nqueue = "agents"', "key * must do exactly one of"),
    "no doing": ("main.toml", "repeat = true", "", "key * must do exactly one of"),
    "unknown language": ("language.toml", 'language = "ja"', 'language = "jp"', "'jp' is no language; one of zh-TW"),
    "unknown voice": ("language.toml", 'in = "ja"', 'in = "jp"', "'jp' is no language; one of zh-TW"),
    "language without goto": ("main.toml", "repeat = true", 'repeat = true\nlanguage = "ja"', "together with goto"),
    "tries": ("main.toml", "tries = 3", "tries = 0", "main.toml: tries must be a whole number from 1 to 9, not 0"),
    "tries in words": ("main.toml", "tries = 3", "tries = true", "tries must be a whole number"),
    "half a try": ("main.toml", "tries = 3", "tries = 2.5", "tries must be a whole number"),
    "seconds": ("main.toml", "seconds = 5", "seconds = 31", "main.toml: seconds must be from 1 to 30, not 31"),
    "seconds in words": ("main.toml", "seconds = 5", 'seconds = "5"', "main.toml: seconds must be from 1 to 30"),
    "a name too long": ("main.toml", 'name = "main"', f'name = "{"m" * 33}"', "name must be 1 to 32 letters"),
    "a name with a blank": ("main.toml", 'name = "main"', 'name = "the main"', "name must be 1 to 32 letters"),
    "otherwise no table": ("main.toml", '{ queue = "agents" }', '"agents"', "otherwise must be a table, for example"),
    "keys no tables": ("everywhere.toml", SHIPPED["everywhere.toml"], "key = [1]", "under [[key]]"),
    "a setting for everywhere": ("everywhere.toml", "[[key]]", "first = true\n[[key]]", "'first' is not a setting"),
    "two first menus": ("main.toml", "tries = 3", "tries = 3\nfirst = true", "exactly one menu must say first = true; 2"),
    "no first menu": ("language.toml", "first = true", "", "exactly one menu must say first = true; 0 do"),
    "one name twice": ("main.toml", 'name = "main"', 'name = "language"', "two files hold a menu of the same name"),
}  # fmt: skip

SENSE = {
    "unknown menu": ("language.toml", 'goto = "main"', 'goto = "mian"', "key 1 goes to 'mian', which is no menu"),
    "unknown queue": ("main.toml", 'queue = "agents"', 'queue = "agent"', "goes to queue 'agent'; known: agents"),
    "otherwise in a circle": (
        "main.toml", 'otherwise = { queue = "agents" }', 'otherwise = { goto = "main" }',
        "main: a silent caller goes round for ever",
    ),
    "otherwise says it again": (
        "main.toml", 'otherwise = { queue = "agents" }', "otherwise = { repeat = true }",
        "main: otherwise must lead to a person or a menu",
    ),
    "a prompt nobody wrote": ("main.toml", "V-02b.4", "V-02b.44", "main: prompt 'V-02b.44' is not in the catalogue"),
    "information nobody wrote": ("main.toml", "sign-language-hours", "sign", "main: prompt 'sign' is not in the cat"),
    "another key said": ("main.toml", 'press = "4"', 'press = "8"', "main: key 8 is announced as 4 in zh-TW: "),
    "a text without a key": ("main.toml", "V-02b.4", "thanks-goodbye", "main: key 4 is announced as no key in"),
    "a key in silence": ("main.toml", 'say = "V-02b.4"', "", "main: key 4 works but nothing announces it; add say"),
    "zero for something else": (
        "main.toml", 'press = "0"\nsay = "V-02b.0"\nqueue = "agents"', 'press = "0"\nsay = "V-02b.0"\nrepeat = true',
        "main: key 0 must reach a person",
    ),
    "nine forgotten": (
        "everywhere.toml", 'press = "9"', 'press = "#"', "language: key 9 must reach a person; add it to everywhere",
    ),
    "everywhere leads astray": (
        "everywhere.toml", "repeat = true", 'inform = "nobody-now"', "everywhere: key * must reach a person or repeat",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        ("main.toml", "tries = 3", "tries = ", "line 11"),
        ("main.toml", "tries = 3", "tries = 0", "(main.toml, line 11)"),
        ("main.toml", "tries = 3", "tries = 3\ncolour = 1", "(main.toml, line 12)"),
        ("main.toml", "tries = 3", "", "'tries' is missing (main.toml)"),
        ("main.toml", 'press = "4"', 'press = "1"', "(main.toml, line 31)"),
        ("main.toml", 'press = "4"', 'press = "8"', "(main.toml, line 31)"),
        ("main.toml", "V-02b.4", "V-02b.44", "(main.toml, line 32)"),
        (
            "main.toml",
            'otherwise = { queue = "agents" }',
            'otherwise = { queue = "agent" }',
            "(main.toml, line 12)",
        ),
        ("language.toml", 'goto = "main"', 'goto = "mian"', "(language.toml, line 15)"),
        ("everywhere.toml", "repeat = true", 'inform = "nobody-now"', "(everywhere.toml, line 13)"),
        ("everywhere.toml", 'press = "9"', 'press = "#"', "key 9 must reach a person; add it to everywhere"),
    ],
)
def test_a_mistake_is_found_by_its_line(file: str, old: str, new: str, place: str) -> None:
    """A clerk opens the file there."""
    assert place in refused(changed(file, old, new))


@pytest.mark.parametrize(
    ("file", "old", "new", "words"), [*FORM.values(), *SENSE.values()], ids=[*FORM, *SENSE]
)
def test_a_mistake_is_refused_in_words(file: str, old: str, new: str, words: str) -> None:
    """The sentence names the file or menu, the key, and what is wrong with it."""
    assert words in refused(changed(file, old, new))


def test_a_menu_nobody_can_reach_is_refused() -> None:
    """Forgotten, or the way to it was."""
    lost = SHIPPED["main.toml"].replace('name = "main"', 'name = "lost"')
    assert "lost: no key leads to this menu" in refused({**SHIPPED, "lost.toml": lost})


def test_a_circle_of_two_menus_is_refused() -> None:
    """Each sends the silent caller to the other."""
    sources = {
        **changed("main.toml", 'otherwise = { queue = "agents" }', 'otherwise = { goto = "language" }'),
        "language.toml": SHIPPED["language.toml"].replace('{ queue = "agents" }', '{ goto = "main" }'),
    }
    assert "a silent caller goes round for ever (language → main)" in refused(sources)


def test_a_silent_caller_may_pass_several_menus() -> None:
    """As long as a person is at the end."""
    passing = changed("language.toml", 'otherwise = { queue = "agents" }', 'otherwise = { goto = "main" }')
    assert checked(passing, catalogue()).menus["language"].otherwise == Goto("main")


def without(name: str, language: Language) -> Catalogue:
    """The catalogue as if one text had never been written."""
    entry = catalogue().entries[name]
    texts = {tag: text for tag, text in entry.texts.items() if tag is not language}
    return replace(catalogue(), entries={**catalogue().entries, name: replace(entry, texts=texts)})


@pytest.mark.parametrize("language", catalogue().spoken_languages)
@pytest.mark.parametrize("name", ["V-02b.1", "sign-language-hours"])
def test_a_prompt_missing_in_any_spoken_language_is_refused(name: str, language: Language) -> None:
    """Announcements and informations alike."""
    found = [sentence(fault, ENGLISH) for fault in faults(menus(), without(name, language))]
    assert f"main: prompt {name!r} has no text in {language}" in found


def test_a_language_not_spoken_yet_needs_no_text() -> None:
    """Its callers hear Mandarin."""
    silent = next(tag for tag in Language if tag not in catalogue().spoken_languages)
    assert faults(menus(), without("sign-language-hours", silent)) == []


def test_a_phrase_in_a_fixed_language_needs_no_other() -> None:
    """``in`` says it in English to everybody."""
    assert faults(menus(), without("V-02.4", Language.MANDARIN)) == []
    assert any("V-02.4" == fault.what for fault in faults(menus(), without("V-02.4", Language.ENGLISH)))


def saying(text: str, language: Language) -> list[str]:
    entry = CatalogueEntry("V-02b.4", "", 9, texts={language: text})
    other = replace(catalogue(), entries={**catalogue().entries, "V-02b.4": entry})
    found = [sentence(fault, ENGLISH) for fault in faults(menus(), other)]
    return [fault for fault in found if "announced" in fault]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("手語請按三。", Language.MANDARIN),
        ("手語請按四，或按五。", Language.MANDARIN),
        ("手語請揤三。", Language.TAIWANESE),
        ("手語請按三。", Language.HAKKA),
        ("For sign language, press three.", Language.ENGLISH),
        ("手話は三を押してください。", Language.JAPANESE),
    ],
)
def test_a_text_that_names_another_key_is_refused_in_every_language(text: str, language: Language) -> None:
    """Also in those that are only written down for the recording, and when a second key is named."""
    (fault,) = saying(text, language)
    assert fault.startswith("main: key 4 is announced as ") and text in fault


def test_keys_are_heard_in_every_language() -> None:
    """Digits, star and hash, as each language says them."""
    assert spoken_keys("請按零，請按米字鍵，請按井字鍵。", Language.MANDARIN) == ["0", "*", "#"]
    assert spoken_keys("Press zero, press nine, press the star key.", Language.ENGLISH) == ["0", "9", "*"]
    assert spoken_keys("press zero, or press the pound key", Language.ENGLISH) == ["0", "#"]
    assert spoken_keys("請揤空", Language.TAIWANESE) == ["0"]
    assert spoken_keys("ゼロを押す、シャープを押す", Language.JAPANESE) == ["0", "#"]


def test_all_mistakes_are_told_at_once() -> None:
    """A clerk mends a file once, not once a mistake."""
    sources = {
        **changed("main.toml", "tries = 3", "tries = 0\ncolour = 1"),
        "language.toml": SHIPPED["language.toml"].replace("seconds = 4", "seconds = 0"),
    }
    told = refused(sources)
    assert all(word in told for word in ("tries must", "'colour'", "seconds must"))


def test_a_file_in_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    """Big5, as an old editor saves it; and something that is no file at all."""
    folder = written(tmp_path / "menus", SHIPPED)
    (folder / "main.toml").write_bytes(SHIPPED["main.toml"].encode("big5", "ignore"))
    (folder / "folder.toml").mkdir()
    with pytest.raises(BadMenus) as told:
        read_sources(folder)
    found = sentence(told.value, ENGLISH)
    assert "main.toml: not UTF-8" in found and "save the file as UTF-8" in found
    assert "folder.toml: cannot be read" in found


TOML = st.sampled_from([
    "1", "true", '"agents"', '"main"', "[]", "{}", '{ queue = "agents" }', "2026-11-24", "nan", "[[1]]", '[{ press = "1" }]',
])  # fmt: skip


@given(st.dictionaries(st.sampled_from(["name", "first", "tries", "otherwise", "seconds", "key"]), TOML))
def test_whatever_a_file_holds_it_is_menus_or_refused(table: dict[str, str]) -> None:
    """Nothing else ever comes out: a mistake must not stop the process that answers calls."""
    text = "\n".join(f"{name} = {value}" for name, value in table.items())
    for sources in (
        {**SHIPPED, "main.toml": text},
        {**SHIPPED, "everywhere.toml": text},
        {"main.toml": text},
    ):
        try:
            assert isinstance(checked(sources, catalogue()), Menus)
        except BadMenus as error:
            assert error.faults


@given(st.sampled_from(sorted(SHIPPED)), st.data())
def test_a_file_cut_or_mangled_anywhere_is_menus_or_refused(file: str, chance: st.DataObject) -> None:
    """A line lost, doubled, or moved to another place."""
    lines = SHIPPED[file].splitlines(keepends=True)
    at = chance.draw(st.integers(0, len(lines) - 1))
    to = chance.draw(st.integers(0, len(lines)))
    for mangled in (lines[:at] + lines[at + 1 :], lines[:at], [*lines[:to], lines[at], *lines[to:]]):
        try:
            assert isinstance(checked({**SHIPPED, file: "".join(mangled)}, catalogue()), Menus)
        except BadMenus as error:
            assert error.faults


def test_a_phrase_that_names_one_key_is_said_with_another() -> None:
    """Every one of the catalogue in each of its languages, on every key of a telephone, and back."""
    for entry in catalogue().entries.values():
        for language, text in entry.texts.items():
            named = spoken_keys(text, language)
            if len(named) != 1 or not entry.id.startswith("V-02"):
                continue
            for press in "0123456789*#":
                moved = said_with(text, language, press)
                assert spoken_keys(moved, language) == [press], moved
            assert said_with(moved, language, named[0]) == text
    assert said_with("請先聽完。", Language.MANDARIN, "3") == "請先聽完。"
