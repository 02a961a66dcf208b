"""Programs that come to the API in a test: each with a key of a login."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hotline.accounts import keys
from hotline.db import transaction
from tests.doors.console import BASE, Console
from web.api.app import PREFIX


@dataclass
class Program:
    """A program that acts for a login."""

    client: FlaskClient
    key: str = ""

    def asks(self, method: str, path: str, sent: Any = None, **headers: str) -> TestResponse:
        """One request; names of headers with underscores."""
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        if self.key:
            given["Authorization"] = f"Bearer {self.key}"
        return self.client.open(f"{PREFIX}{path}", method=method, json=sent, base_url=BASE, headers=given)

    def reads(self, path: str) -> Any:
        """What a look gives; it must be given."""
        answer = self.asks("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def version(self, path: str) -> str:
        """The ETag of a thing."""
        return self.asks("GET", path).headers["ETag"]


def program(console: Console, login: str = "") -> Program:
    """One with a key of a login; without any, one without."""
    if not login:
        return Program(console.app.test_client())
    with transaction(console.house.factory) as session:
        key = keys.make(session, login, "test", at=console.clock.at, by="test")
    return Program(console.app.test_client(), key)
