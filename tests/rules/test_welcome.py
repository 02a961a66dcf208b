"""What `make up` says can be done as it is said."""

from pathlib import Path

import pytest

from control.passwords import secret
from hotline.settings import Settings
from hotline.settings.addresses import MachineRole
from hotline.staff.store import Agent
from ops.cli.main import main
from ops.run.welcome import COMMANDS, welcome

AGENT = Agent(phone="agent-1", name="示範話務員一", languages=["zh-TW"], secret="open-sesame", paused="")


def _said(home: Path) -> list[str]:
    return list(welcome(Settings(home=home), [AGENT], ready=True, seconds=3.14))


def test_how_to_call_is_said(tmp_path: Path) -> None:
    """The address, where the phones' passwords lie, and how to end."""
    said = "\n".join(_said(tmp_path))
    for words in (
        "1999 answers. Started in 3.1 s.",
        "sip:1999@127.0.0.1:5060",
        "health/ready",
        str(tmp_path / "secrets" / "softphones.txt"),
        "Ctrl-C ends everything.",
    ):
        assert words in said


def test_the_phones_passwords_are_in_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    """Mode 0600, whole, also the second time; none of them is said, for a log may hear it."""
    for _ in range(2):
        said = "\n".join(_said(tmp_path))
    file = tmp_path / "secrets" / "softphones.txt"
    told = file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    for phone, password in (
        ("agent-1", "open-sesame"),
        *((name, secret(Settings(home=tmp_path), name)) for name in ("citizen", "supervisor-1")),
    ):
        assert f"{phone:<18} {password}" in told and password not in said


def test_without_a_terminal_the_first_link_is_not_said(tmp_path: Path) -> None:
    """Who is to sign in first is told the command that gives it."""
    said = "\n".join(welcome(Settings(home=tmp_path), [], ready=True, seconds=1.0, first="admin-1"))
    assert "hotline staff invite admin-1" in said and "/invitation/" not in said
    link = "\n".join(
        welcome(Settings(home=tmp_path), [], ready=True, seconds=1.0, first="admin-1", link="http://x/1")
    )
    assert "http://x/1" in link and "staff invite" not in link


def test_the_address_of_a_demo_stands_first(tmp_path: Path) -> None:
    """Where there is one; a city has none."""
    said = list(welcome(Settings(home=tmp_path), [], ready=True, seconds=1.0, trial="http://x/demo/1"))
    assert "http://x/demo/1" in said[2] and "three links" in said[3]
    assert not [line for line in _said(tmp_path) if "links" in line]


@pytest.mark.parametrize("command", [command for command, _ in COMMANDS])
def test_every_command_it_names_is_one(command: str) -> None:
    program, word, *_ = command.split()
    assert program == "hotline" and (word.startswith("-") or word in main.commands)


def test_the_settings_of_its_environment_are_said_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another terminal without them would speak to another hotline."""
    monkeypatch.setenv("HOTLINE_HOME", "/srv/city of 1999")
    monkeypatch.setenv("HOTLINE_SMTP_PASSWORD", "mail-sesame")
    said = "\n".join(_said(tmp_path))
    assert "export HOTLINE_HOME='/srv/city of 1999' HOTLINE_SMTP_PASSWORD=...\n" in said
    assert "mail-sesame" not in said


def test_without_any_nothing_is_exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOTLINE_HOME", "HOTLINE_CACHE", "HOTLINE_KEEP"):
        monkeypatch.delenv(name, raising=False)
    assert not any("export" in line for line in _said(tmp_path))


def test_a_machine_tells_what_it_has(tmp_path: Path) -> None:
    """A node no pages, and one with pages alone no telephone number."""
    node, pages = (
        "\n".join(
            welcome(Settings(home=tmp_path, roles=(role,)), [], ready=True, seconds=1.0, first="admin-1")
        )
        for role in (MachineRole.NODE, MachineRole.CONSOLE)
    )
    assert "sip:1999@" in node and "pages " not in node and "staff invite" not in node
    assert "HOTLINE_ROLES=node" in node, "for commands in another terminal, whatever said it at the start"
    assert "runs: console" in pages and "hotline staff invite admin-1" in pages and "sip:" not in pages
