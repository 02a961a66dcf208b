"""Lines to carriers, exchange and phones as configured: two trunks, TLS and SRTP, the certificate."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from hotline.settings import Settings
from ops.pbx import certificate
from ops.pbx.configuration import rendered_dialplan, write
from ops.pbx.home import AsteriskHome
from ops.pbx.program import Program
from ops.run import preflight
from ops.run.line_readiness import certificates
from ops.starting import CertificateUnfit
from ops.terminal import in_words
from tests.house.configured import AGENTS, section, text

NONE = Program("22.10.1", ("asterisk",), Path("/nowhere"), Path("/nowhere"))
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CITY = trustme.CA()
SECOND = "192.0.2.2:5060"


def issued(folder: Path, name: str, **more: datetime) -> dict[str, str]:
    """A certificate of the city's authority in files of a folder, as settings name them."""
    made = CITY.issue_cert(name, not_before=NOW - timedelta(days=1), **more)
    made.private_key_pem.write_to_path(str(folder / "key.pem"))
    made.cert_chain_pems[0].write_to_path(str(folder / "chain.pem"))
    CITY.cert_pem.write_to_path(str(folder / "city.pem"))
    files = {"certificate": "chain.pem", "key": "key.pem", "authority": "city.pem"}
    return {f"sip_{what}_file": str(folder / file) for what, file in files.items()}


def configured(place: Path, **wanted: object) -> AsteriskHome:
    home = AsteriskHome(Settings(home=place / "home", **wanted), NONE, None)  # type: ignore[arg-type]
    write(home, AGENTS)
    return home


def test_encrypted_lines_speak_tls_and_srtp_and_nothing_else(tmp_path: Path) -> None:
    """Those that are named, and only they; whom we call must show a certificate of its name."""
    files = issued(tmp_path, "pbx.test", not_after=datetime(2099, 1, 1, tzinfo=UTC))
    home = configured(tmp_path, sip_encrypted="trunk,officers,phones", trunk_second_contact=SECOND, **files)
    conf = text(home, "pjsip.conf")
    for name, at in (("trunk", "127.0.0.2:5060"), ("officers", "127.0.0.4:5060")):
        assert f"[{name}](line,encrypted)" in conf
        assert f"contact = sip:{at}\\;transport=tls\n" in section(conf, name)
    assert "[trunk-second](line)" in conf and f"contact = sip:{SECOND}\n" in section(conf, "trunk-second")
    assert "[desk](!,phone,encrypted)" in conf and "[agent-1](desk)" in conf
    assert section(conf, "encrypted").startswith("transport = tls\nmedia_encryption = sdes\n")
    assert "method = tlsv1_2\nverify_server = yes" in section(conf, "tls")
    assert "load = res_srtp.so" in text(home, "modules.conf")
    assert '${ENCRYPTED}/${CHANNEL(pjsip,secure)}" = "yes/0"]?in-the-clear' in text(home, "extensions.conf")


def test_without_a_certificate_nothing_of_it_is_there(tmp_path: Path) -> None:
    home = configured(tmp_path)
    conf = text(home, "pjsip.conf")
    assert "protocol = tls" not in conf and "transport=tls" not in conf and "optimistic" not in conf
    assert "res_srtp" not in text(home, "modules.conf")
    assert not certificate.is_there(home.etc)


def test_until_phones_are_encrypted_each_may_be(tmp_path: Path) -> None:
    """One after the other is changed, and calls reach the old ones and the new."""
    home = configured(tmp_path, **issued(tmp_path, "pbx.test", not_after=datetime(2099, 1, 1, tzinfo=UTC)))
    assert "transport =\nmedia_encryption = sdes\nmedia_encryption_optimistic = yes" in section(
        text(home, "pjsip.conf"), "desk"
    )


def test_the_second_trunk_takes_what_the_first_does_not(tmp_path: Path) -> None:
    """Known by the address it is called at, both asked every five seconds; alone, none of that is there."""
    two = Settings(home=tmp_path, trunk_second_contact=SECOND)
    assert [(trunk.name, trunk.match) for trunk in two.trunks] == [
        ("trunk", ("127.0.0.1", "127.0.0.2")),
        ("trunk-second", ("192.0.2.2",)),
    ]
    assert (two.trunk_asked, Settings(home=tmp_path).trunk_asked) == (5, 0)
    assert "@trunk-second" in rendered_dialplan(two)
    assert "trunk-second" not in rendered_dialplan(Settings(home=tmp_path))


def test_a_renewed_certificate_is_taken_whole_or_not_at_all(tmp_path: Path) -> None:
    """While its key is still the old one, what Asterisk has stays; then both are there as one file."""
    etc = tmp_path / "etc"
    etc.mkdir()
    settings = Settings(home=tmp_path, **issued(tmp_path, "pbx.test"))  # type: ignore[arg-type]
    assert certificate.write(settings, etc, NOW) == [certificate.PAIR, certificate.AUTHORITIES]
    before = (etc / certificate.PAIR).read_text()
    shutil.copy(tmp_path / "key.pem", tmp_path / "old.pem")
    issued(tmp_path, "pbx.test")
    shutil.copy(tmp_path / "key.pem", tmp_path / "new.pem")
    shutil.copy(tmp_path / "old.pem", tmp_path / "key.pem")
    assert certificate.write(settings, etc, NOW) == []
    assert (etc / certificate.PAIR).read_text() == before
    (told,) = certificates(settings, NOW)
    assert "is not the key of the certificate" in told and told.endswith("Asterisk keeps the one before.")
    shutil.copy(tmp_path / "new.pem", tmp_path / "key.pem")
    assert certificate.write(settings, etc, NOW) == [certificate.PAIR]
    assert certificate.write(settings, etc, NOW) == []


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("chain.pem", "no certificate", "HOTLINE_SIP_CERTIFICATE_FILE"),
        ("key.pem", "no key", "HOTLINE_SIP_KEY_FILE"),
        ("city.pem", "", "HOTLINE_SIP_AUTHORITY_FILE"),
        ("key.pem", None, "HOTLINE_SIP_KEY_FILE"),
    ],
)
def test_what_cannot_be_used_is_told_before_the_start(
    tmp_path: Path, file: str, content: str | None, told: str
) -> None:
    """By the setting that names it, unless Asterisk has one from before."""
    files = issued(tmp_path, "pbx.test", not_after=datetime(2099, 1, 1, tzinfo=UTC))
    settings = Settings(home=tmp_path, **files)  # type: ignore[arg-type]
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(content)
    (fault,) = preflight._certificate(settings)
    assert isinstance(fault, CertificateUnfit) and in_words(fault).startswith(told)
    etc = tmp_path / "asterisk" / "etc"
    etc.mkdir(parents=True)
    (etc / certificate.PAIR).touch()
    assert list(preflight._certificate(settings)) == []


def test_an_encrypted_line_needs_a_certificate(tmp_path: Path) -> None:
    (fault,) = preflight._certificate(Settings(home=tmp_path, sip_encrypted=("trunk",)))
    assert in_words(fault).startswith("HOTLINE_SIP_CERTIFICATE_FILE: needed")


@pytest.mark.parametrize(("days", "told"), [(22, ""), (20, "ends in 20 days"), (-1, "ended on 2026-11-22")])
def test_the_end_of_a_certificate_is_told_three_weeks_before(tmp_path: Path, days: int, told: str) -> None:
    end = NOW + timedelta(days=days, hours=1)
    files = issued(tmp_path, "pbx.test", not_after=end)
    if days < 0:
        end = datetime(2026, 11, 22, 12, tzinfo=UTC)
        made = CITY.issue_cert("pbx.test", not_before=end - timedelta(days=9), not_after=end)
        made.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
        made.cert_chain_pems[0].write_to_path(str(tmp_path / "chain.pem"))
    found = list(certificates(Settings(home=tmp_path, **files), NOW))  # type: ignore[arg-type]
    assert [told in one for one in found] == ([True] if told else [])
