"""Who comes to the pages in a test:
a browser without a screen that keeps cookies and sends the forms it was shown.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyotp
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.local import LocalProxy
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from demo.city_book import shelve
from demo.seed import seed
from hotline.accounts import service as accounts
from hotline.accounts.rules import STEP
from hotline.accounts.store import CredentialRow
from hotline.db import transaction
from hotline.permissions import Role
from hotline.settings import Settings
from hotline.staff.service import staff
from ops.wiring import House, migrate, workshop
from tests.beginnings import made
from web.api.app import create_api
from web.console.app import ConsoleApp, create_console
from web.parts import Parts

BASE = "https://console.test"
PASSWORD = "滑梯 鋼筆 海帶 月台 7142"
BEGINNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Tuesday 10:00 in Taipei."""


class _Compiled(BytecodeCache):
    """Templates are compiled once a process, not once for each of the thousands of fresh pages."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if kept := self._kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()
_compiled_anew = Rule._compile_builder


@cache
def _builders(rule: str, trace: tuple[tuple[bool, str], ...], append_unknown: bool) -> list[Any]:
    """One place for the builder of an address, filled by the first that needs it."""
    return []


def _compile_once(self: Rule, append_unknown: bool = True) -> Any:
    """Compile the builder of an address once a process:
    it takes its converters from the rule it is called for.
    """
    if self.defaults:
        return _compiled_anew(self, append_unknown)
    kept = _builders(self.rule, tuple(self._trace), append_unknown)
    if not kept:
        kept.append(_compiled_anew(self, append_unknown))
    return kept[0]


Rule._compile_builder = _compile_once  # type: ignore[method-assign]


class _Tokens(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name") == "csrf":
            self.found = given.get("value") or ""


class Clock:
    """The instant of the pages; a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def goes_on(self, by: timedelta) -> None:
        """Time passes."""
        self.at += by


@dataclass
class Visitor:
    """A browser of somebody; ``secret`` is the second factor's, if there is one."""

    client: FlaskClient
    clock: Clock
    secret: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        """Look at a page."""
        return self.client.get(path, base_url=BASE, **more)

    def post(
        self, path: str, form: dict[str, Any] | None = None, page: str = "", **more: Any
    ) -> TestResponse:
        """Send a form as the page shows it: ``page`` (else the sign-in page,
        which all may see) gives the token.
        """
        sent = {"csrf": self.token(page or "/account"), **(form or {})}
        return self.client.post(path, data=sent, base_url=BASE, **more)

    def token(self, page: str) -> str:
        """The token of the forms of a page."""
        reader = _Tokens()
        answer = self.get(page, follow_redirects=True)
        reader.feed(answer.text)
        assert reader.found, f"{page} shows no form: {answer.status}"
        return reader.found

    def signs_in(self, login: str, password: str = PASSWORD, code: str | None = None) -> TestResponse:
        """Through the sign-in page."""
        given = self.code() if code is None and self.secret else code or ""
        form = {"login": login, "password": password, "code": given}
        return self.post("/sign-in", form, page="/sign-in")

    def code(self) -> str:
        """What the authenticator shows now."""
        return pyotp.TOTP(self.secret).at(int(self.clock.at.timestamp()))


@dataclass
class Console:
    """The pages over a small fictional city, and who comes to them."""

    app: ConsoleApp
    house: House
    clock: Clock
    accounts: dict[str, str] = field(default_factory=dict)
    """Who has a password, with the secret of their second factor; empty for those who need none."""

    def has_account(self, login: str) -> str:
        """The secret of the second factor of somebody who has a password; made when first asked for."""
        if login not in self.accounts:
            self.gets_password(login)
            with transaction(self.house.factory) as session:
                needs = Role.ADMINISTRATOR in staff(session, login, self.clock.at).roles
            self.accounts[login] = self.gets_second(login) if needs else ""
        return self.accounts[login]

    def code(self, secret: str) -> str:
        """The next code of an authenticator: time goes on by a step, for a code counts once."""
        self.clock.goes_on(timedelta(seconds=30))
        return pyotp.TOTP(secret).at(int(self.clock.at.timestamp()))

    def stranger(self) -> Visitor:
        """Nobody yet."""
        return Visitor(self.app.test_client(), self.clock)

    def signed_in(self, login: str) -> Visitor:
        """Somebody of the city who came in by the door; an administrator with a second factor."""
        visitor = self.stranger()
        secret = self.has_account(login)
        answer = visitor.signs_in(login, code=self.code(secret) if secret else "")
        assert answer.status_code == 302, answer.text
        visitor.secret = secret
        return visitor

    def gets_password(self, login: str) -> None:
        """As an invitation leaves it: by one, if there is a password already,
        else as a row (thousands sign in here).
        """
        with transaction(self.house.factory) as session:
            if session.get(CredentialRow, login) is None:
                session.add(CredentialRow(login=login, password=_hashed(), changed_at=self.clock.at, step=0))
                return
            token = accounts.invite(session, login, at=self.clock.at, by="test")
        accounts.accept(self.house.factory, token, PASSWORD, at=self.clock.at)

    def gets_second(self, login: str) -> str:
        """The secret of a second factor that is set up; its code of this moment is used up."""
        secret = pyotp.random_base32()
        with transaction(self.house.factory) as session:
            row = session.get_one(CredentialRow, login)
            row.second, row.step = secret, int(self.clock.at.timestamp()) // STEP
        return secret


@cache
def _hashed() -> str:
    return accounts.HASHER.hash(PASSWORD)


def console(home: Path, *, has_book: bool = False, **settings: Any) -> Console:
    """A fresh one, at ten in the morning of a working day; with the city's book, if asked for. At its ports nobody
    listens, whatever else runs on this machine.
    """
    house = workshop(Settings(home=home, **{"agi_ports": (1, 2), "ami_port": 3, **settings}), "console")
    if house.settings.database_url:
        _found(house, has_book)
    else:
        shutil.copytree(_founded(house.settings.city, has_book), home, dirs_exist_ok=True)
    house.city.refresh()
    clock = Clock(BEGINNING)
    with patch("web.console.app.create_api", _when_asked):
        app = create_console(house, clock)
    app.jinja_env.bytecode_cache = COMPILED
    return Console(app, house, clock)


def _when_asked(house: Parts, now: Callable[[], datetime]) -> Any:
    """The API, made when it is asked first: pages that never ask it would wait for 177 operations."""
    return LocalProxy(cache(lambda: create_api(house, now)))


def _found(house: House, has_book: bool) -> None:
    """Its tables, and the fictional city."""
    migrate(house.settings)
    with transaction(house.factory) as session:
        seed(session, BEGINNING - timedelta(days=1), house.settings.city)
        if has_book:
            shelve(session, BEGINNING - timedelta(hours=1))


@cache
def _founded(city: str, has_book: bool) -> Path:
    """The home of a fresh one, which is copied."""

    def make(settings: Settings) -> None:
        house = workshop(settings.model_copy(update={"city": city}), "founded")
        _found(house, has_book)
        house.engine.dispose()

    return made(f"founded-{city}-{has_book}", make)
