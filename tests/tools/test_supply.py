"""The bill of materials names licences as packages do,
and the check for vulnerabilities claims no more than it asked.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner

from ops.pbx.program import Program
from tools.supply import audit as auditing
from tools.supply import environments
from tools.supply.__main__ import main
from tools.supply.audit import Audit, read_advisories, read_npm_audit, read_pip_audit
from tools.supply.sbom import licence_of, with_table


@pytest.mark.parametrize(
    "said, licence",
    [
        ([{"expression": "MIT OR Apache-2.0"}], "MIT OR Apache-2.0"),
        (
            [{"license": {"id": "MIT"}}, {"license": {"name": "License :: OSI Approved :: MIT License"}}],
            "MIT",
        ),
        ([{"license": {"name": "License :: OSI Approved :: BSD License"}}], "BSD License"),
        ([{"license": {"name": "declared license of 'x'", "text": {"content": "LGPL\n"}}}], "LGPL"),
        ([], "not declared"),
    ],
)
def test_a_licence_is_named_as_exactly_as_the_package_does(said: list[object], licence: str) -> None:
    assert licence_of({"licenses": said}) == licence


def test_a_table_is_written_where_its_marks_are() -> None:
    """And nothing else of the page is touched."""
    page = "before\n<!-- pages: written by `make sbom` -->\nold\n<!-- end of pages -->\nafter\n"
    written = with_table(page, "pages", [{"name": "B_c"}, {"name": "a", "licenses": [{"expression": "MIT"}]}])
    assert written.startswith("before\n<!-- pages") and written.endswith("<!-- end of pages -->\nafter\n")
    assert "\n| a | MIT |\n| b-c | not declared |\n" in written and "old" not in written


def test_a_package_that_pip_audit_skips_is_not_called_sound() -> None:
    """It reports what it could not ask about as no finding."""
    known = {"name": "a", "version": "1", "vulns": []}
    skipped = {"name": "b", "skip_reason": "Dependency not found on PyPI"}
    assert (
        str(read_pip_audit("lock", json.dumps({"dependencies": [known]}), ""))
        == "lock: no known vulnerability"
    )
    some = read_pip_audit("lock", json.dumps({"dependencies": [known, skipped]}), "")
    assert str(some) == "lock: NOT CHECKED: 1 of 2 packages are unknown to the service"


def test_a_finding_is_named_with_the_version_that_mends_it() -> None:
    advisory = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
    found = read_pip_audit(
        "lock", json.dumps({"dependencies": [{"name": "a", "version": "1", "vulns": [advisory]}]}), ""
    )
    assert found.findings == ("a 1: PYSEC-1 (mended in 1.1)",) and not found.unasked
    entry = {"vulnerabilities": {"b": {"range": "<2", "severity": "high"}}}
    assert str(read_npm_audit("lock", json.dumps(entry), "")) == "lock: VULNERABLE: b <2: high"
    assert str(read_npm_audit("lock", '{"vulnerabilities": {}}', "")) == "lock: no known vulnerability"


def test_a_service_that_is_not_reached_is_no_finding_and_no_all_clear() -> None:
    """The reason is the service's own, or the last line of what the tool complained of."""
    assert str(read_pip_audit("lock", "", "Traceback\nConnectionError: no route")).endswith(
        "NOT CHECKED: ConnectionError: no route"
    )
    assert read_npm_audit("lock", '{"message": "405 Method Not Allowed"}', "npm error").unasked.startswith(
        "405"
    )
    assert read_npm_audit("lock", "", "").unasked == "no answer"


ADVISORIES: list[dict[str, Any]] = [
    {
        "ghsa_id": "GHSA-2grh-7mhv-fcfw",
        "cve_id": "CVE-2025-47779",
        "summary": "Using malformed From header can forge identity",
        "severity": "high",
        "vulnerabilities": [
            {
                "package": {"ecosystem": "", "name": "asterisk"},
                "vulnerable_version_range": "<= 18.26.1, 20.14.0, 21.9.0, 22.4.0",
                "patched_versions": "18.26.2, 20.14.1, 21.9.1, 22.4.1",
            },
            {
                "package": {"ecosystem": "", "name": "certified-asterisk"},
                "vulnerable_version_range": "<= 18.9-cert13, 20.7-cert4",
                "patched_versions": "18.9-cert14, 20.7-cert5",
            },
        ],
    },
    {
        "ghsa_id": "GHSA-0000-0000-0001",
        "cve_id": None,
        "summary": "No fix is named",
        "severity": None,
        "vulnerabilities": [
            {"package": {}, "vulnerable_version_range": "<= 22.10.0", "patched_versions": ""}
        ],
    },
    {
        "ghsa_id": "GHSA-0000-0000-0002",
        "summary": "Of a series long ended",
        "severity": "low",
        "vulnerabilities": [{"vulnerable_version_range": "< 16.30.1", "patched_versions": "16.30.1"}],
    },
]
"""As the service answers: ranges are free text, certified releases stand among the others."""


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ("22.4.0", ["GHSA-2grh-7mhv-fcfw", "GHSA-0000-0000-0001"]),
        ("22.4.1", ["GHSA-0000-0000-0001"]),
        ("22.10.0", ["GHSA-0000-0000-0001"]),
        ("22.10.1", []),
        ("23.0.0", []),
    ],
)
def test_an_advisory_counts_until_the_fix_of_its_series(version: str, found: list[str]) -> None:
    """Where none is named its range counts, and ends of another series count nothing."""
    audit = read_advisories(version, ADVISORIES)
    assert [one.partition(" ")[0] for one in audit.findings] == found and not audit.unasked


@pytest.mark.parametrize(
    "part", [{}, {"vulnerable_version_range": "all"}, {"vulnerable_version_range": "> 20.0.0"}]
)
def test_an_advisory_that_cannot_be_read_is_named(part: dict[str, str]) -> None:
    """It is neither a finding nor an all-clear."""
    audit = read_advisories("22.10.1", [{"ghsa_id": "GHSA-x", "vulnerabilities": [part]}])
    assert str(audit) == "Asterisk 22.10.1: NOT CHECKED: read these yourself: GHSA-x"


@contextmanager
def advisories(pages: list[Any]) -> Iterator[str]:
    """The service of advisories, a page an answer; None: it refuses."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int(self.path.strip("/"))
            self.send_response(403 if pages[number] is None else 200)
            if number + 1 < len(pages):
                self.send_header("Link", f'<{address}/{number + 1}>; rel="next"')
            self.end_headers()
            self.wfile.write(json.dumps(pages[number]).encode())

        def log_message(self, *_args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"{address}/0"
        server.shutdown()


def test_every_page_of_the_advisories_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And what is not answered is not checked."""
    old = Program("22.4.0", (), tmp_path, tmp_path)
    monkeypatch.setattr(auditing, "present", lambda _cache, _say: old)
    with advisories([ADVISORIES[:1], ADVISORIES[1:]]) as address:
        assert len(auditing._asterisk(address).findings) == 2
    with advisories([None]) as address:
        assert "403" in auditing._asterisk(address).unasked
    monkeypatch.setattr(auditing, "present", lambda _cache, _say: None)
    assert "make setup" in auditing._asterisk("http://127.0.0.1:9/0").unasked


@pytest.mark.parametrize(
    ("audits", "code"),
    [
        ([Audit("locks/run.txt")], 0),
        ([Audit("locks/run.txt"), Audit("web/package-lock.json", unasked="no route")], 1),
        ([Audit("locks/run.txt", ("a 1: PYSEC-1",))], 1),
    ],
)
def test_an_audit_that_asked_nobody_fails(
    audits: list[Audit], code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It names what was not asked."""
    monkeypatch.setattr(environments, "tools", lambda: tmp_path)
    monkeypatch.setattr(auditing, "audit", lambda _tools: audits)
    done = CliRunner().invoke(main, ["audit"])
    assert done.exit_code == code and done.output.splitlines() == [str(one) for one in audits]
