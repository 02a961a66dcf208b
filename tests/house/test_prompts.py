"""The catalogue and the files on the shelf say the same, in every language that is promised."""

import re
import shutil
import wave
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from ivr.catalogue import HOME
from ivr.prompts import Catalogue, CatalogueError, Language, Prompt, Shelf
from ivr.speech.level import FRAME, active_dbov, hurried, pauses, pcm
from tests.parts import menus
from tools.voices.build import build, check
from tools.voices.check import is_cut
from tools.voices.files import Manifest, read_pcm
from tools.voices.recogniser import EXCUSED, REPORT, ROW, WORST, longer

CATALOGUE = Catalogue.load()
KEYS = dict(zip("0123456789*", "零一二三四五六七八九米", strict=True))
KEY_WORDS = {
    Language.MANDARIN: ("請按", KEYS),
    Language.ENGLISH: (
        "press ",
        dict(
            zip("0123456789*", "zero one two three four five six seven eight nine star".split(), strict=True)
        ),
    ),
    Language.JAPANESE: ("は、", dict(zip("0123456789*", "ゼ一二三四五六七八九米", strict=True))),
}
MENU_KEYS = [name for name in CATALOGUE.entries if re.fullmatch(r"V-02b?\.(\d|star)", name)]


def test_the_shelf_holds_what_the_catalogue_promises() -> None:
    """Every id × language: both files, rate, level ±1 dB, peak, whole ends, length,
    checksum, manifest, text.
    """
    assert check() == []


def test_a_word_that_is_cut_off_is_noticed() -> None:
    """Half of a prompt ends in the middle of a word; the whole one does not."""
    sound, rate = read_pcm(HOME / "build" / "zh-TW" / "V-08.wav")
    loud = int(np.argmax(np.abs(sound)))
    assert not is_cut(sound, rate)
    assert is_cut(sound[: loud + 1], rate) and is_cut(sound[loud:], rate)


def test_what_the_recogniser_heard_is_of_these_texts() -> None:
    """No row of RECOGNISED.md is of a text that is no longer said;
    none is above the limit without an excuse, and no language's mean above 3 %.
    """
    rows, written = dict[str, tuple[str, int]](), (HOME / REPORT).read_text("utf-8")
    means = re.findall(r"mean error ([0-9.]+)%", written)
    assert len(means) == len(CATALOGUE.spoken_languages) and max(map(float, means)) <= 3.0
    for line in written.splitlines():
        if line.startswith("## "):
            language = line.removeprefix("## ").partition(":")[0]
        elif row := ROW.fullmatch(line):
            rows[f"{language}/{row[1]}"] = row[2], int(row[4])
    said = {key: row["text"] for key, row in Manifest.load(HOME / "build").files.items()}
    assert len(rows) > 400 and set(rows) <= set(longer(said))
    assert {key: text for key, (text, _) in rows.items() if said.get(key) != text} == {}
    assert {key for key, (_, error) in rows.items() if error > 100 * WORST} <= set(EXCUSED)


def test_P4_12_the_notice_is_said_neither_fast_nor_slowly() -> None:
    """Syllables a second in Mandarin; the greeting is over soon."""
    shelf, text = Shelf(CATALOGUE), CATALOGUE.text("V-01", Language.MANDARIN)
    syllables = len(re.findall("[一-鿿]", text))
    assert 4.3 <= syllables / shelf.seconds("V-01", Language.MANDARIN) <= 4.6
    assert shelf.seconds("V-00", Language.MANDARIN) <= 2.5


def test_P3_b_everybody_hears_their_language_soon_and_who_presses_nothing_a_person() -> None:
    """By the length of the files alone, so on every line; a decision takes milliseconds."""
    shelf, first = Shelf(CATALOGUE), menus().menus[menus().first]
    begun, now = dict[str, float](), shelf.seconds("V-00", Language.MANDARIN)
    for say in (key.say for key in first.keys if key.say):
        begun[say.id] = now
        now += shelf.seconds(say.id, say.language or Language.MANDARIN)
    assert begun["V-02.4"] <= 8.0 and begun["V-02.5"] <= 10.0 and now <= 15.0, (begun, now)
    assert first.silences == 1
    to_a_person = sum(shelf.seconds(name, Language.MANDARIN) for name in ("V-01", "to-an-agent"))
    assert now + first.seconds + to_a_person <= 29.0


def test_a_rest_in_a_sentence_is_noticed_when_it_is_long() -> None:
    """A second of silence in the middle; Japanese is made without, and the others have none."""
    sound, rate = read_pcm(HOME / "build" / "ja" / "V-01.wav")
    silence = np.zeros(rate)
    assert [
        round((end - begin) * FRAME) for begin, end in pauses(np.concatenate([sound, silence, sound]), rate)
    ].count(1)
    shortened = hurried(np.concatenate([sound, silence, sound]).astype(np.float32), rate, 0.5)
    assert max((end - begin) * FRAME for begin, end in pauses(shortened.astype(np.float64), rate)) <= 0.55


def test_all_files_are_found_by_the_shelf() -> None:
    """Nothing promised is lost, and every name is one Asterisk can be given."""
    shelf = Shelf(CATALOGUE)
    assert shelf.lost() == []
    for name, language in CATALOGUE.voiced():
        (sound,) = shelf.names([Prompt(name)], language)
        assert sound == f"hotline/{language}/{name}"
        assert re.fullmatch(r"[A-Za-z0-9_./-]+", sound)
        assert 0.3 < shelf.seconds(name, language) <= CATALOGUE.entries[name].max_seconds


def test_texts_are_written_as_they_are_said() -> None:
    """No digits in any language (a synthesiser and a speaker would guess), no Latin letters in Han texts."""
    for language, entry in product(CATALOGUE.spoken_languages, CATALOGUE.entries.values()):
        text = entry.texts.get(language, "")
        assert not re.search(r"[0-9０-９]", text), f"{entry.id}: {text}"
        if language is not Language.ENGLISH:
            assert not re.search(r"[A-Za-z]", text), f"{entry.id}: {text}"


def test_a_key_phrase_names_exactly_its_key() -> None:
    """V-02.4 says four and nothing else: a wrong digit here sends callers to the wrong place."""
    for name, (language, (before, words)) in product(MENU_KEYS, KEY_WORDS.items()):
        key = name.rpartition(".")[2].replace("star", "*")
        if text := CATALOGUE.entries[name].texts.get(language):
            said = {k for k, word in words.items() if f"{before}{word}" in text.lower()}
            assert said == {key}, f"{name} in {language}: {text}"


def test_the_recording_script_names_the_same_key() -> None:
    """Taiwanese and Hakka speakers read 空 or 零 for zero, the other digits as in Mandarin."""
    for name, language in product(MENU_KEYS, (Language.TAIWANESE, Language.HAKKA)):
        key = name.rpartition(".")[2].replace("star", "*")
        if text := CATALOGUE.entries[name].texts.get(language):
            assert text.split("請", 1)[1][1] in {KEYS[key], "空" if key == "0" else KEYS[key]}, name


def test_every_script_for_speakers_has_its_romanisation() -> None:
    """A text without its reading cannot be checked by whoever prepares the recording session."""
    for entry in CATALOGUE.entries.values():
        for language in (Language.TAIWANESE, Language.HAKKA):
            assert (language in entry.texts) == (language in entry.readings), entry.id


def test_a_language_without_a_voice_says_so_and_mandarin_can_say_it() -> None:
    for language in Language:
        if language is not Language.MANDARIN:
            assert CATALOGUE.has_voice(f"lang-not-ready.{language}", Language.MANDARIN)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A shelf with the fallbacks, the notice and one fragment only."""
    for key in ("zh-TW/V-01", "en/V-01", "zh-TW/fallback", "en/fallback", "zh-TW/V-04.busy"):
        target = tmp_path / f"{key}.wav"
        target.parent.mkdir(exist_ok=True)
        shutil.copy(HOME / "build" / f"{key}.wav", target)
    return tmp_path


def test_a_lost_file_is_said_in_mandarin_and_told(copy: Path) -> None:
    """resilience: a missing prompt file is never silence, and somebody hears of it."""
    told: list[tuple[str, Language]] = []
    shelf = Shelf(CATALOGUE, copy, lambda name, language: told.append((name, language)))
    assert shelf.names([Prompt("V-04.busy")], Language.ENGLISH) == ["hotline/zh-TW/V-04.busy"]
    assert told == [("V-04.busy", Language.ENGLISH)]


def test_files_lost_in_every_language_become_one_excuse(copy: Path) -> None:
    """Two lost prompts in a row excuse themselves once, in the caller's language."""
    told: list[tuple[str, Language]] = []
    shelf = Shelf(CATALOGUE, copy, lambda name, language: told.append((name, language)))
    names = shelf.names([Prompt("V-04.hold"), Prompt("nobody-now"), Prompt("V-01")], Language.ENGLISH)
    assert names == ["hotline/en/fallback", "hotline/en/V-01"]
    assert len(told) == 4


def test_a_file_that_comes_back_is_heard_at_once(copy: Path) -> None:
    shelf = Shelf(CATALOGUE, copy)
    notice = copy / "en" / "V-01.wav"
    away = notice.rename(copy / "away.wav")
    assert shelf.names([Prompt("V-01")], Language.ENGLISH) == ["hotline/zh-TW/V-01"]
    away.rename(notice)
    assert shelf.names([Prompt("V-01")], Language.ENGLISH) == ["hotline/en/V-01"]


def test_a_language_without_a_voice_goes_to_mandarin_quietly() -> None:
    """Taiwanese is not lost, it is not recorded yet: no alarm."""
    told: list[tuple[str, Language]] = []
    shelf = Shelf(CATALOGUE, missing=lambda name, language: told.append((name, language)))
    assert shelf.names([Prompt("V-02.2", Language.TAIWANESE)], Language.ENGLISH) == ["hotline/zh-TW/V-02.2"]
    assert told == []


def test_an_empty_shelf_gives_no_names_rather_than_wrong_ones(tmp_path: Path) -> None:
    assert Shelf(CATALOGUE, tmp_path).names([Prompt("V-01")], Language.MANDARIN) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('[prompt."a b"]\nuse="x"\nmax_seconds=1', "a b"),
        ('[prompt.x]\nuse="x"\nmax_seconds=1\nfrench="y"', "unknown french"),
        ('[prompt.x]\nuse="x"\nzh-TW="y"', "max_seconds"),
        ('[prompt.x]\nuse="x"\nmax_seconds=1\nen="y"', "x: no text in zh-TW"),
        ('[prompt.x]\nuse="x"\nmax_seconds=1\nzh-TW="y"', "fallback"),
    ],
)
def test_a_faulty_catalogue_is_refused_by_name(tmp_path: Path, body: str, fault: str) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(f'spoken_languages = ["zh-TW"]\n{body}\n', "utf-8")
    with pytest.raises(CatalogueError, match=fault):
        Catalogue.load(path)


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A catalogue of one prompt, in Taiwanese too, and a speaker's takes of both: half a second of 400 Hz."""
    texts = 'zh-TW = "很抱歉。"\nnan-TW = "歹勢。"\nnan-TW-reading = "Pháinn-sè."'
    (tmp_path / "catalog.toml").write_text(
        f'spoken_languages = ["zh-TW"]\n[prompt.fallback]\nuse = "x"\nmax_seconds = 2\n{texts}\n', "utf-8"
    )
    for language in ("zh-TW", "nan-TW"):
        take = tmp_path / "recorded" / language / "fallback.wav"
        take.parent.mkdir(parents=True)
        with wave.open(str(take), "wb") as file:
            file.setparams((1, 2, 48000, 0, "NONE", ""))
            file.writeframes(pcm(0.5 * np.sin(2 * np.pi * 400 * np.arange(24000) / 48000)))
    return tmp_path


@pytest.mark.skipif(not shutil.which("sox"), reason="the level chain needs sox")
def test_a_recording_replaces_synthesis_and_is_built_once(studio: Path) -> None:
    """Studio takes are levelled like the rest, also of a language without a voice, and then left alone."""
    assert build(studio, workers=1) == ["zh-TW/fallback", "nan-TW/fallback", "moh/hold"]
    assert check(studio) == []
    files = Manifest.load(studio / "build").files
    assert files["nan-TW/fallback"]["source"].startswith("studio:")
    assert build(studio, workers=1) == []
    shelf = Shelf(Catalogue.load(studio / "catalog.toml"), studio / "build")
    assert shelf.names([Prompt("fallback")], Language.TAIWANESE) == ["hotline/nan-TW/fallback"]


@pytest.mark.skipif(not shutil.which("sox"), reason="the level chain needs sox")
def test_what_leaves_the_catalogue_leaves_the_shelf(studio: Path) -> None:
    build(studio, workers=1)
    stray = studio / "build" / "zh-TW" / "gone.wav"
    shutil.copy(studio / "build" / "zh-TW" / "fallback.wav", stray)
    assert check(studio) == ["zh-TW/gone.wav: not in the manifest"]
    build(studio, workers=1)
    assert not stray.exists()


def test_the_hold_melody_has_no_seam() -> None:
    """One minute, -24 dBov, and the step from its last sample to its first is no louder than the others."""
    loop, rate = read_pcm(HOME / "build" / "moh" / "hold.wav")
    steps = np.abs(np.diff(loop))
    assert len(loop) == 60 * rate
    assert abs(loop[0] - loop[-1]) <= steps.max()
    assert active_dbov(loop, rate) == pytest.approx(-24, abs=0.1)
