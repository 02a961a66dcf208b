"""``hotline doctor`` beside a machine that others reach: each line names a part and what to do."""

import os
import ssl
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from hotline.settings import Settings
from ops.pbx.program import SERIES, Program
from ops.pbx.releases import TABLE as TABLE_FILE
from ops.pbx.releases import release, shortcomings
from ops.run import guidance
from ops.run.guidance import PARTS, expiry
from tests.collectors import collecting
from tests.doors.identity import PlayedProvider, played, said

AT = datetime(2026, 11, 29, 2, tzinfo=UTC)


def told(part: str, home: Path, **others: Any) -> list[str]:
    """What a part says of a machine with these settings; ``provider``: its identity provider."""
    provider = others.pop("provider", None)
    house: Any = SimpleNamespace(base=Settings(home=home, **others), sso_provider=provider)
    look = guidance.provider if part == "provider" else PARTS[part]
    return list(look(house, AT))


def test_a_machine_that_nothing_outside_reaches_is_asked_nothing(tmp_path: Path) -> None:
    """A trial on loopback; one address is enough to be asked."""
    house: Any = SimpleNamespace(base=Settings(home=tmp_path))
    assert list(guidance.guidance(house, AT)) == []
    assert guidance.is_reached(Settings(home=tmp_path, sip_address="192.0.2.1"))
    assert guidance.is_reached(Settings(home=tmp_path, console_url="https://console.example"))


def test_a_part_that_fails_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so; here every part has nothing to ask, and the database is away."""

    def fails(_house: Any, _at: datetime) -> Iterator[str]:
        raise RuntimeError("x")

    monkeypatch.setattr(guidance, "PARTS", {"one": fails, "two": lambda _house, _at: iter(("mend it",))})
    house: Any = SimpleNamespace(base=Settings(home=tmp_path, sip_address="192.0.2.1"))
    assert list(guidance.guidance(house, AT)) == ["one: cannot be told: RuntimeError", "two: mend it"]


def test_open_addresses(tmp_path: Path) -> None:
    """Every network at once; pages without a proxy; SIP without fail2ban."""
    found = told("addresses", tmp_path, sip_address="0.0.0.0", console_address="192.0.2.1")
    assert [one.partition(" ")[0] for one in found] == ["HOTLINE_SIP_ADDRESS", "the", "no"]
    assert told("addresses", tmp_path, console_address="192.0.2.1", console_hops=1) == []


TABLE = {
    "as_of": date(2026, 7, 20),
    "series": {"22": {"security_only": date(2028, 10, 16), "ends": date(2029, 10, 16)}},
    "fix": [{"version": "22.10.1", "mends": 20, "example": "GHSA-3g56-cgrh-95p5"}],
}


@pytest.mark.parametrize(
    ("version", "day", "said"),
    [
        ("22.10.1", date(2026, 11, 29), ()),
        ("22.11.0", date(2026, 11, 29), ()),
        ("22.9.0", date(2026, 11, 29), ("22.10.1 mends them (as of 2026-07-20)",)),
        ("22.10.1", date(2027, 3, 1), ("224 days old",)),
        ("22.10.1", date(2029, 9, 1), ("until 2029-10-16 only", "days old")),
        ("22.10.1", date(2029, 10, 16), ("no more since 2029-10-16", "days old")),
        ("23.1.0", date(2026, 11, 29), ("23 is not in the table",)),
    ],
)
def test_a_version_is_held_against_the_shipped_table(version: str, day: date, said: tuple[str, ...]) -> None:
    """Its weaknesses, the end of its series, and the table's own age."""
    found = list(shortcomings(version, day, TABLE))
    assert len(found) == len(said) and all(part in line for part, line in zip(said, found, strict=True))


def test_the_shipped_table_knows_the_series_that_is_run() -> None:
    """And no version that it asks for has a weakness in it that a later one mends."""
    shipped = tomllib.loads(TABLE_FILE.read_text("utf-8"))
    assert set(shipped["series"]) == {str(SERIES)}
    newest = max((fix["version"] for fix in shipped["fix"]), key=release)
    assert list(shortcomings(newest, shipped["as_of"], shipped)) == []
    assert len(list(shortcomings("22.0.0", shipped["as_of"]))) == len(shipped["fix"])


@pytest.mark.proves("asterisk-releases")
def test_doctor_looks_at_the_asterisk_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And fetches none where there is none."""
    old = Program("22.8.1", (), tmp_path, tmp_path)
    monkeypatch.setattr(guidance, "present", lambda _cache, _say: old)
    assert any("22.8.2 mends them" in line for line in told("asterisk", tmp_path))
    monkeypatch.setattr(guidance, "present", lambda _cache, _say: None)
    assert told("asterisk", tmp_path) == []


def test_rows_that_travel_without_proof(tmp_path: Path) -> None:
    """To another machine; not within this one."""
    url = "postgresql://hotline@db.example/hotline"
    (pages, rows) = told("certificates", tmp_path, database_url=url)
    assert "HOTLINE_CONSOLE_URL is empty" in pages and "?sslmode=verify-full" in rows
    safe = f"{url}?sslmode=verify-full"
    assert len(told("certificates", tmp_path, database_url=safe)) == 1
    local = "postgresql://hotline@127.0.0.1/hotline"
    assert len(told("certificates", tmp_path, database_url=local)) == 1


def test_a_certificate_is_told_three_weeks_before_its_end() -> None:
    """As a browser meets it; of an authority that this machine does not know it says so at once."""
    authority, now = trustme.CA(), datetime(2030, 1, 1, tzinfo=UTC)
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    with collecting(authority=authority) as server:
        url = f"https://localhost:{server.port}"
        assert expiry(url, now, trusted) == ""
        assert "ends on 3000-01-01" in expiry(url, datetime(9999, 1, 1, tzinfo=UTC), trusted)
        assert "does not answer this machine by TLS" in expiry(url, now)


def test_secrets_that_everybody_may_read(tmp_path: Path) -> None:
    """By their modes, and only where the folder lets everybody in."""
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    for one in folder.parents:
        if one.stat().st_uid == os.geteuid() and one.is_relative_to("/tmp"):
            one.chmod(one.stat().st_mode | 0o011)
    secret = folder / "oidc.secret"
    secret.write_text("x")
    for mode, lines in ((0o644, 1), (0o640, 0)):
        secret.chmod(mode)
        found = told("files", tmp_path, oidc_secret_file=secret)
        assert len([one for one in found if "oidc.secret" in one]) == lines
    secret.chmod(0o644)
    folder.chmod(0o750)
    assert not [one for one in told("files", tmp_path, oidc_secret_file=secret) if "oidc.secret" in one]


def test_evidence_that_lies_on_the_machine_alone(tmp_path: Path) -> None:
    """Elsewhere by a directory or by a collector; a directory of the same disk is none."""
    (tmp_path / "anchors").mkdir()
    found = told("evidence", tmp_path)
    assert [one for one in found if "HOTLINE_AUDIT_ANCHORS or HOTLINE_SYSLOG" in one]
    assert [one for one in found if "no anchor" in one]
    anchor = tmp_path / "anchors" / "2026-11-28.json"
    anchor.touch()
    os.utime(anchor, (AT.timestamp() - 3600,) * 2)
    found = told("evidence", tmp_path, syslog="tls://log.example:6514", deletion_log=tmp_path / "anchors")
    assert [one for one in found if "is on the disk of HOTLINE_HOME" in one] == found


@pytest.mark.parametrize(
    ("url", "lines"),
    [("", 1), ("udp://log.example:514", 1), ("tls://log.example:6514", 0), ("unix:/dev/log", 0)],
)
def test_the_way_of_the_security_log(tmp_path: Path, url: str, lines: int) -> None:
    """TLS, or the machine's own log, which others send on."""
    assert len(told("collector", tmp_path, syslog=url)) == lines


def test_sound_that_travels_in_clear(tmp_path: Path) -> None:
    """To a store that is not on this machine."""
    assert len(told("delivery", tmp_path, s3_endpoint="http://s3.example")) == 1
    assert told("delivery", tmp_path, s3_endpoint="https://s3.example") == []


@pytest.fixture
def provider() -> Iterator[PlayedProvider]:
    """An identity provider on this machine."""
    with played(AT) as one:
        yield one


@pytest.mark.parametrize(("seconds", "lines"), [(0, 0), (29, 0), (-31, 1), (45, 1)])
def test_the_clock_of_the_identity_provider(
    tmp_path: Path, provider: PlayedProvider, seconds: int, lines: int
) -> None:
    """Within half a minute of ours."""
    provider.at = AT + timedelta(seconds=seconds)
    url = {"console_url": "https://console.example"}
    found = told("provider", tmp_path, provider=provider.client(), **url)
    assert len(found) == lines and all(f"{seconds:+} s" in one for one in found)


def test_an_identity_provider_without_keys(tmp_path: Path, provider: PlayedProvider) -> None:
    """Nobody could sign in; nor can anybody come back to a page without TLS."""
    provider.answers["/keys"] = lambda: said({"keys": "none"})
    (back, away) = told("provider", tmp_path, provider=provider.client())
    assert "HOTLINE_CONSOLE_URL" in back and "cannot be asked: no keys" in away
