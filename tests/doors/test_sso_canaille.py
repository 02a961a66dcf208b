"""Single sign-on at a real OpenID server (Canaille): there, back, checked, shut out, and while it is away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from hotline import clock
from hotline.accounts import keys
from hotline.accounts.rules import RECHECK
from hotline.db import looking, transaction
from hotline.permissions import Role
from hotline.sso.rules import RoleRule
from hotline.staff.service import staff
from tests.canaille import CLIENT, SECRET, IdentityServer, NoIdentityServer, running
from tests.doors.console import BASE, Console, Visitor, console

pytestmark = pytest.mark.matrix
OFFICER = "officer-5112"
RETURN = f"{BASE}/sign-in/sso/return"


@pytest.fixture(scope="module")
def server() -> Iterator[IdentityServer]:
    try:
        with running(RETURN) as one:
            one.person("wang")
            one.person("lee")
            one.command("create", "group", "--display-name", "1999-watch", "--members", "wang")
            one.command("create", "group", "--display-name", "others", "--members", "lee")
            yield one
    except NoIdentityServer as why:
        pytest.skip(str(why))


@dataclass
class City:
    """The pages, at the hour of the tokens."""

    pages: Console
    server: IdentityServer

    def comes(self, visitor: Visitor, name: str = "wang") -> TestResponse:
        """Through the server's own pages, and back."""
        there = visitor.get("/sign-in/sso", query_string={"after": "/account"})
        assert there.status_code == 302, there.text
        back = urlsplit(self.server.signs_in(there.location, name))
        self.pages.clock.at = clock.now()
        return visitor.get(f"{back.path}?{back.query}")

    def bound(self, name: str = "wang") -> None:
        """An administrator says which login that is."""
        assert self.comes(self.pages.stranger(), name).status_code == 403
        book = self.pages.house.sso_book
        assert book
        with transaction(self.pages.house.factory) as session:
            (stranger,) = book.strangers(session)
            assert (stranger.subject, stranger.name) == (name, "王示範")
            at = self.pages.clock.at
            book.bind(session, stranger.id, OFFICER, at=at, by="admin-1", reason="本人確認")

    def checks(self) -> None:
        """Ten minutes later the job asks."""
        self.pages.clock.goes_on(RECHECK)
        assert self.pages.house.sso_checks
        assert self.pages.house.sso_checks.run(self.pages.clock.at) == 1

    def roles(self) -> set[Role]:
        with looking(self.pages.house.factory) as session:
            return set(staff(session, OFFICER, self.pages.clock.at).roles)


@pytest.fixture
def city(tmp_path: Path, server: IdentityServer) -> City:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    pages = console(
        tmp_path / "home",
        oidc_issuer=server.issuer,
        oidc_client_id=CLIENT,
        oidc_secret_file=secret,
        oidc_scopes=("openid", "profile", "email", "groups"),
        console_url=BASE,
    )
    pages.clock.at = clock.now()
    pages.has_account("admin-1")
    return City(pages, server)


def test_a_person_of_the_city_signs_in_and_has_the_roles_of_their_groups(city: City) -> None:
    """Bound once; a group that is left takes its role at the next check; the tokens are renewed by turns."""
    city.bound()
    book = city.pages.house.sso_book
    assert book
    with transaction(city.pages.house.factory) as session:
        rule = RoleRule("groups", "1999-watch", Role.AUDITOR)
        book.add_rule(session, rule, at=city.pages.clock.at, by="admin-1", reason="局務會議")
    visitor = city.pages.stranger()
    entered = city.comes(visitor)
    assert (entered.status_code, entered.location) == (302, "/account")
    assert OFFICER in visitor.get("/account").text
    assert city.roles() == {Role.OFFICER, Role.AUDITOR}
    city.checks()
    city.checks()
    assert visitor.get("/account").status_code == 200
    city.server.command("set", "group", "1999-watch", "--members", "lee")
    city.checks()
    assert city.roles() == {Role.OFFICER}
    assert visitor.get("/account").status_code == 200


def test_a_way_back_counts_once(city: City) -> None:
    """Neither the address nor its code is good for a second session."""
    city.bound("lee")
    visitor = city.pages.stranger()
    there = visitor.get("/sign-in/sso")
    back = urlsplit(city.server.signs_in(there.location, "lee"))
    city.pages.clock.at = clock.now()
    assert visitor.get(f"{back.path}?{back.query}").status_code == 302
    assert visitor.get(f"{back.path}?{back.query}").status_code == 403
    other = city.pages.stranger()
    code = dict(one.split("=", 1) for one in back.query.split("&"))["code"]
    state = other.get("/sign-in/sso").location.split("state=")[1].split("&")[0]
    answer = other.get(
        "/sign-in/sso/return", query_string={"state": state, "code": code, "iss": city.server.issuer}
    )
    assert answer.status_code == 403


def test_who_is_shut_out_there_is_shut_out_here(city: City) -> None:
    """Within ten minutes, session and API key; opened again there, the next sign-in wakes the key."""
    city.bound("lee")
    visitor = city.pages.stranger()
    assert city.comes(visitor, "lee").status_code == 302
    with transaction(city.pages.house.factory) as session:
        key = keys.make(session, OFFICER, "看板", at=city.pages.clock.at, by="admin-1")
    city.server.command("set", "user", "lee", "--lock-date", "2020-01-01T00:00:00+00:00")
    try:
        city.checks()
        assert visitor.get("/account").status_code == 302
        with looking(city.pages.house.factory) as session:
            assert keys.holder(session, key, city.pages.clock.at) is None
    finally:
        city.server.command("set", "user", "lee", "--lock-date", "2099-01-01T00:00:00+00:00")
    city.pages.clock.at = clock.now()


def test_while_it_is_away_sessions_go_on_and_break_glass_signs_in(city: City) -> None:
    """For an hour, and no longer."""
    city.bound()
    visitor = city.pages.stranger()
    city.comes(visitor)
    city.server.stop()
    try:
        assert city.pages.stranger().get("/sign-in/sso").status_code in (302, 503)
        city.checks()
        assert visitor.get("/account").status_code == 200
        city.pages.clock.goes_on(timedelta(minutes=5))
        assert "市府登入服務目前沒有回應" in visitor.get("/account").text
        assert city.pages.signed_in("admin-1").get("/account").status_code == 200
        for _each in range(2):
            city.pages.clock.goes_on(timedelta(minutes=25))
            last = visitor.get("/account").status_code
        assert last == 302
    finally:
        city.server.start()
