"""Check that a webhook was signed by Twilio: pure, and always the same work whatever is wrong with it.

Twilio signs the address it asked for, exactly, and behind it every field of the form by name; a body that is
no form is signed by its hash in the address. Behind a proxy nobody but the settings knows that address, so it
is put together from the public one and the raw query text: a decoded one may differ in a sign. The signature
knows no time: what is replayed is signed too, and is made harmless by whoever answers.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit, urlunsplit

SIGNATURE: Final = "X-Twilio-Signature"
SETTINGS: Final = "X-Twilio-Webhooks-Signature-Settings"
FORM: Final = "application/x-www-form-urlencoded"
_HASHES: Final = {"HMAC_SHA1": hashlib.sha1, "HMAC_SHA256": hashlib.sha256}
_PORTS: Final = {"https": 443, "http": 80}
_MOST_FIELDS: Final = 200
_SAFE: Final = "/:@!$&'()*+,;=~-._"


class NotAForm(ValueError):
    """The body cannot be read as the fields of a form."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One request as it came: ``path`` behind the public address, raw ``query`` without its question mark."""

    path: str
    query: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def is_form(self) -> bool:
        """Tell whether the body is a form, by what its sender says."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower() == FORM

    def fields(self) -> list[tuple[str, str]]:
        """The form, with empty fields, in its order. Raises NotAForm."""
        try:
            text = self.body.decode("ascii")
            return parse_qsl(
                text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
            )
        except ValueError as error:
            raise NotAForm("not the fields of a form") from error


def is_signed(webhook: Webhook, public_url: str, tokens: Sequence[str]) -> bool:
    """Tell whether one of the tokens signed it. Two are in force while one is exchanged for the next."""
    given = webhook.headers.get(SIGNATURE, "").encode("utf-8", "replace")
    algorithm = _algorithm(webhook.headers.get(SETTINGS, ""))
    url = public_url + quote(webhook.path, safe=_SAFE) + (f"?{webhook.query}" if webhook.query else "")
    signed, fits = _body(webhook)
    found = False
    for token in tokens:
        for address in _addresses(url):
            mac = hmac.new(token.encode(), (address + signed).encode(), _HASHES.get(algorithm, hashlib.sha1))
            found |= hmac.compare_digest(base64.b64encode(mac.digest()), given)
    return found and fits and algorithm in _HASHES


def signature(
    token: str, url: str, fields: Sequence[tuple[str, str]] = (), algorithm: str = "HMAC_SHA1"
) -> str:
    """Signature that Twilio writes into the header for this address and form."""
    mac = hmac.new(token.encode(), (url + _in_order(fields)).encode(), _HASHES[algorithm])
    return base64.b64encode(mac.digest()).decode()


def _body(webhook: Webhook) -> tuple[str, bool]:
    """Part of the body that is signed behind the address, and whether all of it is signed somehow."""
    if webhook.is_form:
        try:
            return _in_order(webhook.fields()), True
        except NotAForm:
            return "", False
    try:
        hashes = parse_qs(webhook.query, max_num_fields=_MOST_FIELDS).get("bodySHA256", [""])
    except ValueError:
        return "", False
    told = hashlib.sha256(webhook.body).hexdigest().encode()
    fits = hmac.compare_digest(told, hashes[0].lower().encode("utf-8", "replace"))
    return "", fits or not webhook.body


def _in_order(fields: Sequence[tuple[str, str]]) -> str:
    """Each name with its value, by name; a value given twice counts once."""
    return "".join(name + value for name, value in sorted(set(fields)))


def _addresses(url: str) -> tuple[str, str]:
    """With its port and without: Twilio does the one or the other."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or _PORTS.get(parts.scheme, 443)
    return (urlunsplit(parts._replace(netloc=host)), urlunsplit(parts._replace(netloc=f"{host}:{port}")))


def _algorithm(settings: str) -> str:
    """``key=…,algorithm=HMAC_SHA256``; nothing said is the older way."""
    named = (part.partition("=") for part in settings.split(","))
    return next(
        (value.strip().upper() for name, _, value in named if name.strip() == "algorithm" and value.strip()),
        "HMAC_SHA1",
    )
