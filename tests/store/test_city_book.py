"""What the fictional city's agents read: enough to explore, true to the rules, and nobody's deed."""

from datetime import timedelta
from pathlib import Path

import pytest

from administration.undo import undo
from demo.city_book import shelve
from demo.seed import Size, seed
from hotline import clock
from hotline.db import Base, Sessions, connect, sessions, transaction
from hotline.knowledge import reviews, service
from hotline.knowledge.rules import Faq, ReviewState
from hotline.knowledge.service import Finder
from hotline.ledger.changes import ChangeContext
from hotline.ledger.entries import FOUNDING, TheFounding, changes
from hotline.news import measures, messages, surges
from tests.keys import RING

NOW = clock.taipei("2026-11-24T10:00")


def explore(factory: Sessions, size: Size, least: int) -> None:
    """Entries in every state of review but late, messages, a measure,
    a surge that is flagged; all of them fit.
    """
    with transaction(factory) as session:
        assert seed(session, NOW, size)
        entries = shelve(session, NOW)
        assert not seed(session, NOW, size)
    with transaction(factory) as session:
        rows = service.entries(session, NOW)
        assert entries == len(rows) >= least
        for row in rows:
            Faq(**row.says()).fitted()
        assert {one.state for one in reviews.standings(session, NOW)} == {ReviewState.DONE, ReviewState.DUE}
        found = Finder().find(session, "路燈不亮", NOW)[0].key
        assert "路燈" in service.entry(session, found, NOW).question
        assert len(messages.messages(session, NOW)) == 3 and len(measures.measures(session)) == 1
        (surge,) = surges.surges(session, NOW)
        assert surges.is_without_entry(session, surge, NOW)


def test_a_fresh_city_has_a_book_and_a_board_to_explore(factory: Sessions) -> None:
    """On both databases."""
    explore(factory, "small", 300)


def test_a_whole_city_has_a_book_of_several_pages(tmp_path: Path) -> None:
    """The same book: the agencies that grew around the small city have written none."""
    engine = connect(f"sqlite:///{tmp_path / 'whole.db'}", wait=timedelta(seconds=30), keys=RING)
    Base.metadata.create_all(engine)
    explore(sessions(engine), "whole", 300)
    engine.dispose()


def test_nobody_takes_the_founding_back(factory: Sessions) -> None:
    """It is no person's change."""
    with transaction(factory) as session:
        seed(session, NOW)
        shelve(session, NOW)
        made = changes(session)[-1]
        assert made.action == FOUNDING
        with pytest.raises(TheFounding):
            undo(session, made.number, ChangeContext(NOW, "admin-1", "x"))
