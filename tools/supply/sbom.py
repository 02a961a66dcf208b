"""Bill of materials of what runs (CycloneDX), from the locks, and the licences that go with it."""

import json
import re
import shutil
import subprocess
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from tools.supply.environments import BUILD, CHECKOUT

FOLDER = CHECKOUT / "build" / "sbom"
PAGE = CHECKOUT / "THIRD_PARTY.md"
BUILT_LICENCES = CHECKOUT / "web" / "static" / "built" / "licences.txt"
LICENCE_FILE = re.compile(r"\.dist-info/.*(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)


def write_sbom(tools: Path, product: Path) -> list[Path]:
    """Write both bills and the licences' texts, and bring the tables of ``THIRD_PARTY.md`` up to date."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    python, pages, texts = (FOLDER / name for name in ("python.cdx.json", "pages.cdx.json", "LICENCES.txt"))
    cyclonedx: list[str | Path] = [tools / "cyclonedx-py", "environment", product]
    cyclonedx += [
        "--pyproject",
        CHECKOUT / "pyproject.toml",
        "--gather-license-texts",
        "--output-reproducible",
    ]
    subprocess.run([*cyclonedx, "--output-file", python], check=True)
    pages.write_text(_npm_sbom(), "utf-8")
    texts.write_text(licence_texts(product) + BUILT_LICENCES.read_text("utf-8"), "utf-8")
    page = PAGE.read_text("utf-8")
    for name, bill in (("python", python), ("pages", pages)):
        page = with_table(page, name, json.loads(bill.read_text("utf-8"))["components"])
    PAGE.write_text(page, "utf-8")
    return [python, pages, texts, PAGE]


def _npm_sbom() -> str:
    """Ask npm for the bill of the pages; it wants a version, and ours stands in pyproject.toml alone."""
    version = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    copy = BUILD / "pages"
    copy.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(CHECKOUT / "web" / name, copy)
    package = json.loads((copy / "package.json").read_text("utf-8")) | {"version": version}
    (copy / "package.json").write_text(json.dumps(package), "utf-8")
    command = ["npm", "sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application", "--omit", "dev"]
    return subprocess.run(
        [*command, "--package-lock-only"], cwd=copy, capture_output=True, text=True, check=True
    ).stdout


def licence_texts(product: Path) -> str:
    """Return every file about licences that came with a package, package by package."""
    found = distributions(path=[str(path) for path in product.glob("lib/python*/site-packages")])
    return "".join(_texts_of(package) for package in sorted(found, key=lambda package: package.name.lower()))


def _texts_of(package: Distribution) -> str:
    files = [file for file in package.files or () if LICENCE_FILE.search(file.as_posix())]
    texts = [file.read_text().strip() for file in files] or ["(The package comes without a licence's text.)"]
    return "\n\n".join([f"{package.name} {package.version}", *texts, "-" * 80, ""])


def normalised(name: str) -> str:
    """Return the one form of a package's name, as lock files write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(component: dict[str, Any]) -> str:
    """Return what a component says of its licence: an SPDX expression or ids, else its own words."""
    said = component.get("licenses", [])
    exact = [entry.get("expression") or entry["license"].get("id") for entry in said]
    words = [entry.get("license", {}).get("name", "").rpartition(" :: ")[2] for entry in said]
    plain = [word for word in words if word and not word.startswith("declared license")]
    texts = [entry.get("license", {}).get("text", {}).get("content", "").strip() for entry in said]
    return ", ".join(filter(None, exact)) or ", ".join(plain) or ", ".join(texts) or "not declared"


def with_table(page: str, name: str, components: list[dict[str, Any]]) -> str:
    """Return the page with the table of this name written anew."""
    rows = sorted(f"| {normalised(one['name'])} | {licence_of(one)} |" for one in components)
    table = "\n".join(["| package | licence |", "|---|---|", *rows])
    begin, end = f"<!-- {name}: written by `make sbom` -->", f"<!-- end of {name} -->"
    before, rest = page.split(begin)
    return f"{before}{begin}\n\n{table}\n\n{end}{rest.partition(end)[2]}"
