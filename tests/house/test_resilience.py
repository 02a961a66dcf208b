"""The tests that ``docs/resilience.md`` names are there."""

import re

from hotline.settings.kinds import CHECKOUT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_fault_is_shown_by_a_test_that_exists() -> None:
    """One at least a row, each in its file under its name."""
    text = (CHECKOUT / "docs" / "resilience.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| \d+ \|", line)]
    assert rows and all(NAMED.search(row) for row in rows)
    lost = [
        f"{file}::{name}"
        for file, name in NAMED.findall(text)
        if not (CHECKOUT / file).exists() or f"def {name}(" not in (CHECKOUT / file).read_text("utf-8")
    ]
    assert not lost
