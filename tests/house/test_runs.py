"""tests/README.md is true:
its table has each promise of the product with the scene that `make test` plays for it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS / "README.md").read_text("utf-8")
GIVING = ("promise", "promised_way", "each")
"""What gives a scene the promise it is the scene of."""


def promises(path: Path) -> Iterator[str]:
    """Texts of the promises whose scenes stand in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    named = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in GIVING:
            told = node.args[-1]
            told = named.get(told.id, told) if isinstance(told, ast.Name) else told
            texts = told.values if isinstance(told, ast.Dict) else [told]
            yield from (text.value for text in texts if isinstance(text, ast.Constant))  # type: ignore[misc]


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr if getattr(function.value, "attr", "") == "mark" else ""
    return getattr(function, "id", "")


def test_the_table_has_every_promise_with_its_file() -> None:
    """In the order of the folders; none is left out, none is left over."""
    found = {
        text: f"{path.parent.name}/{path.stem}"
        for folder in ("live", "faults", "browser", "house")
        for path in sorted((TESTS / folder).glob("test_*.py"))
        for text in promises(path)
    }
    table = dict(re.findall(r"^\| ([^|`]+) \| `([a-z]+/test_\w+)` \|$", PAGE, re.MULTILINE))
    assert table == found
