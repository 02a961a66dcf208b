"""Tokens of an identity provider, as it signs them and as an attacker would."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from hotline.sso.tokens import LOGOUT

ISSUER, CLIENT = "https://id.example", "hotline"
KEY = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
OTHER = ECKey.generate_key("P-256", {"kid": "one"})
"""A key of somebody else, under the same name."""
KEYS = KeySet([KEY])


def signed(claims: Mapping[str, Any], header: Mapping[str, Any] | None = None, key: Any = KEY) -> str:
    """A token by the provider's key, unless it is said otherwise."""
    return jwt.encode({"alg": "ES256", "kid": "one", **(header or {})}, dict(claims), key)


def id_claims(at: datetime, **more: Any) -> dict[str, Any]:
    """What an ID token says; ``None`` leaves a claim out."""
    now = int(at.timestamp())
    usual = {"iss": ISSUER, "aud": CLIENT, "sub": "u-1", "iat": now, "exp": now + 300, "nonce": "n-1"}
    return {name: told for name, told in {**usual, **more}.items() if told is not None}


def logout_claims(at: datetime, **more: Any) -> dict[str, Any]:
    """What a logout token says; ``None`` leaves a claim out."""
    usual = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "u-1",
        "sid": "s-1",
        "jti": "j-1",
        "iat": int(at.timestamp()),
        "events": {LOGOUT: {}},
    }
    return {name: told for name, told in {**usual, **more}.items() if told is not None}
