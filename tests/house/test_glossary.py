"""The glossary is held to the code: places, clauses and Chinese words that it names are there."""

import re
import subprocess
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "docs" / "glossary.md").read_text("utf-8")
HEAD = ["our word", "the field's", "clause", "中文", "place"]
PLACE = re.compile(r"`([\w./-]+)(?::(\w+))?`")
PRODUCT = (
    *("hotline", "transfer", "recordings", "ivr", "calls", "control", "reporting", "administration"),
    *("agi_scripts", "web", "ops"),
)


def rows() -> list[list[str]]:
    """The cells of every row of every table."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
    ]
    assert cells.count(HEAD) == PAGE.count("\n## ")
    return [row for row in cells if row != HEAD and row[0] != "---"]


@cache
def said_in_the_product(words: str) -> bool:
    """Whether a file of the product or of its tests says these words."""
    command = [
        "git",
        "grep",
        "--quiet",
        "--fixed-strings",
        "-e",
        words,
        "--",
        *PRODUCT,
        "tests",
        ":!tests/house",
    ]
    return subprocess.run(command, cwd=HOUSE, check=False).returncode == 0


def test_every_place_is_there() -> None:
    """Each word has one, with the name that is said to be in it."""
    lost = []
    for our, *_, places in rows():
        found = PLACE.findall(places)
        assert found, our
        for path, name in found:
            place = HOUSE / path
            if not place.exists() or (name and not re.search(rf"\b{name}\b", place.read_text("utf-8"))):
                lost.append(f"{our}: {path}:{name}")
    assert lost == []


def test_every_clause_is_one_that_code_or_tests_name() -> None:
    """A clause that nothing names would be a claim of its own."""
    assert [clause for _, _, clause, *_ in rows() if clause and not said_in_the_product(clause)] == []


def test_every_chinese_word_is_one_that_people_read_or_hear() -> None:
    """On a page, in a message or in a prompt."""
    chinese = {word for *_, words, _ in rows() for word in words.split("、") if word}
    assert [word for word in sorted(chinese) if not said_in_the_product(word)] == []


def test_no_word_stands_twice() -> None:
    """One entry a word."""
    ours = [row[0] for row in rows()]
    assert sorted(set(ours)) == sorted(ours)
