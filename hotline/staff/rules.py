"""Roles of the hotline's people and what each may do; what is not listed is refused (design law 10).

And when an agent or interpreter is to be on duty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hotline.ledger.periods import Period
from hotline.permissions import ANY_OTHER, CITY_WIDE, GIVEN_BY_TWO, Action, Role, may, roles_of

WORDS: Final = ("name", "agency", "section", "phone", "email")
"""Words of a row that describe a member of the staff as they are; the roles come besides."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of the staff: ``login`` is the name given to ``--by``; ``phone``: a SIP phone or extension."""

    login: str
    name: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    agency: str = ""
    section: str = ""
    phone: str = ""
    email: str = ""

    def may(self, action: Action, agency: str = "") -> bool:
        """Tell whether one of the roles allows it; in another agency only if that role acts for the city."""
        return any(
            may(role, action) and (role in CITY_WIDE or agency in ("", self.agency)) for role in self.roles
        )

    def scope(self, action: Action) -> str:
        """The agency for which it is allowed: their own, empty for all of the city; with none, for none."""
        return "" if self.may(action, ANY_OTHER) else self.agency or ANY_OTHER


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One person's time on duty: ``login``, tag of the ``language``, beginning and end."""

    login: str
    since: datetime
    until: datetime
    language: str

    def meets(self, other: "Shift") -> bool:
        """Tell whether the two are the same person's, and have a moment in common."""
        return self.login == other.login and self.since < other.until and other.since < self.until


def gains(before: Staff, after: Staff) -> bool:
    """Tell whether somebody could do more than before, in their agency or in any."""
    return any(
        after.may(action, agency) and not before.may(action, agency)
        for action in Action
        for agency in (after.agency, ANY_OTHER)
    )


def described(login: str, says: Mapping[str, Any]) -> Staff:
    """Build the member of the staff that the words of a row describe."""
    return Staff(login, roles=roles_of(says["roles"]), **{name: says[name] for name in WORDS})


def says_of(member: Staff) -> dict[str, Any]:
    """The words of a row that describes somebody."""
    return {"roles": sorted(member.roles), **{name: getattr(member, name) for name in WORDS}}


def needs_two(known: Sequence[tuple[Period, Staff]], member: Staff, period: Period) -> bool:
    """Tell whether no administrator may write this alone; ``known``: who has the login, and when.

    A role of ``GIVEN_BY_TWO`` that was not there in all of the period, or another e-mail address of who has
    one: whoever changes that alone could have the link for a new password, and with it the role.
    """
    for role in member.roles & GIVEN_BY_TWO:
        left = [period]
        for held, one in known:
            if role in one.roles:
                left = [part for stretch in left for part in stretch.without(held)]
        if left:
            return True
    if not member.roles & GIVEN_BY_TWO:
        return False
    return any(held.meets(period) and one.email != member.email for held, one in known)
