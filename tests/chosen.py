"""Scenes by name: which of them are the scenes of promises, and which a run asks for."""

from collections.abc import Iterable, Mapping

import pytest


def each(names: Iterable[str], promises: Mapping[str, str]) -> pytest.MarkDecorator:
    """Parametrize ``name``; those with a promise of the product are part of the plain run."""
    return pytest.mark.parametrize(
        "name",
        [pytest.param(n, marks=pytest.mark.promise(promises[n])) if n in promises else n for n in names],
    )


def chosen(request: pytest.FixtureRequest, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that tests of this module are to look at in this run: no others need be played."""
    here = [
        item.callspec.params
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and hasattr(item, "callspec")
    ]
    asked = {params.get("name") for params in here}
    return [name for name in names if name in asked]


def is_plain(request: pytest.FixtureRequest) -> bool:
    """Whether this is the plain run, which plays one scene a promise."""
    return bool(request.config.getoption("--plain", False))


def is_asked(request: pytest.FixtureRequest, test: str) -> bool:
    """Whether a test of this module is part of this run."""
    return any(
        item.path == request.path and item.name.partition("[")[0] == test for item in request.session.items
    )
