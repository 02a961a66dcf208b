"""Pages written for people point at what exists, and say what the project's own files say."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

HOUSE = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")


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


def test_the_licence_is_the_one_that_is_declared() -> None:
    """The unchanged text of Apache-2.0, by its checksum, and the identifier in the package's metadata."""
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "Apache-2.0" and "LICENSE" in project["license-files"]
    digest = sha256((HOUSE / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
