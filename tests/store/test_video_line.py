"""The line of the sign-language service: order, blocks, closing time, lost networks, our own absence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from hotline.clock import taipei
from hotline.db import sessions
from hotline.staff.service import NotPermitted, UnknownStaff
from hotline.video.line import AccountNotActive, NobodyWaits, NotOnline, OfficerMissing, VideoClosed
from hotline.video.rules import EstimateGround, SessionState, Side, VideoEnd
from tests.signing import TEN, SignScene

pytestmark = pytest.mark.dialects
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
LUNCH = taipei("2026-11-24T12:30")


@pytest.fixture
def scene(database: Engine) -> SignScene:
    return SignScene(sessions(database))


def serving(scene: SignScene, at: datetime = TEN) -> int:
    """One citizen is served by hand-1."""
    scene.hire("hand-1", at=at)
    number = scene.arrive("amy", at)
    assert scene.accept("hand-1", at) == number
    return number


def test_P6_3_a_request_is_refused_with_the_hours(scene: SignScene) -> None:
    """A second before the break it is taken; at 12:30:00 it is told when the line opens again."""
    scene.arrive("amy", LUNCH - SECOND)
    with pytest.raises(VideoClosed) as refused:
        scene.arrive("ben", LUNCH)
    assert refused.value.opens_at == taipei("2026-11-24T13:30")
    assert "08:30-12:30" in refused.value.hours


@pytest.mark.parametrize("state", ["applied", "locked", "closed", "refused"])
def test_P6_2_only_an_active_account_may_ask(scene: SignScene, state: str) -> None:
    with pytest.raises(AccountNotActive):
        scene.request(scene.account("amy", state))


def test_an_officer_is_named_at_a_counter(scene: SignScene) -> None:
    counter = scene.account("counter-1", counter=3, agency="pwd")
    with pytest.raises(OfficerMissing):
        scene.request(counter)
    row = scene.request(counter, officer="陳怡君")
    assert (row.counter, row.counter_agency, scene.row(row.id).officer) == (3, "pwd", "陳怡君")


def test_two_tabs_are_one_session(scene: SignScene) -> None:
    amy = scene.account("amy")
    assert scene.request(amy).id == scene.request(amy, TEN + MINUTE).id


def test_two_tabs_at_once_are_one_session(scene: SignScene) -> None:
    amy = scene.account("amy")
    with ThreadPoolExecutor(6) as pool:
        found = {row.id for row in pool.map(lambda _: scene.request(amy), range(6))}
    assert len(found) == 1


def test_ten_wait_and_are_served_in_order(scene: SignScene) -> None:
    """Two interpreters accept at once, five times: ten different sessions, in order of arrival."""
    scene.hire("hand-1", "hand-2")
    line = [scene.arrive(f"citizen-{one}", TEN + one * SECOND) for one in range(10)]
    served = list[int]()
    for turn in range(5):
        at = TEN + (turn + 1) * MINUTE
        for number in line[len(served) :]:
            scene.seen(number, Side.CITIZEN, at=at)
        with ThreadPoolExecutor(2) as pool:
            both = sorted(pool.map(lambda login, then=at: scene.accept(login, then), ("hand-1", "hand-2")))
        served += both
        for number in both:
            scene.leave(number, at + SECOND)
    assert served == line


def test_of_two_who_accept_one_alone_gets_the_last(scene: SignScene) -> None:
    scene.hire("hand-1", "hand-2")
    number = scene.arrive("amy")

    def accept(login: str) -> int | None:
        try:
            return scene.accept(login, TEN + SECOND)
        except NobodyWaits:
            return None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, ("hand-1", "hand-2")), key=str) == sorted([number, None], key=str)
    assert sorted((scene.state_of("hand-1"), scene.state_of("hand-2"))) == ["busy", "online"]


def test_who_may_accept(scene: SignScene) -> None:
    """Signed on, not busy, and an interpreter."""
    number = serving(scene)
    scene.arrive("ben")
    with pytest.raises(NotOnline) as busy:
        scene.accept("hand-1", TEN + SECOND)
    assert busy.value.state == "busy"
    with pytest.raises(UnknownStaff):
        scene.accept("nobody", TEN + SECOND)
    scene.sign_off("hand-1", TEN + SECOND)
    with pytest.raises(NotOnline):
        scene.accept("hand-1", TEN + 2 * SECOND)
    assert scene.row(number).state == SessionState.ACTIVE


def test_an_agent_serves_nobody(scene: SignScene) -> None:
    from hotline.db import transaction
    from hotline.ledger.periods import Period
    from hotline.permissions import Role
    from hotline.staff.rules import Staff
    from hotline.staff.service import set_staff

    with transaction(scene.factory) as session:
        agent = Staff("agent-1", "話務", frozenset({Role.AGENT}))
        set_staff(session, agent, Period(TEN - timedelta(days=1)), at=TEN, by="test")
    with pytest.raises(NotPermitted):
        scene.sign_on("agent-1", TEN)


def test_P6_4_place_and_estimate(scene: SignScene) -> None:
    """Nobody on duty: nobody knows. One is busy to 10:15: the next waits to then, the second a block more."""
    first = scene.arrive("amy")
    assert scene.view(first, TEN).wait == _wait(None, EstimateGround.NOBODY)
    scene.hire("hand-1")
    assert scene.view(first, TEN).wait == _wait(0, EstimateGround.FREE)
    scene.accept("hand-1", TEN)
    scene.run(first, TEN, TEN + MINUTE)
    second, third = scene.arrive("ben", TEN + MINUTE), scene.arrive("cat", TEN + MINUTE)
    views = [scene.view(one, TEN + MINUTE) for one in (second, third)]
    assert [(one.place, one.ahead) for one in views] == [(1, 0), (2, 1)]
    assert [one.wait for one in views] == [
        _wait(14 * 60, EstimateGround.BLOCKS),
        _wait(29 * 60, EstimateGround.BLOCKS),
    ]


def _wait(seconds: int | None, ground: EstimateGround) -> object:
    from hotline.video.rules import Estimate

    return Estimate(seconds, ground)


def test_P6_4_a_block_ends_when_somebody_waits(scene: SignScene) -> None:
    number = serving(scene)
    scene.run(number, TEN, TEN + 15 * MINUTE - SECOND)
    assert scene.view(number, TEN + 13 * MINUTE - SECOND).is_near_end is False
    assert scene.view(number, TEN + 13 * MINUTE).is_near_end is True
    waiting = scene.arrive("ben", TEN + 15 * MINUTE - SECOND)
    scene.settle(TEN + 15 * MINUTE)
    assert scene.end_of(number) == (SessionState.ENDED, VideoEnd.TIME, TEN + 15 * MINUTE)
    assert scene.row(waiting).state == SessionState.WAITING
    assert scene.state_of("hand-1") == "online"


def test_P6_4_nobody_waits_fifteen_more_and_no_more(scene: SignScene) -> None:
    """Who begins to wait during the extension does not shorten it."""
    number = serving(scene)
    scene.run(number, TEN, TEN + 15 * MINUTE)
    assert scene.row(number).extensions == 1
    assert scene.view(number, TEN + 15 * MINUTE).seconds_left == 15 * 60
    waiting = scene.arrive("ben", TEN + 15 * MINUTE + SECOND)
    scene.run(number, TEN + 15 * MINUTE, TEN + 30 * MINUTE - SECOND)
    scene.seen(waiting, Side.CITIZEN, at=TEN + 30 * MINUTE - SECOND)
    assert scene.row(number).state == SessionState.ACTIVE
    scene.settle(TEN + 30 * MINUTE)
    assert scene.end_of(number) == (SessionState.ENDED, VideoEnd.TIME, TEN + 30 * MINUTE)


@pytest.mark.parametrize("how", ["left", "served"])
def test_P6_4_who_waited_before_the_end_does_not_count(scene: SignScene, how: str) -> None:
    """Gone a second before 10:15, by leaving or to another interpreter: it is extended."""
    number, then = serving(scene), TEN + 15 * MINUTE - SECOND
    scene.run(number, TEN, then)
    waiting = scene.arrive("ben", then - SECOND)
    if how == "left":
        scene.leave(waiting, then)
    else:
        scene.hire("hand-2", at=then)
        scene.accept("hand-2", then)
    scene.settle(TEN + 15 * MINUTE)
    assert scene.row(number).extensions == 1


def test_P6_4_looked_at_late_it_is_as_it_was_then(scene: SignScene) -> None:
    """At 10:15 nobody waited; who came a second later does not end what was extended."""
    number = serving(scene)
    scene.run(number, TEN, TEN + 15 * MINUTE - SECOND)
    scene.arrive("ben", TEN + 15 * MINUTE + SECOND)
    assert scene.row(number).extensions == 1


def test_P6_3_at_closing_time_who_waits_is_told_and_a_block_goes_on(scene: SignScene) -> None:
    """The break comes at minute 10: the block runs its 15 minutes, and there is no extension."""
    begin = LUNCH - 10 * MINUTE
    number = serving(scene, begin)
    scene.run(number, begin, LUNCH - SECOND)
    waiting = scene.arrive("ben", LUNCH - SECOND)
    scene.settle(LUNCH)
    assert scene.end_of(waiting) == (SessionState.LEFT, VideoEnd.CLOSED, LUNCH)
    assert scene.state_of("hand-1") == "offline"
    assert scene.row(number).state == SessionState.ACTIVE
    scene.run(number, LUNCH, LUNCH + 5 * MINUTE)
    assert scene.end_of(number) == (SessionState.ENDED, VideoEnd.TIME, LUNCH + 5 * MINUTE)
    with pytest.raises(VideoClosed):
        scene.sign_on("hand-1", LUNCH + 10 * MINUTE)


def test_P6_4_who_signs_out_finishes_the_block(scene: SignScene) -> None:
    number = serving(scene)
    scene.sign_off("hand-1", TEN + SECOND)
    scene.run(number, TEN + SECOND, TEN + 15 * MINUTE)
    assert scene.end_of(number)[1:] == (VideoEnd.TIME, TEN + 15 * MINUTE)
    assert scene.state_of("hand-1") == "offline"


def test_who_comes_back_from_a_break_in_a_running_block_is_busy(scene: SignScene) -> None:
    serving(scene)
    scene.sign_off("hand-1", TEN + SECOND)
    scene.sign_on("hand-1", TEN + 2 * SECOND)
    assert scene.state_of("hand-1") == "busy"


@pytest.mark.parametrize("side", Side)
def test_a_lost_side_has_a_minute_and_the_other_sees_it(scene: SignScene, side: Side) -> None:
    number = serving(scene)
    scene.run(number, TEN, TEN + 20 * SECOND, side.other)
    assert scene.view(number, TEN + 20 * SECOND, side.other).other_lost == 48
    assert scene.view(number, TEN + 20 * SECOND, side).other_lost is None
    scene.run(number, TEN + 20 * SECOND, TEN + 67 * SECOND, side.other)
    assert scene.row(number).state == SessionState.ACTIVE
    scene.run(number, TEN + 67 * SECOND, TEN + 68 * SECOND, side.other)
    assert scene.end_of(number) == (SessionState.ENDED, side.lost, TEN + 68 * SECOND)


def test_who_is_back_in_time_has_the_same_session_and_clock(scene: SignScene) -> None:
    number = serving(scene)
    scene.run(number, TEN, TEN + 60 * SECOND, Side.INTERPRETER)
    scene.seen(number, Side.CITIZEN, at=TEN + 60 * SECOND)
    view = scene.view(number, TEN + 60 * SECOND, Side.INTERPRETER)
    assert (view.other_lost, view.seconds_left) == (None, 14 * 60)


def test_who_waits_and_is_lost_leaves_the_line(scene: SignScene) -> None:
    """While others are heard: so it is not our fault."""
    lost, there = scene.arrive("amy"), scene.arrive("ben")
    scene.run(there, TEN, TEN + 68 * SECOND, Side.CITIZEN)
    assert scene.end_of(lost) == (SessionState.LEFT, VideoEnd.CITIZEN_LOST, TEN + 68 * SECOND)
    assert scene.view(there, TEN + 68 * SECOND).place == 1


def test_an_interpreter_whose_page_is_gone_is_offline(scene: SignScene) -> None:
    scene.hire("hand-1")
    there = scene.arrive("ben")
    scene.run(there, TEN, TEN + 68 * SECOND, Side.CITIZEN)
    assert scene.state_of("hand-1") == "offline"


def test_no_second_of_a_block_is_lost_while_we_are_away(scene: SignScene) -> None:
    """Nobody is heard for three minutes: pages or database were away. Nobody is given up, the block moves."""
    number = serving(scene)
    waiting = scene.arrive("ben")
    scene.run(number, TEN, TEN + MINUTE)
    scene.seen(waiting, Side.CITIZEN, at=TEN + MINUTE)
    back = TEN + 4 * MINUTE
    scene.settle(back - SECOND)
    assert scene.row(number).state == SessionState.ACTIVE
    scene.seen(number, Side.INTERPRETER, at=back)
    assert scene.view(number, back).seconds_left == 14 * 60
    assert scene.view(number, back, Side.INTERPRETER).other_lost is None
    assert scene.view(waiting, back).place == 1


def test_an_absence_over_the_end_of_a_block(scene: SignScene) -> None:
    """Away from 10:14 to 10:17: a minute is left then."""
    number = serving(scene)
    scene.run(number, TEN, TEN + 14 * MINUTE)
    scene.settle(TEN + 16 * MINUTE)
    scene.seen(number, Side.CITIZEN, at=TEN + 17 * MINUTE)
    assert scene.view(number, TEN + 17 * MINUTE).seconds_left == 60


def test_time_stands_still_for_five_minutes_at_most(scene: SignScene) -> None:
    number = serving(scene)
    scene.settle(TEN + 5 * MINUTE - SECOND)
    assert scene.row(number).state == SessionState.ACTIVE
    scene.settle(TEN + 5 * MINUTE)
    assert scene.end_of(number) == (SessionState.ENDED, VideoEnd.SYSTEM, TEN)
    assert scene.state_of("hand-1") == "offline"


def test_watching_writes_only_now_and_then(scene: SignScene) -> None:
    number = serving(scene)
    for quarter in range(8):
        at = TEN + quarter * timedelta(milliseconds=250)
        scene.line.watch(scene.factory, number, Side.CITIZEN, lambda at=at: at)
    assert scene.row(number).citizen_seen_at == TEN
    scene.line.watch(scene.factory, number, Side.CITIZEN, lambda: TEN + 2 * SECOND)
    assert scene.row(number).citizen_seen_at == TEN + 2 * SECOND


def test_the_job_is_due_when_something_is(scene: SignScene) -> None:
    from hotline.db import looking

    def is_due(at: datetime) -> bool:
        with looking(scene.factory) as session:
            return scene.line.is_due(session, at)

    assert not is_due(TEN)
    number = serving(scene)
    scene.run(number, TEN, TEN + 15 * MINUTE - SECOND)
    assert not is_due(TEN + 15 * MINUTE - SECOND)
    assert is_due(TEN + 15 * MINUTE)
    scene.settle(TEN + 15 * MINUTE)
    assert not is_due(TEN + 15 * MINUTE)


def test_P6_5_the_interpreter_notes_what_it_was_about(scene: SignScene) -> None:
    from hotline.db import transaction

    number = serving(scene)
    with transaction(scene.factory) as session:
        scene.line.end(session, number, "hand-1", TEN + MINUTE, "戶籍謄本", "civil", misuse=True)
    row = scene.row(number)
    assert (row.topic, row.agency, row.is_misuse) == ("戶籍謄本", "civil", True)
    assert scene.end_of(number) == (SessionState.ENDED, VideoEnd.INTERPRETER, TEN + MINUTE)
