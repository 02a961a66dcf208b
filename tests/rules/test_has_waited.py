"""Which callers whose call was cut off had asked for an agent, and so go to the front of the line."""

from collections.abc import Collection
from datetime import datetime

import pytest

from calls.cdr import CallResult
from calls.cut_calls import has_waited
from tests.parts import NOON

TALKED, ABANDONED, PROMISED = CallResult.TALKED, CallResult.ABANDONED, CallResult.PROMISED


@pytest.mark.parametrize(
    ("queued_at", "kinds", "outcome"),
    [(NOON, (), ABANDONED), (NOON, (), TALKED), (None, ("Queued",), ABANDONED), (NOON, ("Queued",), "")],
)
def test_who_asked_for_an_agent(queued_at: datetime | None, kinds: Collection[str], outcome: str) -> None:
    """By the event log or by the turns, in a call that is closed or not."""
    assert has_waited(queued_at, kinds, outcome)


@pytest.mark.parametrize(
    ("queued_at", "kinds", "outcome"),
    [
        (None, ("MenuHeard",), ABANDONED),
        (NOON, (), PROMISED),
        (NOON, ("Queued", "CallbackPromised"), ""),
        (NOON, ("Queued", "PromiseSpoken"), ""),
    ],
)
def test_who_did_not_or_is_called_back(
    queued_at: datetime | None, kinds: Collection[str], outcome: str
) -> None:
    """A promise stands, whatever was cut off behind it."""
    assert not has_waited(queued_at, kinds, outcome)
