"""Known vulnerabilities of every locked package, asked of the registries' advisory services."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.supply.environments import CHECKOUT

PYTHON_LOCKS = tuple(sorted((CHECKOUT / "locks").glob("*.txt")))
NPM_LOCKS = (CHECKOUT / "web" / "package-lock.json", CHECKOUT / "tests" / "twilio" / "package-lock.json")
SECONDS = 300.0
"""The longest time one lock may take."""


@dataclass(frozen=True)
class Audit:
    """Advisories found for one lock file, and the part of it that nobody could be asked about."""

    lock: str
    findings: tuple[str, ...] = ()
    unasked: str = ""

    def __str__(self) -> str:
        lines = [f"{self.lock}: VULNERABLE: {finding}" for finding in self.findings]
        if self.unasked:
            lines.append(f"{self.lock}: NOT CHECKED: {self.unasked}")
        return "\n".join(lines) or f"{self.lock}: no known vulnerability"


def audit(tools: Path) -> list[Audit]:
    """Ask about every lock file, Python's and npm's."""
    return [_python(tools, lock) for lock in PYTHON_LOCKS] + [_npm(lock) for lock in NPM_LOCKS]


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
