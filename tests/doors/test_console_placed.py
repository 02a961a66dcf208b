"""Calls that 1999 places, on the pages and by command:
from the desk, what became of them, and who took a report.
"""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from calls.caller_history import petitioner
from calls.store import OUTGOING, CallRow, Leg
from hotline import clock
from hotline.callbacks.rules import Outcome
from hotline.callbacks.wishes import Wish
from hotline.db import transaction
from hotline.outbound_calls import caller_verification, service
from hotline.outbound_calls.gate import Touches
from hotline.outbound_calls.rules import OutboundEvent, Phase, Target
from ops.wiring import House
from tests.doors.console import Console, Visitor, console

LIST = (Target("desk", "5112", "王小明", "epb"), Target("neighbour", "5111", "李小華", "epb"))


@pytest.fixture
def pages(tmp_path: Path) -> Console:
    return console(tmp_path / "home", browser_phones=True)


@pytest.fixture
def agent(pages: Console) -> Visitor:
    return pages.signed_in("agent-1")


def placed(pages: Console, *phases: tuple[Phase, int]) -> int:
    """A call that stands so."""
    at = pages.clock.at
    with transaction(pages.house.factory) as session:
        row = service.begin_notify(
            session,
            LIST,
            call_id="ntpc1-1.1",
            agency="epb",
            extension="5112",
            matter="瓦斯外洩",
            by="agent-1",
            at=at,
        )
        number, token = row.id, row.token
    for phase, place in phases:
        with transaction(pages.house.factory) as session:
            came = Outcome.REACHED if phase is Phase.ANSWERED else Outcome.BUSY
            service.heard(session, OutboundEvent(token, phase, place, came, at, phase is Phase.OVER))
    return number


def test_P5_3_the_desk_offers_it_and_says_why_it_cannot_be(pages: Console, agent: Visitor) -> None:
    """Asterisk is away: a sentence to the page's script,
    a page to a browser without one; nothing is filed.
    """
    assert "通報機關" in agent.get("/desk").text
    form = {"extension": "5112", "matter": "瓦斯外洩"}
    told = agent.post("/placed/notify", form, headers={"Accept": "application/json"})
    assert told.status_code == 422 and "電話系統沒有回應" in told.json["fault"]  # type: ignore[index]
    plain = agent.post("/placed/notify", form)
    assert plain.status_code == 422 and 'value="瓦斯外洩"' in plain.text
    assert plain.text.count('grey">中斷') == 2
    for wrong, said in (({"matter": "x"}, "沒有"), ({"extension": "5112"}, "事由")):
        answer = agent.post("/placed/notify", wrong)
        assert answer.status_code == 422 and said in answer.text


def test_P5_3_a_who_took_the_report_is_noted(pages: Console, agent: Visitor) -> None:
    """Once somebody answered, not before; the page offers the name the directory knows."""
    early = placed(pages)
    assert agent.get(f"/placed/{early}/state").json == {"running": True, "done": 0, "of": 2}
    assert agent.post(f"/placed/{early}/taken", {"person": "李小華"}).status_code == 422
    number = placed(pages, (Phase.RUNG, 1), (Phase.ANSWERED, 2))
    page = agent.get(f"/placed/{number}").text
    assert 'value="李小華"' in page and "忙線" in page and "ntpc1-1.1" in page
    assert agent.post(f"/placed/{number}/taken", {"person": " "}).status_code == 422
    pages.clock.goes_on(timedelta(minutes=3))
    assert agent.post(f"/placed/{number}/taken", {"person": "陳股長"}).status_code == 302
    after = agent.get(f"/placed/{number}").text
    assert "環保局 5112" in after and "示範話務員一" in after and "epb" not in after
    assert "陳股長" in after and "已通報" in after
    assert "已通報" in agent.get("/placed").text


def test_P5_3_not_reached_says_what_is_to_be_done(pages: Console, agent: Visitor) -> None:
    """Who was told, and what the case has to say."""
    number = placed(pages, (Phase.RUNG, 1), (Phase.RUNG, 2), (Phase.OVER, 3))
    assert "電話未接通" in agent.get(f"/placed/{number}").text
    assert agent.get("/placed/99").status_code == 404


def test_officers_place_no_calls_in_the_lines_name(pages: Console) -> None:
    """The call centre's right."""
    officer = pages.signed_in("officer-5112")
    assert officer.get("/placed").status_code == 403
    assert officer.post("/placed/notify", {"extension": "5112", "matter": "x"}).status_code == 403


def test_P4_2_the_page_shows_how_long_each_phone_rang_and_talked(pages: Console, agent: Visitor) -> None:
    """As the record of calls has it, one's own phone first; and it says what is counted."""
    number, at = placed(pages, (Phase.RUNG, 1), (Phase.ANSWERED, 2)), pages.clock.at
    with transaction(pages.house.factory) as session:
        own = service.placed(session, number).own_call
        session.add(CallRow(id=own, line=OUTGOING, started_at=at))
        session.flush()
        for place, (kind, phone, rang, talked) in enumerate(
            (
                ("neighbour", "officers", 6.5, 30.2),
                ("desk", "officers", 0.0, None),
                ("own", "agent-1", 2.1, 30.2),
            )
        ):
            session.add(
                Leg(
                    channel=f"{own}/{place}",
                    call_id=own,
                    phone=phone,
                    kind=kind,
                    started_at=at - timedelta(seconds=place),
                    outcome="answered" if talked else "busy",
                    ring_seconds=rang,
                    talk_seconds=talked,
                )
            )
    page = agent.get(f"/placed/{number}").text
    cells = re.findall(r"data-seconds[^>]*>([^<]*)<", page)
    assert cells == ["2.1", "30.2", "0.0", "–", "6.5", "30.2"]
    assert "算進機關的接聽統計" in page


def test_resilience_2_7_over_a_person_s_limit_no_call_is_placed_but_to_who_is_on_duty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To agencies, to petitioners, to keep promises, whichever page asks;
    at night an urgent matter goes on.
    """
    pages = console(tmp_path / "limited", browser_phones=True, outbound_person=1)
    agent, at = pages.signed_in("agent-1"), pages.clock.at
    placed(pages, (Phase.OVER, 1))
    monkeypatch.setattr(clock, "now", lambda: at)
    with transaction(pages.house.factory) as session:
        session.add(CallRow(id="ntpc1-1.1", caller="+886912345678", started_at=at))
        session.flush()
        who = petitioner(session, "ntpc1-1.1")
        check = caller_verification.open_gate(
            session, who, Touches.REPUTATION, "鄰居", by="agent-1", at=at
        ).id
        wish = Wish("0912345678", "zh-TW", "desk", matter="路燈")
        promise = pages.house.callbacks.open(session, wish, "agent-1", at).id
    form = {"extension": "5112", "matter": "瓦斯外洩"}
    for path, sent in (
        ("/placed/notify", form),
        (f"/verify/{check}/call", {}),
        (f"/callbacks/{promise}/call", {}),
    ):
        refused = agent.post(path, sent)
        assert refused.status_code == 422 and "達到每人每天的上限" in refused.text, path
    monkeypatch.setattr(House, "is_open", lambda house, when: False)
    at_night = agent.post("/placed/notify", form)
    assert at_night.status_code == 422 and "電話系統沒有回應" in at_night.text
