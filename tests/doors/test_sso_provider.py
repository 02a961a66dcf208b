"""A provider that errs, lies or is somebody else leads nobody in, and its faults are its own."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import ECKey, KeySet

from hotline.clock import taipei
from hotline.sso.provider import LONGEST_ANSWER, ProofLapsed, Provider, ProviderAway, ProviderRefused
from hotline.sso.tokens import BadToken
from tests.doors.identity import KEPT, PlayedProvider, Reply, played, said
from tests.signed_tokens import CLIENT, OTHER, logout_claims, signed

pytestmark = pytest.mark.matrix
AT = taipei("2026-11-24T10:00")


@pytest.fixture
def provider() -> Iterator[PlayedProvider]:
    with played(AT) as one:
        yield one


def test_a_browser_is_sent_with_pkce_state_and_nonce(provider: PlayedProvider) -> None:
    """And with nothing that is secret."""
    url = urlsplit(provider.client().address("s-1", "n-1", "v" * 64, AT))
    told = {name: given[0] for name, given in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{provider.issuer}/authorize"
    assert told.pop("code_challenge") not in ("", "v" * 64)
    assert told == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": KEPT,
        "scope": "openid groups",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge_method": "S256",
    }


def test_a_code_is_redeemed_with_our_secret_and_verifier(provider: PlayedProvider) -> None:
    """The claims are those of the ID token and of userinfo, of one person."""
    granted = provider.client().grant("c-1", "v" * 64, "n-1", "", AT)
    assert (granted.subject, granted.claims["groups"], granted.refresh) == ("u-1", ["1999"], "refresh")
    (form,) = (form for path, form in provider.asked if path == "/token")
    assert base64.b64decode(form["authorization"].removeprefix("Basic ")).decode() == f"{CLIENT}:secret"
    assert (form["code"], form["code_verifier"], form["redirect_uri"]) == ("c-1", "v" * 64, KEPT)


def raw(body: bytes, status: int = 200, **headers: str) -> Callable[[], Reply]:
    return lambda: (status, headers, body)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token", "/me"])
@pytest.mark.parametrize(
    "answer",
    [
        raw(b"", 500),
        raw(b"", 302, Location="https://evil.example/"),
        raw(b"<html>"),
        raw(b"[]"),
        raw(b'{"a": "' + b"x" * LONGEST_ANSWER + b'"}'),
        raw(b"[" * 100_000),
    ],
    ids=["500", "redirect", "html", "list", "long", "deep"],
)
def test_an_answer_that_is_none_is_the_providers_own_fault(
    provider: PlayedProvider, path: str, answer: Callable[[], Reply]
) -> None:
    """Nothing follows about the person, and no redirect is followed."""
    provider.answers[path] = answer
    client = provider.client()
    with pytest.raises(ProviderAway):
        client.grant("c-1", "v", "n-1", "", AT)
    with pytest.raises(ProviderAway):
        client.renew("access", "refresh", "u-1", AT)


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": "http://evil.example/keys"},
        {"userinfo_endpoint": "http://evil.example/me"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
    ],
    ids=str,
)
def test_a_provider_that_leads_out_of_tls_is_not_spoken_with(
    provider: PlayedProvider, more: dict[str, Any]
) -> None:
    """Or that names itself otherwise."""
    provider.answers["/.well-known/openid-configuration"] = lambda: said(provider.metadata(**more))
    with pytest.raises(ProviderAway):
        provider.client().address("s", "n", "v", AT)


def test_nobody_listens(provider: PlayedProvider) -> None:
    """Away, in time."""
    nobody = replace(provider.client().client, issuer="http://127.0.0.1:9")
    gone = Provider(nobody, KEPT)
    with pytest.raises(ProviderAway):
        gone.address("s", "n", "v", AT)


@pytest.mark.parametrize("told", ["https://evil.example", "http://127.0.0.1:1"])
def test_an_answer_of_another_provider_is_a_mix_up(provider: PlayedProvider, told: str) -> None:
    """Its code is not sent to ours (RFC 9207)."""
    with pytest.raises(BadToken):
        provider.client().grant("c-1", "v", "n-1", told, AT)
    assert "/token" not in [path for path, _form in provider.asked]


def test_a_provider_that_always_names_itself_is_believed_only_so(provider: PlayedProvider) -> None:
    """An answer without a name is somebody else's."""
    named = {"authorization_response_iss_parameter_supported": True}
    provider.answers["/.well-known/openid-configuration"] = lambda: said(provider.metadata(**named))
    client = provider.client()
    with pytest.raises(BadToken):
        client.grant("c-1", "v", "n-1", "", AT)
    assert client.grant("c-1", "v", "n-1", provider.issuer, AT).subject == "u-1"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"nonce": "n-2"}, BadToken),
        ({"aud": "other"}, BadToken),
        ({"sub": "u-2"}, ProviderRefused),
        ({"iss": "https://evil.example"}, BadToken),
    ],
    ids=str,
)
def test_an_id_token_of_somebody_else_is_refused(
    provider: PlayedProvider, more: dict[str, Any], error: type[Exception]
) -> None:
    """Another browser's, another client's, another person's than userinfo tells of."""
    provider.answers["/token"] = lambda: said(provider.tokens(id_token=provider.id_token(**more)))
    with pytest.raises(error):
        provider.client().grant("c-1", "v", "n-1", "", AT)


def test_no_id_token_is_no_sign_in(provider: PlayedProvider) -> None:
    """However good the access token."""
    provider.answers["/token"] = lambda: said({"access_token": "a", "token_type": "Bearer"})
    with pytest.raises(BadToken):
        provider.client().grant("c-1", "v", "n-1", "", AT)


@pytest.mark.parametrize(
    "error", ["invalid_grant", "invalid_request", "access_denied", "interaction_required"]
)
def test_an_error_about_the_person_is_a_refusal(provider: PlayedProvider, error: str) -> None:
    """Providers say it in several words when an account is shut."""
    provider.answers["/token"] = lambda: said({"error": error}, 400)
    with pytest.raises(ProviderRefused):
        provider.client().renew("access", "refresh", "u-1", AT)


@pytest.mark.parametrize("error", ["invalid_client", "temporarily_unavailable", "server_error"])
def test_an_error_about_us_or_it_is_none(provider: PlayedProvider, error: str) -> None:
    """A secret that ran out shuts nobody out at once."""
    provider.answers["/token"] = lambda: said({"error": error}, 400)
    with pytest.raises(ProviderAway):
        provider.client().renew("access", "refresh", "u-1", AT)


def test_another_person_at_a_check_is_a_refusal(provider: PlayedProvider) -> None:
    """By the ID token or by userinfo."""
    with pytest.raises(ProviderRefused):
        provider.client().renew("access", "refresh", "u-2", AT)


def test_without_a_refresh_token_the_access_token_serves_until_it_is_over(provider: PlayedProvider) -> None:
    """Then nothing is known: the session ends, and nothing else."""
    client = provider.client()
    assert client.renew("access", "", "u-1", AT).claims["groups"] == ["1999"]
    provider.answers["/me"] = lambda: said({"error": "invalid_token"}, 401)
    with pytest.raises(ProofLapsed):
        client.renew("access", "", "u-1", AT)
    with pytest.raises(ProviderRefused):
        client.renew("access", "refresh", "u-1", AT)


def test_a_new_key_is_fetched_and_a_forged_one_fetches_nothing_twice(provider: PlayedProvider) -> None:
    """Once a minute at most: who sends forged tokens cannot have us ask for each."""
    client = provider.client()
    client.address("s", "n", "v", AT)
    new = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    provider.answers["/keys"] = lambda: said(KeySet([new]).as_dict(private=False))
    fresh = signed(logout_claims(AT, iss=provider.issuer), {"kid": "two"}, new)
    with pytest.raises(BadToken):
        client.logout(fresh, AT + timedelta(seconds=59))
    assert client.logout(fresh, AT + timedelta(seconds=60)).subject == "u-1"
    asked = len(provider.asked)
    for _each in range(5):
        with pytest.raises(BadToken):
            client.logout(
                signed(logout_claims(AT, iss=provider.issuer), key=OTHER), AT + timedelta(seconds=61)
            )
    assert len(provider.asked) == asked


def test_a_secret_among_its_keys_signs_nothing(provider: PlayedProvider) -> None:
    """Nor does a key for encryption."""
    shared = {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"}
    provider.answers["/keys"] = lambda: said({"keys": [shared]})
    with pytest.raises(ProviderAway):
        provider.client().address("s", "n", "v", AT)
