"""An identity provider that is played: it answers what a test has it answer, well or ill."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hotline.sso.client import OidcClient
from hotline.sso.provider import Provider
from tests.signed_tokens import CLIENT, KEY, KEYS, id_claims, signed

Reply = tuple[int, Mapping[str, str], bytes]
KEPT = "https://console.test/sign-in/sso/return"


def said(told: object, status: int = 200) -> Reply:
    """An answer as a provider writes it."""
    return status, {"Content-Type": "application/json"}, json.dumps(told).encode()


@dataclass
class PlayedProvider:
    """What it answers at each of its addresses; ``asked``: the forms that came, ``at``: its clock."""

    at: datetime
    issuer: str = ""
    answers: dict[str, Callable[[], Reply]] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    nonce: str = "n-1"
    claims: dict[str, Any] = field(default_factory=lambda: {"groups": ["1999"]})
    key: Any = field(default_factory=lambda: KEY)

    def metadata(self, **more: Any) -> dict[str, Any]:
        """What it says of itself."""
        names = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
            "userinfo_endpoint": "me",
        }
        told = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return {"issuer": self.issuer, **told, **more}

    def id_token(self, **more: Any) -> str:
        """An ID token of now."""
        told = {"iss": self.issuer, "nonce": self.nonce, **more}
        return signed(id_claims(self.at, **told), key=self.key)

    def tokens(self, **more: Any) -> dict[str, Any]:
        """What it gives for a code or a refresh token."""
        usual = {
            "access_token": "access",
            "refresh_token": "refresh",
            "token_type": "Bearer",
            "expires_in": 60,
        }
        return {**usual, "id_token": self.id_token(), **more}

    def reply(self, path: str, form: Mapping[str, str]) -> Reply:
        """The answer at an address."""
        self.asked.append((path, form))
        if path in self.answers:
            return self.answers[path]()
        usual: dict[str, Callable[[], Reply]] = {
            "/.well-known/openid-configuration": lambda: said(self.metadata()),
            "/keys": lambda: said(KEYS.as_dict(private=False)),
            "/token": lambda: said(self.tokens()),
            "/me": lambda: said({"sub": "u-1", **self.claims}),
        }
        return usual.get(path, lambda: said({}, 404))()

    def client(self, **more: Any) -> Provider:
        """We, who ask it."""
        scopes, wait = ("openid", "groups"), timedelta(seconds=2)
        return Provider(OidcClient(self.issuer, CLIENT, "secret", scopes, wait), KEPT)


@contextmanager
def played(at: datetime) -> Iterator[PlayedProvider]:
    """A provider on this machine."""
    one = PlayedProvider(at)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({name: given[0] for name, given in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            self._answer({name: given[0] for name, given in parse_qs(body).items()})

        def _answer(self, form: Mapping[str, str]) -> None:
            told = {**form, "authorization": self.headers.get("Authorization", "")}
            status, headers, body = one.reply(urlsplit(self.path).path, told)
            self.send_response(status)
            for name, text in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            """Its own clock."""
            return format_datetime(one.at.astimezone(UTC), usegmt=True)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is said on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    one.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
