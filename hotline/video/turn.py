"""Credentials by which a browser may use the TURN server for video, made of a shared secret. Pure."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

LIFETIME: Final = timedelta(hours=1)
"""Longer than any session: a page asks again when it is loaded anew."""


@dataclass(frozen=True, slots=True)
class TurnServer:
    """The TURN server of an installation; ``secret`` is asked for only where there are ``urls``."""

    urls: Sequence[str]
    secret: Callable[[], str]

    def servers(self, whose: str, at: datetime) -> list[dict[str, object]]:
        """List what RTCPeerConnection takes as iceServers; empty where there is none.

        ``whose``: one name a side of a session, for which coturn counts; it says nothing of a person.
        """
        if not self.urls:
            return []
        username = f"{int((at + LIFETIME).timestamp())}:{whose}"
        return [
            {"urls": list(self.urls), "username": username, "credential": password(self.secret(), username)}
        ]


def password(secret: str, username: str) -> str:
    """The password of a user of this moment, as coturn computes it (use-auth-secret)."""
    return b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
