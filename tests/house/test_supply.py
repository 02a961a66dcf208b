"""What the product is built from is on its page, and what browsers are given names its licences."""

import json
import re
from pathlib import Path

from tools.supply.sbom import BUILT_LICENCES, PAGE, normalised

HOUSE = Path(__file__).parents[2]


def on_page(table: str) -> set[str]:
    """Names of the packages in a table of the page."""
    part = PAGE.read_text("utf-8").partition(f"<!-- {table}: ")[2].partition(f"<!-- end of {table} -->")[0]
    return {row[0] for row in re.findall(r"^\| (\S+) \| (.+) \|$", part, re.MULTILINE) if row[0] != "package"}


def locked_for_pages() -> set[str]:
    """Packages of the pages' lock that are more than build tools."""
    lock = json.loads((HOUSE / "web" / "package-lock.json").read_text("utf-8"))["packages"]
    return {path.rpartition("node_modules/")[2] for path, one in lock.items() if path and not one.get("dev")}


def test_every_python_package_that_runs_is_on_the_page() -> None:
    """`make sbom` writes it; a package for another system only may be missing."""
    lock = (HOUSE / "locks" / "run.txt").read_text("utf-8")
    locked = re.findall(r"^(\S+)==\S+( ;)?", lock, re.MULTILINE)
    everywhere = {normalised(name) for name, only in locked if not only}
    assert everywhere <= on_page("python") <= {normalised(name) for name, _ in locked}


def test_every_package_for_browsers_is_on_the_page_and_in_what_they_are_given() -> None:
    """A licence that asks to be passed on lies beside the scripts that are built from the package."""
    assert on_page("pages") == locked_for_pages()
    given = re.findall(r"^(\S+) \d\S*: ", BUILT_LICENCES.read_text("utf-8"), re.MULTILINE)
    assert set(given) == locked_for_pages()
    for file in (*BUILT_LICENCES.parent.glob("*.js"), *BUILT_LICENCES.parent.glob("*.css")):
        assert BUILT_LICENCES.name in file.read_text("utf-8"), file.name


def test_what_is_brought_beside_the_tests_changes_none_of_their_packages() -> None:
    """Voices and storage lie in the same environment, where a package has one version."""
    tested = _pinned("test")
    for other in ("run", "voices", "storage"):
        assert {name: tested[name] for name in _pinned(other) if name in tested}.items() <= _pinned(
            other
        ).items()


def _pinned(lock: str) -> dict[str, str]:
    text = (HOUSE / "locks" / f"{lock}.txt").read_text("utf-8")
    return dict(re.findall(r"^([^\s=]+)==(\S+)", text, re.MULTILINE))


def test_what_is_installed_from_a_lock_is_what_it_says_alone() -> None:
    """pip asks for no package of its own accord: a newer release of a dependency stops no installation."""
    places = (
        HOUSE / "ops" / "bootstrap.sh",
        HOUSE / "docker" / "Dockerfile",
        HOUSE / "tools" / "supply" / "environments.py",
    )
    installs = [
        line
        for place in places
        for line in place.read_text("utf-8").splitlines()
        if "--require-hashes" in line and "audit" not in line
    ]
    assert installs and all("--no-deps" in line for line in installs), installs
