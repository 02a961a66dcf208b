"""Every route of the pages, as the routes themselves tell: no deed without our form, the headers;
who may is in ``tests/house/test_rights.py``.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hotline.permissions import Action, Role, may
from tests.doors.console import Console, Visitor, console
from web.console.app import routes
from web.console.gate import Allowed


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("console") / "home")


@pytest.fixture(scope="module")
def admin(pages: Console) -> Visitor:
    return pages.signed_in("admin-1")


def open_routes(pages: Console) -> Iterator[tuple[str, str, str, Allowed]]:
    """(address with something in its gaps, endpoint, method, who may)."""
    for rule, endpoint, method, allowed in routes(pages.app):
        yield _filled(rule), endpoint, method, allowed


def _filled(rule: str) -> str:
    return re.sub(r"<[^>]*>", "x", re.sub(r"<int:[^>]*>", "1", rule))


def test_no_deed_without_a_form_of_ours(pages: Console, admin: Visitor) -> None:
    """No token, another browser's token, an empty one: 400 on every route that changes anything."""
    foreign = pages.stranger().token("/sign-in")
    visitor = admin
    for address, endpoint, method, allowed in open_routes(pages):
        if method == "GET" or isinstance(allowed, Action) and not may(Role.ADMINISTRATOR, allowed):
            continue
        for form in ({}, {"csrf": ""}, {"csrf": foreign}):
            answer = visitor.client.open(address, method=method, base_url="https://console.test", data=form)
            assert answer.status_code == 400, (endpoint, method, form)


def test_every_answer_carries_the_headers(pages: Console, admin: Visitor) -> None:
    """No inline script, no frame, no sniffing, nothing kept by a cache, also on errors."""
    visitor = admin
    addresses = [address for address, _, method, _ in open_routes(pages) if method == "GET"]
    for address in (*addresses, "/no-such-page"):
        with visitor.get(address) as answer:  # a stream goes on until it is closed
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert (
            "unsafe" not in policy and "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
        if not address.startswith("/static"):
            assert headers["Cache-Control"] == "no-store", address


def test_no_page_holds_script_or_style(pages: Console, admin: Visitor) -> None:
    """The policy would silence it; so a page that has some is broken."""
    visitor = admin
    for address, endpoint, method, _ in open_routes(pages):
        if method != "GET":
            continue
        with visitor.get(address) as answer:
            if "html" not in (answer.content_type or ""):
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
