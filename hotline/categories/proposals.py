"""Reading categories at an instant or by their version, and proposing them for a caller's free words."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from threading import Condition
from typing import Final, Protocol

from cachetools import LRUCache, cached
from sqlalchemy import select
from sqlalchemy.orm import Session

from hotline.categories.rules import Category, category_of
from hotline.categories.service import UnknownCategory
from hotline.categories.store import CategoryRow
from hotline.directory.atlas import Atlas
from hotline.directory.rules import Directory
from hotline.errors import existing
from hotline.ledger.periods import Period
from hotline.ledger.revisions import revision
from hotline.search import Found, Match, bare, pinyin, words

MOST: Final = 5
"""So many of each kind are proposed, at most."""
SOUNDS: Final = 0.7
"""Weight of a word that only sounds so; of one that is written so it is 1."""
FEWEST: Final = 2
"""Signs of a word that is sought in a sentence."""


class SearchedBook(Protocol):
    """The book of questions and answers, as far as it is searched."""

    def find(self, session: Session, asked_for: str, at: datetime, most: int = ...) -> list[Found]:
        """Entries by what is asked for, the best first."""
        ...


class ProposalKind(StrEnum):
    """Kinds of what is proposed."""

    CATEGORY = "category"
    AGENCY = "agency"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class CaseProposal:
    """A category, an agency with its section, or an entry of the book, and the words that led to it."""

    kind: ProposalKind
    key: str
    """Code of the category or agency, number of the entry."""
    match: Match
    score: float
    because: tuple[str, ...] = ()
    agency: str = ""
    section: str = ""


class Categories:
    """The table of categories, read once for a state of the directory. Safe to ask from several threads."""

    def __init__(self, atlas: Atlas | None = None, book: SearchedBook | None = None) -> None:
        self._atlas, self._book = atlas, book
        self._rows = cached(LRUCache(1), key=_by_revision, condition=Condition())(_rows)

    def at(self, session: Session, at: datetime) -> Mapping[str, Category]:
        """The categories of an instant, by code."""
        return {one.code: one for one, period in self._rows(session, revision(session)) if period.holds(at)}

    def version(self, session: Session, row_id: int) -> Category:
        """The version by which a case was filed. Raises UnknownCategory."""
        return category_of(existing(session.get(CategoryRow, row_id), UnknownCategory(str(row_id))))

    def proposed(self, session: Session, said: str, at: datetime, district: str = "") -> list[CaseProposal]:
        """Propose categories, agencies and entries of the book for a caller's free words, the best first.

        ``district``: where it is, as far as that is known; it decides who is in charge.
        """
        heard = _Heard(said)
        if not heard.written:
            return []
        found = list(_categories(heard, self.at(session, at).values(), district))[:MOST]
        agencies = _agencies(heard, self._atlas.at(at) if self._atlas else None, found)
        return [*found, *agencies[:MOST], *self._entries(session, said, found, at)]

    def _entries(
        self, session: Session, said: str, found: list[CaseProposal], at: datetime
    ) -> Iterator[CaseProposal]:
        """Entries that surely fit: the sentence, else the words that led to a category; else similar ones."""
        similar = list[Found]()
        for asked in (said, *(word for one in found[:1] for word in one.because)):
            hits = self._book.find(session, asked, at, MOST) if self._book else []
            sure = [hit for hit in hits if hit.match.is_sure]
            if sure:
                yield from map(_entry, sure)
                return
            similar = similar or hits
        yield from map(_entry, similar)


class _Heard:
    """A sentence in the forms in which words are sought in it."""

    def __init__(self, said: str) -> None:
        self.written = bare(said).replace(" ", "")
        self.sound = _sound(self.written)

    def words(self, sought: Iterable[str]) -> dict[str, float]:
        """Words that stand in the sentence, with their weight: the longer, the more they say."""
        found = dict[str, float]()
        for word in dict.fromkeys(map(_joined, sought)):
            if len(word) < FEWEST:
                continue
            if word in self.written:
                found[word] = float(len(word))
            elif len(word) > FEWEST and _sound(word) in self.sound:
                found[word] = SOUNDS * len(word)
        whole = [word for word in found if not any(word != other and word in other for other in found)]
        return {word: found[word] for word in whole}

    def match(self, found: Iterable[str]) -> Match:
        """The way in which words were found: as written, if any was."""
        return Match.WRITTEN if any(word in self.written for word in found) else Match.SOUND


def _entry(hit: Found) -> CaseProposal:
    return CaseProposal(ProposalKind.ENTRY, hit.key, hit.match, hit.score, (hit.text,))


def _categories(heard: _Heard, known: Iterable[Category], district: str) -> list[CaseProposal]:
    found = []
    for one in known:
        if hits := heard.words((one.name, *_parts(one.name), *one.words)):
            agency, section = one.in_charge(district)
            score, match = sum(hits.values()), heard.match(hits)
            found.append(
                CaseProposal(ProposalKind.CATEGORY, one.code, match, score, tuple(hits), agency, section)
            )
    return _best_first(found)


def _agencies(
    heard: _Heard, then: Directory | None, categories: Iterable[CaseProposal]
) -> list[CaseProposal]:
    """Agencies of the categories, and those whose name, section or business the words name, or nearly."""
    found = {one.agency: _agency(one.agency, one.section, one) for one in reversed(list(categories))}
    for code, section, sought in _names(then) if then else ():
        hits = heard.words(sought)
        score = sum(hits.values())
        if hits and (code not in found or score > found[code].score):
            match = heard.match(hits)
            found[code] = CaseProposal(ProposalKind.AGENCY, code, match, score, tuple(hits), code, section)
    best = max((one.score for one in found.values()), default=0.0)
    return _best_first(one for one in found.values() if 2 * one.score > best)


def _agency(code: str, section: str, by: CaseProposal) -> CaseProposal:
    return CaseProposal(ProposalKind.AGENCY, code, by.match, by.score, by.because, code, section)


def _names(then: Directory) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Agency, section and the words by which people know it."""
    for agency in then.agencies.values():
        if not agency.closed:
            yield agency.code, "", (agency.name,)
    for section in then.sections.values():
        yield section.agency, section.code, (section.name.rstrip("科組室課"), section.name)
    for business in then.businesses.values():
        if in_charge := then.sections.get(business.section):
            yield in_charge.agency, in_charge.code, (business.name, *words(business.keywords))


def _best_first(found: Iterable[CaseProposal]) -> list[CaseProposal]:
    return sorted(found, key=lambda one: (-one.score, one.key))


def _parts(name: str) -> Iterator[str]:
    """Parts of a name that people say alone, without the words that every category ends with."""
    stem = name
    for ending in ("案件", "處理", "問題", "排除", "通報"):
        stem = stem.removesuffix(ending)
    yield stem
    yield from words(stem)


@lru_cache(maxsize=1 << 14)
def _sound(word: str) -> str:
    """A word as it is said, kept: the same words are sought in every sentence."""
    return pinyin(word)


@lru_cache(maxsize=1 << 14)
def _joined(word: str) -> str:
    return bare(word).replace(" ", "")


def _rows(session: Session, _number: int) -> list[tuple[Category, Period]]:
    chosen = select(CategoryRow).where(CategoryRow.replaced_at.is_(None)).order_by(CategoryRow.key)
    return [(category_of(row), row.period) for row in session.scalars(chosen)]


def _by_revision(_session: Session, number: int) -> Hashable:
    return number
