"""Every route of the API, as its document tells: who may, what it answers; and hostile input of all kinds."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from hotline.staff.rules import Action, Role, Staff, may
from tests.doors.console import Console, console
from tests.doors.programs import Program, program
from tests.doors.test_console_routes import STAFF
from web.api.app import PREFIX
from web.api.gate import ANY_KEY, CLOSED

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    negative_data_rejection,
]  # fmt: skip
GAPS = {"<code>": "epb", "<extension>": "5112", "<person>": "p-5112", "<agency>": "epb", "<int:place>": "1",
        "<int:number>": "1", "<login>": "admin-1"}  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("api") / "home", api_rate=1_000_000)


def api(pages: Console) -> Any:
    """The application of the API."""
    return pages.app.extensions["api"]


def routes(pages: Console) -> Iterator[tuple[str, str, Any]]:
    """(method, path, who may)."""
    for rule in api(pages).url_map.iter_rules():
        allowed = getattr(api(pages).view_functions[rule.endpoint], CLOSED, None)
        path = rule.rule
        for gap, value in GAPS.items():
            path = path.replace(gap, value)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path, allowed


def test_every_route_names_who_may_and_is_in_the_document(pages: Console) -> None:
    """Only the document itself is open to whoever comes."""
    assert [path for _, path, allowed in routes(pages) if allowed is None] == ["/openapi.json"]
    document = api(pages).api_doc
    assert document["openapi"].startswith("3.1") and document["servers"] == [{"url": PREFIX}]
    described = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    assert len(described) == len(list(routes(pages))) - 1


def test_strangers_are_told_nothing(pages: Console) -> None:
    """401 on every route but the document's."""
    stranger = program(pages)
    for method, path, allowed in routes(pages):
        expected = 200 if allowed is None else 401
        assert stranger.asks(method, path).status_code == expected, (method, path)


@pytest.mark.parametrize("role", STAFF)
def test_each_role_uses_its_routes_and_no_other(pages: Console, role: Role) -> None:
    """403 for whoever may not, whatever is sent; a look is never 403 for whoever may, and nothing is a fault of ours."""
    asking: Program = program(pages, STAFF[role])
    member = Staff("x", "x", frozenset((role,)), agency="epb")
    for method, path, allowed in routes(pages):
        if allowed is None or (isinstance(allowed, Action) and may(role, allowed) and method != "GET"):
            continue
        status = asking.asks(method, path).status_code
        expected = allowed == ANY_KEY or member.may(allowed)
        assert (status != 403) == expected and status < 500, (method, path, status)


@pytest.fixture(scope="module")
def described(pages: Console) -> Any:
    """What schemathesis reads."""
    return schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", pages.app)


@pytest.fixture(scope="module")
def key(pages: Console) -> str:
    return program(pages, "admin-1").key


def test_whatever_is_sent_is_answered_as_described(described: Any, key: str) -> None:
    """No fault of ours, no undescribed status or body, nothing taken that does not fit: every route, many requests."""
    wrong = dict[str, str]()
    for found in described.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def asked(case: Case) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

        try:
            asked()
        except (Exception, FailureGroup) as error:  # all routes are told at once
            wrong[operation.label] = "; ".join(map(str, getattr(error, "exceptions", [error])))
    assert wrong == {}, "\n".join(f"{label}\n{told}" for label, told in wrong.items())
