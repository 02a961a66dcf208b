"""``hotline staff key``: a key is made, listed and revoked by commands, under a name."""

import pytest

from hotline import clock
from hotline.accounts import keys
from hotline.accounts.store import CredentialRow
from hotline.db import looking, transaction
from hotline.notices.letters import Letter
from ops import senders
from ops.wiring import House
from tests.doors.conftest import Typed


def test_a_key_is_made_listed_and_revoked(typed: Typed, house: House) -> None:
    """It is shown once, and works until somebody revokes it."""
    made = typed("staff key liaison-epb --by admin-1 --for", "directory sync").output.split()[-1]
    with looking(house.factory) as session:
        found = keys.holder(session, made, clock.now())
        assert found and found.staff.login == "liaison-epb"
    listed = typed("staff keys liaison-epb").output
    assert "directory sync" in listed and "works" in listed and made not in listed
    typed("staff revoke-key liaison-epb 1 --by admin-1 --reason lost")
    assert "ended" in typed("staff keys liaison-epb").output
    with looking(house.factory) as session:
        assert keys.holder(session, made, clock.now()) is None


def test_only_who_may_makes_keys(typed: Typed) -> None:
    """And none for nobody, nor one that is over already."""
    typed("staff key liaison-epb --for x --by agent-1", refused=True)
    typed("staff key nobody --for x --by admin-1", refused=True)
    typed("staff key liaison-epb --for x --until 2020-01-01T00:00 --by admin-1", refused=True)
    assert "no key 9" in typed("staff revoke-key liaison-epb 9 --by admin-1", refused=True).output


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
    assert "has no second factor" in typed("staff remove-second agent-1 --by admin-1", refused=True).output
    with looking(house.factory) as session:
        assert session.get_one(CredentialRow, "agent-1").second == ""


def link(output: str) -> bool:
    return "/invitation/" in output


def test_the_first_two_administrators_are_made_at_the_shell(typed: Typed) -> None:
    """Each with a link; a third is proposed by one and confirmed by another."""
    typed("staff create-admin admin-2 示範二", refused=True)
    assert link(typed("staff create-admin admin-2 示範二 --by admin-1").output)
    assert "confirm 1" in typed("staff create-admin admin-3 示範三 --by admin-1").output
    assert "admin-3" in typed("staff proposals").output and "admin-3" not in typed("staff list").output
    assert "another administrator" in typed("staff confirm 1 --by admin-1", refused=True).output
    assert "confirmed by admin-2" in typed("staff confirm 1 --by admin-2").output
    assert "admin-3" in typed("staff list").output
    assert link(typed("staff invite admin-3 --by admin-1").output)


def test_a_role_that_approves_needs_two_by_command_as_well(typed: Typed) -> None:
    """Proposed and refused; other roles are given at once."""
    assert "proposed" in typed("staff add supervisor-2 示範督導二 --role supervisor --by admin-1").output
    assert "nothing is changed" in typed("staff refuse 1 --by admin-1 --reason typo").output
    assert "refused already" in typed("staff confirm 1 --by admin-1", refused=True).output
    assert "officer" in typed("staff add officer-9 示範九 --role officer --agency epb --by admin-1").output


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
    """Only an administrator's, and no more once one of them has a password: where no terminal told the link."""
    assert link(typed("staff invite admin-1").output)
    assert "--by" in typed("staff invite agent-1", refused=True).output
    with transaction(house.factory) as session:
        session.merge(CredentialRow(login="admin-1", password="hashed", changed_at=clock.now()))
    assert "--by" in typed("staff invite admin-1", refused=True).output
