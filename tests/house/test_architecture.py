"""ARCHITECTURE.md is true: its picture is the import contract, and every folder is on it."""

import re
import subprocess
import tomllib
from pathlib import Path

HOUSE = Path(__file__).parents[2]
PAGE = (HOUSE / "ARCHITECTURE.md").read_text("utf-8")


def test_the_picture_is_the_contract() -> None:
    """The same rooms in the same order, from the top down."""
    drawn = re.findall(r"^(\w+(?: \| \w+)*)  +\S", PAGE.split("```")[1], re.MULTILINE)
    linter = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert drawn == linter["contracts"][0]["layers"]


def test_every_folder_is_on_the_page() -> None:
    """No room is missing on the plan."""
    listed = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    folders = {line.split("/")[0] for line in listed.splitlines() if "/" in line and not line.startswith(".")}
    assert {folder for folder in folders if not re.search(rf"\b{folder}\b", PAGE)} == set()
