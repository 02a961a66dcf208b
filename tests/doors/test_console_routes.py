"""Every route of the pages, as the routes themselves tell: who may, no deed without our form, the headers."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.staff.rules import Action, Role, Staff, may
from tests.doors.console import Console, Visitor, console
from web.console.app import routes
from web.console.gate import Allowed, Everyone

STAFF = {
    Role.AGENT: "agent-1", Role.SUPERVISOR: "supervisor-1", Role.ADMINISTRATOR: "admin-1",
    Role.LIAISON: "liaison-epb", Role.OFFICER: "officer-5112", Role.MANAGER: "manager-epb",
    Role.CONTROL_OFFICER: "control-epb", Role.DUTY_OFFICER: "duty-1", Role.SECRETARIAT: "secretariat-1",
    Role.INFORMATION_CENTRE: "information-1", Role.APPROVER: "approver-1", Role.INTERPRETER: "interpreter-1",
    Role.AUTHORISED: "authorised-1",
}  # fmt: skip
LEAVES = frozenset(("entrance.leave", "entrance.end_sessions"))
"""Deeds that end the visit of a test's own visitor."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("console") / "home")


@pytest.fixture(scope="module")
def visitors(pages: Console) -> dict[Role, Visitor]:
    return {role: pages.signed_in(login) for role, login in STAFF.items()}


def open_routes(pages: Console) -> Iterator[tuple[str, str, str, Allowed]]:
    """(address with something in its gaps, endpoint, method, who may)."""
    for rule, endpoint, methods, allowed in routes(pages.app):
        for method in sorted(methods):
            yield _filled(rule), endpoint, method, allowed


def _filled(rule: str) -> str:
    return re.sub(r"<[^>]*>", "x", re.sub(r"<int:[^>]*>", "1", rule))


def test_every_route_names_who_may(pages: Console) -> None:
    """One that forgets it is closed, and found here."""
    assert [rule for rule, _, _, allowed in routes(pages.app) if allowed is None] == []
    assert {endpoint for _, endpoint, _, allowed in routes(pages.app) if allowed is Everyone.PUBLIC} == {
        "static", "entrance.sign_in", "entrance.invitation", "entrance.speak",
        "phone.dial", "phone.account", "phone.said", "sockets.opens",
    }  # fmt: skip


def test_strangers_come_no_further_than_the_door(pages: Console) -> None:
    """Every page asks them to sign in, every deed too."""
    stranger = pages.stranger()
    token = stranger.token("/sign-in")
    for address, endpoint, method, allowed in open_routes(pages):
        if allowed is Everyone.PUBLIC:
            continue
        answer = stranger.client.open(
            address, method=method, base_url="https://console.test", data={"csrf": token}
        )
        assert (answer.status_code, answer.location.partition("?")[0]) == (302, "/sign-in"), (
            endpoint,
            method,
        )


@pytest.mark.parametrize("role", STAFF)
def test_each_role_opens_its_pages_and_no_other(
    pages: Console, visitors: dict[Role, Visitor], role: Role
) -> None:
    """The matrix of roles and routes, as declared: 403 for whoever may not, never 403 or a fault for whoever may."""
    visitor = visitors[role]
    member = Staff("x", "x", frozenset((role,)), agency="epb")
    for address, endpoint, method, allowed in open_routes(pages):
        if endpoint in LEAVES or endpoint == "static" or method != "GET":
            continue
        expected = not isinstance(allowed, Action) or member.may(allowed)
        answer = visitor.get(address)
        assert (answer.status_code != 403) == expected, (endpoint, answer.status_code)
        assert answer.status_code < 500, (endpoint, answer.text[:2000])


@pytest.mark.parametrize("role", STAFF)
def test_no_role_does_what_is_not_its_own(pages: Console, visitors: dict[Role, Visitor], role: Role) -> None:
    """Deeds sent past the pages are refused as well."""
    visitor, token = visitors[role], visitors[role].token("/account")
    for address, endpoint, method, allowed in open_routes(pages):
        if method == "GET" or not isinstance(allowed, Action) or may(role, allowed):
            continue
        answer = visitor.client.open(
            address, method=method, base_url="https://console.test", data={"csrf": token}
        )
        assert answer.status_code == 403, (endpoint, method)


def test_no_deed_without_a_form_of_ours(pages: Console, visitors: dict[Role, Visitor]) -> None:
    """No token, another browser's token, an empty one: 400 on every route that changes anything."""
    foreign = pages.stranger().token("/sign-in")
    visitor = visitors[Role.ADMINISTRATOR]
    for address, endpoint, method, allowed in open_routes(pages):
        if method == "GET" or isinstance(allowed, Action) and not may(Role.ADMINISTRATOR, allowed):
            continue
        for form in ({}, {"csrf": ""}, {"csrf": foreign}):
            answer = visitor.client.open(address, method=method, base_url="https://console.test", data=form)
            assert answer.status_code == 400, (endpoint, method, form)


def test_every_answer_carries_the_headers(pages: Console, visitors: dict[Role, Visitor]) -> None:
    """No inline script, no frame, no sniffing, nothing kept by a cache, also on errors."""
    visitor = visitors[Role.ADMINISTRATOR]
    addresses = [address for address, _, method, _ in open_routes(pages) if method == "GET"]
    for address in (*addresses, "/no-such-page"):
        headers = visitor.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert (
            "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
        if not address.startswith("/static"):
            assert headers["Cache-Control"] == "no-store", address


def test_no_page_holds_script_or_style(pages: Console, visitors: dict[Role, Visitor]) -> None:
    """The policy would silence it; so a page that has some is broken."""
    visitor = visitors[Role.ADMINISTRATOR]
    for address, endpoint, method, _ in open_routes(pages):
        answer = visitor.get(address) if method == "GET" else None
        if answer is None or "html" not in (answer.content_type or ""):
            continue
        text = answer.text
        assert " style=" not in text and "<style" not in text and " onclick=" not in text, endpoint
        assert text.count("<script") == text.count('<script type="module" src="/static/'), endpoint


@pytest.mark.parametrize(
    "file", sorted(Path("web/console/templates").rglob("*.html")), ids=lambda file: file.name
)
def test_nothing_from_people_is_trusted_in_templates(file: Path) -> None:
    """``|safe`` stands only where a picture of ours is put in."""
    used = file.read_text("utf-8").count("|safe")
    assert used == (1 if file.name in {"second.html"} else 0)
