"""Rows that may come again are added once, and it is known how many were new."""

from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from calls.store import CelEvent
from hotline.db import Sessions, add_once, transaction
from tests.parts import NOON

pytestmark = pytest.mark.dialects


def lines(*offsets: int) -> list[dict[str, Any]]:
    return [
        {"file": "f", "offset": n, "linked_id": "1.1", "at": NOON, "kind": "ANSWER", "body": {"n": n}}
        for n in offsets
    ]


def test_only_rows_that_were_not_there_are_new(database: Engine, factory: Sessions) -> None:
    """Of many at once too; nothing given adds nothing."""
    with transaction(factory) as session:
        found = [add_once(session, CelEvent, lines(*some)) for some in ((), (0, 10, 20), (20, 30), (0, 10))]
        assert found == [0, 3, 1, 0]
        assert session.scalar(select(func.count()).select_from(CelEvent)) == 4
        assert session.get_one(CelEvent, ("f", 30)).body == {"n": 30}
