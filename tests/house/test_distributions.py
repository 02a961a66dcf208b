"""The distributions of this repository:
the product, the demo beside it, and tools that stay in a checkout.
"""

import tomllib
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ops.extensions import CITIES, COMMANDS
from tests.house.test_arrows import ROOMS

ROOT = Path(__file__).parents[2]
BESIDE = {"demo", "tools"}
"""Rooms that the product's wheel leaves out."""


def described(folder: str) -> dict[str, Any]:
    """A pyproject.toml."""
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text("utf-8"))


def test_the_product_ships_its_rooms_and_no_other() -> None:
    """No fictional city, no bench, no test."""
    shipped = described(".")["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name.rstrip("*") for name in shipped} == set(ROOMS) - BESIDE


def test_what_is_beside_the_product_bears_its_version() -> None:
    """One release is one number; the demo is the extra of that name."""
    version = described(".")["project"]["version"]
    demo, tools = (described(room)["project"] for room in sorted(BESIDE))
    assert {demo["version"], tools["version"]} == {version}
    assert demo["dependencies"] == [f"ntpc-hotline=={version}"]
    assert tools["dependencies"] == [f"{demo['name']}=={version}"]
    assert described(".")["project"]["optional-dependencies"]["demo"] == tools["dependencies"]


def test_every_folder_of_the_tools_is_a_package_of_theirs() -> None:
    """A new one is installed too."""
    folders = {
        ".".join(file.parent.relative_to(ROOT).parts) for file in (ROOT / "tools").rglob("__init__.py")
    }
    assert set(described("tools")["tool"]["setuptools"]["packages"]) == folders


def test_the_product_finds_them_by_entry_points_alone() -> None:
    """Their commands and the city, in a checkout that is set up."""
    found = {group: {one.module for one in entry_points(group=group)} for group in (COMMANDS, CITIES)}
    assert found == {COMMANDS: {"demo.command", "tools.voices.command"}, CITIES: {"demo.city_book"}}
    assert all(find_spec(module) for modules in found.values() for module in modules)
