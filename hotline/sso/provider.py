"""The city's identity provider, asked by OpenID Connect; the only file that knows how it is spoken to.

Nothing it says of its own addresses leads out of TLS, no answer leads elsewhere, and none is longer than what
is read. Its own faults are not the person's: they are ``ProviderAway``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Final, TypeVar

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from hotline.errors import HotlineError
from hotline.networks import is_guarded
from hotline.sso import tokens
from hotline.sso.client import OidcClient
from hotline.sso.rules import Claims, ProviderAnswer, word_of
from hotline.sso.tokens import BadToken, LogoutNotice, TokenTerms

WELL_KNOWN: Final = "/.well-known/openid-configuration"
REMEMBERED: Final = timedelta(hours=1)
"""What the provider says of itself, and its keys, are asked for again after so long."""
LEFT_ALONE: Final = timedelta(seconds=10)
"""A provider that was away is not asked again so soon: nobody waits for it in vain a hundred times."""
ASKED_AGAIN: Final = timedelta(minutes=1)
"""For a key that we do not know its keys are asked for again, at most so often."""
LONGEST_ANSWER: Final = 512 * 1024
OURS_OR_ITS: Final = frozenset(
    "invalid_client unauthorized_client invalid_scope unsupported_grant_type".split()
    + "server_error temporarily_unavailable slow_down".split()
)
"""Errors of which nothing follows about the person."""
NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
Answer = TypeVar("Answer")


class ProviderAway(HotlineError, code="provider-away"):
    """An identity provider that cannot be asked, or answers nothing that can be used."""

    why: str


class ProviderRefused(HotlineError, code="provider-refused"):
    """An identity provider that lets this person in no more, or not at all."""

    why: str


class ProofLapsed(HotlineError, code="proof-lapsed"):
    """A session about which the provider can be asked no more: nothing is known against its owner."""

    why: str


@dataclass(slots=True)
class _Kept:
    at: datetime
    metadata: Mapping[str, Any]
    keys: KeySet


class Provider:
    """One identity provider; ``returns_to``: where it sends browsers back to."""

    def __init__(self, client: OidcClient, returns_to: str) -> None:
        self.client, self._returns_to = client, returns_to
        self._kept: _Kept | None = None
        self._away_at: datetime | None = None
        self._lock = Lock()

    @property
    def issuer(self) -> str:
        """The provider, as it names itself."""
        return self.client.issuer

    def address(self, state: str, nonce: str, verifier: str, at: datetime) -> str:
        """Where a browser is sent to sign in. Raises ProviderAway."""
        told = self._known(at).metadata
        with self._session() as session:
            url, _state = session.create_authorization_url(
                told["authorization_endpoint"],
                state=state,
                code_verifier=verifier,
                nonce=nonce,
            )
        return str(url)

    def grant(self, code: str, verifier: str, nonce: str, told_issuer: str, at: datetime) -> ProviderAnswer:
        """Redeem the code that a browser brought. Raises ProviderAway, ProviderRefused, BadToken.

        ``told_issuer``: who sent it, as the address says (RFC 9207); empty where none is told.
        """
        known = self._known(at)
        is_always_told = known.metadata.get("authorization_response_iss_parameter_supported") is True
        if told_issuer != self.issuer and (told_issuer or is_always_told):
            raise BadToken("mix-up")
        given = self._tokens(
            lambda session, url: session.fetch_token(
                url,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                allow_redirects=False,
            ),
            known,
        )
        access, told = _text(given, "access_token"), _text(given, "id_token")
        claims = self._identity(told, nonce, access, at)
        more = self._userinfo(access, str(claims["sub"]), known)
        return ProviderAnswer({**more, **_of_proof(claims, more)}, access, _text(given, "refresh_token"))

    def renew(self, access: str, refresh: str, subject: str, at: datetime) -> ProviderAnswer:
        """Ask again for somebody. Raises ProviderAway, ProviderRefused, ProofLapsed, BadToken."""
        known, claims = self._known(at), dict[str, Any]()
        if refresh:
            given = self._tokens(
                lambda session, url: session.refresh_token(url, refresh, allow_redirects=False), known
            )
            access, refresh = _text(given, "access_token"), _text(given, "refresh_token") or refresh
            if told := _text(given, "id_token"):
                claims = dict(self._identity(told, "", access, at))
                if claims["sub"] != subject:
                    raise ProviderRefused("another subject")
        try:
            more = self._userinfo(access, subject, known)
        except ProviderRefused as error:
            if refresh:
                raise
            raise ProofLapsed(error.why) from None  # perhaps only the access token is over
        if not claims and not more:
            raise ProofLapsed("nothing tells of it")
        return ProviderAnswer({**more, **_of_proof(claims, more), "sub": subject}, access, refresh)

    def logout(self, token: str, at: datetime) -> LogoutNotice:
        """Whom a logout token signs out. Raises ProviderAway, BadToken."""
        expected = TokenTerms(self.issuer, self.client.client_id)
        return self._verified(lambda keys: tokens.logout(token, keys, expected, at), at)

    def clock(self, at: datetime) -> datetime | None:
        """What its clock says, once its addresses and keys were found good; None where it does not tell.

        Raises ProviderAway.
        """
        self._known(at, anew=True)
        try:
            with self._session() as session:
                told = session.get(
                    self.issuer.rstrip("/") + WELL_KNOWN, withhold_token=True, allow_redirects=False
                )
            return parsedate_to_datetime(told.headers["Date"])
        except (requests.RequestException, LookupError, ValueError):
            return None

    def _identity(self, token: str, nonce: str, access: str, at: datetime) -> Claims:
        expected = TokenTerms(self.issuer, self.client.client_id, nonce)
        return self._verified(lambda keys: tokens.identity(token, keys, expected, at, access), at)

    def _verified(self, verify: Callable[[KeySet], Answer], at: datetime) -> Answer:
        """Verify by the keys that are known; by new ones, where they do not know the token's."""
        known = self._known(at)
        try:
            return verify(known.keys)
        except BadToken:
            if at < known.at + ASKED_AGAIN:
                raise
        return verify(self._known(at, anew=True).keys)

    def _tokens(self, ask: Callable[[OAuth2Session, str], Any], known: _Kept) -> Mapping[str, Any]:
        with self._session(known.metadata) as session:
            try:
                given = ask(session, known.metadata["token_endpoint"])
            except OAuthError as error:
                why = word_of(str(error.error))
                raise (ProviderAway if why in OURS_OR_ITS else ProviderRefused)(why) from None
            except (
                requests.RequestException,
                ValueError,
                TypeError,
                AttributeError,
                RecursionError,
            ) as error:
                raise ProviderAway(type(error).__name__) from None
        if not isinstance(given, Mapping) or str(given.get("token_type", "")).lower() != "bearer":
            raise ProviderAway("no tokens")
        return given

    def _userinfo(self, access: str, subject: str, known: _Kept) -> Mapping[str, Any]:
        """More claims, of the same person; none where the provider has no such address."""
        url = known.metadata.get("userinfo_endpoint")
        if not url or not access:
            return {}
        told = self._json(str(url), {"Authorization": f"Bearer {access}"})
        if told.get("sub") != subject:
            raise ProviderRefused("another subject")
        return told

    def _known(self, at: datetime, *, anew: bool = False) -> _Kept:
        """What the provider says of itself, and its keys. Raises ProviderAway."""
        with self._lock:
            kept = self._kept
            if kept is not None and not anew and kept.at <= at < kept.at + REMEMBERED:
                return kept
            if self._away_at and self._away_at <= at < self._away_at + LEFT_ALONE:
                raise ProviderAway("a moment ago")
        try:
            kept = self._introduced(at)
        except ProviderAway:
            self._away_at = at
            raise
        with self._lock:
            self._kept, self._away_at = kept, None
        return kept

    def _introduced(self, at: datetime) -> _Kept:
        told = self._json(self.issuer.rstrip("/") + WELL_KNOWN)
        if told.get("issuer") != self.issuer:
            raise ProviderAway("it names itself otherwise")
        places = [told.get(name) for name in NEEDED] + [told.get("userinfo_endpoint") or self.issuer]
        if not all(isinstance(one, str) and is_guarded(one) for one in places):
            raise ProviderAway("an address without TLS")
        try:
            keys = KeySet.import_key_set(_public(self._json(told["jwks_uri"])))
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ProviderAway(f"no keys: {type(error).__name__}") from None
        return _Kept(at, told, keys)

    def _json(self, url: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        try:
            with self._session() as session:
                answer = session.get(
                    url, headers=dict(headers or {}), withhold_token=True, allow_redirects=False
                )
            if headers and answer.status_code in (401, 403):
                raise ProviderRefused(str(answer.status_code))
            if answer.status_code != 200:
                raise ProviderAway(f"HTTP {answer.status_code}")
            told = answer.json()
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise ProviderAway(type(error).__name__) from None
        if not isinstance(told, dict):
            raise ProviderAway("no object")
        return told

    def _session(self, told: Mapping[str, Any] | None = None) -> OAuth2Session:
        """A connection of its own for each question: none is shared between threads."""
        methods = (told or {}).get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        basic, post = "client_secret_basic", "client_secret_post"
        session = OAuth2Session(
            self.client.client_id,
            self.client.secret,
            token_endpoint_auth_method=post if basic not in methods and post in methods else basic,
            scope=" ".join(self.client.scopes),
            redirect_uri=self._returns_to,
            code_challenge_method="S256",
            default_timeout=self.client.wait.total_seconds(),
        )
        for way in ("https://", "http://"):
            session.mount(way, _Bounded())
        return session


class _Bounded(HTTPAdapter):
    """Reads no answer that is longer than any of use."""

    def send(self, request: Any, *given: Any, **more: Any) -> requests.Response:
        answer = super().send(request, *given, **{**more, "stream": True})
        try:
            content = answer.raw.read(LONGEST_ANSWER + 1, decode_content=True) or b""
        except HTTPError as error:
            raise requests.ConnectionError(str(error)) from None
        finally:
            answer.raw.close()
        if len(content) > LONGEST_ANSWER:
            raise requests.ConnectionError("too long an answer")
        answer._content, answer._content_consumed = content, True
        return answer


def _of_proof(claims: Claims, more: Mapping[str, Any]) -> dict[str, Any]:
    """What an ID token says of the sign-in itself, and all that is told nowhere else."""
    own = ("iss", "sub", "aud", "sid", "amr", "acr", "auth_time")
    return {name: told for name, told in claims.items() if name in own or name not in more}


def _public(told: Mapping[str, Any]) -> Any:
    """Its keys but for those of a kind that signs nothing we take: a secret, or one for encryption."""
    keys = told["keys"]
    signing = [
        one for one in keys if one.get("kty") in ("RSA", "EC", "OKP") and one.get("use", "sig") == "sig"
    ]
    return {"keys": signing}


def _text(given: Mapping[str, Any], name: str) -> str:
    found = given.get(name)
    return found if isinstance(found, str) and len(found) <= tokens.LONGEST_TOKEN else ""
