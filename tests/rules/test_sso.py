"""Single sign-on: which tokens are believed, and which claims give which roles."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from hotline.clock import taipei
from hotline.networks import is_guarded
from hotline.permissions import GIVEN_BY_TWO, Role
from hotline.sso import tokens
from hotline.sso.rules import BadClaim, RoleRule, mapped, tells_second, values_of
from hotline.sso.tokens import BadToken, TokenTerms
from tests.signed_tokens import CLIENT, ISSUER, KEY, KEYS, OTHER, id_claims, logout_claims, signed

AT = taipei("2026-11-24T10:00")
FOR_US = TokenTerms(ISSUER, CLIENT, "n-1")
SECOND = int(AT.timestamp())
GROUPS = (RoleRule("groups", "1999-agents", Role.AGENT), RoleRule("groups", "1999-lead", Role.SUPERVISOR))


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    """A token that nobody signed."""
    parts = (json.dumps(part).encode() for part in (header, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def by_secret(claims: dict[str, Any], secret: bytes) -> str:
    """A token that takes the provider's public key for a secret that it shares with us."""
    text = unsigned(claims, {"alg": "HS256", "kid": "one"})[:-1]
    mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_token_of_the_provider_for_us_and_now_is_believed() -> None:
    """With several audiences only where we are the authorised party."""
    assert tokens.identity(signed(id_claims(AT)), KEYS, FOR_US, AT)["sub"] == "u-1"
    both = id_claims(AT, aud=[CLIENT, "other"], azp=CLIENT)
    assert tokens.identity(signed(both), KEYS, FOR_US, AT)["sub"] == "u-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["other", CLIENT], "azp": "other"},
        {"aud": ["other", CLIENT]},
        {"nonce": "n-2"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 7},
        {"exp": SECOND - 61},
        {"exp": None},
        {"exp": "later"},
        {"exp": float("inf")},
        {"exp": True},
        {"iat": SECOND - 601},
        {"iat": SECOND + 61},
        {"iat": None},
        {"iat": float("nan")},
        {"nbf": SECOND + 120},
        {"at_hash": "bm90IG9mIHRoaXM"},
    ],
    ids=str,
)
def test_a_token_that_says_something_wrong_is_refused(claims: dict[str, Any]) -> None:
    """Whoever signed it."""
    with pytest.raises(BadToken):
        tokens.identity(signed(id_claims(AT, **claims)), KEYS, FOR_US, AT, access="access")


@pytest.mark.parametrize(
    "token",
    [
        unsigned(id_claims(AT), {"alg": "none", "kid": "one"}),
        unsigned(id_claims(AT), {"alg": "ES256", "kid": "one"}),
        signed(id_claims(AT), key=OTHER),
        signed(id_claims(AT), {"kid": "two"}),
        by_secret(id_claims(AT), KEY.as_pem(private=False)),
        signed(id_claims(AT)) + "x" * 70_000,
        signed(id_claims(AT)).replace(".", "!", 1),
        "a.b.c",
        "",
    ],
    ids=[
        "none",
        "no signature",
        "another key",
        "unknown key",
        "our own secret",
        "long",
        "form",
        "letters",
        "empty",
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(token: str) -> None:
    """Also one that says that it needs no signature, or that its public key is a secret."""
    with pytest.raises(BadToken):
        tokens.identity(token, KEYS, FOR_US, AT)


def test_a_token_that_is_no_object_is_refused() -> None:
    """Nor one so deep that reading it would end the process."""
    for payload in ("[]", '"u-1"', '{"a":' * 3000 + "1" + "}" * 3000):
        encoded = base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
        with pytest.raises(BadToken):
            tokens.identity(f"{signed({}).split('.')[0]}.{encoded}.c2ln", KEYS, FOR_US, AT)


def test_a_logout_token_names_whom_it_signs_out() -> None:
    """By subject, by session, or both."""
    told = tokens.logout(signed(logout_claims(AT)), KEYS, FOR_US, AT)
    assert (told.number, told.subject, told.session) == ("j-1", "u-1", "s-1")
    assert tokens.logout(signed(logout_claims(AT, sub=None)), KEYS, FOR_US, AT).subject == ""


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "other"},
        {"aud": ["other"]},
        {"jti": None},
        {"jti": 7},
        {"sub": None, "sid": None},
        {"events": None},
        {"events": {}},
        {"events": {tokens.LOGOUT: "yes"}},
        {"nonce": "n-1"},
        {"iat": SECOND - 24 * 3600 - 1},
        {"iat": SECOND + 61},
        {"exp": SECOND - 61},
    ],
    ids=str,
)
def test_a_logout_token_that_says_something_wrong_is_refused(claims: dict[str, Any]) -> None:
    """An ID token is none: it has a nonce, and no event."""
    with pytest.raises(BadToken):
        tokens.logout(signed(logout_claims(AT, **claims)), KEYS, FOR_US, AT)


def test_claims_give_the_roles_of_their_rules_and_no_others() -> None:
    """Whatever a claim calls itself."""
    assert mapped(GROUPS, {"groups": ["1999-agents", "administrator"]}) == {Role.AGENT}
    assert mapped(GROUPS, {"groups": "1999-lead"}) == {Role.SUPERVISOR}
    assert mapped(GROUPS, {"roles": ["1999-agents"], "administrator": True}) == frozenset()
    assert mapped((), {"groups": ["administrator", "supervisor"]}) == frozenset()


def test_no_rule_makes_an_administrator() -> None:
    """Not even one that stands in the database by another way than ours."""
    rule = RoleRule("groups", "admins", Role.ADMINISTRATOR)
    assert mapped((rule, *GROUPS), {"groups": ["admins", "1999-agents"]}) == {Role.AGENT}


def test_roles_that_approve_need_two() -> None:
    """The same as where a person gives them."""
    assert {role for role in Role if RoleRule("groups", "x", role).needs_two} == GIVEN_BY_TWO


def test_a_claim_is_found_by_its_name_or_its_path() -> None:
    """A name with points in it is a name first."""
    told = {"realm_access": {"roles": ["a"]}, "https://city.example/groups": ["b"]}
    assert values_of(told, "realm_access.roles") == {"a"}
    assert values_of(told, "https://city.example/groups") == {"b"}
    assert values_of(told, "realm_access.roles.deeper") == values_of(told, "nothing") == frozenset()


@pytest.mark.parametrize("told", [["x"] * 1001, ["x" * 256], [7], {"a": 1}, [["a"]], True, 7], ids=str)
def test_a_claim_that_is_no_list_of_names_gives_nothing(told: object) -> None:
    """Refused whole: nobody knows what else is in it."""
    with pytest.raises(BadClaim):
        mapped(GROUPS, {"groups": told})


def test_a_second_factor_is_believed_by_the_words_that_are_set() -> None:
    """In either claim, and in no other."""
    assert tells_second({"amr": ["pwd", "mfa"]}, ("mfa",))
    assert tells_second({"acr": "urn:two"}, ("mfa", "urn:two"))
    assert not tells_second({"amr": ["pwd"], "mfa": True}, ("mfa",))
    assert not tells_second({"amr": ["mfa"]}, ())


@pytest.mark.parametrize(
    ("url", "guarded"),
    [
        ("https://id.example/realms/city", True),
        ("http://127.0.0.1:5000", True),
        ("http://[::1]:5000", True),
        ("http://localhost:5000", True),
        ("http://id.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://user@id.example", False),
        ("https://id.example/#x", False),
        ("https://id.example:port", False),
        ("ftp://127.0.0.1", False),
        ("//id.example", False),
        ("https:///path", False),
        ("", False),
    ],
)
def test_only_tls_and_this_machine_are_guarded(url: str, guarded: bool) -> None:
    """Looks at the host, not at what the text begins with."""
    assert is_guarded(url) is guarded


def test_a_clock_may_be_off_by_a_minute() -> None:
    """And no more."""
    token = signed(id_claims(AT + timedelta(seconds=59)))
    assert tokens.identity(token, KEYS, FOR_US, AT)
