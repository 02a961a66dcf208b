"""What agents ask while a caller waits, put to the book and the directory of the fictional city.

``book/asked-before.csv`` was frozen before the book was written, ``book/asked-after.csv`` written afterwards;
each line has the matter that answers it, or none where the city has no answer.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from rapidfuzz import fuzz

from demo.city_book import book
from demo.seed import CITY
from hotline.clock import taipei
from hotline.directory.files.importing import read_files
from hotline.directory.rules import Desk, Directory, Person, Section
from hotline.directory.search import Index
from hotline.documents import Document, Documents
from hotline.knowledge.rules import hindrances
from hotline.search import Match, Pieces, Texts, bare, words
from tools.bench.searches import Told, entries, people

QUESTIONS = Path(__file__).parent / "book"
FAQS = list(book())
BOOK = Documents(
    Document(str(place), (faq.question, *words(faq.keywords)), faq.answer) for place, faq in enumerate(FAQS)
)
WORK = 80_000
"""Places of texts and what they lead to that one search looks at, at most: some 25 ms of a slow machine."""


def read(name: str) -> list[dict[str, str]]:
    with (QUESTIONS / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


MATTERS = {row["matter"]: row["question"] for row in read("matters")}


def found(asked: str) -> list[tuple[str, Match]]:
    return [(FAQS[int(hit.key)].question, hit.match) for hit in BOOK.find(asked)]


@pytest.mark.parametrize(("when", "least"), [("before", 97), ("after", 91)])
def test_the_first_answer_is_the_right_one(when: str, least: int) -> None:
    """Of each hundred at least ninety, and what was reached; nothing at all where the city has no answer."""
    asked = read(f"asked-{when}")
    assert len(asked) == 100
    hits = 0
    for row in asked:
        right = {MATTERS.get(matter, matter) for matter in row["matter"].split("|") if matter}
        answers = found(row["asked"])
        if not right:
            assert answers == [], row["asked"]
        hits += not (answers or right) or bool(answers) and answers[0][0] in right
    assert hits >= least, f"{hits} of 100"


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("垃圾", "垃圾車幾點會到我家附近？"),
        ("噪音", "晚上工地很吵，可以檢舉嗎？"),
        ("路燈", "路燈不亮，要跟誰說？"),
        ("停車", "身障停車證要怎麼辦？"),
    ],
)
def test_a_word_of_two_characters_finds_only_what_holds_it(asked: str, first: str) -> None:
    """As written, or by its sound; nothing that is merely like it."""
    answers = found(asked)
    assert answers[0] == (first, Match.WRITTEN) and len(answers) >= 5
    for question, match in answers:
        faq = next(faq for faq in FAQS if faq.question == question)
        assert match is Match.WRITTEN and asked in bare(f"{faq.question} {faq.keywords} {faq.answer}")


@pytest.mark.parametrize(
    "asked", ["zzqq沒有", "沒有這個人", "護照怎麼辦", "火星旅遊簽證申辦", "7777", "?", "  "]
)
def test_what_is_in_neither_is_not_found(asked: str) -> None:
    """Neither in the book nor in the directory."""
    assert found(asked) == [] and CITY_INDEX.find(asked) == []


@pytest.mark.parametrize(
    ("asked", "section"),
    [("垃圾", "環境清潔科"), ("噪音", "噪音管制科"), ("路燈", "路燈管理科"), ("停車", "停車管理科")],
)
def test_a_word_finds_who_is_in_charge(asked: str, section: str) -> None:
    """All desks of that section, and nobody else."""
    hits = CITY_INDEX.find(asked)
    assert hits and {(hit.section, hit.match) for hit in hits} == {(section, Match.WRITTEN)}


def city() -> Directory:
    """The directory of the fictional city, from its files."""
    rows = [(one.kind, one.key, one.says) for one in read_files(CITY).records]
    sections = {
        key: Section(key, says["agency"], says["name"]) for kind, key, says in rows if kind == "section"
    }
    persons = {
        key: Person(key, says["section"], says["name"], duties=says.get("duties", ""))
        for kind, key, says in rows
        if kind == "person"
    }
    desks = {
        key: Desk(key, says["section"], says.get("person") or "", says.get("name") or "")
        for kind, key, says in rows
        if kind == "desk"
    }
    return Directory(taipei("2026-11-24"), sections=sections, desks=desks, persons=persons)


CITY_INDEX = Index(city())


def test_P4_4_the_book_is_written_by_people_as_one_speaks() -> None:
    """Three hundred entries, none a copy of another with words changed; marked if they can be read aloud."""
    assert len(FAQS) >= 300 and len({faq.question for faq in FAQS}) == len(FAQS)
    for faq in FAQS:
        faq.fitted()
        assert faq.aloud is not any(hindrances(faq.answer)), faq.question
    assert min(Counter(faq.agency for faq in FAQS).values()) >= 10
    alike = [pair for pair in combinations([faq.answer for faq in FAQS], 2) if fuzz.ratio(*pair) > 70]
    assert alike == []


class Counted(tuple[str, ...]):
    """Keys that tell how many of them were looked at."""

    seen = 0

    def __iter__(self) -> Iterator[str]:
        Counted.seen += len(self)
        return super().__iter__()


@pytest.mark.matrix
def test_a_search_looks_at_little_of_a_great_city(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty thousand people and five thousand entries: a bound on the work, whatever the clock says."""
    at = Pieces.at

    def counted(pieces: Pieces, piece: str) -> Sequence[int]:
        places = at(pieces, piece)
        Counted.seen += len(places)
        return places

    chance = Random(1999)
    (titles, bodies), city = entries(chance), people(chance)
    assert len({key for keys in titles.values() for key in keys}) == 5_000
    assert len({key for keys in city.values() for key in keys}) == 20_000
    texts = (Texts(_counted(titles), _counted(bodies)), Texts(_counted(city)))
    monkeypatch.setattr(Pieces, "at", counted)
    asked = [row["asked"] for when in ("before", "after") for row in read(f"asked-{when}")]
    for some in texts:
        for question in (
            *asked,
            "王",
            "科",
            "示範局",
            "路燈管理科",
            "zhangwenbin",
            "林雅亭婷",
            "管理科的王小明",
        ):
            Counted.seen = 0
            some.find(question, 50)
            assert Counted.seen <= WORK, (question, Counted.seen)


def _counted(texts: Told) -> dict[str, Counted]:
    return {text: Counted(keys) for text, keys in texts.items()}
