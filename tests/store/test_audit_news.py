"""The audit log's head tells whether anything changed, so that nobody reads all that is set each second."""

from datetime import timedelta

import pytest

from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.ledger.audit import audit
from hotline.ledger.change_signal import ANYWAY, ChangeSignal
from hotline.ledger.changes import ChangeContext
from hotline.ledger.periods import Period
from hotline.permissions import Role
from hotline.runtime_settings.service import set_value
from hotline.settings import Settings
from hotline.special_callers import service as list_of
from hotline.staff.rules import Staff
from hotline.staff.service import set_staff

pytestmark = pytest.mark.dialects

NOW = taipei("2026-11-24T10:00")
SECOND = timedelta(seconds=1)


@pytest.fixture
def news(factory: Sessions) -> ChangeSignal:
    """All was read a moment ago."""
    news = ChangeSignal(factory)
    assert news.has_come(NOW)
    assert not news.has_come(NOW)
    return news


def test_each_deed_is_news_once(factory: Sessions, news: ChangeSignal) -> None:
    """Whoever did it, and in whichever process."""
    with transaction(factory) as session:
        audit(session, at=NOW, by="boss", action="x.y", subject="desk:5112")
    assert news.has_come(NOW)
    assert not news.has_come(NOW + SECOND)


def test_what_calls_go_by_is_news_when_it_changes(factory: Sessions, news: ChangeSignal) -> None:
    """Who may, a setting, the special list: each writes its deed."""
    people = Staff("boss", "boss", frozenset({Role.SUPERVISOR}))
    with transaction(factory) as session:
        set_staff(session, people, Period(NOW), at=NOW, by="test")
    assert news.has_come(NOW)
    with transaction(factory) as session:
        set_value(
            session, Settings(), "transfer_ring", "20", ChangeContext(NOW, "boss", "setting.set", "test")
        )
    assert news.has_come(NOW)
    with transaction(factory) as session:
        list_of.propose(session, ["0912345678"], "abuse", ["test-1.1"], by="boss", at=NOW)
    assert news.has_come(NOW)


def test_all_is_read_now_and_then_without_news(news: ChangeSignal) -> None:
    """What was planned for now makes none. A clock put back is no reason to wait."""
    assert not news.has_come(NOW + ANYWAY - SECOND)
    assert news.has_come(NOW + ANYWAY)
    assert news.has_come(NOW)


def test_a_database_that_is_away_is_news_and_so_is_its_return(factory: Sessions, news: ChangeSignal) -> None:
    """Whoever reads tells that it is away."""
    engine = factory.kw["bind"]
    for before, after in (("audit_log", "elsewhere"), ("elsewhere", "audit_log")):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {before} RENAME TO {after}")
        assert news.has_come(NOW)
    assert not news.has_come(NOW)
