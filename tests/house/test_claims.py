"""Claims of documents and the tests that prove them name each other by an id.

A document marks the line of a claim by ``<!-- proof: id -->``, a test that proves it has the mark ``proves``.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.house.test_documents import pages

HOUSE = Path(__file__).parents[2]
CLAIM = re.compile(r"(?<!`)<!-- proof: (.*?) -->")
PROVES = re.compile(
    r"^(?:@pytest\.mark|pytestmark = pytest\.mark|    pytest\.mark)\.proves\((.*?)\)", re.MULTILINE
)
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def proved() -> Iterator[str]:
    """Ids of the tests' marks, in quotes."""
    for file in (HOUSE / "tests").rglob("test_*.py"):
        if "node_modules" not in file.parts:
            yield from (one for marks in PROVES.findall(file.read_text("utf-8")) for one in marks.split(", "))


def claimed() -> list[str]:
    """Ids of the documents' claims."""
    return [one for page in pages() for one in CLAIM.findall(page.read_text("utf-8"))]


def test_each_claim_has_a_test_and_each_such_test_a_claim() -> None:
    """A claim without proof is struck; a proof whose claim is gone loses its mark."""
    ids = claimed()
    assert [one for one, times in Counter(ids).items() if times > 1 or not ID.fullmatch(one)] == []
    assert {f'"{one}"' for one in ids} == set(proved())
