"""What the fictional city's agents read: enough to explore, true to the rules, and nobody's deed."""

import pytest

from hotline import clock
from hotline.auditlog.changes import Pen
from hotline.db import Sessions, transaction
from hotline.directory.entries import FOUNDING, TheFounding, changes, undo
from hotline.knowledge import reviews, service
from hotline.knowledge.rules import Faq, Review
from hotline.knowledge.search import Finder
from hotline.news import measures, messages, surges
from ops.city_book import shelve
from ops.seed import seed

NOW = clock.taipei("2026-11-24T10:00")


@pytest.mark.parametrize(("size", "least"), [("small", 15), ("whole", 200)])
def test_a_fresh_city_has_a_book_and_a_board_to_explore(factory: Sessions, size: str, least: int) -> None:
    """Entries in every state of review but late, messages, a measure, a surge that is flagged; all of them fit."""
    with transaction(factory) as session:
        assert seed(session, NOW, size)  # type: ignore[arg-type]
        entries = shelve(session, NOW)
        assert not seed(session, NOW, size)  # type: ignore[arg-type]
    with transaction(factory) as session:
        rows = service.entries(session, NOW)
        assert entries == len(rows) >= least
        for row in rows:
            Faq(**row.says()).fitted()
        assert {one.state for one in reviews.standings(session, NOW)} == {Review.DONE, Review.DUE}
        assert Finder().find(session, "路燈不亮", NOW)[0].key == next(
            r.key for r in rows if "路燈" in r.question
        )
        assert len(messages.messages(session, NOW)) == 3 and len(measures.measures(session)) == 1
        (surge,) = surges.surges(session, NOW)
        assert surges.is_without_entry(session, surge, NOW)


def test_nobody_takes_the_founding_back(factory: Sessions) -> None:
    """It is no person's change."""
    with transaction(factory) as session:
        seed(session, NOW)
        shelve(session, NOW)
        made = changes(session)[-1]
        assert made.action == FOUNDING
        with pytest.raises(TheFounding):
            undo(session, made.number, Pen(NOW, "admin-1", "x"))
