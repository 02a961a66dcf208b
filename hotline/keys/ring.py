"""The ring of an installation's keys: the newest seals, every one opens.

Nothing is sealed by such a key itself. Each purpose has keys of its own, derived from it (HKDF-SHA256), so
that what was sealed for one purpose opens for no other. What is sealed (AES-256-GCM) begins with the id of
its key.
"""

import binascii
import hmac
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hotline import clock
from hotline.errors import HotlineError

SIZE: Final = 32
"""Bytes of a key."""
DIGEST: Final = 32
"""Characters of a keyed hash."""
SEALED: Final = "sealed:"
"""How a sealed text begins; any other is one from before texts were sealed, or an empty one."""
AGAIN_SECONDS: Final = 5.0
"""For the sake of an unknown key all are asked for anew once in so long: a flood of them costs nothing."""
ID: Final = re.compile(r"[a-z0-9]{1,16}")
"""What an id may be: it stands before a colon in what is sealed."""
_NONCE: Final = 12

Keys = Mapping[str, bytes]


class KeyMissing(HotlineError, code="key-missing"):
    """A key by which something was sealed and that is not here."""

    id: str


class SealBroken(HotlineError, code="seal-broken"):
    """Bytes that were not sealed so: changed since, or sealed for another purpose."""

    purpose: str


@dataclass(frozen=True)
class _Held:
    """Keys of one moment, the current one last, and what was derived from them."""

    keys: Keys
    ciphers: dict[tuple[str, str], AESGCM] = field(default_factory=dict)
    secrets: dict[tuple[str, str], bytes] = field(default_factory=dict)


class KeyRing:
    """Keys by id, in their order, the current one last; any number of threads may use it.

    ``again`` reads them anew: at the first use of a ring that was given none, and when a key is missing that
    another process may have begun to seal by.
    """

    def __init__(self, keys: Keys, again: Callable[[], Keys] | None = None) -> None:
        self._again, self._asked_at = again, float("-inf")
        self._held = _Held({})
        if keys or again is None:
            self._take(keys)

    @property
    def current(self) -> str:
        """Id of the key that seals."""
        return self.load()[-1]

    def load(self) -> tuple[str, ...]:
        """Read the keys unless they are held already; their ids. Raises what ``again`` raises."""
        if not self._held.keys:
            self.renew()
        return tuple(self._held.keys)

    def renew(self) -> None:
        """Read the keys anew. Raises what ``again`` raises; those that were held are kept then."""
        if self._again is not None:
            self._take(self._again())

    def seal(self, purpose: str, plain: bytes) -> bytes:
        """Seal by the current key."""
        id, nonce = self.current, os.urandom(_NONCE)
        return id.encode() + b":" + nonce + self._cipher(id, purpose).encrypt(nonce, plain, None)

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Open what any of the keys sealed. Raises KeyMissing, SealBroken."""
        id, _, rest = sealed.partition(b":")
        cipher = self._cipher(id.decode("ascii", "replace"), purpose)
        try:
            return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], None)
        except (InvalidTag, ValueError):
            raise SealBroken(purpose) from None

    def seal_text(self, purpose: str, text: str) -> str:
        """Seal a text into a text, in which the id of the key can be searched for."""
        id, _, rest = self.seal(purpose, text.encode()).partition(b":")
        return f"{SEALED}{id.decode()}:{urlsafe_b64encode(rest).decode()}"

    def open_text(self, purpose: str, text: str) -> str:
        """Open a sealed text; any other is returned as it is. Raises KeyMissing, SealBroken."""
        if not text.startswith(SEALED):
            return text
        id, _, rest = text.removeprefix(SEALED).partition(":")
        try:
            sealed = urlsafe_b64decode(rest)
        except (binascii.Error, ValueError):
            raise SealBroken(purpose) from None
        return self.open(purpose, id.encode() + b":" + sealed).decode()

    def digest(self, purpose: str, text: str) -> str:
        """Hash a text by the current key: the same text gives the same hash, which tells nothing of it."""
        return self._digest(self.current, purpose, text)

    def digests(self, purpose: str, text: str) -> tuple[str, ...]:
        """Hash a text by every key, for a search while rows bear hashes by several."""
        return tuple(self._digest(id, purpose, text) for id in self.load())

    def _take(self, keys: Keys) -> None:
        if not keys:
            raise ValueError("a ring needs a key")
        for id, key in keys.items():
            if not ID.fullmatch(id) or len(key) != SIZE:
                raise ValueError(f"{id!r} is no key of {SIZE} bytes under a name of small letters and digits")
        if keys != self._held.keys or list(keys) != list(self._held.keys):
            self._held = _Held(dict(keys))

    def _digest(self, id: str, purpose: str, text: str) -> str:
        held = self._held_with(id)
        secret = held.secrets.get((id, purpose))
        if secret is None:
            secret = held.secrets[id, purpose] = _derived(held.keys[id], f"digest {purpose}")
        return hmac.digest(secret, text.encode(), "sha256").hex()[:DIGEST]

    def _cipher(self, id: str, purpose: str) -> AESGCM:
        held = self._held_with(id)
        cipher = held.ciphers.get((id, purpose))
        if cipher is None:
            cipher = held.ciphers[id, purpose] = AESGCM(_derived(held.keys[id], f"seal {purpose}"))
        return cipher

    def _held_with(self, id: str) -> _Held:
        """Keys among which this one is; looked for anew, now and then, where it is not. Raises KeyMissing."""
        self.load()
        now = clock.monotonic()
        if id not in self._held.keys and now - self._asked_at >= AGAIN_SECONDS:
            self._asked_at = now
            self.renew()
        held = self._held
        if id not in held.keys:
            raise KeyMissing(id)
        return held


def sealed_by(text: str) -> str:
    """Id of the key that sealed a text; empty for one that is not sealed."""
    return text.removeprefix(SEALED).partition(":")[0] if text.startswith(SEALED) else ""


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), SIZE, salt=None, info=f"hotline {purpose}".encode()).derive(key)
