"""The API does what the pages do: each page has its operation with the same right,
or a reason why it has none.
"""

import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TABLE: dict[str, Any] = tomllib.loads((HERE / "programs.toml").read_text("utf-8"))
RIGHTS: dict[str, Any] = tomllib.loads((HERE / "rights.toml").read_text("utf-8"))
PAGES: dict[str, str] = RIGHTS["pages"]
API: dict[str, str] = RIGHTS["api"]
PROGRAMS: dict[str, list[str]] = {
    page: [done] if isinstance(done, str) else done for page, done in TABLE["programs"].items()
}


def right(declared: str) -> str:
    """Without the mark of rows of one's own agency, which the use case looks at."""
    return declared.removesuffix("+")


def is_form(page: str) -> bool:
    """Looked at in order to be sent."""
    method, _, rule = page.partition(" ")
    return method == "GET" and f"POST {rule}" in PAGES


def test_every_page_is_done_by_programs_too_or_says_why_not() -> None:
    """A new page is not forgotten, and the table tells of none that is gone (rights.toml has them all)."""
    told = PROGRAMS.keys() | TABLE["people"].keys()
    assert {page for page in PAGES.keys() - told if not is_form(page)} == set()
    assert told - PAGES.keys() == set() and PROGRAMS.keys() & TABLE["people"].keys() == set()
    assert all(TABLE["people"].values())


def test_an_operation_takes_the_right_that_its_pages_take() -> None:
    """Of a page that only some may open, no other door opens more;
    where it does, another page does as well.
    """
    pages = dict[str, set[str]]()
    for page, operations in PROGRAMS.items():
        for operation in operations:
            pages.setdefault(operation, set()).add(right(PAGES[page]))
    assert pages.keys() - API.keys() == set()
    other = {one: rights for one, rights in pages.items() if right(API[one]) not in rights}
    assert other.keys() == TABLE["wider"].keys()


def test_every_operation_is_a_page_s() -> None:
    """What programs may do, a person sees on some page."""
    done = {operation for operations in PROGRAMS.values() for operation in operations}
    assert API.keys() - done == {"GET /openapi.json"}
