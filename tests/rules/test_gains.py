"""Whether somebody could do more than before: what nobody may give themselves."""

from hypothesis import given
from hypothesis import strategies as st

from hotline.permissions import Role
from hotline.staff.rules import Staff, gains

ROLES = st.frozensets(st.sampled_from(Role))


def member(roles: frozenset[Role], agency: str = "epb") -> Staff:
    return Staff("x", "x", roles, agency)


@given(ROLES, ROLES)
def test_fewer_roles_are_never_more(some: frozenset[Role], others: frozenset[Role]) -> None:
    """Nor the same ones."""
    assert not gains(member(some | others), member(some))
    assert not gains(member(some), member(some))


@given(ROLES)
def test_more_is_told_by_deeds_not_by_names(roles: frozenset[Role]) -> None:
    """Whoever may all that a role may gains nothing by it:
    an administrator who becomes an officer as well.
    """
    assert not gains(member(roles | {Role.ADMINISTRATOR}), member(roles - {Role.APPROVER, Role.SUPERVISOR}))


def test_an_approver_or_another_agency_is_more() -> None:
    """An administrator approves nobody; a liaison acts for its own agency only."""
    administrator = frozenset((Role.ADMINISTRATOR,))
    assert gains(member(administrator), member(administrator | {Role.APPROVER}))
    liaison = frozenset((Role.LIAISON,))
    assert gains(member(liaison), member(liaison, "pwd"))
    assert not gains(member(administrator), member(administrator, "pwd"))
