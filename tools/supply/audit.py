"""Known vulnerabilities of every locked package and of Asterisk, asked of who publishes advisories."""

import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from hotline.settings import load_settings
from ops.pbx.asterisk import present
from ops.pbx.releases import release
from tools.supply.environments import CHECKOUT

PYTHON_LOCKS = tuple(sorted((CHECKOUT / "locks").glob("*.txt")))
NPM_LOCKS = (CHECKOUT / "web" / "package-lock.json", CHECKOUT / "tests" / "twilio" / "package-lock.json")
SECONDS = 300.0
"""The longest time one lock may take."""
ADVISORIES = "https://api.github.com/repos/asterisk/asterisk/security-advisories?state=published&per_page=100"
PATIENCE, MOST_PAGES = 20.0, 20
RELEASE = re.compile(r"(?<![\w.-])\d+(?:\.\d+){1,2}(?![\w.-])")
"""A version of Asterisk; those of Certified Asterisk (``20.7-cert5``) are others."""


@dataclass(frozen=True)
class Audit:
    """Advisories found for one lock file or program, and the part of it that nobody could be asked about."""

    lock: str
    findings: tuple[str, ...] = ()
    unasked: str = ""

    def __str__(self) -> str:
        lines = [f"{self.lock}: VULNERABLE: {finding}" for finding in self.findings]
        if self.unasked:
            lines.append(f"{self.lock}: NOT CHECKED: {self.unasked}")
        return "\n".join(lines) or f"{self.lock}: no known vulnerability"


def audit(tools: Path) -> list[Audit]:
    """Ask about every lock file, Python's and npm's, and about Asterisk."""
    locks = [_python(tools, lock) for lock in PYTHON_LOCKS] + [_npm(lock) for lock in NPM_LOCKS]
    return [*locks, _asterisk(ADVISORIES)]


def _asterisk(address: str) -> Audit:
    """Ask Asterisk's project about the version that this machine would start."""
    program = present(load_settings().cache, lambda _line: None)
    if program is None:
        return Audit("Asterisk", unasked="there is none on this machine: make setup fetches one")
    advisories: list[dict[str, Any]] = []
    try:
        for _page in range(MOST_PAGES):
            answer = requests.get(address, timeout=PATIENCE, headers={"Accept": "application/json"})
            answer.raise_for_status()
            advisories += answer.json()
            address = answer.links.get("next", {}).get("url", "")
            if not address:
                break
    except (requests.RequestException, ValueError) as error:
        return Audit(f"Asterisk {program.version}", unasked=_last_line(str(error)))
    return read_advisories(program.version, advisories)


def read_advisories(version: str, advisories: Iterable[dict[str, Any]]) -> Audit:
    """Read a project's published advisories: a version that none of its series' fixes has reached is open.

    An advisory that names no fix in the series counts by its range, and is not checked where that
    cannot be read.
    """
    findings, unread = [], []
    for one in advisories:
        verdicts = [_is_open(release(version), part) for part in one.get("vulnerabilities") or [{}]]
        name = f"{one['ghsa_id']} ({one.get('severity') or 'no severity'}): {one.get('summary', '')}"
        if True in verdicts:
            findings.append(name)
        elif None in verdicts:
            unread.append(one["ghsa_id"])
    unasked = f"read these yourself: {', '.join(unread)}" if unread else ""
    return Audit(f"Asterisk {version}", tuple(findings), unasked)


def _is_open(version: Sequence[int], part: dict[str, Any]) -> bool | None:
    """Tell whether a part of an advisory applies to a version; None where its words do not say."""
    series = version[0]
    fixes = [one for one in _releases(part.get("patched_versions")) if one[0] == series]
    if fixes:
        return tuple(version) < max(fixes)
    said = part.get("vulnerable_version_range") or ""
    reached = _releases(said)
    if any(one[0] == series for one in reached):
        return tuple(version) <= max(one for one in reached if one[0] == series)
    if not reached and "cert" in said:
        return False
    if not reached or re.search(r">|\b(all|later|above)\b|\+", said):
        return None
    return max(reached)[0] > series if "<" in said else False


def _releases(text: str | None) -> list[tuple[int, ...]]:
    return [release(found) for found in RELEASE.findall(text or "")]


def _python(tools: Path, lock: Path) -> Audit:
    """Ask PyPI; where it knows nothing of the packages or is not reached, OSV."""
    command: list[str | Path] = [tools / "pip-audit", "--requirement", lock, "--require-hashes"]
    command += ["--disable-pip", "--progress-spinner", "off", "--format", "json"]
    answer = read_pip_audit(_name(lock), *_run([*command, "--vulnerability-service", "pypi"]))
    if answer.unasked:
        other = read_pip_audit(_name(lock), *_run([*command, "--vulnerability-service", "osv"]))
        answer = answer if other.unasked and not other.findings else other
    return answer


def _npm(lock: Path) -> Audit:
    command: list[str | Path] = ["npm", "audit", "--json", "--package-lock-only", "--prefix", lock.parent]
    return read_npm_audit(_name(lock), *_run(command))


def read_pip_audit(lock: str, output: str, errors: str) -> Audit:
    """Read the JSON of pip-audit. What it skips it has not asked about, and it reports that as no finding."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError):
        return Audit(lock, unasked=_last_line(errors))
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    findings = tuple(
        f"{package['name']} {package['version']}: {advisory['id']}"
        f" (mended in {', '.join(advisory['fix_versions']) or 'no version yet'})"
        for package in packages
        for advisory in package.get("vulns", ())
    )
    unasked = f"{len(skipped)} of {len(packages)} packages are unknown to the service" if skipped else ""
    return Audit(lock, findings, unasked)


def read_npm_audit(lock: str, output: str, errors: str) -> Audit:
    """Read the JSON of ``npm audit``, which is another one where its registry does not answer."""
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError:
        return Audit(lock, unasked=_last_line(errors))
    if "vulnerabilities" not in answer:
        return Audit(lock, unasked=answer.get("message") or _last_line(errors))
    found = answer["vulnerabilities"].items()
    return Audit(lock, tuple(f"{name} {entry['range']}: {entry['severity']}" for name, entry in found))


def _run(command: list[str | Path]) -> tuple[str, str]:
    try:
        done = subprocess.run(
            command, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    return done.stdout, done.stderr


def _last_line(errors: str) -> str:
    return errors.strip().rpartition("\n")[2] or "no answer"


def _name(lock: Path) -> str:
    return str(lock.relative_to(CHECKOUT))
