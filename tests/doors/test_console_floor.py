"""The supervisors' board: every figure is what the rows say, judged by name and reason,
told to all boards at once.
"""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from calls.store import CallRow, Leg
from hotline import clock
from hotline.db import transaction
from hotline.ledger.changes import ChangeContext
from hotline.permissions import Action
from hotline.staff.service import set_break
from hotline.staff.store import Agent
from hotline.tickets.faults import report
from hotline.tickets.rules import FaultKind, TicketState
from reporting.board import BREAK, Floor, LanguageQueue, Thresholds, by_hour, floor
from reporting.queue_metrics import counted
from tests.doors.console import Console, console
from web.console.server_sent_events import OVER, Broadcast, TooManyStreams


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    made = console(tmp_path / "home")
    at, minute = made.clock.at, timedelta(minutes=1)
    rows = [
        CallRow(id="a-1.1", caller="+886911000001", queued_at=at - 3 * minute),
        CallRow(id="a-2.1", caller="+886911000002", queued_at=at - minute),
        CallRow(id="a-3.1", caller="+886911000003", queued_at=at - 9 * minute, agent="agent-1",
                agent_at=at - 9 * minute + timedelta(seconds=20), queue_seconds=20.0),
        CallRow(id="a-4.1", caller="+886911000004", queued_at=at - 70 * minute, agent="agent-2",
                agent_at=at - 69 * minute, queue_seconds=60.0, ended_at=at - 60 * minute),
        CallRow(id="a-5.1", caller="+886911000005", queued_at=at - 80 * minute, ended_at=at - 75 * minute),
        CallRow(id="a-6.1", caller="+886911000006", ended_at=at - 75 * minute),
        CallRow(id="a-7.1", caller="+886911000007", queued_at=at - timedelta(days=1), ended_at=at),
    ]  # fmt: skip
    with transaction(made.house.factory) as session:
        for row in rows:
            row.started_at = row.queued_at or at - 76 * minute
        session.add_all(rows)
    return made


def test_every_figure_is_counted_from_the_rows(pages: Console) -> None:
    """Waiting, talking, answered, given up, the service level at exactly twenty seconds;
    yesterday is not today.
    """
    with transaction(pages.house.factory) as session:
        seen = floor(session, pages.clock.at, {"agent-3": "free"})
        assert {one.state for one in floor(session, pages.clock.at, {}).agents} == {""}
    assert [one.id for one in seen.waiting] == ["a-1.1", "a-2.1"]
    assert [(one.id, one.agent) for one in seen.talking] == [("a-3.1", "agent-1")]
    assert (seen.answered, seen.abandoned, seen.service_level) == (2, 1, pytest.approx(1 / 3))
    assert seen.waiting[0].number == "0911***001"
    assert states(seen) == {"agent-1": "not configured", "agent-2": "not configured", "agent-3": "free"}
    assert [(one.place, one.language) for one in seen.waiting] == [(1, "zh-TW"), (2, "zh-TW")]
    assert seen.queues == [LanguageQueue("zh-TW", 2, seen.waiting[0].since)]
    assert sum(one.calls for one in seen.hours) == 6


def states(seen: Floor) -> dict[str, str]:
    """How each agent stands."""
    return {one.phone: one.state for one in seen.agents}


def test_P11_faults_that_are_not_mended_are_counted(pages: Console) -> None:
    """Those told and not closed."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        before = floor(session, at, {}).faults
        told = report(session, FaultKind.SWITCHBOARD, "", "總機無聲", at=at, by="supervisor-1")
        assert floor(session, at, {}).faults == before + 1
        told.state = TicketState.CLOSED
        session.flush()
        assert floor(session, at, {}).faults == before


def test_an_agent_stands_on_the_board_as_at_the_desk(pages: Console) -> None:
    """In a call while at it, whatever rest was asked for;
    after a transfer the caller still talks, and the agent rests.
    """
    at = pages.clock.at
    leg = Leg(channel="l-1", call_id="a-3.1", phone="agent-1", started_at=at, answered_at=at)
    with transaction(pages.house.factory) as session:
        session.add(leg)
        session.get_one(Agent, "agent-1").paused = "用餐"
    with transaction(pages.house.factory) as session:
        seen = floor(session, at, {"agent-1": "busy"})
        assert (states(seen)["agent-1"], seen.talking[0].agent) == ("in a call", "agent-1")
        session.get_one(Leg, "l-1").ended_at = at
    with transaction(pages.house.factory) as session:
        seen = floor(session, at, {"agent-1": "free"})
    resting = seen.agents[0]
    assert (resting.state, resting.reason, seen.talking[0].agent) == (BREAK, "用餐", "")


def test_an_agent_is_in_a_state_since_an_instant(pages: Console) -> None:
    """In a talk since its answer, else since the rows say so; of a phone out of reach nobody knows."""
    at, told = pages.clock.at, {"agent-1": "in a call", "agent-2": "free", "agent-3": "unreachable"}
    leg = Leg(channel="l-1", call_id="a-3.1", phone="agent-1", started_at=at, answered_at=at)
    with transaction(pages.house.factory) as session:
        session.add(leg)
        set_break(session, "agent-2", "會議", at=at - timedelta(minutes=5), by="agent-2")
        resting = {one.phone: one for one in floor(session, at, told).agents}
        set_break(session, "agent-2", "", at=at - timedelta(minutes=2), by="agent-2")
        free = {one.phone: one for one in floor(session, at, told).agents}
    assert resting["agent-1"].since == (at - timedelta(minutes=9) + timedelta(seconds=20)).isoformat()
    assert (resting["agent-2"].state, resting["agent-2"].reason) == (BREAK, "會議")
    assert resting["agent-2"].since == (at - timedelta(minutes=5)).isoformat()
    assert (free["agent-2"].state, free["agent-2"].since) == ("free", (at - timedelta(minutes=2)).isoformat())
    assert free["agent-3"].since == ""


@pytest.mark.parametrize(
    ("seconds", "strain"), [(19.9, ""), (20.0, "warning"), (59.9, "warning"), (60.0, "alarm")]
)
def test_a_wait_is_long_from_its_edge_on(seconds: float, strain: str) -> None:
    """By the thresholds that are set."""
    assert Thresholds(warning=20, alarm=60).strain(seconds) == strain


def test_waits_and_the_service_level_are_told_in_words_by_what_is_set(pages: Console) -> None:
    """A goal that was met at 30 percent is missed at 80; a wait of three minutes is too long, or not."""
    supervisor = pages.signed_in("supervisor-1")
    page = supervisor.get("/board").text
    assert (
        ">未達標<" in page and '>3:00</span> <span class="govuk-tag govuk-tag--red" data-strain>過久<' in page
    )
    why = ChangeContext(pages.clock.at, "admin-1", Action.SETTING_CHANGE, "颱風")
    for name, value in (("service_level_goal", "30"), ("wait_warning", "120"), ("wait_alarm", "600")):
        pages.house.runtime_settings.set_value(name, value, why)
    page = supervisor.get("/board").text
    assert ">達標<" in page and "過久<" not in page and "data-strain>偏久<" in page


def test_a_day_without_calls_has_no_service_level() -> None:
    """Nothing is divided by nothing."""
    assert counted([]).level is None and by_hour([]) == []


def test_the_page_and_its_file_say_the_same(pages: Console) -> None:
    """The table of the page is the file's."""
    supervisor = pages.signed_in("supervisor-1")
    page = supervisor.get("/board").text
    assert 'data-figure="waiting">2<' in page and 'data-figure="level">33%<' in page
    rows = list(
        csv.DictReader(
            io.StringIO(
                supervisor.get("/board/today.csv", headers={"Accept-Language": "en"}).text.removeprefix(
                    "\ufeff"
                )
            )
        )
    )
    assert [(row["hour"], row["calls"], row["answered"], row["mean wait s"]) for row in rows] == [
        ("8", "3", "1", "60.0"),
        ("9", "3", "1", "20.0"),
    ]


def test_the_page_says_how_phones_stand_from_its_first_moment(pages: Console) -> None:
    """Asterisk is asked before the page is shown; what is not known, and why, is said in words."""
    supervisor = pages.signed_in("supervisor-1")
    assert supervisor.get("/board").text.count("data-state>電話系統沒有回應，所以不知道<") == 3
    told = {"agent-1": "free", "agent-2": "unknown", "agent-3": "not configured"}
    pages.house.live_state.phones = lambda: told
    page = supervisor.get("/board").text
    for said in ("待命", "還不知道，已詢問電話系統", "電話系統還沒有這支話機的設定"):
        assert f"data-state>{said}<" in page


def test_the_board_is_the_supervisors(pages: Console) -> None:
    """Agents and officers do not watch each other."""
    assert pages.signed_in("agent-1").get("/board").status_code == 403
    assert pages.signed_in("officer-5112").get("/board/today.csv").status_code == 403


def test_a_judgement_needs_a_choice_and_a_reason(pages: Console) -> None:
    """Without either nothing is asked of the call."""
    supervisor = pages.signed_in("supervisor-1")
    for form in ({"kind": "authorised", "reason": ""}, {"kind": "end", "reason": "x"}):
        answer = supervisor.post("/board/call/a-3.1/judge", form, page="/account")
        assert answer.status_code == 302
        assert "請選擇授權或不授權" in supervisor.get("/board").text


def test_a_judgement_that_cannot_be_set_is_told_on_the_board(pages: Console) -> None:
    """Asterisk away: in a sentence beside the calls, on no page of its own."""
    supervisor = pages.signed_in("supervisor-1")
    form = {"kind": "authorised", "reason": "三日內第四十通"}
    assert supervisor.post("/board/call/a-3.1/judge", form, page="/account").status_code == 302
    assert "電話系統沒有回應" in supervisor.get("/board").text.partition("<h1")[0]


def live(
    take: Callable[[], dict[str, int]],
    *,
    every: float = 0.4,
    most: int = 60,
    monotonic: Callable[[], float] = clock.monotonic,
) -> Broadcast:
    """Pictures told to boards."""
    return Broadcast(
        "live",
        lambda: f"data: {json.dumps(take())}\n\n",
        every=every,
        beat=10.0,
        most=most,
        monotonic=monotonic,
    )


def test_boards_share_one_picture_and_begin_with_the_whole() -> None:
    """One thread takes it while anybody looks; who comes later sees all; nothing is told twice;
    none looks, none takes.
    """
    taken, figures = Event(), {"waiting": 1}

    def take() -> dict[str, int]:
        taken.set()
        return dict(figures)

    boards = live(take, most=2)
    first = boards.stream(lambda: True)
    assert next(first) == b"retry: 2000\n\n"
    assert json.loads(next(first).removeprefix(b"data: ")) == {"waiting": 1}
    figures["waiting"] = 2
    assert json.loads(next(first).removeprefix(b"data: ")) == {"waiting": 2}
    second = boards.stream(lambda: True)
    next(second)
    assert json.loads(next(second).removeprefix(b"data: ")) == {"waiting": 2}
    with pytest.raises(TooManyStreams):
        boards.stream(lambda: True)
    second.close()
    third = boards.stream(lambda: True)
    next(third)
    for stream in (first, third):
        stream.close()


def test_a_database_that_is_away_is_told_to_the_log_once() -> None:
    """Boards keep what they show, and the picture is taken again and again until it is there."""
    times, often = count(1), Event()

    def take() -> dict[str, int]:
        if next(times) > 5:
            often.set()
            return {"waiting": 1}
        raise OperationalError("SELECT", {}, Exception("gone"))

    with capture_logs() as logged:
        stream = live(take, every=0.001).stream(lambda: True)
        assert often.wait(10)
        told = list(islice(stream, 2))
        stream.close()
    assert json.loads(told[1].removeprefix(b"data: ")) == {"waiting": 1}
    assert [one["event"] for one in logged] == ["stream.database_away"]


def test_who_may_look_no_more_is_told_no_more() -> None:
    """Asked every ten seconds, also while there is always news; a database that is away ends no stream."""
    seconds, number, asked = count(0, 6), count(), iter((True,))

    def may_look() -> bool:
        if next(asked, False):
            raise OperationalError("SELECT", {}, Exception("gone"))
        return False

    pictures = live(lambda: {"waiting": next(number)}, monotonic=lambda: float(next(seconds)))
    stream = pictures.stream(may_look)
    told = list(islice(stream, 9))
    stream.close()
    assert [one.partition(b":")[0] for one in told] == [b"retry", b"data", b"data", b"data", b"event"]
    assert told[-1] == OVER
