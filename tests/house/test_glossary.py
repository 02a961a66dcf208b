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
def product() -> str:
    """Every file of the product and of its tests, in one text."""
    listed = ["git", "ls-files", "-z", "--", *PRODUCT, "tests", ":!tests/house"]
    found = subprocess.run(listed, cwd=HOUSE, check=True, capture_output=True, text=True).stdout
    files = (HOUSE / name for name in found.split("\0") if name)
    return "\n".join(file.read_text("utf-8", errors="ignore") for file in files if file.is_file())


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
    assert [clause for _, _, clause, *_ in rows() if clause and clause not in product()] == []


def test_every_chinese_word_is_one_that_people_read_or_hear() -> None:
    """On a page, in a message or in a prompt."""
    chinese = {word for *_, words, _ in rows() for word in words.split("、") if word}
    assert [word for word in sorted(chinese) if word not in product()] == []


def test_no_word_stands_twice() -> None:
    """One entry a word."""
    ours = [row[0] for row in rows()]
    assert sorted(set(ours)) == sorted(ours)
