"""How the code reads: what the formatter lays out, and one name for one class."""

import ast
import re
import subprocess
from collections import Counter
from pathlib import Path

from tests.house.test_arrows import MODULES, ROOT, tree

WIDTH = 110
TABLES = 68
"""Places where the formatter is overruled: tables of which a row a line would hide the shape."""
LONG = 218
"""Lines over the width: words of tables and texts that must not be cut."""
CHINESE = re.compile("[\u3000-\u30ff\u4e00-\u9fff]")


def sources() -> list[Path]:
    """Every Python file that we keep, but migrations, which nobody edits."""
    listed = subprocess.run(
        ("git", "ls-files", "*.py"), cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.split() if not name.startswith("ops/migrations/versions")]


def test_the_formatter_is_overruled_for_tables_only() -> None:
    """One more is a line to lay out in another way."""
    overruled = sum(
        line.rstrip().endswith("# fmt: " + "skip")
        for file in sources()
        for line in file.read_text("utf-8").splitlines()
    )
    assert overruled <= TABLES


def test_lines_have_a_width() -> None:
    """Chinese texts are as long as they are."""
    lines = (line for file in sources() for line in file.read_text("utf-8").splitlines())
    assert sum(len(line) > WIDTH and not CHINESE.search(line) for line in lines) <= LONG


def test_no_public_class_name_stands_twice() -> None:
    """A trace, a search and a reader tell classes by their names."""
    names = Counter(
        node.name
        for file in MODULES
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert [name for name, count in names.items() if count > 1] == []
