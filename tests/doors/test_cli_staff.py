"""``hotline staff``: administrators, links and a lost authenticator,
where nobody can sign in to the pages.
"""

from pathlib import Path

import pytest

from hotline import clock
from hotline.accounts.store import CredentialRow
from hotline.db import looking, transaction
from hotline.outbox import senders
from hotline.outbox.message import Letter
from hotline.staff.role_grants import open_proposals
from hotline.staff.service import everybody
from ops.wiring import House
from tests.doors.conftest import Typed


def test_a_second_factor_is_taken_away_by_command(typed: Typed, house: House) -> None:
    """By an administrator who is somebody else, under a name and for a reason."""
    with transaction(house.factory) as session:
        session.add(
            CredentialRow(login="agent-1", password="", changed_at=clock.now(), second="A" * 32, step=0)
        )
    typed("staff remove-second agent-1 --by agent-2", refused=True)
    assert (
        "no second factor any more" in typed("staff remove-second agent-1 --by admin-1 --reason lost").output
    )
    assert "has no authenticator" in typed("staff remove-second agent-1 --by admin-1", refused=True).output
    with looking(house.factory) as session:
        assert session.get_one(CredentialRow, "agent-1").second == ""


def test_a_list_of_accounts_is_for_who_has_a_provider(typed: Typed, tmp_path: Path) -> None:
    """Else it is refused in a sentence."""
    (tmp_path / "open").write_text("u-1\n\n")
    told = typed(f"staff compare-accounts {tmp_path / 'open'} --by admin-1", refused=True).output
    assert "HOTLINE_OIDC_ISSUER" in told


def link(output: str) -> bool:
    return "/invitation/" in output


def test_the_first_two_administrators_are_made_at_the_shell(typed: Typed, house: House) -> None:
    """Each with a link; a third is proposed by one and confirmed by another."""
    typed("staff create-admin admin-2 示範二", refused=True)
    assert link(typed("staff create-admin admin-2 示範二 --by admin-1").output)
    assert "another administrator" in typed("staff create-admin admin-3 示範三 --by admin-1").output
    with looking(house.factory) as session:
        assert [one.member.login for one in open_proposals(session)] == ["admin-3"]
        assert "admin-3" not in {member.login for member in everybody(session, clock.now())}


def test_a_link_is_mailed_where_mail_goes_out(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    """And printed only when it is asked for, which is on record."""
    letters = list[Letter]()

    class Sender:
        def send(self, letter: Letter) -> str:
            letters.append(letter)
            return "known"

    monkeypatch.setenv("HOTLINE_SMTP_HOST", "mail.test")
    monkeypatch.setenv("HOTLINE_MAIL_SENDER", "1999@city.example")
    monkeypatch.setattr(senders, "sender", lambda settings: Sender())
    told = typed("staff invite agent-1 --by admin-1").output
    assert "went to agent-1@city.example" in told and not link(told)
    assert [one.recipient for one in letters] == ["agent-1@city.example"]
    assert link(typed("staff invite agent-1 --by admin-1 --show").output) and len(letters) == 1


def test_the_first_link_needs_no_name_while_nobody_can_sign_in(typed: Typed, house: House) -> None:
    """Only an administrator's, and no more once one of them has a password:
    where no terminal told the link.
    """
    assert link(typed("staff invite admin-1").output)
    assert "--by" in typed("staff invite agent-1", refused=True).output
    with transaction(house.factory) as session:
        session.merge(CredentialRow(login="admin-1", password="hashed", changed_at=clock.now()))
    assert "--by" in typed("staff invite admin-1", refused=True).output
