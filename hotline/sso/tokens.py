"""Tokens of the identity provider: signed by its keys, for us, now. Pure, but for the library that verifies.

Whatever is wrong with one is one error: its sender learns nothing of what we looked at.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hotline.errors import HotlineError
from hotline.sso.rules import LONGEST_SUBJECT, Claims

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures by a key that the provider alone has: neither ``none`` nor one by a secret that we know, too."""
LEEWAY: Final = timedelta(minutes=1)
"""So far the provider's clock may be from ours."""
FRESH: Final = timedelta(minutes=10)
"""A token was made within this time, else it comes from somewhere else than its maker."""
LOGOUT_FRESH: Final = timedelta(hours=24)
LONGEST_TOKEN: Final = 64 * 1024
LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"
"""The event of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.4)."""


class BadToken(HotlineError, code="bad-token"):
    """A token that this identity provider did not sign for us, or not now."""

    why: str


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """Who signs, and whom for; ``nonce``: of the browser that was sent there, empty = none was."""

    issuer: str
    client_id: str
    nonce: str = ""


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """Somebody signed out at the provider, or was: of a session, of all, or both; ``number`` is used once."""

    number: str
    subject: str
    session: str


def identity(token: str, keys: KeySet, expected: TokenTerms, at: datetime, access: str = "") -> Claims:
    """The claims of an ID token, verified; with the access token that came with it. Raises BadToken."""
    read = _signed(token, keys)
    claims = read.claims
    _require(isinstance(claims, dict), "claims")
    options: Any = {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
    }
    params = {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": access}
    told = CodeIDToken(claims, read.header, options, params)
    _guarded(lambda: told.validate(int(at.timestamp()), int(LEEWAY.total_seconds())))
    subject = claims.get("sub")
    _require(isinstance(subject, str) and 0 < len(subject) <= LONGEST_SUBJECT, "sub")
    _require(_instant(claims, "exp") > at.timestamp() - LEEWAY.total_seconds(), "exp")
    _is_fresh(claims, at, FRESH)
    return dict(claims)


def logout(token: str, keys: KeySet, expected: TokenTerms, at: datetime) -> LogoutNotice:
    """Whom a logout token signs out, verified (Back-Channel Logout 1.0, 2.6). Raises BadToken."""
    read = _signed(token, keys)
    claims: Any = read.claims
    _require(isinstance(claims, dict), "claims")
    audience = claims.get("aud")
    for_us = audience if isinstance(audience, list) else [audience]
    _require(claims.get("iss") == expected.issuer, "iss")
    _require(expected.client_id in for_us, "aud")
    _is_fresh(claims, at, LOGOUT_FRESH)
    if "exp" in claims:
        _require(_instant(claims, "exp") > at.timestamp() - LEEWAY.total_seconds(), "exp")
    events = claims.get("events")
    _require(isinstance(events, dict) and isinstance(events.get(LOGOUT), dict), "events")
    _require("nonce" not in claims, "nonce")
    number, subject, session = (claims.get(name, "") for name in ("jti", "sub", "sid"))
    _require(
        all(isinstance(one, str) and len(one) <= LONGEST_SUBJECT for one in (number, subject, session)),
        "text",
    )
    _require(bool(number) and bool(subject or session), "whom")
    return LogoutNotice(number, subject, session)


def _signed(token: str, keys: KeySet) -> jwt.Token:
    _require(isinstance(token, str) and len(token) <= LONGEST_TOKEN and token.count(".") == 2, "form")
    read: jwt.Token = _guarded(lambda: jwt.decode(token, keys, algorithms=list(ALGORITHMS)))
    return read


def _guarded(verified: Callable[[], Any]) -> Any:
    """What a library verified; whatever it stumbles over is a bad token."""
    try:
        return verified()
    except (
        JoseError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        RecursionError,
        OverflowError,
    ) as error:
        raise BadToken(type(error).__name__) from None


def _is_fresh(claims: Claims, at: datetime, within: timedelta) -> None:
    age = at.timestamp() - _instant(claims, "iat")
    _require(-LEEWAY.total_seconds() <= age <= within.total_seconds(), "iat")


def _instant(claims: Claims, name: str) -> float:
    found = claims.get(name)
    _require(isinstance(found, int | float) and not isinstance(found, bool), name)
    _require(math.isfinite(found), name)  # type: ignore[arg-type]
    return float(found)  # type: ignore[arg-type]


def _require(is_so: bool, why: str) -> None:
    if not is_so:
        raise BadToken(why)
