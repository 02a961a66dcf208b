"""The catalogue of prompts (dialplans/prompts/catalog.toml): every text the line can say, by id and language.

No sound and no file of sound enters here; which file says a prompt is the shelf's question (prompts.py).
"""

import re
import tomllib
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from ivr.numerals import Language, fields

HOME = Path(__file__).parent / "dialplans" / "prompts"
FALLBACK = "fallback"
NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class CatalogueError(ValueError):
    """The catalogue cannot be used; the message names the prompt and the fault."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One prompt of the catalogue: its texts, what it is for, and its limits."""

    id: str
    use: str
    max_seconds: float
    legal: bool = False
    fragment: bool = False
    pause: float = 0.15
    speed: float = 1.0
    tone: int = 0
    only: frozenset[Language] = frozenset(Language)
    texts: Mapping[Language, str] = field(default_factory=dict)
    readings: Mapping[Language, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Catalogue:
    """Prompts by id, and the languages that have a voice."""

    entries: Mapping[str, CatalogueEntry]
    spoken_languages: tuple[Language, ...]

    @classmethod
    def load(cls, path: Path = HOME / "catalog.toml") -> "Catalogue":
        """Read the file; unknown keys, unfit ids or a spoken language without a text are refused."""
        with path.open("rb") as file:
            raw = tomllib.load(file)
        entries = dict(_families(raw.get("family", [])))
        for name, row in raw["prompt"].items():
            entries[name] = _entry(name, row, entries.get(name))
        catalogue = cls(entries, tuple(Language(tag) for tag in raw["spoken_languages"]))
        if faults := catalogue.faults():
            raise CatalogueError("; ".join(faults))
        return catalogue

    def with_own(self, own: Mapping[str, CatalogueEntry]) -> "Catalogue":
        """The same with prompts that come and go behind it: the call centre's own announcements."""
        return replace(self, entries=ChainMap(dict(self.entries), cast(dict[str, CatalogueEntry], own)))

    def faults(self) -> list[str]:
        """Prompts that a spoken language needs and has no text for, and the fallback if it is missing."""
        found = [
            f"{entry.id}: no text in {language}"
            for entry in self.entries.values()
            for language in self.spoken_languages
            if language in entry.only and language not in entry.texts
        ]
        return found if FALLBACK in self.entries else [*found, f"{FALLBACK}: not in the catalogue"]

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def text(self, name: str, language: Language) -> str:
        """The words as they are heard: in that language if it has a voice, else Mandarin, else any."""
        texts = self.entries[name].texts
        heard = texts.get(language) if language in self.spoken_languages else None
        return heard or texts.get(Language.MANDARIN) or next(iter(texts.values()))

    def has_voice(self, name: str, language: Language) -> bool:
        """True if a rendered file is promised for this prompt in this language."""
        return language in self.spoken_languages and language in self.entries[name].texts

    def voiced(self) -> list[tuple[str, Language]]:
        """Pairs (id, language) that a file is promised for, in the catalogue's order."""
        return [(n, lang) for lang in self.spoken_languages for n in self.entries if self.has_voice(n, lang)]


def _entry(name: str, row: Mapping[str, Any], base: CatalogueEntry | None = None) -> CatalogueEntry:
    """One row; where a family has made the same prompt already, the row's texts win over the family's."""
    if not NAME.fullmatch(name):
        raise CatalogueError(f"{name}: an id is letters, digits, '-', '_' and single dots")
    settings = {"use", "max_seconds", "legal", "fragment", "pause", "speed", "tone"}
    texts = {tag: row[tag] for tag in Language if tag in row}
    readings = {tag: row[f"{tag}-reading"] for tag in Language if f"{tag}-reading" in row}
    known = settings | set(texts) | {f"{tag}-reading" for tag in readings} | {"only"}
    if unknown := set(row) - known:
        raise CatalogueError(f"{name}: unknown {', '.join(sorted(unknown))}")
    given = {key: row[key] for key in settings & set(row)}
    if "only" in row:
        given["only"] = frozenset(Language(tag) for tag in row["only"])
    if base:
        given = {key: getattr(base, key) for key in (*settings, "only")} | given
        texts, readings = {**base.texts, **texts}, {**base.readings, **readings}
    try:
        return CatalogueEntry(id=name, texts=texts, readings=readings, **given)
    except TypeError as missing:
        raise CatalogueError(f"{name}: {missing}") from None


def _families(rows: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, CatalogueEntry]]:
    """Prompts by number, `values = "1-15,20"`, with {number}, {count}, {ordinal}, … written out in their texts,
    or by letter, `values = "a-z"`, with {letter}.
    """
    for row in rows:
        rest = {key: value for key, value in row.items() if key not in {"id", "values"}}
        for one in _values(row["values"]):
            name = f"{row['id']}.{one}"
            written = {
                key: value.format(**_fields(one, Language(key.removesuffix("-reading"))))
                if key.removesuffix("-reading") in set(Language)
                else value
                for key, value in rest.items()
            }
            yield name, _entry(name, written)


def _fields(one: int | str, language: Language) -> dict[str, str]:
    return {"letter": one.upper()} if isinstance(one, str) else fields(one, language)


def _values(text: str) -> list[int | str]:
    found: list[int | str] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first.isalpha():
            found.extend(map(chr, range(ord(first), ord(last or first) + 1)))
        else:
            found.extend(range(int(first), int(last or first) + 1))
    return found
