"""The bill of materials names licences as packages do,
and the check for vulnerabilities claims no more than it asked.
"""

import json

import pytest

from tools.supply.audit import read_npm_audit, read_pip_audit
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
