"""Two editors of one row, what was said of it, and what becomes of it, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from administration.undo import undo
from hotline.clock import taipei
from hotline.db import Sessions, transaction
from hotline.directory import service
from hotline.directory.atlas import Atlas, edges
from hotline.directory.register import set_row
from hotline.directory.rows import load_city
from hotline.directory.rules import Agency, Desk, Person, Section
from hotline.ledger.changes import ChangeContext
from hotline.ledger.periods import Period
from hotline.ledger.versions import AlreadyThere, ChangedMeanwhile, expect, expect_none, histories, version
from hotline.permissions import Action

START = taipei("2026-11-24T08:00")
DESK = ("desk", "5112")


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def found_city(session: Session) -> None:
    """Two sections, a person, two desks, all told at the start."""
    for row in (
        Agency("epb", "環保局"),
        Section("air", "epb", "空氣"),
        Section("noise", "epb", "噪音"),
        Person("p-1", "air", "示範一"),
        Desk("5112", "air", "p-1"),
        Desk("5113", "air"),
    ):
        set_row(session, row, Period(START), at=START, by="admin-1")


@pytest.fixture
def session(factory: Sessions) -> Iterator[Session]:
    with transaction(factory) as session:
        found_city(session)
        yield session


def renamed(session: Session, name: str, at: datetime, by: str, since: datetime | None = None) -> None:
    set_row(session, Desk("5112", "air", "p-1", name=name), Period(since or at), at=at, by=by, reason="改名")


# --- versions --------------------------------------------------------------------------------------------


def test_an_edit_of_what_was_shown_is_let_through(session: Session) -> None:
    """Nobody wrote meanwhile; a change of another desk is none."""
    seen = version(session, *DESK)
    set_row(session, Desk("5113", "noise"), Period(hour(1)), at=hour(1), by="liaison-epb")
    expect(session, *DESK, seen, hour(2))


def test_the_second_of_two_editors_is_told_what_the_first_wrote(session: Session) -> None:
    """With both versions, who wrote, why, and the number to send next."""
    seen = version(session, *DESK)
    renamed(session, "服務台", hour(1), "liaison-epb")
    with pytest.raises(ChangedMeanwhile) as told:
        expect(session, *DESK, seen, hour(2))
    error = told.value
    assert error.before is not None and error.before["name"] == ""
    assert error.now is not None and error.now["name"] == "服務台"
    assert (error.change.by, error.change.reason) == ("liaison-epb", "改名")
    expect(session, *DESK, error.change.number, hour(2))


def test_a_plan_made_meanwhile_is_a_change_too(session: Session) -> None:
    """Though what holds now is as it was shown."""
    seen = version(session, *DESK)
    renamed(session, "服務台", hour(1), "liaison-epb", since=hour(99))
    with pytest.raises(ChangedMeanwhile) as told:
        expect(session, *DESK, seen, hour(2))
    assert told.value.before == told.value.now


def test_an_end_meanwhile_leaves_nothing_now(session: Session) -> None:
    """What was shown is told all the same."""
    seen = version(session, *DESK)
    service.withdraw(session, *DESK, START, at=hour(1), by="admin-1")
    with pytest.raises(ChangedMeanwhile) as told:
        expect(session, *DESK, seen, hour(2))
    assert told.value.before is not None and told.value.now is None


def test_of_what_never_was_the_version_is_nought(session: Session) -> None:
    """Two editors who both set the first forward: the second is told."""
    assert version(session, "forward", "5112") == 0
    service.set_forward(session, "5112", "5113", Period(hour(1)), at=hour(1), by="liaison-epb")
    with pytest.raises(ChangedMeanwhile) as told:
        expect(session, "forward", "5112", 0, hour(2))
    assert told.value.before is None and told.value.now == {"target": "5113"}


def test_a_key_in_use_is_not_given_to_a_new_thing(session: Session) -> None:
    """In use later is in use; what ended may come again."""
    with pytest.raises(AlreadyThere, match="kind=desk key=5112"):
        expect_none(session, *DESK, hour(1))
    with pytest.raises(AlreadyThere):
        expect_none(session, *DESK, START - timedelta(days=9))
    expect_none(session, "desk", "5199", hour(1))
    service.withdraw(session, *DESK, hour(2), at=hour(1), by="admin-1")
    expect_none(session, *DESK, hour(2))


def test_two_editors_at_one_moment_wait_for_each_other(factory: Sessions) -> None:
    """Of two transactions with one version, at once, one is told: never do both pass."""
    with transaction(factory) as session:
        found_city(session)
        seen = version(session, *DESK)
    ready = Barrier(2)

    def edits(by: str) -> bool:
        with factory() as session:
            ready.wait(10)
            try:
                with session.begin():
                    expect(session, *DESK, seen, hour(1))
                    renamed(session, by, hour(1), by)
            except ChangedMeanwhile:
                return False
        return True

    with ThreadPoolExecutor(2) as hands:
        assert sorted(hands.map(edits, ("liaison-epb", "admin-1"))) == [False, True]


# --- what was said ---------------------------------------------------------------------------------------


def test_P0_a_history_tells_from_what_to_what_the_latest_first(session: Session) -> None:
    """Who, when, why, since when, and only the words that differ."""
    renamed(session, "服務台", hour(1), "liaison-epb", since=hour(5))
    service.set_forward(session, "5112", "5113", Period(hour(2), hour(3)), at=hour(2), by="admin-1")
    forward, name, first = histories(session, [DESK, ("forward", "5112")])
    assert (forward.change.by, forward.said[0].after) == ("admin-1", {"target": "5113"})
    assert (forward.said[0].since, forward.said[0].until) == (hour(2), hour(3))
    assert (name.change.by, name.change.reason, name.said[0].since) == ("liaison-epb", "改名", hour(5))
    assert name.said[0].words == (("name", "", "服務台"),)
    assert first.said[0].before is None


def test_an_undo_and_an_end_are_told_as_well(session: Session) -> None:
    """The undone name comes back, the ended desk says nothing."""
    renamed(session, "服務台", hour(1), "liaison-epb")
    undo(session, version(session, *DESK), ChangeContext(hour(2), "admin-1", Action.DIRECTORY_CHANGE))
    service.withdraw(session, *DESK, hour(9), at=hour(3), by="admin-1")
    end, undone, *_ = histories(session, [DESK])
    assert end.said[0].after is None and end.said[0].since == hour(9)
    assert undone.said[0].words == (("name", "服務台", ""),)
    assert undone.change.undoes is not None


def test_of_nothing_there_is_no_history(session: Session) -> None:
    """Nor of a key that nobody ever wrote."""
    assert histories(session, []) == []
    assert histories(session, [("desk", "9999")]) == []


# --- what is to come -------------------------------------------------------------------------------------


def test_edges_are_what_begins_and_ends_in_between(session: Session) -> None:
    """After the first instant, up to the last itself; in their order."""
    service.set_forward(session, "5112", "5113", Period(hour(2), hour(4)), at=hour(0), by="admin-1")
    renamed(session, "服務台", hour(1), "admin-1", since=hour(3))
    city = load_city(session, START)
    keys = [DESK, ("forward", "5112")]
    seen = [(edge.at, edge.kind, edge.after is None) for edge in edges(city, keys, hour(1), hour(4))]
    assert seen == [(hour(2), "forward", False), (hour(3), "desk", False), (hour(4), "forward", True)]
    assert edges(city, keys, hour(4), hour(99)) == []
    assert [edge.kind for edge in edges(city, keys, hour(2), hour(3.5))] == ["desk"]


def test_the_atlas_sees_what_was_committed_and_reads_it_once(factory: Sessions) -> None:
    """The same city for the same revision and day; a new one after a change."""
    with transaction(factory) as session:
        found_city(session)
    atlas = Atlas(factory)
    first = atlas.city(hour(1))
    assert atlas.city(hour(2)) is first
    then = atlas.at(hour(1))
    assert atlas.index(then) is atlas.index(atlas.at(hour(2)))
    with transaction(factory) as session:
        renamed(session, "服務台", hour(3), "admin-1")
    assert atlas.at(hour(2)).desks["5112"].name == "示範一"
    assert atlas.at(hour(4)).desks["5112"].name == "服務台"
    assert atlas.index(atlas.at(hour(4))).find("服務台")[0].extension == "5112"


def test_the_atlas_goes_back_as_far_as_the_ledger(factory: Sessions) -> None:
    """Before the first word nothing holds."""
    with transaction(factory) as session:
        found_city(session)
    atlas = Atlas(factory)
    assert atlas.at(START - timedelta(days=30)).desks == {}
    assert set(atlas.at(START + timedelta(days=3650)).desks) == {"5112", "5113"}
