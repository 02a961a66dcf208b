"""Every route of the API, as its document tells: what it answers; and hostile input of all kinds."""

from collections.abc import Iterator
from importlib import import_module
from inspect import isclass
from json import dumps
from pkgutil import iter_modules
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel
from schemathesis import Case, Response
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

import web.api
from tests.doors.console import Console, console
from tests.doors.programs import program
from web.api.app import PREFIX

AWAY = 503
"""Asterisk does not answer here, which is described."""


def no_fault_of_ours(_asked: Any, answer: Response, _case: Case) -> None:
    """No other fault than that of an Asterisk that is away."""
    assert answer.status_code < 500 or answer.status_code == AWAY, answer.text


CHECKS = [
    no_fault_of_ours,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
GAPS = {
    "<code>": "epb",
    "<extension>": "5112",
    "<person>": "p-5112",
    "<agency>": "epb",
    "<int:place>": "1",
    "<int:number>": "1",
    "<login>": "admin-1",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Console:
    return console(tmp_path_factory.mktemp("api") / "home", api_rate=1_000_000)


def api(pages: Console) -> Any:
    """The application of the API."""
    return pages.app.api


def routes(pages: Console) -> Iterator[tuple[str, str]]:
    """(method, path)."""
    for rule in api(pages).url_map.iter_rules():
        path = rule.rule
        for gap, value in GAPS.items():
            path = path.replace(gap, value)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path


@pytest.mark.proves("standards")
def test_every_route_is_in_the_document(pages: Console) -> None:
    """But for the document itself."""
    document = api(pages).api_doc
    assert document["openapi"].startswith("3.1") and document["servers"] == [{"url": PREFIX}]
    described = {(method.upper(), path) for path, one in document["paths"].items() for method in one}
    assert len(described) == len(list(routes(pages))) - 1


@pytest.fixture(scope="module")
def described(pages: Console) -> Any:
    """What schemathesis reads."""
    return schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", pages.app)


@pytest.fixture(scope="module")
def key(pages: Console) -> str:
    return program(pages, "admin-1").key


def test_a_name_of_the_document_means_one_thing() -> None:
    """Two models of one name would describe each other's answers."""
    named = dict[str, str]()
    for found in iter_modules(web.api.__path__):
        for model in vars(import_module(f"web.api.{found.name}")).values():
            if not (
                isclass(model) and issubclass(model, BaseModel) and model.__module__.startswith("web.api")
            ):
                continue
            schema = model.model_json_schema(mode="serialization")
            for name, one in {**schema.pop("$defs", {}), schema["title"]: schema}.items():
                assert named.setdefault(name, dumps(one)) == dumps(one), name


@pytest.mark.matrix
def test_whatever_is_sent_is_answered_as_described(
    described: Any, key: str, pytestconfig: pytest.Config
) -> None:
    """No fault of ours, no undescribed status or body, nothing taken that does not fit:
    every route, many requests.
    """
    wrong, many = dict[str, str](), 3 if pytestconfig.getoption("--plain", False) else 12
    for found in described.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=many, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def asked(case: Case) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

        try:
            asked()
        except (Exception, FailureGroup) as error:  # all routes are told at once
            wrong[operation.label] = "; ".join(map(str, getattr(error, "exceptions", [error])))
    assert wrong == {}, "\n".join(f"{label}\n{told}" for label, told in wrong.items())
