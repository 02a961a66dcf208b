"""The three links of the demo: they sign people of the fictional city in without a password, so the guard
is shut to everything but a browser of this machine that has the key, before an installation that
nothing outside reaches.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from control.passwords import secret
from demo.entrance import KEY, Entrance, is_alone, opened
from demo.processes import beside
from hotline.accounts.store import SessionRow
from hotline.db import transaction
from hotline.directory.register import set_row
from hotline.directory.rules import Person
from hotline.ledger.periods import Period
from hotline.ledger.store import AuditRow
from hotline.outbox.senders import sender
from hotline.outbox.service import Post, write
from hotline.permissions import Role
from hotline.settings import Settings
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff
from tests.doors.console import Console, console
from web.console.app import create_console
from web.console.browser import SESSION

PORT = 8001
ALONE: dict[str, Any] = {"browser_phones": True, "console_port": PORT}


def with_entrance(home: Path, **settings: Any) -> Console:
    """The pages of a demo, with the links as though they listened at all three addresses."""
    made = console(home, **{**ALONE, **settings})
    entrance = Entrance(made.house.settings, ["127.0.0.2", "127.0.0.3"])
    return replace(made, app=create_console(made.house, made.clock, beside=[entrance.pages]))


@pytest.fixture
def demo(tmp_path: Path) -> Console:
    return with_entrance(tmp_path / "home")


def key(demo: Console) -> str:
    return secret(demo.house.settings, KEY)


def asks(demo: Console, path: str, at: str = "127.0.0.1", **more: Any) -> TestResponse:
    """A browser of this machine asks at one of the addresses."""
    headers, environ = more.get("headers", {}), more.get("environ", {})
    return demo.app.test_client().get(
        path,
        base_url=f"http://{more.get('host', f'{at}:{PORT}')}",
        headers=headers,
        environ_overrides={"REMOTE_ADDR": at, "SERVER_PROTOCOL": "HTTP/1.1", **environ},
    )


def test_one_address_leads_to_three_people(demo: Console) -> None:
    """A citizen's page, an agent's desk, a supervisor's board, each session kept under an address of its
    own.
    """
    page = asks(demo, f"/demo/{key(demo)}")
    assert page.status_code == 200
    assert all(
        f'href="{address}"' in page.text
        for address in (
            "/phone",
            f"http://127.0.0.2:{PORT}/demo/{key(demo)}/agent",
            f"http://127.0.0.3:{PORT}/demo/{key(demo)}/supervisor",
        )
    )
    assert "citizen" in asks(demo, f"/demo/{key(demo)}", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize(
    ("who", "at", "login", "leads", "name"),
    [
        ("agent", "127.0.0.2", "agent-1", "/desk", "示範話務員一"),
        ("supervisor", "127.0.0.3", "supervisor-1", "/board", "示範督導"),
    ],
)
def test_a_link_signs_in_and_is_on_record(
    demo: Console, who: str, at: str, login: str, leads: str, name: str
) -> None:
    """As somebody of the fictional city; the page behind it opens."""
    client = demo.app.test_client()
    base, environ = f"http://{at}:{PORT}", {"REMOTE_ADDR": at, "SERVER_PROTOCOL": "HTTP/1.1"}
    answer = client.get(f"/demo/{key(demo)}/{who}", base_url=base, environ_overrides=environ)
    assert answer.status_code == 302 and answer.location == leads
    cookie = answer.headers["Set-Cookie"]
    assert "Domain" not in cookie and "HttpOnly" in cookie
    token = cookie.partition("=")[2].partition(";")[0]
    shown = client.get(leads, base_url=base, headers={"Cookie": f"__Host-session={token}"})
    assert shown.status_code == 200 and name in shown.text
    with transaction(demo.house.factory) as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.subject == f"staff:{login}")).all()
        assert [(row.action, row.after) for row in rows[-1:]] == [
            ("staff.sign-in", {"from": at, "by": "demo"})
        ]


@pytest.mark.parametrize(
    "asked",
    [
        {"headers": {"X-Forwarded-For": "192.0.2.7"}},
        pytest.param({"headers": {"X-Forwarded-Proto": "https"}}, marks=pytest.mark.matrix),
        pytest.param({"headers": {"Forwarded": "for=192.0.2.7"}}, marks=pytest.mark.matrix),
        pytest.param({"headers": {"Via": "1.1 proxy"}}, marks=pytest.mark.matrix),
        pytest.param({"headers": {"X-Real-IP": "192.0.2.7"}}, marks=pytest.mark.matrix),
        pytest.param({"environ": {"SERVER_PROTOCOL": "HTTP/1.0"}}, marks=pytest.mark.matrix),
        pytest.param({"environ": {"REMOTE_ADDR": "192.0.2.7"}}, marks=pytest.mark.matrix),
        pytest.param({"host": f"localhost:{PORT}"}, marks=pytest.mark.matrix),
        pytest.param({"host": f"demo.example:{PORT}"}, marks=pytest.mark.matrix),
        pytest.param({"host": f"127.0.0.3:{PORT}"}, marks=pytest.mark.matrix),
        pytest.param({"host": "127.0.0.2:9001"}, marks=pytest.mark.matrix),
    ],
    ids=str,
)
def test_who_comes_another_way_finds_no_page(demo: Console, asked: dict[str, Any]) -> None:
    """Behind a proxy, from another machine, or by a name that is made to lead here: also with the key."""
    answer = asks(demo, f"/demo/{key(demo)}/agent", "127.0.0.2", **asked)
    assert answer.status_code == 404 and "__Host-session" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("wrong", ["x", "é", "0" * 24])
def test_who_has_no_key_finds_no_page(demo: Console, wrong: str) -> None:
    """Other users of this machine reach the addresses, and cannot read the key."""
    assert asks(demo, f"/demo/{wrong}/agent", "127.0.0.2").status_code == 404
    assert asks(demo, f"/demo/{wrong}").status_code == 404
    assert (demo.house.settings.home / "secrets" / KEY).stat().st_mode & 0o77 == 0
    assert len(key(demo)) >= 24


@pytest.mark.parametrize(
    "who",
    ["admin-1", *(pytest.param(one, marks=pytest.mark.matrix) for one in ("admin", "agent-1", "auditor"))],
)
def test_nobody_else_is_signed_in(demo: Console, who: str) -> None:
    """Above all no administrator."""
    assert asks(demo, f"/demo/{key(demo)}/{who}", "127.0.0.2").status_code == 404


@pytest.mark.parametrize("who", ["on the staff", "in the directory"])
def test_one_real_person_and_it_is_a_real_city(demo: Console, who: str) -> None:
    """From that moment on: no page, no link, no address."""
    at = demo.clock.at
    with transaction(demo.house.factory) as session:
        assert Entrance(demo.house.settings, []).address(session, at)
        if who == "on the staff":
            real = Staff("chen", "陳大文", frozenset({Role.AGENT}), agency="rdec")
            set_staff(session, real, Period(at), at=at, by="admin-1")
        else:
            person = Person("p-5112", "epb-clean", "陳大文")
            set_row(session, person, Period(at), at=at, by="admin-1")
        assert not Entrance(demo.house.settings, []).address(session, at)
    assert asks(demo, f"/demo/{key(demo)}").status_code == 404
    assert asks(demo, f"/demo/{key(demo)}/agent", "127.0.0.2").status_code == 404


def test_the_telephone_of_the_citizen_shows_what_the_staff_is_not_shown(demo: Console) -> None:
    """Messages to citizens, the code opened; those to the staff are not among them; behind the same guard."""
    house = demo.house
    with transaction(house.factory) as session:
        write(session, "N-71", "video-code:1", ["0912345678"], {"proof": "48151623"}, demo.clock.at)
        write(
            session, "N-03", "callback:1", ["a@city.example"], {"matter": "路燈", "due": "x"}, demo.clock.at
        )
    Post(house.factory, sender(house.settings, house.keys), "one").deliver(demo.clock.at)
    page = asks(demo, f"/demo/{key(demo)}/telephone")
    assert "驗證碼48151623" in page.text and "路燈" not in page.text
    assert f"/demo/{key(demo)}/telephone" in asks(demo, f"/demo/{key(demo)}").text
    assert asks(demo, "/demo/no-key/telephone").status_code == 404
    assert asks(demo, f"/demo/{key(demo)}/telephone", "127.0.0.2").status_code == 404


@pytest.mark.parametrize("start", [False, True], ids=["at the next request", "at the next start"])
def test_what_a_link_began_ends_with_the_first_real_person(demo: Console, start: bool) -> None:
    """The agent of the fictional city is asked to sign in, with a password, like anybody."""
    client, base = demo.app.test_client(), f"http://127.0.0.2:{PORT}"
    environ = {"REMOTE_ADDR": "127.0.0.2", "SERVER_PROTOCOL": "HTTP/1.1"}
    answer = client.get(f"/demo/{key(demo)}/agent", base_url=base, environ_overrides=environ)
    cookie = f"{SESSION}={answer.headers['Set-Cookie'].partition('=')[2].partition(';')[0]}"
    assert client.get("/desk", base_url=base, headers={"Cookie": cookie}).status_code == 200
    with transaction(demo.house.factory) as session:
        real = Staff("chen", "陳大文", frozenset({Role.AGENT}), agency="rdec")
        set_staff(session, real, Period(demo.clock.at), at=demo.clock.at, by="admin-1")
        if start:
            assert list(beside(demo.house.settings, session, demo.clock.at)) == []
            assert not session.scalars(select(SessionRow).where(SessionRow.ended_at.is_(None))).all()
    after = client.get("/desk", base_url=base, headers={"Cookie": cookie})
    assert after.status_code == 302 and "/sign-in" in after.location


@pytest.mark.parametrize(
    "set_up",
    [
        {"sip_address": "192.0.2.1"},
        {"sip_address": "0.0.0.0"},
        {"console_address": "0.0.0.0"},
        {"console_address": "::"},
        {"console_address": "192.0.2.1"},
        {"web_address": "0.0.0.0"},
        {"agi_address": "192.0.2.1"},
        {"trunk_match": ("192.0.2.0/28",)},
        {"trunk_match": ("127.0.0.1", "192.0.2.1")},
        {"trunk_contact": "192.0.2.1:5060"},
        {"officers_contact": "192.0.2.1:5060"},
        {"console_url": "https://1999.city.example"},
        {"console_hops": 1},
        {"browser_url": "wss://1999.city.example/ws"},
        {"public_url": "https://1999.city.example"},
        {"smtp_host": "mail.city.example"},
        {"database_url": "postgresql://hotline@db.city.example/hotline"},
    ],
    ids=str,
)
def test_an_installation_that_something_leads_to_has_no_entrance(
    tmp_path: Path, set_up: dict[str, Any]
) -> None:
    """Not even the addresses are listened at; and pages that were made all the same stay shut."""
    settings = Settings(home=tmp_path, **ALONE, **set_up)
    assert not is_alone(settings) and opened(settings) is None
    assert opened(Settings(home=tmp_path, **ALONE)) is not None


def test_the_product_alone_has_no_such_page(tmp_path: Path) -> None:
    """It is installed beside it."""
    made = console(tmp_path / "home", **ALONE)
    assert asks(made, f"/demo/{secret(made.house.settings, KEY)}").status_code == 404
    assert not [rule for rule in made.app.url_map.iter_rules() if "demo" in rule.rule]
