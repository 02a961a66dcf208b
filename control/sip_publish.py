"""SIP PUBLISH to this machine's Asterisk by an account of our own, for what no manager's action tells it."""

import hashlib
import json
import re
import secrets
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Final

from control.ami import ActionRefused
from control.passwords import secret
from hotline import clock
from hotline.settings import Settings

ACCOUNT: Final = "states"
"""The account, and the name of its password; ``pjsip.conf`` has what may be told by it."""
METHOD: Final = "PUBLISH"
CHALLENGE: Final = re.compile(r"^WWW-Authenticate: *Digest +(.+?)\r?$", re.MULTILINE | re.IGNORECASE)
FIELD: Final = re.compile(r'(\w+)="?([^",]*)')
ONCE: Final = "00000001"
"""How often a challenge was answered: each is answered once."""


class Publisher:
    """One place from which Asterisk is told; each thing is asked for a password, and told again with it."""

    def __init__(self, place: tuple[str, int], password: str, *, patience: float = 1.0) -> None:
        self._password, self._patience = password, patience
        self._there = "{}:{}".format(*place)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.connect(place)
        except OSError:
            self.close()
            raise
        self._here = "{}:{}".format(*self._socket.getsockname())

    @classmethod
    def of(cls, settings: Settings) -> "Publisher":
        """Reach the Asterisk of this HOTLINE_HOME. Raises OSError."""
        address = "127.0.0.1" if settings.sip_address == "0.0.0.0" else settings.sip_address
        return cls((address, settings.sip_port), secret(settings, ACCOUNT))

    def publish(self, resource: str, event: str, told: Mapping[str, str | int]) -> None:
        """Tell it, once and for all. Raises ActionRefused, and OSError when nothing comes back in time."""
        uri, body = f"sip:{resource}@{self._there}", json.dumps(told)
        answer = self._ask(uri, event, body)
        if answer.startswith("SIP/2.0 401 "):
            answer = self._ask(uri, event, body, f"Authorization: {self._proof(uri, answer)}")
        if not answer.startswith("SIP/2.0 200 "):
            raise ActionRefused(METHOD, answer.partition("\r\n")[0])

    def _ask(self, uri: str, event: str, body: str, *proof: str) -> str:
        mark = secrets.token_hex(12)
        head = (
            f"{METHOD} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};branch=z9hG4bK{mark};rport",
            f"From: <sip:{ACCOUNT}@{self._there}>;tag={mark}",
            f"To: <{uri}>",
            f"Call-ID: {mark}",
            f"CSeq: 1 {METHOD}",
            "Max-Forwards: 70",
            f"Event: {event}",
            "Expires: 1",
            *proof,
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        self._socket.send("\r\n".join((*head, "", body)).encode())
        return self._answer(mark)

    def _answer(self, mark: str) -> str:
        """The last answer to this request; one to an earlier request is passed over."""
        by = clock.monotonic() + self._patience
        while True:
            self._socket.settimeout(max(0.001, by - clock.monotonic()))
            answer = self._socket.recv(8192).decode("utf-8", "replace")
            if mark in answer and not answer.startswith("SIP/2.0 1"):
                return answer

    def _proof(self, uri: str, answer: str) -> str:
        asked = (dict(FIELD.findall(one)) for one in CHALLENGE.findall(answer))
        challenge = next((one for one in asked if one.get("algorithm", "MD5").upper() == "MD5"), None)
        if challenge is None:
            raise ActionRefused(METHOD, "no challenge that we can answer")
        kept = {name: challenge[name] for name in ("realm", "nonce", "opaque") if name in challenge}
        ours = secrets.token_hex(8)
        said = {
            "username": ACCOUNT,
            **kept,
            "uri": uri,
            "cnonce": ours,
            "response": digest(ACCOUNT, self._password, METHOD, uri, kept | {"cnonce": ours}),
        }
        quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
        return f"Digest {quoted}, algorithm=MD5, qop=auth, nc={ONCE}"

    def close(self) -> None:
        """Leave."""
        self._socket.close()

    def __enter__(self) -> "Publisher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def digest(user: str, password: str, method: str, uri: str, given: Mapping[str, str]) -> str:
    """The answer to a challenge (RFC 2617, qop ``auth``); ``given``: its realm and nonce, and our cnonce."""
    who = _md5(f"{user}:{given['realm']}:{password}")
    return _md5(f"{who}:{given['nonce']}:{ONCE}:{given['cnonce']}:auth:{_md5(f'{method}:{uri}')}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
