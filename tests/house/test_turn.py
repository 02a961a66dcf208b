"""The configuration of coturn: what it may reach, and for whom."""

import os
import re
from ipaddress import ip_address
from pathlib import Path

import pytest

from hotline.settings import Settings
from ops.run import turn


def settings(folder: Path, **values: object) -> Settings:
    return Settings(home=folder, turn_address="192.0.2.1", **values)


def ranges(text: str, name: str) -> list[tuple[str, str]]:
    found = re.findall(rf"^{name}=(\S+)$", text, re.MULTILINE)
    return [(one.partition("-")[0], one.rpartition("-")[2]) for one in found]


def is_in(address: str, spans: list[tuple[str, str]]) -> bool:
    wanted = ip_address(address)
    known = [(ip_address(first), ip_address(last)) for first, last in spans]
    return any(a.version == wanted.version and a <= wanted <= b for a, b in known)  # type: ignore[operator]


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.1.2.3 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 255.255.255.255
    ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 fd00::1 fe80::1 2002:7f00:1::""".split(),
)
def test_nothing_that_is_not_public_is_reached_through_it(address: str, tmp_path: Path) -> None:
    """In whatever way it is written; what is public is."""
    text = turn.configuration(settings(tmp_path), ("s",))
    assert is_in(address, ranges(text, "denied-peer-ip"))
    assert not is_in("203.69.1.1", ranges(text, "denied-peer-ip"))
    assert not is_in("2001:b000::1", ranges(text, "denied-peer-ip"))


def test_but_itself_and_the_networks_that_are_set(tmp_path: Path) -> None:
    """Two browsers that both need it meet at its own address."""
    chosen = settings(tmp_path, turn_external="203.69.1.1", turn_peers="10.1.0.0/16")
    text = turn.configuration(chosen, ("s",))
    assert ranges(text, "allowed-peer-ip") == [
        ("192.0.2.1", "192.0.2.1"),
        ("203.69.1.1", "203.69.1.1"),
        ("10.1.0.0", "10.1.255.255"),
    ]
    assert "external-ip=203.69.1.1/192.0.2.1" in text


def test_whoever_has_no_credentials_has_nothing(tmp_path: Path) -> None:
    """Each shared secret counts; there is no console, no TLS without a certificate, and no old one."""
    lines = turn.configuration(settings(tmp_path), ("new", "old")).splitlines()
    wanted = {"use-auth-secret", "no-cli", "no-tcp-relay", "no-multicast-peers", "fingerprint", "no-tls"}
    assert wanted <= set(lines) and "no-auth" not in lines
    assert [one for one in lines if one.startswith("static-")] == [
        "static-auth-secret=new",
        "static-auth-secret=old",
    ]
    with_tls = turn.configuration(settings(tmp_path, turn_certificate="/c", turn_key="/k"), ("s",))
    assert {"cert=/c", "pkey=/k", "no-tlsv1", "no-tlsv1_1"} <= set(with_tls.splitlines())


def test_its_user_reaches_it_whatever_the_umask(tmp_path: Path) -> None:
    """What prepares a start takes everything from others; coturn's own user is one of them."""
    before = os.umask(0o077)
    try:
        turn.write(settings(tmp_path), lambda _line: None)
    finally:
        os.umask(before)
    assert (tmp_path / "turn").stat().st_mode & 0o777 == 0o711


def test_its_secret_is_readable_by_itself_and_us_alone(tmp_path: Path) -> None:
    """The file goes when no address is set any more."""
    turn.write(settings(tmp_path), lambda _line: None)
    file = tmp_path / "turn" / "turnserver.conf"
    assert file.stat().st_mode & 0o007 == 0
    assert (tmp_path / "secrets" / "turn").read_text() in file.read_text()
    turn.write(Settings(home=tmp_path), lambda _line: None)
    assert not file.exists()
