"""``hotline staff key``: a key is made, listed and revoked by commands, under a name."""

from hotline import clock
from hotline.accounts import keys
from hotline.accounts.store import CredentialRow
from hotline.db import looking, transaction
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
