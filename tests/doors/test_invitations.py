"""A link for choosing a password by e-mail:
sent once where that is set up, and it is known what became of it.
"""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from administration import invitations
from administration.invitations import MailResult, address_of, send
from hotline.outbox import senders
from hotline.outbox.message import Letter
from hotline.settings import Settings
from hotline.staff.rules import Staff

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ANNA = Staff("anna", "示範新人", email="anna@city.example")


def given(home: Path, **more: object) -> Settings:
    return Settings(home=home, smtp_host="127.0.0.1", mail_sender="1999@city.example", **more)  # type: ignore[arg-type]


def sent(settings: Settings, member: Staff = ANNA) -> MailResult:
    return send(settings, member, address_of(settings, "secret-word"), NOW + timedelta(days=3), NOW)


def test_without_mail_or_address_nothing_is_sent(tmp_path: Path) -> None:
    """And which of both is lacking is told."""
    assert sent(Settings(home=tmp_path)) is MailResult.NO_MAIL
    assert sent(given(tmp_path), Staff("anna", "示範新人")) is MailResult.NO_ADDRESS


def test_a_relay_that_is_away_is_told(tmp_path: Path) -> None:
    """The link is on the page all the same; nothing is written to the outbox."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert sent(given(tmp_path, smtp_port=port)) is MailResult.FAILED


def test_the_letter_holds_the_link_its_end_and_whose_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One letter to one person; the same link is the same letter."""
    letters = list[Letter]()

    class Sender:
        def send(self, letter: Letter) -> str:
            letters.append(letter)
            return "known"

    monkeypatch.setattr(senders, "sender", lambda settings: Sender())
    assert [sent(given(tmp_path)) for _ in range(2)] == [MailResult.YES, MailResult.YES]
    first, second = letters
    assert first.key == second.key and first.recipient == ANNA.email
    assert "/invitation/secret-word" in first.text and "2026-11-27 10:00" in first.text
    assert first.text.startswith("【1999】") and "anna" in first.text
    assert invitations.TEXT.count("{") == 4
