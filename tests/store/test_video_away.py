"""The sign-language line while the database takes nothing: who is served sees the time and loses none."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from hotline.db import connect, is_away, sessions
from hotline.video.rules import SessionState, Side
from tests.keys import RING
from tests.signing import TEN, SignScene

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def pages(database: Engine) -> Iterator[SignScene]:
    """Pages that wait a moment for the database."""
    engine = connect(
        database.url.render_as_string(hide_password=False), wait=timedelta(milliseconds=50), keys=RING
    )
    yield SignScene(sessions(engine))
    engine.dispose()


def test_a_locked_database_takes_no_minute(database: Engine, pages: SignScene) -> None:
    """Locked for three minutes and a half: looks go on, marks fail, and afterwards the block ends later."""
    jobs = SignScene(sessions(database))
    jobs.hire("hand-1")
    number = jobs.arrive("amy")
    jobs.accept("hand-1", TEN)
    jobs.run(number, TEN, TEN + MINUTE)
    with database.connect() as writer, writer.begin():
        writer.execute(text("UPDATE video_pulse SET id = id"))
        shown = pages.line.watch(pages.factory, number, Side.CITIZEN, lambda: TEN + MINUTE + SECOND)
        assert shown.seconds_left == 14 * 60 - 1, "nothing is to be written yet"
        with pytest.raises(DBAPIError) as away:
            pages.line.watch(pages.factory, number, Side.CITIZEN, lambda: TEN + 2 * MINUTE)
        assert is_away(away.value)
    back = TEN + 4 * MINUTE + 30 * SECOND
    shown = pages.line.watch(pages.factory, number, Side.CITIZEN, lambda: back)
    assert (shown.state, shown.seconds_left, shown.other_lost) == (SessionState.ACTIVE, 14 * 60, None)
    assert replace(shown, side=Side.INTERPRETER) == pages.view(number, back, Side.INTERPRETER)


def test_a_poll_that_waited_for_the_database_is_heard_when_it_is_answered(pages: SignScene) -> None:
    """It began before the silence was long enough to be ours; nobody was served until it was written."""
    pages.hire("hand-1")
    number = pages.arrive("amy")
    pages.accept("hand-1", TEN)
    pages.run(number, TEN, TEN + MINUTE)
    times = iter((TEN + MINUTE + 6 * SECOND, TEN + MINUTE + 11 * SECOND))
    shown = pages.line.watch(pages.factory, number, Side.CITIZEN, lambda: next(times))
    assert shown.seconds_left == 14 * 60
