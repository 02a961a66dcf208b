"""Rules of single sign-on: which claims give which roles, and what a sign-in is refused for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from hotline.errors import HotlineError
from hotline.permissions import GIVEN_BY_TWO, Role

STATE_HOLDS: Final = timedelta(minutes=10)
"""Who goes to the identity provider must be back within this time."""
RETRY: Final = timedelta(minutes=1)
"""An identity provider that was away is asked again after so long."""
KEPT: Final = timedelta(days=2)
"""Used states and logout tokens are remembered for so long: longer than any of them is taken."""
STRANGER_KEPT: Final = timedelta(days=30)
"""Who came and has no account here is forgotten after so long."""
NEVER_BY_CLAIM: Final = frozenset((Role.ADMINISTRATOR,))
"""Roles that no claim gives: two administrators give them to a person, here."""
MAPPABLE: Final = tuple(role for role in Role if role not in NEVER_BY_CLAIM)
MOST_VALUES, LONGEST_VALUE = 1000, 255
"""Values of a claim, and characters of one: a longer claim is refused whole."""
LONGEST_SUBJECT: Final = 255
"""Characters (OpenID Connect Core 1.0, 2)."""
Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What the provider says of somebody, and by what it is asked again."""

    claims: Claims
    access: str
    refresh: str

    @property
    def subject(self) -> str:
        """The person, as the provider alone names them."""
        return str(self.claims["sub"])

    @property
    def session(self) -> str:
        """The provider's own name for its session; empty where it tells none."""
        told = self.claims.get("sid")
        return told if isinstance(told, str) and len(told) <= LONGEST_SUBJECT else ""


class SsoRefusal(StrEnum):
    """Why nobody is signed in."""

    STATE = "state"
    """The way to the identity provider did not begin in this browser, took too long, or was used before."""
    PROVIDER = "provider"
    """The identity provider let nobody in, or the person gave up there."""
    TOKEN = "token"
    """What came back is not what this identity provider would sign for us."""
    AWAY = "away"
    UNBOUND = "unbound"
    """A person who is known there, and has no account here yet."""
    ENDED = "ended"
    ROLES = "roles"
    """An account that no role is left to."""
    SECOND = "second"
    """An administrator, of whom the identity provider tells no second factor."""


class BadClaim(HotlineError, code="bad-claim"):
    """A claim that holds more, or something else, than names of groups."""

    claim: str


@dataclass(frozen=True, slots=True)
class SsoTerms:
    """How long what holds; ``second``: words of the provider that tell of a second factor."""

    away: timedelta
    unconfirmed: timedelta
    second: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleRule:
    """A value of a claim that gives a role."""

    claim: str
    value: str
    role: Role

    @property
    def needs_two(self) -> bool:
        """Tell whether no administrator may make it alone."""
        return self.role in GIVEN_BY_TWO


def mapped(rules: Iterable[RoleRule], claims: Claims) -> frozenset[Role]:
    """The roles that claims give; an administrator's never. Raises BadClaim."""
    given = [rule for rule in rules if rule.role not in NEVER_BY_CLAIM]
    return frozenset(rule.role for rule in given if rule.value in values_of(claims, rule.claim))


def values_of(claims: Claims, name: str) -> frozenset[str]:
    """The values of a claim, by its name or its path (``realm_access.roles``); none where it is not told.

    Raises BadClaim.
    """
    found = claims.get(name, _at_path(claims, name))
    if found is None:
        return frozenset()
    values = found if isinstance(found, list) else [found]
    if len(values) > MOST_VALUES or not all(map(_is_value, values)):
        raise BadClaim(name)
    return frozenset(values)


def _is_value(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_VALUE


def _at_path(claims: Claims, name: str) -> object:
    found: object = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def tells_second(claims: Claims, words: Iterable[str]) -> bool:
    """Tell whether the identity provider says, by one of these words, that a second factor was used."""
    told = set[str]()
    for name in ("amr", "acr"):
        try:
            told |= values_of(claims, name)
        except BadClaim:
            continue
    return not told.isdisjoint(words)


def text_of(claims: Claims, name: str, most: int) -> str:
    """A claim that is a text, as long as is kept of it; empty where it is none."""
    found = claims.get(name)
    return "".join(sign for sign in found if sign.isprintable())[:most] if isinstance(found, str) else ""


def word_of(told: str) -> str:
    """An error's name as a provider or an address tells it, fit for a log; "other" for anything else."""
    is_name = told.isascii() and told.replace("_", "").isalnum()
    return told[:60] if is_name else "other"
