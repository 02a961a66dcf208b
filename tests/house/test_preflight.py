"""What is found before anything starts: one clear sentence each."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hotline.outbox.templates import BadTemplates
from hotline.settings import Settings
from ivr.catalogue import Catalogue
from ivr.menus import FOLDER
from ivr.prompts import Shelf
from ops.cli import check
from ops.machine.users import User
from ops.pbx import install
from ops.pbx.home import AsteriskHome
from ops.pbx.program import Program
from ops.run import preflight
from ops.run.supervisor import prepare, run_up
from ops.starting import DatabaseAway
from ops.terminal import in_words
from tests.faults.disks import fill, needs_root, small_disk
from tests.keys import put_keys

CATALOGUE = Catalogue.load()
NOBODY = "postgresql://nobody@127.0.0.1:1/hotline"
NONE = Program("22.10.1", ("asterisk",), Path("/nowhere"), Path("/nowhere"))


@contextmanager
def taken(kind: int) -> Iterator[int]:
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            other.listen()
        yield int(other.getsockname()[1])


def free(kind: int = socket.SOCK_STREAM) -> int:
    with taken(kind) as port:
        return port


def settings(home: Path, **more: object) -> Settings:
    with ExitStack() as stack:  # one that was given back might be given twice
        one, two, *others = (stack.enter_context(taken(socket.SOCK_STREAM)) for _ in range(6))
        sip = stack.enter_context(taken(socket.SOCK_DGRAM))
    names = ("ami_port", "message_port", "web_port", "console_port")
    usual = {"sip_port": sip, "agi_ports": (one, two), **dict(zip(names, others, strict=True))}
    return Settings(home=home, **(usual | more))  # type: ignore[arg-type]


def said(chosen: Settings) -> list[str]:
    return [in_words(fault) for fault in preflight.before_anything(chosen)]


def test_a_machine_that_is_fit(tmp_path: Path) -> None:
    """Nothing to say."""
    assert said(settings(tmp_path)) == []


def test_sip_port_in_use(tmp_path: Path) -> None:
    """Names the port, who has it, and the setting to change."""
    with taken(socket.SOCK_DGRAM) as port:
        (sentence,) = said(settings(tmp_path, sip_port=port))
    assert sentence.startswith(f"UDP port {port} of 127.0.0.1 is in use by ")
    assert f"(process {os.getpid()})" in sentence
    assert sentence.endswith("stop that program or set HOTLINE_SIP_PORT to another port.")


@pytest.mark.parametrize("name", ["ami_port", "web_port"])
def test_a_tcp_port_in_use(tmp_path: Path, name: str) -> None:
    """The same for the manager and the web."""
    with taken(socket.SOCK_STREAM) as port:
        (sentence,) = said(settings(tmp_path, **{name: port}))
    assert f"TCP port {port}" in sentence
    assert f"HOTLINE_{name.upper()}" in sentence


def test_both_decision_ports_are_looked_at(tmp_path: Path) -> None:
    """The second as well as the first."""
    with taken(socket.SOCK_STREAM) as one, taken(socket.SOCK_STREAM) as two:
        assert len(said(settings(tmp_path, agi_ports=(one, two)))) == 2


def test_a_wording_that_breaks_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named before anything is started, and by `hotline check`: nobody's promise is the moment to find it."""

    def faulty() -> None:
        raise BadTemplates(("N-20.toml: holds a link",))

    monkeypatch.setattr(preflight, "templates", faulty)
    monkeypatch.setattr(check, "templates", faulty)
    (sentence,) = said(settings(tmp_path))
    assert "N-20.toml: holds a link" in sentence
    assert list(check.examine(CATALOGUE, Shelf(CATALOGUE), FOLDER, "")) == [
        ("messages", "N-20.toml: holds a link")
    ]


def test_two_of_ours_on_one_port(tmp_path: Path) -> None:
    """Told as what it is, not as somebody else's program."""
    port = free()
    (sentence,) = said(settings(tmp_path, ami_port=port, web_port=port))
    assert sentence.startswith(f"HOTLINE_AMI_PORT and HOTLINE_WEB_PORT are both {port};")


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    """192.0.2.0/24 is nobody's."""
    (sentence,) = said(settings(tmp_path, sip_address="192.0.2.1", trunk_match=("192.0.2.10",)))
    assert sentence == "192.0.2.1 is no address of this machine; set HOTLINE_SIP_ADDRESS to one that is."


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    """Whatever the reason, it is told with the path."""
    (tmp_path / "file").touch()
    (sentence,) = said(settings(tmp_path / "file" / "home"))
    assert sentence.startswith(f"HOTLINE_HOME {tmp_path}/file/home cannot be written: Not a directory;")


@needs_root
def test_no_private_view_where_one_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container without mount namespaces, and a home that Asterisk's user may not enter."""
    tmp_path.chmod(0o700)
    home = AsteriskHome.of(settings(tmp_path / "home"), NONE)
    monkeypatch.setattr(preflight, "can_unshare", lambda: False)
    (fault,) = preflight.with_asterisk(home)
    told = in_words(fault)
    assert "permits no private view" in told and str(tmp_path) in told and "/var/lib/hotline" in told
    assert list(preflight.with_asterisk(replace(home, user=None))) == []


@needs_root
def test_keys_that_asterisks_user_could_read(tmp_path: Path) -> None:
    """Whoever breaks into it has what it writes, and must not have the keys of everything."""
    settings = Settings(home=put_keys(tmp_path))
    file, asterisk = settings.installation_keys, User.named("nobody")
    assert list(preflight._open_keys(settings, asterisk)) == []
    file.parent.chmod(0o711)
    assert list(preflight._open_keys(settings, asterisk)) == []
    os.chown(file, 0, asterisk.gid)
    file.chmod(0o640)
    (open_keys,) = preflight._open_keys(settings, asterisk)
    assert "Others than the user of the service" in in_words(open_keys)


def test_the_command_says_it_and_ends(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`make up` with a port in use: the sentence, exit code 1, nothing started."""
    with taken(socket.SOCK_STREAM) as port:
        assert run_up(settings(tmp_path, ami_port=port)) == 1
    assert f"Cannot start: TCP port {port} of 127.0.0.1 is in use" in capfd.readouterr().out
    assert not (tmp_path / "asterisk").exists()


def test_a_database_that_is_away_at_the_first_start(tmp_path: Path) -> None:
    """Nothing is known yet: one sentence, and no Asterisk is configured."""
    told: list[str] = []
    with pytest.raises(DatabaseAway) as refused:
        prepare(settings(tmp_path, database_url=NOBODY), told.append)
    assert refused.value.whose == "shared" and "\n" not in in_words(refused.value)
    assert not (tmp_path / "asterisk" / "etc" / "extensions.conf").exists()


@pytest.mark.matrix
def test_a_database_that_is_away_at_a_later_start(tmp_path: Path) -> None:
    """Law 3: calls are answered as the last start configured them; the journal takes what they tell."""
    prepare(settings(tmp_path), lambda line: None)
    written = (tmp_path / "asterisk" / "etc" / "extensions.conf").read_bytes()
    told: list[str] = []
    prepare(settings(tmp_path, database_url=NOBODY), told.append)
    assert any("calls are answered as configured by the last start" in line for line in told)
    assert (tmp_path / "asterisk" / "etc" / "extensions.conf").read_bytes() == written


@needs_root
def test_a_disk_that_is_full(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`make up` on it: one sentence that names the place, exit code 1."""
    place = tmp_path / "small"
    with small_disk(place, 64):
        fill(place)
        assert run_up(settings(place / "home")) == 1
    (line,) = [line for line in capfd.readouterr().out.splitlines() if line.startswith("Cannot start:")]
    assert "disk is full" in line and f"look at the disk and the rights of {place}" in line


def apt_that_says(folder: Path, lines: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = folder / "apt-get"
    fake.write_text(f"#!/bin/sh\ncat <<'E'\n{lines}\nE\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize(
    "lines",
    [
        "Debian-Security http://one.example/debian-security/\nDebian http://two.example/debian/",
        "$(LABEL) file:/somewhere/ \n$(LABEL) http://two.example/debian/",
    ],
    ids=["known by label", "before the first update"],
)
def test_which_mirror_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: str) -> None:
    """The one this system's own apt uses for Debian's main archive."""
    apt_that_says(tmp_path, lines, monkeypatch)
    assert install.debian_mirror() == "http://two.example/debian/"


def test_an_interrupted_install_leaves_nothing_half_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No tree under a version's name, and the rest of it is swept away by the next try."""
    (tmp_path / ".asterisk-left").mkdir()
    monkeypatch.setattr(install, "_fetch", lambda work, say: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        install.install(tmp_path, lambda line: None)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    assert install.trees(tmp_path) == []


@pytest.mark.parametrize(
    "match", ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "localhost", "::1", "::ffff:127.0.0.2", "0x7f000001"]
)
@pytest.mark.parametrize("name", ["trunk_match", "twilio_match"])
@pytest.mark.parametrize("address", ["0.0.0.0", "8.8.8.8", "203.0.113.5", "2001:db8::5"])
def test_programs_of_this_machine_are_not_the_carrier_of_a_public_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, name: str, match: str
) -> None:
    """Calls come from outside, and loopback is taken for the carrier: refused, with the reason."""
    monkeypatch.setattr(preflight, "ports", lambda *_given: iter(()))
    wanted = {"trunk_match": ("192.0.2.10",), name: ("192.0.2.10", match)}
    (sentence,) = said(settings(tmp_path, sip_address=address, **wanted))
    assert sentence.startswith(f"HOTLINE_{name.upper()} holds {match}, which is this machine itself")
    assert sentence.endswith(f"set HOTLINE_{name.upper()} to the carrier's own addresses.")


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("172.28.19.99", "127.0.0.2"),
        ("8.8.8.8", "192.0.2.0/28"),
        ("8.8.8.8", "2001:db8::/32"),
    ],
    ids=["the demo", "containers", "a carrier's network", "a carrier's network of IPv6"],
)
def test_a_carrier_that_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, match: str
) -> None:
    """Loopback where calls come from this machine or a private network, and any carrier of a public one."""
    monkeypatch.setattr(preflight, "ports", lambda *_given: iter(()))
    assert said(settings(tmp_path, sip_address=address, trunk_match=(match,))) == []


def test_browsers_and_the_carrier_on_one_port_number(tmp_path: Path) -> None:
    """UDP and TCP do not disturb each other, but by the port the dialplan tells one from the other."""
    port = free()
    chosen = settings(tmp_path, browser_phones=True, sip_port=port, browser_port=port)
    assert [in_words(fault).partition(";")[0] for fault in preflight.ports(chosen)] == [
        f"HOTLINE_SIP_PORT and HOTLINE_BROWSER_PORT are both {port}"
    ]
