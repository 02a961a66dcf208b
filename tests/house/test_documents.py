"""Pages written for people point at what exists, and say what the project's own files say."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

HOUSE = Path(__file__).parents[2]
KINDS_OF_CHANGE = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
ROOMS = {path.name for path in HOUSE.iterdir() if path.is_dir() and path.name != "build"}
PLACE = re.compile(r"`([\w.-]+/[\w./-]*)(?::(\w+))?[`: ]")
"""A folder or file, and a name in it: ``ivr/engine.py:advance``."""


def pages() -> list[Path]:
    """Every Markdown file of the project."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(words, cwd=HOUSE, capture_output=True, text=True, check=True).stdout
    return [HOUSE / name for name in listed.split()]


def anchors(page: Path) -> set[str]:
    """Names by which a heading is linked to: small letters, no punctuation, a hyphen for each blank."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def lost(page: Path) -> Iterator[str]:
    """Links of a page that lead nowhere."""
    for path, anchor in LINK.findall(page.read_text("utf-8")):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield f"{page.relative_to(HOUSE)}: {path}#{anchor}"


def test_every_link_between_our_pages_leads_somewhere() -> None:
    """To a file, and to a heading of it."""
    assert [link for page in pages() for link in lost(page)] == []


def test_the_readme_needs_three_lines_for_more_than_one_machine() -> None:
    """And two commands for one."""
    readme = (HOUSE / "README.md").read_text("utf-8")
    section = readme.split("\n## More than one machine\n")[1].split("\n## ")[0].strip().splitlines()
    assert len(section) == 3 and "docker compose -f docker/cluster.yaml up" in section[0]
    assert "hotline up --role node|web|console|jobs" in "\n".join(section)


def test_every_place_in_the_house_that_a_page_names_is_there() -> None:
    """Also the name in it, if one stands behind a colon.
    What is written at set-up or in a run is left out.
    """
    gone = []
    for page in pages():
        if page.name == "CHANGELOG.md":  # tells of what was
            continue
        for path, name in PLACE.findall(page.read_text("utf-8")):
            place = HOUSE / path
            if path.split("/")[0] in ROOMS and not (
                place.exists() and (not name or re.search(rf"\b{name}\b", place.read_text("utf-8")))
            ):
                gone.append(f"{page.relative_to(HOUSE)}: {path}:{name}")
    assert gone == []


def test_the_licence_is_the_one_that_is_declared() -> None:
    """The unchanged text of Apache-2.0, by its checksum, and the identifier in the package's metadata."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0" and "LICENSE" in project["license-files"]
    digest = sha256((HOUSE / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


def test_every_decision_is_on_the_index_and_every_gap_is_explained() -> None:
    """In the order of their numbers, each number once."""
    folder = HOUSE / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    there = sorted(page.name for page in folder.glob("[0-9]*.md"))
    assert re.findall(r"^\| \[\d{4}\]\((\S+)\) \|", index, re.MULTILINE) == there
    numbers = [int(name[:4]) for name in there]
    gaps = set(range(1, max(numbers) + 1)) - set(numbers)
    assert len(set(numbers)) == len(numbers) and all(f"{gap:04}" in index for gap in gaps)


def test_the_version_is_the_one_that_was_released_last() -> None:
    """The number of pyproject.toml heads the first section of the changelog that has a date."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    changelog = (HOUSE / "CHANGELOG.md").read_text("utf-8")
    assert (
        re.findall(r"^## (\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)[0]
        == project["version"]
    )
    sections = re.split(r"^## .*$", changelog, flags=re.MULTILINE)[1:]
    for section in sections:
        kinds = re.findall(r"^### (\w+)$", section, re.MULTILINE)
        assert kinds and kinds == [kind for kind in KINDS_OF_CHANGE if kind in kinds]
